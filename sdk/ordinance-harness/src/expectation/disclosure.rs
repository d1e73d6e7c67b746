//! Puts a request for facts to privacy law and compares the rulings with what was expected.

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::privacy::{
    Activity, DataSubject, Disclosure, Obligation, RuledFact, RulingReason, Rulings, Verdict,
};
use ordinance_engine::case::{InputError, read_date, unknown_to_rulebook};
use ordinance_engine::claims::{read_basis, read_names, read_purpose, read_recipient, read_subject};
use ordinance_engine::{DisclosureCase, Rulebook, disclose};

use crate::case_binding::in_words;
use crate::test_case::{DisclosureTest, RulingsExpectation};
use crate::test_result::{Difference, TestFailure, TestResult, reasons_of_rulings};

/// Puts one request to the law of its place and compares.
#[must_use]
pub fn run_disclosure_test(rulebook: &Rulebook, test: &DisclosureTest, today: Date) -> TestResult {
    let case = match read(rulebook, test, today) {
        Ok(case) => case,
        Err(why) => return TestResult::Unusable(why),
    };
    match disclose(rulebook, &case) {
        Ok(disclosed) => {
            let differences = differences(&test.expect, &disclosed.rulings);
            if differences.is_empty() {
                return TestResult::Passed;
            }
            TestResult::Failed(TestFailure { differences, reasons: reasons_of_rulings(&disclosed.rulings) })
        }
        Err(error) => TestResult::Unusable(error.to_string()),
    }
}

fn read(rulebook: &Rulebook, test: &DisclosureTest, today: Date) -> Result<DisclosureCase, String> {
    let said = |faults: Vec<InputError>| in_words(&faults);
    let jurisdiction = JurisdictionCode::new(&test.jurisdiction).map_err(|error| error.to_string())?;
    let on = match &test.on {
        Some(text) => read_date(text).ok_or("`on` is no date as YYYY-MM-DD that exists")?,
        None => today,
    };
    let activity =
        Activity::parse(&test.activity).ok_or_else(|| format!("`activity` is one of {}", Activity::words()))?;
    let purpose = read_purpose(&test.purpose, "/purpose").map_err(said)?;
    let basis = read_basis(&test.basis, "/basis", &purpose, |name| rulebook.fact(name).is_some()).map_err(said)?;
    let recipient = read_recipient(&test.recipient, "/recipient").map_err(said)?;
    let subject = test.subject.as_ref().map(|tree| read_subject(tree, "/subject")).transpose().map_err(said)?;
    let facts = read_names(&test.facts, "/facts").map_err(said)?;
    if let Some(index) = facts.iter().position(|name| rulebook.fact(name.as_str()).is_none()) {
        return Err(unknown_to_rulebook(&format!("/facts/{index}")).to_string());
    }
    let expected = test.expect.rulings.keys().chain(test.expect.criteria.keys()).chain(test.expect.obligations.keys());
    for name in expected {
        if !facts.iter().any(|fact| fact.as_str() == name) {
            return Err(format!("the case expects a ruling on `{name}`, which it doesn't ask for"));
        }
    }
    let subject: DataSubject = subject.unwrap_or_default();
    let disclosure = Disclosure { recipient, purpose, basis, subject, on };
    Ok(DisclosureCase { jurisdiction, disclosure, activity, facts, values: Default::default(), is_trial: true })
}

fn differences(expected: &RulingsExpectation, rulings: &Rulings) -> Vec<Difference> {
    let mut found = Vec::new();
    for ruled in &rulings.facts {
        let name = ruled.fact.as_str();
        let verdict = verdict_in_words(ruled.verdict);
        let because: Vec<String> = ruled.because.iter().map(|because| because_in_words(because, rulings)).collect();
        if let Some(expected) = expected.rulings.get(name).filter(|expected| **expected != verdict) {
            found.push(Difference::new(format!("`{name}`"), expected, format!("{verdict} ({})", because.join(", "))));
        }
        let is_named = |wanted: &String| ruled.because.iter().any(|because| reason(because) == wanted);
        if let Some(expected) = expected.criteria.get(name).filter(|expected| !is_named(expected)) {
            found.push(Difference::new(format!("why `{name}`"), expected, because.join(", ")));
        }
        if let Some(expected) = expected.obligations.get(name) {
            found.extend(obligation_difference(ruled, expected));
        }
    }
    found
}

fn obligation_difference(ruled: &RuledFact, expected: &[String]) -> Option<Difference> {
    let mut expected = expected.to_vec();
    let mut obligations: Vec<String> = ruled.obligations.iter().map(obligation_in_words).collect();
    expected.sort_unstable();
    obligations.sort_unstable();
    (expected != obligations).then(|| {
        let what = format!("obligations of `{}`", ruled.fact);
        Difference::new(what, format!("[{}]", expected.join(", ")), format!("[{}]", obligations.join(", ")))
    })
}

fn verdict_in_words(verdict: Verdict) -> String {
    match verdict.mask() {
        Some(mask) => format!("mask {mask}"),
        None => verdict.as_str().to_owned(),
    }
}

fn obligation_in_words(obligation: &Obligation) -> String {
    match obligation {
        Obligation::RetainAtMostDays(days) => format!("{} {days}", obligation.as_str()),
        Obligation::NotifySubject
        | Obligation::LogAccess
        | Obligation::NoOnwardTransfer
        | Obligation::AskSeparateConsent => obligation.as_str().to_owned(),
    }
}

/// The criterion, or why there is none.
fn reason(because: &RulingReason) -> &str {
    match because {
        RulingReason::Ruled { criterion, .. } => criterion.as_str(),
        RulingReason::Silent { .. }
        | RulingReason::Failed { .. }
        | RulingReason::Catalogue(_)
        | RulingReason::NoLaw
        | RulingReason::Ungoverned => because.as_str(),
    }
}

fn because_in_words(because: &RulingReason, rulings: &Rulings) -> String {
    let layer = match because {
        RulingReason::Ruled { layer, .. } | RulingReason::Silent { layer } | RulingReason::Failed { layer } => {
            Some(*layer)
        }
        RulingReason::Catalogue(_) | RulingReason::NoLaw | RulingReason::Ungoverned => None,
    };
    let Some(layer) = layer.and_then(|layer| rulings.layers.get(layer)) else { return reason(because).to_owned() };
    let detail = layer.result.as_ref().err().map(|failed| format!(": {}", failed.detail)).unwrap_or_default();
    format!("{} {}/{}{detail}", reason(because), layer.jurisdiction, layer.rule.id)
}
