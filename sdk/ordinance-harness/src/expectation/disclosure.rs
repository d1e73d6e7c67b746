//! Runs a disclosure test: requests facts from privacy law and compares the rulings with what the test expects.

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::privacy::{
    Activity, DataSubject, Disclosure, Obligation, RuledFact, RulingReason, Rulings, Verdict,
};
use ordinance_engine::claims::{read_basis, read_names, read_party, read_purpose, read_recipient, read_subject};
use ordinance_engine::input_error::unknown_to_rulebook;
use ordinance_engine::{DisclosureCase, Engine, Rulebook, disclose};

use crate::case_binding::parse_date;
use crate::test_case::{DisclosureTest, RulingsExpectation};
use crate::test_error::TestError;
use crate::test_result::{Difference, DifferingPart, TestFailure, TestResult, ruling_reasons};

/// Requests facts from the privacy law of the test's place, and compares the rulings with the expectation.
#[must_use]
pub fn run_disclosure_test(engine: &Engine, test: &DisclosureTest, now: Timestamp) -> TestResult {
    let rulings = bind_request(engine.rulebook(), test, now).and_then(|case| Ok(disclose(engine, &case)?.rulings));
    let rulings = match rulings {
        Ok(rulings) => rulings,
        Err(error) => return TestResult::Unusable(error.to_string()),
    };
    let differences = compare_rulings(&test.expect, &rulings);
    if differences.is_empty() {
        return TestResult::Passed;
    }
    let (reasons, intermediates, withheld) = (ruling_reasons(&rulings), Vec::new(), Vec::new());
    let (not_in_force, failed_rules) = (Vec::new(), Vec::new());
    TestResult::Failed(TestFailure { differences, reasons, intermediates, withheld, not_in_force, failed_rules })
}

fn bind_request(rulebook: &Rulebook, test: &DisclosureTest, now: Timestamp) -> Result<DisclosureCase, TestError> {
    let jurisdiction = JurisdictionCode::new(&test.jurisdiction)?;
    let on = test.on.as_ref().map(|text| parse_date("on", text)).transpose()?;
    let known_at = rulebook.day_at(&jurisdiction, now);
    let on = on.unwrap_or(known_at);
    let activity = Activity::parse(&test.activity).ok_or(TestError::UnknownActivity)?;
    let purpose = read_purpose(&test.purpose, "/purpose")?;
    let basis = read_basis(&test.basis, "/basis", &purpose, |name| rulebook.fact_at(name).is_some())?;
    let recipient = read_recipient(&test.recipient, "/recipient")?;
    let subject = test.subject.as_ref().map(|value| read_subject(value, "/subject")).transpose()?.unwrap_or_default();
    let party = test.party.as_ref().map(|word| read_party(word, "/party")).transpose()?;
    let subject = DataSubject { party: party.unwrap_or(subject.party), ..subject };
    let facts = read_names(&test.facts, "/facts")?;
    if let Some(index) = facts.iter().position(|name| rulebook.fact_at(name).is_none()) {
        return Err(vec![unknown_to_rulebook(&format!("/facts/{index}"))].into());
    }
    let expected = test.expect.rulings.keys().chain(test.expect.criteria.keys()).chain(test.expect.obligations.keys());
    for name in expected {
        if !facts.iter().any(|fact| fact.as_str() == name) {
            return Err(TestError::FactNotRequested(name.clone()));
        }
    }
    let disclosure = Disclosure { recipient, purpose, basis, subject, on, known_at };
    Ok(DisclosureCase {
        jurisdiction,
        disclosure,
        alternatives: Vec::new(),
        others: Vec::new(),
        activity,
        facts,
        values: Default::default(),
        is_dry_run: true,
    })
}

fn compare_rulings(expected: &RulingsExpectation, rulings: &Rulings) -> Vec<Difference> {
    let mut differences = Vec::new();
    for ruled in rulings.facts() {
        let name = ruled.fact.as_str();
        let verdict = render_verdict(ruled.verdict);
        let reasons: Vec<String> = ruled.reasons.iter().map(|reason| render_reason(reason, rulings)).collect();
        let reasons = reasons.join(", ");
        if let Some(expected) = expected.rulings.get(name).filter(|expected| **expected != verdict) {
            let part = DifferingPart::Ruling(name.to_owned());
            differences.push(Difference::new(part, expected, format!("{verdict} ({reasons})")));
        }
        let has_reason = |expected: &String| ruled.reasons.iter().any(|reason| reason_name(reason) == expected);
        if let Some(expected) = expected.criteria.get(name).filter(|expected| !has_reason(expected)) {
            let part = DifferingPart::RulingCriterion(name.to_owned());
            differences.push(Difference::new(part, expected, reasons));
        }
        if let Some(expected) = expected.obligations.get(name) {
            differences.extend(compare_obligations(ruled, expected));
        }
    }
    differences
}

fn compare_obligations(ruled: &RuledFact, expected: &[String]) -> Option<Difference> {
    let mut expected = expected.to_vec();
    let mut obligations: Vec<String> = ruled.obligations.iter().map(render_obligation).collect();
    expected.sort_unstable();
    obligations.sort_unstable();
    if expected == obligations {
        return None;
    }
    let part = DifferingPart::Obligations(ruled.fact.to_string());
    Some(Difference::new(part, format!("[{}]", expected.join(", ")), format!("[{}]", obligations.join(", "))))
}

fn render_verdict(verdict: Verdict) -> String {
    match verdict.mask() {
        Some(mask) => format!("mask {mask}"),
        None => verdict.as_str().to_owned(),
    }
}

fn render_obligation(obligation: &Obligation) -> String {
    match obligation {
        Obligation::RetainAtMostDays(days) => format!("{} {days}", obligation.as_str()),
        Obligation::NotifySubject
        | Obligation::LogAccess
        | Obligation::NoOnwardTransfer
        | Obligation::AskSeparateConsent => obligation.as_str().to_owned(),
    }
}

/// The criterion that decided, or the reason if no criterion did.
fn reason_name(reason: &RulingReason) -> &str {
    match reason {
        RulingReason::Ruled { criterion, .. } => criterion.as_str(),
        RulingReason::Silent { .. }
        | RulingReason::Failed { .. }
        | RulingReason::Catalogue(_)
        | RulingReason::NoLaw
        | RulingReason::Ungoverned => reason.as_str(),
    }
}

fn render_reason(reason: &RulingReason, rulings: &Rulings) -> String {
    let layer = match reason {
        RulingReason::Ruled { layer, .. } | RulingReason::Silent { layer } | RulingReason::Failed { layer } => {
            Some(*layer)
        }
        RulingReason::Catalogue(_) | RulingReason::NoLaw | RulingReason::Ungoverned => None,
    };
    let Some(layer) = layer.and_then(|layer| rulings.layers().get(layer)) else {
        return reason_name(reason).to_owned();
    };
    let detail = layer.result.as_ref().err().map(|failed| format!(": {}", failed.detail)).unwrap_or_default();
    format!("{} {}/{}{detail}", reason_name(reason), layer.jurisdiction, layer.rule.id)
}
