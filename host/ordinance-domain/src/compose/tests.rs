//! The law of composition, one case a test. A chain is written `CODE answer | CODE answer`, an answer being
//! `eligible 100.00`, `eligible unset`, `ineligible`, `undetermined`, `missing`, `waiting`, `failed` or `silent`.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::answer::{Failed, FailureCode};
use crate::bounds::{Bound, GrantBound, Limit};
use crate::calendar::{Date, Dated};
use crate::contract::GrantField;
use crate::fact::FactType;
use crate::jurisdiction::JurisdictionCode;
use crate::name::{FieldName, Id};
use crate::text::{Provision, Titles};
use crate::value::{Decimal, Value};

fn bound<Kind>(kind: Kind) -> Bound<Kind> {
    Bound { kind, provision: Provision { document: "D".into(), article: "1".into(), url: None } }
}

fn always<Kind>(kind: Kind) -> Dated<Bound<Kind>> {
    Dated::always(bound(kind))
}

fn day() -> Date {
    jiff::civil::date(2026, 1, 1)
}

fn at_least_inherited() -> GrantBound {
    GrantBound::Within { least: Some(Limit::Inherited), most: None }
}

fn amount_between(least: Option<u32>, most: Option<u32>) -> GrantBound {
    let limit = |number: u32| Limit::Value(Value::Decimal(number.into()));
    GrantBound::Within { least: least.map(limit), most: most.map(limit) }
}

fn contract(outcome: OutcomeBound, grant: Option<GrantBound>) -> Contract {
    let amount = |kind| GrantField {
        name: FieldName::new("amount").unwrap(),
        fact_type: FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(100_000), scale: 2 },
        titles: Titles::default(),
        unit: None,
        bound: always(kind),
    };
    Contract {
        service: Id::new("allowance").unwrap(),
        titles: Titles::default(),
        purpose: "dpv:PublicBenefit".into(),
        facts: vec![],
        outcome: always(outcome),
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
        "silent" => LayerStatus::Silent { gap: None },
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
    let composed = composed_below(contract, layers, &[]);
    (composed.outcome, composed.layers)
}

fn composed_below(contract: &Contract, layers: Vec<Layer>, bounds: &[LevelBounds]) -> Composed {
    let mut composition = Composition::new(contract, day());
    for layer in layers {
        let for_lower = bounds.iter().find(|bounds| bounds.jurisdiction == layer.jurisdiction);
        composition.add(layer, for_lower);
    }
    composition.finish()
}

