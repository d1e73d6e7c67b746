//! The law of composition, one case a test. A chain is written `CODE answer | CODE answer`, an answer being
//! `eligible 100.00`, `eligible unset`, `ineligible`, `undetermined`, `missing`, `waiting`, `failed` or `silent`.

use std::collections::BTreeMap;

use super::*;
use crate::answer::{Answer, FailureCode, RuleError};
use crate::bounds::{Bound, GrantBound, Limit};
use crate::calendar::{LawDay, Timeline};
use crate::contract::{Better, EligibleMeaning, GrantField};
use crate::fact::FactType;
use crate::jurisdiction::JurisdictionCode;
use crate::minimise::UnknownFacts;
use crate::name::{FieldName, Id};
use crate::privacy::{BasisKind, Purpose};
use crate::provision::Provision;
use crate::titles::Titles;
use crate::value::{Decimal, Value};

fn provision() -> Provision {
    Provision { document: "D".into(), article: "1".into(), url: None }
}

pub(super) fn bound<Kind>(kind: Kind) -> Bound<Kind> {
    Bound { kind, provision: provision() }
}

pub(super) fn always<Kind>(kind: Kind) -> Timeline<Bound<Kind>> {
    Timeline::always(bound(kind))
}

pub(super) fn day() -> LawDay {
    LawDay::all_published(jiff::civil::date(2026, 1, 1))
}

pub(super) fn at_least_inherited() -> GrantBound {
    GrantBound::Within { least: Some(Limit::Inherited), most: None }
}

fn amount_between(least: Option<u32>, most: Option<u32>) -> GrantBound {
    let limit = |number: u32| Limit::Value(Value::Decimal(number.into()));
    GrantBound::Within { least: least.map(limit), most: most.map(limit) }
}

pub(crate) fn contract(outcome: OutcomeBound, grant: Option<GrantBound>) -> Contract {
    let amount = |kind| GrantField {
        better: Better::More,
        name: FieldName::new("amount").unwrap(),
        fact_type: FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(100_000), scale: 2 },
        titles: Titles::default(),
        unit: None,
        bound: always(kind),
    };
    Contract {
        service: Id::new("allowance").unwrap(),
        titles: Titles::default(),
        purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
        basis: BasisKind::StatutoryDuty,
        basis_provision: provision(),
        facts: vec![],
        privacy_reach: Timeline::default(),
        numbers: Vec::new(),
        description: Titles::default(),
        application_points: Vec::new(),
        approvals: Vec::new(),
        objections: None,
        outcome: always(outcome),
        eligible: EligibleMeaning::Benefit,
        grant: grant.map(amount).into_iter().collect(),
    }
}

pub(super) fn grant(amount: &str) -> Grant {
    match amount {
        "" | "unset" => Grant::default(),
        amount => Grant(vec![(FieldName::new("amount").unwrap(), Value::Decimal(amount.parse().unwrap()))]),
    }
}

fn lacking(missing: &[&str]) -> UnknownFacts {
    UnknownFacts { missing: missing.iter().map(|&fact| fact.to_owned()).collect(), unrecognised: vec![] }
}

pub(super) fn applied(determination: Determination, missing: &[&str]) -> LayerStatus {
    let answer = Answer { determination, findings: vec![], intermediates: vec![] };
    LayerStatus::Applied { answer, unknown: lacking(missing) }
}

pub(super) fn layer(text: &str) -> Layer {
    let mut words = text.split_whitespace();
    let code = JurisdictionCode::new(words.next().unwrap()).unwrap();
    let (answer, amount) = (words.next().unwrap(), words.next().unwrap_or_default());
    let status = match answer {
        "eligible" => applied(Determination::Eligible(grant(amount)), &[]),
        "ineligible" => applied(Determination::Ineligible, &["unneeded"]),
        "undetermined" => applied(Determination::Undetermined, &["age"]),
        "missing" => LayerStatus::MissingFacts(lacking(&["income"])),
        "waiting" => LayerStatus::Waiting,
        "failed" => LayerStatus::Failed(RuleError::new(FailureCode::Trap, "unreachable")),
        "silent" => LayerStatus::Silent { gap: None },
        other => panic!("{other}"),
    };
    Layer { jurisdiction: code, rule: None, status, violations: vec![] }
}

fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Eligible(grant) => format!("eligible{}", amount_text(grant)),
        Outcome::EligibleAtLeast { least, open } => {
            format!("eligible, at least{}, open {}", amount_text(least), reason_text(open))
        }
        Outcome::Ineligible => "ineligible".into(),
        Outcome::Undetermined(why) => match why {
            UndeterminedReason::MissingFacts(_) => format!("undetermined {}", reason_text(why)),
            why => why.as_str().into(),
        },
    }
}

fn amount_text(grant: &Grant) -> String {
    match grant.0.first() {
        None => String::new(),
        Some((_, Value::Decimal(amount))) => format!(" {amount}"),
        Some((_, other)) => panic!("{other:?}"),
    }
}

fn reason_text(reason: &UndeterminedReason) -> String {
    match reason {
        UndeterminedReason::MissingFacts(facts) => format!("for {}", facts.join(", ")),
        other => format!("by {}", other.as_str()),
    }
}

pub(super) fn composed(contract: &Contract, layers: Vec<Layer>) -> (Outcome, Vec<Layer>) {
    let composed = composed_below(contract, layers, &[]);
    (composed.outcome, composed.layers)
}

pub(super) fn composed_below(contract: &Contract, layers: Vec<Layer>, bounds: &[LevelBounds]) -> ComposedOutcome {
    let mut composition = Composition::new(contract, day());
    for layer in layers {
        let for_lower = bounds.iter().find(|bounds| bounds.jurisdiction == layer.jurisdiction);
        composition.add(layer.jurisdiction, layer.rule, layer.status, for_lower);
    }
    composition.finish()
}

/// The bounds of a level, written `CODE outcome BOUND`, or `CODE` with a bound of the amount.
pub(super) fn level(code: &str, outcome: Option<OutcomeBound>, amount: Option<GrantBound>) -> LevelBounds {
    let field = FieldName::new("amount").unwrap();
    LevelBounds {
        jurisdiction: JurisdictionCode::new(code).unwrap(),
        service: Id::new("allowance").unwrap(),
        outcome: outcome.map(always).unwrap_or_default(),
        grant: amount.map(|kind| (field, always(kind))).into_iter().collect(),
        parameters: BTreeMap::new(),
        numbers: Vec::new(),
    }
}

fn check_in(contract: &Contract, chain: &str, expect: &str) {
    check_below(contract, &[], chain, expect);
}

fn check_below(contract: &Contract, bounds: &[LevelBounds], chain: &str, expect: &str) {
    let composed = composed_below(contract, chain.split('|').map(layer).collect(), bounds);
    let mut found = outcome_text(&composed.outcome);
    for layer in &composed.layers {
        for violation in &layer.violations {
            let subject = match &violation.subject {
                BoundSubject::Outcome => "outcome".to_owned(),
                BoundSubject::Grant(field) => format!("grant {field}"),
            };
            let of = violation.set_by.as_ref().map(|code| format!(" of {code}")).unwrap_or_default();
            found.push_str(&format!("; violation {} {subject} {}{of}", layer.jurisdiction, violation.bound));
        }
    }
    assert_eq!(found, expect, "{chain}");
}

fn check_deciding(contract: &Contract, chain: &str, expect: &[usize]) {
    assert_eq!(composed_below(contract, chain.split('|').map(layer).collect(), &[]).deciding, expect, "{chain}");
}

fn check(chain: &str, expect: &str) {
    check_in(&contract(OutcomeBound::Floor, Some(at_least_inherited())), chain, expect);
}

#[test]
fn county_cannot_deny_whom_the_nation_grants() {
    check("CN eligible 100.00 | CN-2301 ineligible", "eligible 100.00; violation CN-2301 outcome floor");
}

#[test]
fn a_lower_level_may_grant_to_more_people() {
    check("CN ineligible | CN-23 eligible 50.00", "eligible 50.00");
}

