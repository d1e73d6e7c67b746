//! Tests of non-interference: the view is the same for all values of the hidden facts that lead to the same outcome.

use std::sync::Arc;

use super::*;
use crate::answer::{Answer, Determination, FailureCode, RuleError};
use crate::bounds::OutcomeBound;
use crate::calendar::{Date, DateRange, PublicationPeriod};
use crate::compose::tests::contract;
use crate::decision::{BoundSubject, Evaluation, FactUsage, MissingFactSearch};
use crate::manifest::{Criterion, RuleScope};
use crate::minimise::UnknownFacts;
use crate::privacy::{
    Disclosure, LegalBasis, Purpose, Recipient, RecipientId, RecipientKind, RuledFact, RulingReason, Rulings, Verdict,
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
fn rulings(of_age: Verdict) -> Rulings {
    let ruled = |(fact, verdict)| RuledFact {
        fact: name(fact),
        verdict,
        reasons: vec![RulingReason::NoLaw],
        obligations: vec![],
    };
    let facts = [("age", of_age), ("kids", of_age), ("resident", Verdict::Permit)];
    Rulings::without_layers(facts.into_iter().map(ruled).collect())
}

fn gate(shown: Verdict) -> PrivacyRulings {
    let disclosure = Disclosure {
        recipient: Recipient { kind: RecipientKind::Business, id: RecipientId::constant("bank") },
        purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
        basis: LegalBasis::Contract,
        subject: Default::default(),
        on: Date::MIN,
        known_at: Date::MIN,
    };
    PrivacyRulings::new(disclosure, rulings(Verdict::Permit), Vec::new(), rulings(shown))
}

fn layer(code: &str, reads: &[&str], inherits: bool, status: LayerStatus) -> Layer {
    let criterion = |(text, facts): (&str, Option<&str>)| Criterion {
        id: id(text),
        titles: Titles::default(),
        provision: provision(),
        facts: facts.map(|fact| vec![name(fact)]),
        each: None,
    };
    let head = RuleHead {
        id: id("rule"),
        version: "1.0.0".into(),
        jurisdiction: JurisdictionCode::new(code).unwrap(),
        scope: RuleScope::Service(id("benefit")),
        in_force: DateRange::new(Date::MIN, None).unwrap(),
        publication: PublicationPeriod::default(),
        published_by: None,
        digest: None,
        titles: Titles::default(),
        criteria: [("old", None), ("resident", Some("resident"))].into_iter().map(criterion).collect(),
        parameters: vec![],
        reads: reads.iter().map(|fact| name(fact)).collect(),
        reads_parts: Vec::new(),
        intermediates: Vec::new(),
        compound: vec![name("kids")],
        inherits,
    };
    let violation =
        Violation { subject: BoundSubject::Outcome, set_by: None, bound: "floor".into(), provision: provision() };
    Layer { jurisdiction: head.jurisdiction.clone(), rule: Some(Arc::new(head)), status, violations: vec![violation] }
}

fn applied(determination: Determination) -> LayerStatus {
    let finding = |text, satisfied| Finding { criterion: id(text), satisfied, item: None };
    let findings = vec![finding("old", Some(true)), finding("resident", Some(true))];
    LayerStatus::Applied {
        answer: Answer { determination, findings, intermediates: vec![] },
        unknown: UnknownFacts::default(),
    }
}

fn decision(shown: Verdict, outcome: Outcome, layers: Vec<Layer>) -> Decision {
    let query = CaseQuery {
        jurisdiction: JurisdictionCode::new("N-1").unwrap(),
        service: id("benefit"),
        as_of: Date::MIN,
        known_at: Date::MIN,
    };
    let evaluation = Evaluation {
        place: query.jurisdiction.clone(),
        contract: Arc::new(contract(OutcomeBound::Delegated, None)),
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

/// The whole view as a text.
fn view_text(decision: &Decision) -> String {
    let view = RedactedDecision::of(decision);
    let layers: Vec<String> =
        view.layers().iter().map(|layer| format!("{:?} {:?}", layer.status, layer.violations)).collect();
    format!(
        "{:?} {layers:?} {} {:?} {:?} {}",
        view.outcome(),
        view.deciding_layers().count(),
        view.irrelevant_missing_facts(),
        view.used(),
        view.may_name_irrelevant_facts()
    )
}

#[test]
fn the_view_is_the_same_for_every_status_of_a_hidden_layer() {
    let missing =
        |path: &str| LayerStatus::MissingFacts(UnknownFacts { missing: vec![path.to_owned()], unrecognised: vec![] });
    let statuses = [
        missing("age"),
        applied(Determination::Undetermined),
        LayerStatus::Failed(RuleError::new(FailureCode::Trap, "x")),
        LayerStatus::Failed(RuleError::new(FailureCode::OutOfFuel, "y")),
    ];
    let view_for = |status: &LayerStatus| {
        let outcome = Outcome::Undetermined(match status {
            LayerStatus::Failed(_) => UndeterminedReason::FailedRule,
            LayerStatus::MissingFacts(unknown) => UndeterminedReason::MissingFacts(unknown.missing.clone()),
            _ => UndeterminedReason::RuleUndetermined,
        });
        let layers = vec![layer("N", &["kids"], false, status.clone()), layer("N-1", &[], true, LayerStatus::Waiting)];
        view_text(&decision(Verdict::Withhold, outcome, layers))
    };
    for status in &statuses {
        assert_eq!(view_for(status), view_for(&statuses[0]), "{status:?}");
    }
}

#[test]
fn a_hidden_layer_shows_the_findings_that_rest_on_no_hidden_fact() {
    let layers = vec![layer("N", &["age", "resident"], false, applied(Determination::Ineligible))];
    let decision = decision(Verdict::Withhold, Outcome::Ineligible, layers);
    let view = RedactedDecision::of(&decision);
    let LayerVisibility::Redacted { findings, redacted_criteria } = &view.layers()[0].status else {
        panic!("{view:?}")
    };
    let shown: Vec<&str> = findings.iter().map(|finding| finding.criterion.as_str()).collect();
    assert_eq!(shown, ["resident"]);
    assert_eq!(*redacted_criteria, [&id("old")]);
}

#[test]
fn the_view_names_all_missing_facts_and_the_missing_parts_of_shown_facts() {
    let waits = |missing: Vec<String>| Outcome::Undetermined(UndeterminedReason::MissingFacts(missing));
    let open = LayerStatus::Applied {
        answer: Answer { determination: Determination::Undetermined, findings: vec![], intermediates: vec![] },
        unknown: UnknownFacts {
            missing: vec!["resident.since".into(), "kids[0].age".into()],
            unrecognised: vec!["resident.status".into()],
        },
    };
    let layers = vec![layer("N", &["age"], false, LayerStatus::Waiting), layer("N-1", &["resident"], false, open)];
    let narrowed = decision(Verdict::Withhold, waits(vec!["age".into()]), layers.clone());
    assert_eq!(*RedactedDecision::of(&narrowed).outcome(), waits(vec!["resident".into(), "resident.since".into()]));
    let undetermined = decision(Verdict::Withhold, Outcome::Undetermined(UndeterminedReason::RuleUndetermined), layers);
    assert_eq!(view_text(&narrowed), view_text(&undetermined));
}

#[test]
fn the_view_tells_of_an_unrecognised_value_only_where_the_layer_is_shown() {
    let open = |unrecognised: &[&str]| LayerStatus::Applied {
        answer: Answer { determination: Determination::Undetermined, findings: vec![], intermediates: vec![] },
        unknown: UnknownFacts {
            missing: vec![],
            unrecognised: unrecognised.iter().map(|&path| path.to_owned()).collect(),
        },
    };
    let view = |fact: &str, unrecognised: &[&str], reason: UndeterminedReason| {
        let layers = vec![layer("N", &[fact], false, open(unrecognised))];
        let mut decision = decision(Verdict::Withhold, Outcome::Undetermined(reason), layers);
        decision.facts.unavailable.clear();
        let view = RedactedDecision::of(&decision);
        (view.outcome().open().cloned(), view_text(&decision))
    };
    let (told, _) = view("resident", &["resident"], UndeterminedReason::UnrecognisedValue);
    assert_eq!(told, Some(UndeterminedReason::UnrecognisedValue));
    let hidden = view("age", &["age"], UndeterminedReason::UnrecognisedValue);
    assert_eq!(hidden, view("age", &[], UndeterminedReason::RuleUndetermined));
}

#[test]
fn the_view_is_whole_where_nothing_is_hidden() {
    let granted = Outcome::Eligible(Grant(vec![(name("amount"), crate::value::Value::Integer(7))]));
    let layers = vec![layer("N", &["age"], false, applied(Determination::Ineligible))];
    let decision = decision(Verdict::Permit, granted.clone(), layers);
    let view = RedactedDecision::of(&decision);
    assert_eq!(view.outcome(), &granted);
    assert!(!view.is_redacted());
    assert_eq!(view.deciding_layers().count(), 1);
    assert_eq!(view.used(), [name("age")]);
    assert_eq!(view.layers()[0].violations.len(), 1);
    let LayerVisibility::Full(status) = &view.layers()[0].status else { panic!("{view:?}") };
    assert_eq!(*status, &decision.layers[0].status);
}
