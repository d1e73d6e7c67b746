//! `ordinance mutate`: how strong the cases of a rule are.

use ordinance_harness::{LineTable, Mutant, MutantStatus, MutationTarget, decided_case_toml, mutate, percent};
use serde_json::json;

use crate::arguments::MutateArguments;
use crate::build::with_lines;
use crate::exit::{CommandError, Exit};
use crate::sandbox::sandbox;
use crate::study::Project;
use crate::terminal::{self, say};

/// How many proposed cases of one rule are printed in full.
const SHOWN_MAX: usize = 10;

pub(crate) fn run(arguments: &MutateArguments) -> Result<Exit, CommandError> {
    let studied = Project::read(&arguments.dir)?;
    studied.check_wanted(&arguments.rule)?;
    let debuggable = with_lines(&studied.source)?;
    let sandbox = sandbox()?;
    let mut loader = sandbox.loader();
    let mut is_good = true;
    studied.each(Some(&arguments.rule), |study| {
        let Some(code) = studied.code_of(study.rule, &debuggable) else { return Ok(()) };
        let lines = LineTable::of(&code.module);
        let place_of = |function, offset| code.place_of(lines.as_ref(), function, offset);
        let mutated = MutationTarget { component: &code.component, place: &place_of };
        let place = study.rule.head.place_and_version();
        let (mut noticed, mut survived, mut without_effect) = (0, 0, 0);
        mutate(study, mutated, &mut loader, |Mutant { change, is_number, fate }| match fate {
            MutantStatus::Noticed => noticed += 1,
            MutantStatus::WithoutEffect => {
                without_effect += 1;
                // A number that changes nothing may be hidden by a bound, or used by nobody.
                if is_number && !arguments.json {
                    say(&format!("# {place}: nothing that was tried comes out otherwise if {change}"));
                }
            }
            MutantStatus::Survived(probe) => {
                survived += 1;
                let (facts, decision) = *probe;
                let case = decided_case_toml(&format!("notices that {change}"), &facts, &decision);
                if arguments.json {
                    say(&json!({"rule": place, "mistake": change, "case": case}).to_string());
                    return;
                }
                say(&format!("# {place}: no case notices that {change}. This one would:"));
                if survived <= SHOWN_MAX {
                    say(&case);
                }
            }
        });
        let share = percent((noticed, noticed + survived));
        // Cases that don't pass as it is notice nothing.
        is_good &= share >= usize::from(arguments.threshold.unwrap_or(100)) && noticed + survived > 0;
        if arguments.json {
            say(&json!({"rule": place, "noticed": noticed, "survived": survived, "percent": share,
                "without_effect": without_effect})
            .to_string());
            return Ok(());
        }
        say(&format!(
            "# {place}: {noticed} of {} mistakes noticed ({share} %); {without_effect} more changed nothing that was tried",
            noticed + survived
        ));
        Ok(())
    })?;
    if !is_good {
        terminal::fault("cases are missing", Some("confirm or correct the cases above and save them beside the rule"));
    }
    Ok(if is_good && studied.is_sound() { Exit::Good } else { Exit::Findings })
}
