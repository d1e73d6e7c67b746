//! The law of composition, one case a test. A chain is written `CODE answer | CODE answer`, an answer being
//! `eligible 100.00`, `eligible unset`, `ineligible`, `undetermined`, `missing`, `waiting`, `failed` or `silent`.

use proptest::prelude::*;

use super::*;
use crate::answer::{Failed, FailureCode};
use crate::bounds::Bound;
use crate::fact::FactType;
use crate::jurisdiction::JurisdictionCode;
use crate::name::{FieldName, Id};
use crate::text::{Provision, Titles};
use crate::value::Decimal;

fn bound<Kind>(kind: Kind) -> Bound<Kind> {
    Bound { kind, provision: Provision { document: "D".into(), article: "1".into(), url: None } }
}

fn contract(outcome: OutcomeBound, grant: Option<GrantBound>) -> Contract {
    let amount = |kind| GrantField {
        name: FieldName::new("amount").unwrap(),
        fact_type: FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(100_000), scale: 2 },
        titles: Titles::default(),
        unit: None,
        bound: bound(kind),
    };
    Contract {
        service: Id::new("allowance").unwrap(),
        titles: Titles::default(),
        purpose: "dpv:PublicBenefit".into(),
        facts: vec![],
        outcome: bound(outcome),
        grant: grant.map(amount).into_iter().collect(),
    }
}

fn grant(amount: &str) -> Grant {
    match amount {
        "" | "unset" => Grant::default(),
        amount => Grant(vec![(FieldName::new("amount").unwrap(), Value::Decimal(amount.parse().unwrap()))]),
    }
}

fn applied(determination: Determination, missing: &[&str]) -> LayerStatus {
    let missing = missing.iter().map(|&fact| fact.to_owned()).collect();
    LayerStatus::Applied { answer: Answer { determination, findings: vec![] }, missing }
}

fn layer(text: &str) -> Layer {
    let mut words = text.split_whitespace();
    let code = JurisdictionCode::new(words.next().unwrap()).unwrap();
    let (answer, amount) = (words.next().unwrap(), words.next().unwrap_or_default());
    let status = match answer {
        "eligible" => applied(Determination::Eligible(grant(amount)), &[]),
        "ineligible" => applied(Determination::Ineligible, &["unneeded"]),
        "undetermined" => applied(Determination::Undetermined, &["age"]),
        "missing" => LayerStatus::MissingFacts(vec!["income".into()]),
        "waiting" => LayerStatus::Waiting,
        "failed" => LayerStatus::Failed(Failed::new(FailureCode::Trap, "unreachable")),
        "silent" => LayerStatus::Silent,
        other => panic!("{other}"),
    };
    Layer { jurisdiction: code, rule: None, status, violations: vec![] }
}

fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Eligible(Grant(fields)) if fields.is_empty() => "eligible".into(),
        Outcome::Eligible(Grant(fields)) => match &fields[0].1 {
            Value::Decimal(amount) => format!("eligible {amount}"),
            other => panic!("{other:?}"),
        },
        Outcome::Ineligible => "ineligible".into(),
        Outcome::Undetermined(Undetermined::MissingFacts(facts)) => format!("undetermined for {}", facts.join(", ")),
        Outcome::Undetermined(why) => why.as_str().into(),
    }
}

fn composed(contract: &Contract, layers: Vec<Layer>) -> (Outcome, Vec<Layer>) {
    let mut composition = Composition::new(contract);
    for layer in layers {
        composition.add(layer);
    }
    composition.finish()
}

fn check_in(contract: &Contract, chain: &str, expect: &str) {
    let (outcome, layers) = composed(contract, chain.split('|').map(layer).collect());
    let mut found = outcome_text(&outcome);
    for layer in &layers {
        for violation in &layer.violations {
            let subject = match &violation.subject {
                Subject::Outcome => "outcome".to_owned(),
                Subject::Grant(field) => format!("grant {field}"),
            };
            found.push_str(&format!("; violation {} {subject} {}", layer.jurisdiction, violation.bound));
        }
    }
    assert_eq!(found, expect, "{chain}");
}

