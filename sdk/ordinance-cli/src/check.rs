//! `ordinance check`: builds a folder, then searches each rule for a case in which it breaks upper law or fails.

use ordinance_domain::name::Id;
use ordinance_engine::Rule;
use ordinance_harness::{Breach, Finding, case_toml, search};

use crate::arguments::CheckArguments;
use crate::exit::{CommandError, Exit};
use crate::study::{Studied, no_place, place_of, warn_left_out};
use crate::terminal;

pub(crate) fn run(arguments: &CheckArguments) -> Result<Exit, CommandError> {
    let studied = Studied::read(&arguments.dir)?;
    let (mut days, mut cases, mut breaches, mut dearest) = (0, 0, 0, (0, 0, String::new()));
    let rules = studied.each(arguments.rule.as_deref(), |study| {
        let searched = search(study, arguments.cases).map_err(|error| no_place(&error))?;
        days += searched.days;
        cases += searched.cases;
        for (name, why) in &searched.left_out {
            warn_left_out(&format!("the case `{name}` beside {}", place_of(study.rule)), why);
        }
        for id in &searched.never_said {
            breaches += 1;
            terminal::say(&silent_criterion(study.rule, id));
        }
        if searched.fuel.0 > dearest.0 {
            dearest = (searched.fuel.0, searched.fuel.1, place_of(study.rule));
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
    let (fuel, limit, place) = dearest;
    terminal::say(&format!("# The dearest case used {fuel} of {limit} units of fuel, in {place}."));
    Ok(if breaches == 0 && studied.loaded.broken == 0 { Exit::Good } else { Exit::Findings })
}

/// A criterion that the manifest declares and the code has forgotten.
fn silent_criterion(rule: &Rule, id: &Id) -> String {
    let criterion = rule.head.criterion(id);
    let title = criterion.and_then(|criterion| criterion.titles.best(&[])).unwrap_or(id.as_str());
    let law = criterion.map(|criterion| format!(" ({})", criterion.provision)).unwrap_or_default();
    let place = place_of(rule);
    format!(
        "# FAIL {place} {}: `{id}`, {title}{law}, is a criterion of rule.toml, and the rule never says anything of it",
        rule.head.version
    )
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
        Breach::Nondeterminism => {
            let what = "decides the same case otherwise when it is decided again".to_owned();
            (what, "is decided the same each time".to_owned(), "REPLACE")
        }
    };
    terminal::say(&format!("# FAIL {place} {}: {what}", rule.head.version));
    terminal::say(&format!("# Save this as {place}/cases/found-{number}.toml: it fails with the rule as it is."));
    if outcome == "REPLACE" {
        terminal::say("# Write the outcome that the law gives in place of REPLACE.");
    }
    terminal::say(&case_toml(&name, &finding.facts, &finding.decision, outcome));
}
