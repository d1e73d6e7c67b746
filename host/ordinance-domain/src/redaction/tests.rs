//! Tests of what is told: the same for everything that hidden facts can bring about with one outcome.

use std::sync::Arc;

use super::*;
use crate::answer::{Answer, Determination, FailureCode, RuleFailure};
use crate::calendar::{Date, DateRange, PublicationPeriod};
use crate::decision::{BoundSubject, Evaluation, FactUsage, MissingFactSearch};
use crate::manifest::{Criterion, RuleScope};
use crate::privacy::{
    Disclosure, LegalBasis, Purpose, Recipient, RecipientKind, RuledFact, RulingReason, Rulings, Verdict,
};
use crate::provision::Provision;
use crate::titles::Titles;

fn name(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

fn provision() -> Provision {
    Provision { document: "d".into(), article: "1".into(), url: None }
}

/// Rulings on `age`, on `kids` and on `resident`, which may always be shown.
fn rulings(of_age: Verdict) -> Arc<Rulings> {
    let ruled = |(fact, verdict)| RuledFact {
        fact: name(fact),
        verdict,
        reasons: vec![RulingReason::NoLaw],
        obligations: vec![],
    };
    let facts = [("age", of_age), ("kids", of_age), ("resident", Verdict::Permit)];
    Arc::new(Rulings { layers: vec![], facts: facts.into_iter().map(ruled).collect() })
}

fn gate(shown: Verdict) -> PrivacyRulings {
    let disclosure = Disclosure {
        recipient: Recipient { kind: RecipientKind::Business, id: "bank".into() },
        purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
        basis: LegalBasis::Contract,
        subject: Default::default(),
        on: Date::MIN,
    };
    PrivacyRulings::new(disclosure, rulings(Verdict::Permit), rulings(shown))
}

fn layer(code: &str, reads: &[&str], inherits: bool, status: LayerStatus) -> Layer {
    let criterion = |(text, facts): (&str, Option<&str>)| Criterion {
        id: id(text),
        titles: Titles::default(),
        provision: provision(),
        facts: facts.map(|fact| vec![name(fact)]),
    };
    let head = RuleHead {
        id: id("rule"),
        version: "1.0.0".into(),
        jurisdiction: JurisdictionCode::new(code).unwrap(),
        scope: RuleScope::Service(id("benefit")),
        in_force: DateRange::new(Date::MIN, None).unwrap(),
        publication: PublicationPeriod::default(),
        digest: None,
        titles: Titles::default(),
        criteria: [("old", None), ("resident", Some("resident"))].into_iter().map(criterion).collect(),
        parameters: vec![],
        reads: reads.iter().map(|fact| name(fact)).collect(),
        compound: vec![name("kids")],
        inherits,
    };
    let violation =
        Violation { subject: BoundSubject::Outcome, set_by: None, bound: "floor".into(), provision: provision() };
    Layer { jurisdiction: head.jurisdiction.clone(), rule: Some(Arc::new(head)), status, violations: vec![violation] }
}

fn applied(determination: Determination) -> LayerStatus {
    let finding = |text, satisfied| Finding { criterion: id(text), satisfied };
    let findings = vec![finding("old", Some(true)), finding("resident", Some(true))];
    LayerStatus::Applied { answer: Answer { determination, findings }, missing: vec![] }
}

fn decision(shown: Verdict, outcome: Outcome, layers: Vec<Layer>) -> Decision {
    let query = CaseQuery {
        jurisdiction: JurisdictionCode::new("N-1").unwrap(),
        service: id("benefit"),
        as_of: Date::MIN,
        known_at: None,
    };
    let evaluation = Evaluation {
        place: query.jurisdiction.clone(),
        query,
        outcome,
        deciding_layers: (0..layers.len()).collect(),
        layers,
        used: vec![name("age")],
    };
    let search = MissingFactSearch { irrelevant_missing_facts: vec![name("resident")], is_incomplete: false };
    let facts = FactUsage { unavailable: vec![name("resident")], ..FactUsage::default() };
    Decision::new(evaluation, search, facts, gate(shown))
}

/// All that is told, in words.
fn words(decision: &Decision) -> String {
    let told = RedactedDecision::of(decision);
    let layers: Vec<String> =
        told.layers().iter().map(|layer| format!("{:?} {:?}", layer.status, layer.violations)).collect();
    format!(
        "{:?} {layers:?} {} {:?} {:?} {}",
        told.outcome(),
        told.deciding_layers().count(),
        told.irrelevant_missing_facts(),
        told.used(),
        told.may_name_irrelevant_facts()
    )
}

#[test]
fn whatever_a_hidden_layer_came_to_is_told_alike() {
    let missing = |path: &str| LayerStatus::MissingFacts(vec![path.to_owned()]);
    let statuses = [
        missing("age"),
        applied(Determination::Undetermined),
        LayerStatus::Failed(RuleFailure::new(FailureCode::Trap, "x")),
        LayerStatus::Failed(RuleFailure::new(FailureCode::OutOfFuel, "y")),
    ];
    let told = |status: &LayerStatus| {
        let outcome = Outcome::Undetermined(match status {
            LayerStatus::Failed(_) => UndeterminedReason::FailedRule,
            LayerStatus::MissingFacts(missing) => UndeterminedReason::MissingFacts(missing.clone()),
            _ => UndeterminedReason::RuleUndetermined,
        });
        let layers = vec![layer("N", &["kids"], false, status.clone()), layer("N-1", &[], true, LayerStatus::Waiting)];
        words(&decision(Verdict::Withhold, outcome, layers))
    };
    for status in &statuses {
        assert_eq!(told(status), told(&statuses[0]), "{status:?}");
    }
    // A finding that is said to rest on what may be shown is told where the rule was called, unless it was called or
    // not for a part of a hidden fact.
    let layers = vec![layer("N", &["age", "resident"], false, applied(Determination::Ineligible))];
    let said = decision(Verdict::Withhold, Outcome::Ineligible, layers);
    let told = RedactedDecision::of(&said);
    let LayerVisibility::Redacted { findings, redacted_criteria } = &told.layers()[0].status else {
        panic!("{told:?}")
    };
    assert_eq!(
        (findings.len(), findings[0].criterion.as_str(), redacted_criteria.as_slice()),
        (1, "resident", &[&id("old")][..])
    );
}

#[test]
fn of_missing_facts_all_are_told_and_parts_of_those_that_may_be_shown() {
    let waits = |missing: Vec<String>| Outcome::Undetermined(UndeterminedReason::MissingFacts(missing));
    let open = LayerStatus::Applied {
        answer: Answer { determination: Determination::Undetermined, findings: vec![] },
        missing: vec!["resident.since".into(), "kids[0].age".into()],
    };
    let layers = vec![layer("N", &["age"], false, LayerStatus::Waiting), layer("N-1", &["resident"], false, open)];
    let narrowed = decision(Verdict::Withhold, waits(vec!["age".into()]), layers.clone());
    assert_eq!(*RedactedDecision::of(&narrowed).outcome(), waits(vec!["resident".into(), "resident.since".into()]));
    let told_by_rule = decision(Verdict::Withhold, Outcome::Undetermined(UndeterminedReason::RuleUndetermined), layers);
    assert_eq!(words(&narrowed), words(&told_by_rule));
}

#[test]
fn where_nothing_is_hidden_all_is_told() {
    let granted = Outcome::Eligible(Grant(vec![(name("amount"), crate::value::Value::Integer(7))]));
    let layers = vec![layer("N", &["age"], false, applied(Determination::Ineligible))];
    let whole = decision(Verdict::Permit, granted.clone(), layers);
    let told = RedactedDecision::of(&whole);
    assert_eq!((told.outcome(), told.is_redacted(), told.deciding_layers().count()), (&granted, false, 1));
    assert_eq!((told.used(), told.layers()[0].violations.len()), (&[name("age")][..], 1));
    let LayerVisibility::Full(status) = &told.layers()[0].status else { panic!("{told:?}") };
    assert_eq!(*status, &whole.layers[0].status);
}