fn check(chain: &str, expect: &str) {
    check_in(&contract(OutcomeBound::Floor, Some(GrantBound::AtLeastInherited)), chain, expect);
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
fn a_failed_rule_makes_the_decision_undetermined_wherever_it_stands() {
    check("CN failed | CN-44 eligible 1.00", "failed-rule");
    check("CN eligible 1.00 | CN-44 failed | CN-4403 eligible 2.00", "failed-rule");
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
    check("CN eligible 100.00 | CN-44 undetermined", "undetermined for age");
    let fixed = contract(OutcomeBound::Floor, Some(GrantBound::Fixed));
    check_in(&fixed, "CN eligible 100.00 | CN-44 undetermined", "eligible 100.00");
}

#[test]
fn without_a_grant_one_level_that_says_yes_is_enough_under_a_floor() {
    check_in(&contract(OutcomeBound::Floor, None), "CN undetermined | CN-44 eligible", "eligible");
    check_in(&contract(OutcomeBound::Floor, None), "CN eligible | CN-44 undetermined", "eligible");
    check("CN undetermined | CN-44 eligible 5.00", "undetermined for age");
}

#[test]
fn a_fixed_outcome_is_the_upper_levels() {
    let fixed = contract(OutcomeBound::Fixed, Some(GrantBound::AtLeastInherited));
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

fn status() -> impl Strategy<Value = LayerStatus> {
    prop_oneof![
        4 => (0_u32..500).prop_map(|cents| applied(Determination::Eligible(grant(&Decimal::new(cents.into(), 2).to_string())), &[])),
        1 => Just(applied(Determination::Eligible(Grant::default()), &[])),
        2 => Just(applied(Determination::Ineligible, &[])),
        1 => Just(applied(Determination::Undetermined, &["age"])),
        1 => Just(LayerStatus::Failed(Failed::new(FailureCode::Trap, "unreachable"))),
        1 => Just(LayerStatus::Silent),
    ]
}

fn chain() -> impl Strategy<Value = Vec<Layer>> {
    let layer =
        |status| Layer { jurisdiction: JurisdictionCode::new("CN").unwrap(), rule: None, status, violations: vec![] };
    prop::collection::vec(status().prop_map(layer), 0..5)
}

fn any_contract() -> impl Strategy<Value = Contract> {
    let outcome = prop_oneof![Just(OutcomeBound::Floor), Just(OutcomeBound::Fixed)];
    let grant = prop_oneof![Just(GrantBound::AtLeastInherited), Just(GrantBound::Sum), Just(GrantBound::Fixed)];
    (outcome, prop::option::of(grant)).prop_map(|(outcome, grant)| contract(outcome, grant))
}

fn silent() -> Layer {
    Layer {
        jurisdiction: JurisdictionCode::new("CN-1").unwrap(),
        rule: None,
        status: LayerStatus::Silent,
        violations: vec![],
    }
}

proptest! {
    #[test]
    fn a_silent_level_changes_nothing(contract in any_contract(), layers in chain(), at in 0_usize..5) {
        let mut with_silence = layers.clone();
        with_silence.insert(at.min(layers.len()), silent());
        prop_assert_eq!(composed(&contract, layers).0, composed(&contract, with_silence).0);
    }

    #[test]
    fn no_lower_level_takes_a_floor_grant_away(upper in 0_u32..500, lower in chain()) {
        let contract = contract(OutcomeBound::Floor, Some(GrantBound::AtLeastInherited));
        let upper = Decimal::new(upper.into(), 2);
        let mut layers = vec![Layer { status: applied(Determination::Eligible(grant(&upper.to_string())), &[]), ..silent() }];
        layers.extend(lower);
        match composed(&contract, layers).0 {
            Outcome::Eligible(given) => prop_assert!(given.0[0].1.compare(&Value::Decimal(upper)).unwrap().is_ge()),
            Outcome::Ineligible => prop_assert!(false, "denied"),
            Outcome::Undetermined(_) => {}
        }
    }

    #[test]
    fn the_order_of_a_sum_does_not_matter(amounts in prop::collection::vec(0_u32..500, 1..5)) {
        let contract = contract(OutcomeBound::Floor, Some(GrantBound::Sum));
        let layers = |amounts: &[u32]| -> Vec<Layer> {
            let status = |cents: &u32| applied(Determination::Eligible(grant(&Decimal::new((*cents).into(), 2).to_string())), &[]);
            amounts.iter().map(|cents| Layer { status: status(cents), ..silent() }).collect()
        };
        let mut reversed = amounts.clone();
        reversed.reverse();
        prop_assert_eq!(composed(&contract, layers(&amounts)).0, composed(&contract, layers(&reversed)).0);
    }

    #[test]
    fn a_violating_amount_does_not_show_in_the_decision(below in 0_u32..500, other in 0_u32..500) {
        let contract = contract(OutcomeBound::Floor, Some(GrantBound::AtLeastInherited));
        let decide = |cents: u32| {
            let status = |cents: u32| applied(Determination::Eligible(grant(&Decimal::new(cents.into(), 2).to_string())), &[]);
            composed(&contract, vec![Layer { status: status(500), ..silent() }, Layer { status: status(cents), ..silent() }]).0
        };
        prop_assert_eq!(decide(below), decide(other));
    }
}
