//! `ordinance check`: builds a folder, then searches each rule for a case in which it breaks upper law or fails.

use ordinance_engine::Rule;
use ordinance_harness::{Breach, Finding, TestCase, case_toml, search};

use crate::arguments::CheckArguments;
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::source::Source;
use crate::terminal;
use crate::test::cases_of;

pub(crate) fn run(arguments: &CheckArguments) -> Result<Exit, CommandError> {
    let source = Source::read(&arguments.dir)?;
    let loaded = rulebook::load(&arguments.dir)?;
    let wanted = arguments.rule.as_deref().unwrap_or_default();
    let (mut rules, mut days, mut cases, mut breaches) = (0, 0, 0, 0);
    for rule in loaded.registry.rules().filter(|rule| place_of(rule).contains(wanted)) {
        let beside = cases_beside(&source, rule)?;
        let searched = search(&loaded.registry, rule, &beside, arguments.cases)
            .map_err(|error| CommandError::bad_use(error.to_string(), "mend the rulebook's places and build again"))?;
        rules += 1;
        days += searched.days;
        cases += searched.cases;
        breaches += searched.findings.len();
        searched.findings.iter().for_each(|finding| show(rule, finding));
    }
    if rules == 0 {
        return Err(CommandError::bad_use("no rule was checked", "give another --rule, such as CN-37 or old-age"));
    }
    terminal::say(&format!(
        "{rules} rules checked on {days} days with {cases} cases: {breaches} {} found",
        if breaches == 1 { "breach" } else { "breaches" }
    ));
    Ok(if breaches == 0 && loaded.broken == 0 { Exit::Good } else { Exit::Findings })
}

/// The cases that stand beside the rule's versions.
fn cases_beside(source: &Source, rule: &Rule) -> Result<Vec<TestCase>, CommandError> {
    let mut cases = Vec::new();
    for folder in &source.rules {
        if let Ok(manifest) = &folder.manifest
            && manifest.jurisdiction == rule.head.jurisdiction
            && manifest.service == rule.head.service
        {
            cases.extend(cases_of(folder, manifest)?.into_iter().filter_map(|(_, read)| read.ok()).flatten());
        }
    }
    Ok(cases)
}

fn place_of(rule: &Rule) -> String {
    format!("{}/{}", rule.head.jurisdiction, rule.head.service)
}

fn show(rule: &Rule, finding: &Finding) {
    let place = place_of(rule);
    let (what, name) = match &finding.breach {
        Breach::Violation { subject, bound, set_by, provision } => (
            format!("`{subject}` breaks `{bound}`, which {set_by} sets ({provision})"),
            format!("within {subject} {bound}"),
        ),
        Breach::Failure { code, detail } => (format!("fails: {code}, {detail}"), format!("doesn't fail with {code}")),
    };
    terminal::say(&format!("FAIL {place} {}: {what}", rule.head.version));
    terminal::say(&format!(
        "# Save this as {place}/cases/found.toml: it fails with the rule as it is, and passes once the rule is mended."
    ));
    if matches!(finding.breach, Breach::Failure { .. }) {
        terminal::say("# The expected outcome is that of a failed rule: write what the law says.");
    }
    terminal::say(&case_toml(&name, &finding.facts, &finding.decision));
}
