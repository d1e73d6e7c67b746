//! Which branches of the rules' code their cases take. The rules are built once more with debug information, so that a way that
//! is never taken can be told by its source line.

use std::collections::BTreeSet;

use ordinance_harness::{Branch, BranchDirection, DecisionTest, LineTable, Study, branches, percent};
use serde_json::json;

use crate::build::{DebugBuild, with_lines};
use crate::exit::CommandError;
use crate::sandbox::sandbox;
use crate::study::Project;
use crate::terminal::say;

/// Tells the branches of each rule with a case that has the filter's text.
pub(super) fn tell(studied: &Project, filter: &str, as_json: bool) -> Result<(), CommandError> {
    let debuggable = with_lines(&studied.source)?;
    let sandbox = sandbox()?;
    let mut loader = sandbox.loader();
    studied.each(None, |study| {
        let Some(code) = studied.code_of(study.rule, &debuggable) else { return Ok(()) };
        let place = study.rule.head.place_and_version();
        let group = study.rule.head.place();
        let is_wanted = |case: &DecisionTest| format!("{group}: {}", case.name).contains(filter);
        let cases: Vec<DecisionTest> = study.cases.iter().filter(|case| is_wanted(case)).cloned().collect();
        if cases.is_empty() && !group.contains(filter) {
            return Ok(());
        }
        let study = Study { cases: &cases, ..study };
        if study.cases.is_empty() {
            eprintln!("warning: no case stands beside {place}, so none of its branches is taken");
            return Ok(());
        }
        let found = match branches(study, &code.component, &mut loader) {
            Ok(found) => found,
            Err(why) => {
                eprintln!("warning: the branches of {place} aren't counted: {why}");
                return Ok(());
            }
        };
        if found.lost > 0 {
            eprintln!("warning: {} of the cases of {place} trapped and tell nothing of its branches", found.lost);
        }
        let told = BranchSummary::of(code, &found.ways);
        if as_json {
            let untaken: Vec<_> = told.untaken.iter().map(|(line, way)| json!({"at": line, "way": way})).collect();
            say(&json!({"rule": place, "taken": told.taken, "ways": told.all, "untaken": untaken}).to_string());
        } else {
            let share = percent((told.taken, told.all));
            say(&format!("\n{place}: {} of {} ways out of branches taken ({share} %)", told.taken, told.all));
            told.untaken.iter().for_each(|(line, way)| say(&format!("     {line}: {way}")));
        }
        Ok(())
    })?;
    Ok(())
}

/// The ways that stand in the author's own code; all of them, where there is no debug information.
struct BranchSummary {
    taken: usize,
    all: usize,
    /// Each way that no case takes, once: where it stands and what never happens.
    untaken: BTreeSet<(String, String)>,
}

impl BranchSummary {
    fn of(code: &DebugBuild, ways: &[(Branch, bool)]) -> Self {
        let lines = LineTable::of(&code.module);
        let mut told = Self { taken: 0, all: 0, untaken: BTreeSet::new() };
        // One branch of the source may be several of the component: it is taken where one of them is.
        let mut seen: Vec<((String, BranchDirection), bool)> = Vec::new();
        for (way, is_taken) in ways {
            let Some(at) = code.place_of(lines.as_ref(), way.function, way.offset) else { continue };
            let key = (at, way.taken);
            match seen.iter_mut().find(|(known, _)| *known == key) {
                Some((_, taken)) => *taken |= is_taken,
                None => seen.push((key, *is_taken)),
            }
        }
        for ((at, way), is_taken) in seen {
            told.all += 1;
            told.taken += usize::from(is_taken);
            if !is_taken {
                told.untaken.insert((at, way.to_string()));
            }
        }
        told
    }
}
