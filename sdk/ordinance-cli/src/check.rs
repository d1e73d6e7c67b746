//! `ordinance check`: builds a folder, then searches each rule for a case in which it breaks upper law or fails.

use ordinance_engine::Rule;
use ordinance_harness::{Breach, Finding, Test, TestCase, case_toml, search};

use crate::arguments::CheckArguments;
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::source::Source;
use crate::terminal;
use crate::test::cases_of;

pub(crate) fn run(arguments: &CheckArguments) -> Result<Exit, CommandError> {
    let source = Source::read(&arguments.dir)?;
    let loaded = rulebook::load(&arguments.dir)?;
    let (mut rules, mut days, mut cases, mut breaches) = (0, 0, 0, 0);
    for rule in loaded.registry.rules().filter(|rule| is_wanted(rule, arguments.rule.as_deref())) {
        let beside = cases_beside(&source, rule)?;
        let searched = search(&loaded.registry, rule, &beside, arguments.cases)
            .map_err(|error| CommandError::bad_use(error.to_string(), "mend the rulebook's places and build again"))?;
        rules += 1;
        days += searched.days;
        cases += searched.cases;
        for (name, why) in &searched.left_out {
            warn_left_out(&format!("the case `{name}` beside {}", place_of(rule)), why);
        }
        for finding in &searched.findings {
            breaches += 1;
            show(rule, finding, breaches);
        }
    }
    if rules == 0 {
        return Err(CommandError::bad_use(
            "no rule was checked",
            "give another --rule: a place such as CN-37, a service, or both as CN-37/SERVICE",
        ));
    }
    terminal::say(&format!(
        "# {} checked, each on every day on which its law changes ({days} in all), with {cases} cases: {} found",
        terminal::counted(rules, "rule", "rules"),
        terminal::counted(breaches, "breach", "breaches"),
    ));
    Ok(if breaches == 0 && loaded.broken == 0 { Exit::Good } else { Exit::Findings })
}

/// The cases that stand beside the rule's versions.
pub(crate) fn cases_beside(source: &Source, rule: &Rule) -> Result<Vec<TestCase>, CommandError> {
    let mut cases = Vec::new();
    for folder in &source.rules {
        if let Ok(manifest) = &folder.manifest
            && manifest.jurisdiction == rule.head.jurisdiction
            && manifest.about == rule.head.about
        {
            for (path, read) in cases_of(folder, manifest)? {
                match read {
                    Ok(tests) => cases.extend(tests.into_iter().filter_map(|test| match test {
                        Test::Decision(case) => Some(case),
                        Test::Disclosure(_) => None,
                    })),
                    Err(fault) => warn_left_out(&path.display().to_string(), &fault.to_string()),
                }
            }
        }
    }
    Ok(cases)
}

/// A case that can't be read says nothing of a rule; `ordinance test` fails for it.
fn warn_left_out(what: &str, why: &str) {
    eprintln!("warning: {what} is left out of the search: {why}");
}

/// Whether a rule is of this place, of this service, or the one of both.
pub(crate) fn is_wanted(rule: &Rule, wanted: Option<&str>) -> bool {
    let (place, service) = (rule.head.jurisdiction.as_str(), rule.head.folder().as_str());
    wanted.is_none_or(|wanted| wanted == place || wanted == service || wanted == place_of(rule))
}

pub(crate) fn place_of(rule: &Rule) -> String {
    format!("{}/{}", rule.head.jurisdiction, rule.head.folder())
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
