//! `ordinance check`: builds a folder, then searches each rule for a case in which it breaks upper law or fails.

use ordinance_domain::name::Id;
use ordinance_engine::Rule;
use ordinance_harness::{Breach, CaseView, Counterexample, Defect, PrivacyDefect, case_toml, search, search_privacy};
use serde_json::json;

use crate::arguments::CheckArguments;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::invocation::today;
use crate::study::{Project, is_wanted, no_place, warn_left_out};
use crate::terminal::say;

/// What a search of rules came to.
#[derive(Debug, Default)]
pub(crate) struct CheckReport {
    pub(crate) rules: usize,
    days: usize,
    pub(crate) cases: usize,
    /// The most fuel that a case used, the limit of its rule, and which that is.
    costliest: (u64, u64, String),
    pub(crate) faults: Vec<Defect>,
}

pub(crate) fn run(arguments: &CheckArguments) -> Result<Exit, CommandError> {
    let studied = Project::read(&arguments.dir)?;
    let checked = check(&studied, arguments.rule.as_deref(), arguments.cases)?;
    let (fuel, limit, place) = &checked.costliest;
    if arguments.json {
        for fault in &checked.faults {
            say(&json!({"rule": fault.rule, "what": fault.what, "case": fault.case}).to_string());
        }
        let costliest = json!({"rule": place, "fuel": fuel, "limit": limit});
        say(&json!({"rules": checked.rules, "days": checked.days, "cases": checked.cases, "found": checked.faults.len(),
            "broken": studied.loaded.broken, "dearest": costliest})
        .to_string());
    } else {
        for (index, fault) in checked.faults.iter().enumerate() {
            tell(fault, index + 1);
        }
        say(&format!(
            "# {} checked, each on every day on which its law changes ({} in all), with {} cases: {} found",
            counted(checked.rules, "rule", "rules"),
            checked.days,
            checked.cases,
            counted(checked.faults.len(), "breach", "breaches"),
        ));
        if *limit > 0 {
            say(&format!("# The dearest case used {fuel} of {limit} units of fuel, in {place}."));
        }
    }
    Ok(if checked.faults.is_empty() && studied.loaded.broken == 0 { Exit::Good } else { Exit::Findings })
}

/// Searches the rules that are wanted.
pub(crate) fn check(studied: &Project, wanted: Option<&str>, generated: u32) -> Result<CheckReport, CommandError> {
    let mut checked = CheckReport::default();
    check_privacy(studied, wanted, &mut checked)?;
    if checked.rules > 0 && !studied.has_rule(wanted) {
        return Ok(checked);
    }
    checked.rules += studied.each(wanted, |study| {
        let searched = search(study, generated).map_err(|error| no_place(&error))?;
        checked.days += searched.days;
        checked.cases += searched.cases;
        for (name, why) in &searched.left_out {
            warn_left_out(&format!("the case `{name}` beside {}", study.rule.head.place()), why);
        }
        if searched.fuel.0 > checked.costliest.0 {
            checked.costliest = (searched.fuel.0, searched.fuel.1, study.rule.head.place());
        }
        let silent = searched
            .unreported_criteria
            .iter()
            .map(|id| criterion_fault(study.rule, id, "the rule never says anything of it"));
        let unmet =
            searched.unsatisfied_criteria.iter().map(|id| criterion_fault(study.rule, id, "nobody ever satisfies it"));
        checked.faults.extend(silent.chain(unmet));
        checked.faults.extend(searched.findings.iter().map(|finding| fault_of(study.rule, finding)));
        Ok(())
    })?;
    Ok(checked)
}

/// Searches the privacy rules that are wanted.
fn check_privacy(studied: &Project, wanted: Option<&str>, checked: &mut CheckReport) -> Result<(), CommandError> {
    let rulebook = &studied.loaded.rulebook;
    for rule in rulebook.privacy_rules().filter(|rule| is_wanted(&rule.head.place(), wanted)) {
        let searched = search_privacy(rulebook, rule, today()).map_err(|error| no_place(&error))?;
        checked.rules += 1;
        checked.days += 1;
        checked.cases += searched.requests;
        let fault = |found: PrivacyDefect| Defect {
            rule: rule.head.place_and_version(),
            what: found.what,
            case: found.case,
            shown: Vec::new(),
        };
        checked.faults.extend(searched.findings.into_iter().map(fault));
    }
    Ok(())
}

/// A criterion that the manifest declares and the code has forgotten, or that nobody can meet.
fn criterion_fault(rule: &Rule, id: &Id, why: &str) -> Defect {
    let title = rule.head.criterion(id).map_or_else(|| id.to_string(), ToString::to_string);
    let what = format!("`{id}`, {title}, is a criterion of rule.toml, and {why}");
    Defect { rule: rule.head.place_and_version(), what, ..Defect::default() }
}

/// What was found, with a case file that shows it.
fn fault_of(rule: &Rule, finding: &Counterexample) -> Defect {
    let (what, name, outcome) = match &finding.breach {
        Breach::Violation { subject, bound, set_by, provision } => (
            format!("`{subject}` breaks `{bound}`, which {set_by} sets ({provision})"),
            format!("within {subject} {bound}"),
            finding.decision.outcome.as_str(),
        ),
        Breach::Failure { code, detail } => {
            (format!("fails: {code}, {detail}"), format!("doesn't fail with {code}"), UNKNOWN)
        }
        Breach::Nondeterminism => {
            let what = "decides the same case otherwise when it is decided again".to_owned();
            (what, "is decided the same each time".to_owned(), UNKNOWN)
        }
    };
    let case = case_toml(&name, &finding.facts, &finding.decision, outcome);
    let shown = vec![CaseView::of(&finding.facts, &finding.decision)];
    Defect { rule: rule.head.place_and_version(), what, case: Some(case), shown }
}

/// What stands for an outcome that only the law can say.
const UNKNOWN: &str = "REPLACE";

/// Prints what was found as a case file of its own: what isn't a case is a comment.
fn tell(fault: &Defect, number: usize) {
    say(&format!("# FAIL {}: {}", fault.rule, fault.what));
    let Some(case) = &fault.case else { return };
    let place = fault.rule.split(' ').next().unwrap_or_default();
    say(&format!("# Save this as {place}/cases/found-{number}.toml: it fails with the rule as it is."));
    if case.contains(UNKNOWN) {
        say("# Write the outcome that the law gives in place of REPLACE.");
    }
    say(case);
}