#[test]
fn a_city_may_exceed_the_provinces_floor_but_not_go_below_it() {
    check("CN eligible unset | CN-37 eligible 80.00 | CN-3706 eligible 214.00", "eligible 214.00");
    check(
        "CN eligible unset | CN-37 eligible 80.00 | CN-3706 eligible 79.99",
        "eligible 80.00; violation CN-3706 grant amount at-least inherited",
    );
    check("CN eligible 80.00 | CN-37 eligible 80.00", "eligible 80.00");
}

#[test]
fn an_amount_that_a_level_leaves_open_is_set_below_or_stays_unset() {
    check("CN eligible unset | CN-44 eligible 217.00", "eligible 217.00");
    check("CN eligible 90.00 | CN-44 eligible unset", "eligible 90.00");
    check("CN eligible unset | CN-44 silent", "eligible");
}

#[test]
fn a_failed_rule_makes_the_decision_undetermined_where_no_upper_level_grants() {
    check("CN failed | CN-44 eligible 1.00", "failed-rule");
    check("CN ineligible | CN-44 failed", "failed-rule");
    check_in(&contract(OutcomeBound::Floor, None), "CN failed | CN-44 eligible", "failed-rule");
}

#[test]
fn missing_facts_are_named_once_and_only_by_layers_that_wait_for_them() {
    check("CN undetermined | CN-44 missing | CN-4403 undetermined", "undetermined for age, income");
    check("CN ineligible | CN-44 missing", "undetermined for income");
    check("CN undetermined | CN-44 waiting", "undetermined for age");
}

#[test]
fn an_upper_grant_is_not_final_while_a_lower_level_may_raise_it() {
    check("CN eligible 100.00 | CN-44 undetermined", "eligible, at least 100.00, open for age");
    check("CN eligible 100.00 | CN-44 missing | CN-4403 failed", "eligible, at least 100.00, open by failed-rule");
    check("CN eligible 100.00 | CN-44 missing | CN-4403 waiting", "eligible, at least 100.00, open for income");
    check("CN eligible unset | CN-44 missing", "eligible, at least, open for income");
    let fixed = contract(OutcomeBound::Floor, Some(GrantBound::Fixed));
    check_in(&fixed, "CN eligible 100.00 | CN-44 undetermined", "eligible 100.00");
}

#[test]
fn a_lower_level_without_an_answer_takes_nothing_of_a_floor_grant_away() {
    check("CN eligible 1.00 | CN-44 failed | CN-4403 eligible 2.00", "eligible, at least 2.00, open by failed-rule");
    check(
        "CN eligible 1.00 | CN-44 failed | CN-4403 eligible 0.50",
        "eligible, at least 1.00, open by failed-rule; violation CN-4403 grant amount at-least inherited",
    );
    check(
        "CN eligible 1.00 | CN-44 failed | CN-4403 ineligible",
        "eligible, at least 1.00, open by failed-rule; violation CN-4403 outcome floor",
    );
    let fixed = contract(OutcomeBound::Floor, Some(GrantBound::Fixed));
    check_in(&fixed, "CN eligible 1.00 | CN-44 failed", "eligible 1.00");
    let sum = contract(OutcomeBound::Floor, Some(GrantBound::Sum));
    check_in(
        &sum,
        "CN eligible 1.00 | CN-44 failed | CN-4403 eligible 2.00",
        "eligible, at least 3.00, open by failed-rule",
    );
    let delegated = contract(OutcomeBound::Floor, Some(GrantBound::Delegated));
    check_in(&delegated, "CN eligible 1.00 | CN-44 failed", "eligible, at least 0, open by failed-rule");
    check_in(&delegated, "CN eligible 1.00 | CN-44 failed | CN-4403 eligible 2.00", "eligible 2.00");
    check_in(
        &fixed,
        "CN eligible unset | CN-44 failed | CN-4403 eligible 2.00",
        "eligible, at least, open by failed-rule",
    );
    check_in(
        &sum,
        "CN eligible unset | CN-44 failed | CN-4403 eligible 2.00",
        "eligible, at least 2.00, open by failed-rule",
    );
    let between = contract(OutcomeBound::Floor, Some(amount_between(Some(2), Some(3))));
    check_in(&between, "CN eligible 3.00 | CN-44 failed", "eligible, at least 2, open by failed-rule");
    check_deciding(&fixed, "CN eligible 1.00 | CN-44 failed", &[0]);
    check_deciding(&sum, "CN eligible 1.00 | CN-44 failed | CN-4403 eligible 2.00", &[0, 2]);
}

