//! `ordinance mutate`: how strong the cases of a rule are.

use ordinance_engine::index::rule_path;
use ordinance_harness::{Fate, Mutant, Subject, decided_case_toml, percent};

use crate::arguments::MutateArguments;
use crate::check::{cases_beside, is_wanted, place_of};
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::source::{Source, io_error};
use crate::terminal::{self, say};
use crate::today;

/// How many proposed cases of one rule are printed in full.
const SHOWN_MAX: usize = 10;

pub(crate) fn run(arguments: &MutateArguments) -> Result<Exit, CommandError> {
    let source = Source::read(&arguments.dir)?;
    let loaded = rulebook::load(&arguments.dir)?;
    let sandbox = rulebook::sandbox()?;
    let mut loader = sandbox.loader();
    let (mut rules, mut is_good) = (0, true);
    for rule in loaded.registry.rules().filter(|rule| is_wanted(rule, Some(&arguments.rule))) {
        let Some(digest) = &rule.head.digest else { continue };
        let path = loaded.folder.join(rule_path(digest));
        let component = std::fs::read(&path).map_err(|error| io_error("read", &path, error))?;
        let day = rule.head.in_force.until().and_then(|until| until.yesterday().ok()).unwrap_or_else(today);
        let cases = cases_beside(&source, rule)?;
        let subject = Subject {
            registry: &loaded.registry,
            rule,
            component: &component,
            cases: &cases,
            day: day.max(rule.head.in_force.from()),
            today: today(),
        };
        let place = format!("{} {}", place_of(rule), rule.head.version);
        let (mut noticed, mut survived, mut without_effect) = (0, 0, 0);
        subject.mutate(&mut loader, |Mutant { change, fate }| match fate {
            Fate::Noticed => noticed += 1,
            Fate::WithoutEffect => without_effect += 1,
            Fate::Survived(probe) => {
                survived += 1;
                let (facts, decision) = *probe;
                say(&format!("# {place}: no case notices that {change}. This one would:"));
                if survived <= SHOWN_MAX {
                    let name = format!("notices that {change}");
                    say(&decided_case_toml(&name, &facts, &decision));
                }
            }
        });
        let share = percent((noticed, noticed + survived));
        say(&format!(
            "# {place}: {noticed} of {} mistakes noticed ({share} %); {without_effect} more changed nothing that was tried",
            noticed + survived
        ));
        rules += 1;
        is_good &= share >= usize::from(arguments.threshold.unwrap_or(100));
    }
    if rules == 0 {
        let help = "name a rule: a place such as CN-37, a service, or both as CN-37/SERVICE";
        return Err(CommandError::bad_use(format!("there is no rule `{}`", arguments.rule), help));
    }
    if !is_good {
        terminal::fault("cases are missing", Some("confirm or correct the cases above and save them beside the rule"));
    }
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}