/// The bounds of a level, written `CODE outcome BOUND`, or `CODE` with a bound of the amount.
fn level(code: &str, outcome: Option<OutcomeBound>, amount: Option<GrantBound>) -> LevelBounds {
    let field = FieldName::new("amount").unwrap();
    LevelBounds {
        jurisdiction: JurisdictionCode::new(code).unwrap(),
        service: Id::new("allowance").unwrap(),
        outcome: outcome.map(always).unwrap_or_default(),
        grant: amount.map(|kind| (field, always(kind))).into_iter().collect(),
        parameters: BTreeMap::new(),
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
                Subject::Outcome => "outcome".to_owned(),
                Subject::Grant(field) => format!("grant {field}"),
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
    check_deciding(&floor, "CN ineligible | CN-37 ineligible", &[0]);
    check_deciding(&floor, "CN ineligible | CN-37 eligible 5", &[1]);
    check_deciding(&floor, "CN eligible 5 | CN-37 ineligible", &[0]);
    check_deciding(&floor, "CN undetermined", &[]);
    let sum = contract(OutcomeBound::Floor, Some(GrantBound::Sum));
    check_deciding(&sum, "CN eligible 5 | CN-37 eligible 1 | CN-1 eligible 0", &[0, 1]);
    let both = contract(OutcomeBound::Both, None);
    check_deciding(&both, "CN eligible | CN-37 eligible", &[0, 1]);
    check_deciding(&both, "CN eligible | CN-37 ineligible | CN-3706 eligible", &[1]);
}

fn status() -> impl Strategy<Value = LayerStatus> {
    prop_oneof![
        4 => (0_u32..500).prop_map(|cents| applied(Determination::Eligible(grant(&Decimal::new(cents.into(), 2).to_string())), &[])),
        1 => Just(applied(Determination::Eligible(Grant::default()), &[])),
        2 => Just(applied(Determination::Ineligible, &[])),
        1 => Just(applied(Determination::Undetermined, &["age"])),
        1 => Just(LayerStatus::Failed(Failed::new(FailureCode::Trap, "unreachable"))),
        1 => Just(LayerStatus::Silent { gap: None }),
    ]
}

fn chain() -> impl Strategy<Value = Vec<Layer>> {
    let layer =
        |status| Layer { jurisdiction: JurisdictionCode::new("CN").unwrap(), rule: None, status, violations: vec![] };
    prop::collection::vec(status().prop_map(layer), 0..5)
}

fn any_outcome() -> impl Strategy<Value = OutcomeBound> {
    prop::sample::select(OutcomeBound::ALL.to_vec())
}

fn any_grant() -> impl Strategy<Value = GrantBound> {
    let limit = || {
        let number = (0_u32..500).prop_map(|cents| Limit::Value(Value::Decimal(Decimal::new(cents.into(), 2))));
        prop::option::of(prop_oneof![1 => Just(Limit::Inherited), 2 => number])
    };
    prop_oneof![
        4 => (limit(), limit()).prop_map(|(least, most)| GrantBound::Within { least, most }),
        1 => Just(GrantBound::Sum),
        1 => Just(GrantBound::Delegated),
        1 => Just(GrantBound::Fixed),
    ]
}

fn amount() -> impl Strategy<Value = Value> {
    (0_u32..500).prop_map(|cents| Value::Decimal(Decimal::new(cents.into(), 2)))
}

/// A bound with the ends that it leaves open as the upper one has them.
fn as_both_hold(own: &GrantBound, upper: &GrantBound) -> GrantBound {
    match (own, upper) {
        (GrantBound::Within { least, most }, GrantBound::Within { least: upper_least, most: upper_most }) => {
            GrantBound::Within {
                least: least.clone().or(upper_least.clone()),
                most: most.clone().or(upper_most.clone()),
            }
        }
        (GrantBound::Fixed, GrantBound::Within { .. }) => {
            GrantBound::Within { least: Some(Limit::Inherited), most: Some(Limit::Inherited) }
        }
        (own, _) => own.clone(),
    }
}

fn any_contract() -> impl Strategy<Value = Contract> {
    (any_outcome(), prop::option::of(any_grant())).prop_map(|(outcome, grant)| contract(outcome, grant))
}

fn silent() -> Layer {
    Layer {
        jurisdiction: JurisdictionCode::new("CN-1").unwrap(),
        rule: None,
        status: LayerStatus::Silent { gap: None },
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
        let contract = contract(OutcomeBound::Floor, Some(at_least_inherited()));
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
        let contract = contract(OutcomeBound::Floor, Some(at_least_inherited()));
        let decide = |cents: u32| {
            let status = |cents: u32| applied(Determination::Eligible(grant(&Decimal::new(cents.into(), 2).to_string())), &[]);
            composed(&contract, vec![Layer { status: status(500), ..silent() }, Layer { status: status(cents), ..silent() }]).0
        };
        prop_assert_eq!(decide(below), decide(other));
    }

    #[test]
    fn what_is_granted_stays_within_the_bound(outcome in any_outcome(), amount in any_grant(), layers in chain()) {
        let contract = contract(outcome, Some(amount.clone()));
        let Outcome::Eligible(given) = composed(&contract, layers).0 else { return Ok(()) };
        if let (Some(value), GrantBound::Within { most: Some(Limit::Value(most)), .. }) = (given.get(&contract.grant[0].name), amount) {
            prop_assert!(value.compare(&most).unwrap().is_le(), "{:?} {:?}", value, most);
        }
    }

    #[test]
    fn tightening_is_monotone(upper in any_grant(), own in any_grant(), inherited in amount(), given in amount()) {
        prop_assume!(own.tightens(&upper, day()));
        prop_assume!(upper.nearest(&inherited, day(), None) == inherited);
        let allows = |bound: &GrantBound, value: &Value| bound.nearest(value, day(), Some(&inherited)) == *value;
        if allows(&as_both_hold(&own, &upper), &given) {
            prop_assert!(allows(&upper, &given), "{own} allows what {upper} doesn't");
        }
    }

    #[test]
    fn a_violation_of_the_upper_bound_stays_one_when_a_level_tightens(contract in any_contract(), outcome in any_outcome(), amount in any_grant(), lower in status()) {
        let top = |upper| vec![Layer { jurisdiction: JurisdictionCode::new("TOP").unwrap(), ..silent() }, silent(), Layer { status: upper, ..silent() }];
        prop_assume!(outcome.tightens(contract.outcome.on(day()).unwrap().kind));
        prop_assume!(contract.grant.iter().all(|field| amount.tightens(&field.bound.on(day()).unwrap().kind, day())));
        let loose = composed_below(&contract, top(lower.clone()), &[]);
        let tight = composed_below(&contract, top(lower), &[level("TOP", Some(outcome), Some(amount))]);
        prop_assert!(tight.layers[2].violations.len() >= loose.layers[2].violations.len());
    }

    #[test]
    fn no_tightened_bound_takes_a_floor_grant_away(upper in 0_u32..500, amount in any_grant(), lower in chain()) {
        let contract = contract(OutcomeBound::Floor, Some(at_least_inherited()));
        prop_assume!(amount.tightens(&at_least_inherited(), day()));
        let upper = Decimal::new(upper.into(), 2);
        let top = Layer { jurisdiction: JurisdictionCode::new("TOP").unwrap(), status: applied(Determination::Eligible(grant(&upper.to_string())), &[]), ..silent() };
        let mut layers = vec![top];
        layers.extend(lower);
        match composed_below(&contract, layers, &[level("TOP", Some(OutcomeBound::Fixed), Some(amount))]).outcome {
            Outcome::Eligible(given) => prop_assert!(given.0[0].1.compare(&Value::Decimal(upper)).unwrap().is_ge()),
            Outcome::Ineligible => prop_assert!(false, "denied"),
            Outcome::Undetermined(_) => {}
        }
    }

    #[test]
    fn an_outcome_that_violates_does_not_show_in_the_decision(bound in any_outcome(), upper in status(), given in 0_u32..500) {
        let contract = contract(bound, Some(GrantBound::Fixed));
        let decide = |lower: LayerStatus| composed_below(&contract, vec![Layer { status: upper.clone(), ..silent() }, Layer { status: lower, ..silent() }], &[]);
        let denied = decide(applied(Determination::Ineligible, &[]));
        let silence = decide(LayerStatus::Silent { gap: None });
        if !denied.layers[1].violations.is_empty() {
            prop_assert_eq!(denied.outcome, silence.outcome.clone());
        }
        let granted = decide(applied(Determination::Eligible(grant(&Decimal::new(given.into(), 2).to_string())), &[]));
        if !granted.layers[1].violations.is_empty() {
            prop_assert_eq!(granted.outcome, silence.outcome);
        }
    }
}