#[test]
fn without_a_grant_one_level_that_says_yes_is_enough_under_a_floor() {
    check_in(&contract(OutcomeBound::Floor, None), "CN undetermined | CN-44 eligible", "eligible");
    check_in(&contract(OutcomeBound::Floor, None), "CN eligible | CN-44 undetermined", "eligible");
    check("CN undetermined | CN-44 eligible 5.00", "undetermined for age");
}

#[test]
fn a_fixed_outcome_is_the_upper_levels() {
    let fixed = contract(OutcomeBound::Fixed, Some(at_least_inherited()));
    check_in(&fixed, "CN ineligible | CN-44 eligible 5.00", "ineligible; violation CN-44 outcome fixed");
    check_in(&fixed, "CN eligible 5.00 | CN-44 ineligible", "eligible 5.00; violation CN-44 outcome fixed");
    check_in(&fixed, "CN ineligible | CN-44 undetermined", "ineligible");
    check_in(&fixed, "CN eligible 5.00 | CN-44 eligible 6.00", "eligible 6.00");
}

#[test]
fn a_fixed_amount_is_the_upper_levels_once_it_is_set() {
    let fixed = contract(OutcomeBound::Floor, Some(GrantBound::Fixed));
    check_in(&fixed, "CN eligible 5.00 | CN-44 eligible 6.00", "eligible 5.00; violation CN-44 grant amount fixed");
    check_in(&fixed, "CN eligible 5.00 | CN-44 eligible 5.00", "eligible 5.00");
    check_in(&fixed, "CN eligible unset | CN-44 eligible 6.00", "eligible 6.00");
}

#[test]
fn each_level_adds_to_a_sum() {
    let sum = contract(OutcomeBound::Floor, Some(GrantBound::Sum));
    check_in(&sum, "CN eligible 5.00 | CN-44 eligible 6.00 | CN-4403 eligible 0.50", "eligible 11.50");
    check_in(&sum, "CN eligible 99999.00 | CN-44 eligible 6.00", "eligible 100000; violation CN-44 grant amount sum");
}

#[test]
fn where_no_level_has_a_rule_nothing_is_decided() {
    check("CN silent | CN-44 silent", "no-rule-in-force");
}

#[test]
fn under_a_ceiling_a_level_may_only_restrict() {
    let ceiling = contract(OutcomeBound::Ceiling, Some(GrantBound::Delegated));
    check_in(&ceiling, "CN eligible 5.00 | CN-44 ineligible", "ineligible");
    check_in(&ceiling, "CN ineligible | CN-44 eligible 5.00", "ineligible; violation CN-44 outcome ceiling");
    check_in(&ceiling, "CN undetermined | CN-44 ineligible", "ineligible");
    check_in(&ceiling, "CN ineligible | CN-44 missing", "ineligible");
    check_in(&ceiling, "CN eligible 5.00 | CN-44 missing", "undetermined for income");
}

#[test]
fn where_all_must_agree_one_no_is_enough_and_breaks_nothing() {
    let both = contract(OutcomeBound::Both, Some(GrantBound::Delegated));
    check_in(&both, "CN ineligible | CN-44 eligible 5.00", "ineligible");
    check_in(&both, "CN eligible 5.00 | CN-44 ineligible", "ineligible");
    check_in(&both, "CN undetermined | CN-44 ineligible", "ineligible");
    check_in(&both, "CN undetermined | CN-44 eligible 5.00", "undetermined for age");
    check_in(&both, "CN eligible 5.00 | CN-44 eligible 6.00", "eligible 6.00");
}

#[test]
fn where_it_is_delegated_the_lowest_rule_decides() {
    let delegated = contract(OutcomeBound::Delegated, Some(GrantBound::Delegated));
    check_in(&delegated, "CN eligible 5.00 | CN-44 ineligible | CN-4403 silent", "ineligible");
    check_in(&delegated, "CN ineligible | CN-44 eligible 3.00", "eligible 3.00");
    check_in(&delegated, "CN eligible 5.00 | CN-44 eligible 3.00", "eligible 3.00");
    check_in(&delegated, "CN undetermined | CN-44 eligible 3.00", "eligible 3.00");
    check_in(&delegated, "CN undetermined | CN-44 eligible unset", "undetermined for age");
    check_in(&delegated, "CN eligible 5.00 | CN-44 undetermined", "undetermined for age");
}

