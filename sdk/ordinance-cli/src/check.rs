//! `ordinance check`: builds a folder, then searches each rule for a case in which it breaks upper law or fails.

use ordinance_engine::Rule;
use ordinance_harness::{Breach, Finding, case_toml, search};

use crate::arguments::CheckArguments;
use crate::exit::{CommandError, Exit};
use crate::study::{Studied, no_place, place_of, warn_left_out};
use crate::terminal;

pub(crate) fn run(arguments: &CheckArguments) -> Result<Exit, CommandError> {
    let studied = Studied::read(&arguments.dir)?;
    let (mut days, mut cases, mut breaches) = (0, 0, 0);
    let rules = studied.each(arguments.rule.as_deref(), |study| {
        let searched = search(study, arguments.cases).map_err(|error| no_place(&error))?;
        days += searched.days;
        cases += searched.cases;
        for (name, why) in &searched.left_out {
            warn_left_out(&format!("the case `{name}` beside {}", place_of(study.rule)), why);
        }
        for finding in &searched.findings {
            breaches += 1;
            show(study.rule, finding, breaches);
        }
        Ok(())
    })?;
    terminal::say(&format!(
        "# {} checked, each on every day on which its law changes ({days} in all), with {cases} cases: {} found",
        terminal::counted(rules, "rule", "rules"),
        terminal::counted(breaches, "breach", "breaches"),
    ));
    Ok(if breaches == 0 && studied.loaded.broken == 0 { Exit::Good } else { Exit::Findings })
}

/// Prints what was found as a case file of its own: what isn't a case is a comment.
fn show(rule: &Rule, finding: &Finding, number: usize) {
    let place = place_of(rule);
    let (what, name, outcome) = match &finding.breach {
        Breach::Violation { subject, bound, set_by, provision } => (
            format!("`{subject}` breaks `{bound}`, which {set_by} sets ({provision})"),
            format!("within {subject} {bound}"),
            finding.decision.outcome.as_str(),
        ),
        Breach::Failure { code, detail } => {
            (format!("fails: {code}, {detail}"), format!("doesn't fail with {code}"), "REPLACE")
        }
    };
    terminal::say(&format!("# FAIL {place} {}: {what}", rule.head.version));
    terminal::say(&format!("# Save this as {place}/cases/found-{number}.toml: it fails with the rule as it is."));
    if outcome == "REPLACE" {
        terminal::say("# Write the outcome that the law gives in place of REPLACE.");
    }
    terminal::say(&case_toml(&name, &finding.facts, &finding.decision, outcome));
}