#[test]
fn an_amount_stays_between_its_limits() {
    let between = |outcome| contract(outcome, Some(amount_between(Some(2), Some(3))));
    let delegated = between(OutcomeBound::Delegated);
    check_in(&delegated, "US silent | US-MD eligible 3.20", "eligible 3; violation US-MD grant amount between 2 and 3");
    check_in(
        &delegated,
        "US eligible 3 | US-MD eligible 1",
        "eligible 2; violation US-MD grant amount between 2 and 3",
    );
    check_in(&delegated, "US eligible 9 | US-MD silent", "eligible 3; violation US grant amount between 2 and 3");
    check_in(&delegated, "US undetermined | US-MD eligible 2.5", "eligible 2.5");
    let at_most = GrantBound::Within { least: None, most: Some(Limit::Inherited) };
    let at_most = contract(OutcomeBound::Floor, Some(at_most));
    check_in(&at_most, "CN eligible 5 | CN-1 eligible 6", "eligible 5; violation CN-1 grant amount at-most inherited");
    check_in(&at_most, "CN eligible 5 | CN-1 eligible 4", "eligible 4");
}

#[test]
fn a_level_tightens_for_those_below_it_and_is_named() {
    let floor = contract(OutcomeBound::Floor, Some(at_least_inherited()));
    let fixed = [level("CN-37", Some(OutcomeBound::Fixed), Some(GrantBound::Fixed))];
    check_below(&floor, &fixed, "CN eligible 5 | CN-37 eligible 8", "eligible 8");
    check_below(
        &floor,
        &fixed,
        "CN eligible 5 | CN-37 eligible 8 | CN-3706 eligible 9",
        "eligible 8; violation CN-3706 grant amount fixed of CN-37",
    );
    check_below(
        &floor,
        &fixed,
        "CN ineligible | CN-37 silent | CN-3706 eligible 9",
        "ineligible; violation CN-3706 outcome fixed of CN-37",
    );
    check_below(
        &floor,
        &fixed,
        "CN eligible 5 | CN-37 silent | CN-3706 eligible 4",
        "eligible 5; violation CN-3706 grant amount at-least inherited",
    );
    let capped = [level("CN-37", None, Some(amount_between(None, Some(10))))];
    check_below(
        &floor,
        &capped,
        "CN-37 eligible 8 | CN-3706 eligible 12",
        "eligible 10; violation CN-3706 grant amount at-most 10 of CN-37",
    );
    check_below(
        &floor,
        &capped,
        "CN-37 eligible 20 | CN-3706 eligible 12",
        "eligible 20; violation CN-3706 grant amount at-least inherited",
    );
}

#[test]
fn the_layers_that_decided_are_named() {
    let floor = contract(OutcomeBound::Floor, Some(at_least_inherited()));
    check_deciding(&floor, "CN eligible unset | CN-37 eligible 80 | CN-3706 eligible 193 | CN-1 silent", &[0, 2]);
    check_deciding(&floor, "CN ineligible | CN-37 ineligible | CN-1 silent", &[0, 1]);
    check_deciding(&floor, "CN ineligible | CN-37 eligible 5", &[1]);
    check_deciding(&floor, "CN eligible 5 | CN-37 ineligible", &[0]);
    check_deciding(&floor, "CN undetermined", &[]);
    let sum = contract(OutcomeBound::Floor, Some(GrantBound::Sum));
    check_deciding(&sum, "CN eligible 5 | CN-37 eligible 1 | CN-1 eligible 0", &[0, 1]);
    let both = contract(OutcomeBound::Both, None);
    check_deciding(&both, "CN eligible | CN-37 eligible", &[0, 1]);
    check_deciding(&both, "CN eligible | CN-37 ineligible | CN-3706 eligible", &[1]);
}
