//! The laws of composition: what holds whatever the rules of a chain say.

use proptest::prelude::*;

use super::tests::{applied, at_least_inherited, composed, composed_below, contract, day, grant, level};
use super::*;
use crate::answer::{FailureCode, RuleError};
use crate::bounds::{GrantBound, Limit};
use crate::jurisdiction::JurisdictionCode;
use crate::value::{Decimal, Value};

/// A rule that grants an amount, in hundredths.
fn granting(cents: u32) -> LayerStatus {
    applied(Determination::Eligible(grant(&Decimal::new(cents.into(), 2).to_string())), &[])
}

fn status() -> impl Strategy<Value = LayerStatus> {
    prop_oneof![
        4 => (0_u32..500).prop_map(granting),
        1 => Just(applied(Determination::Eligible(Grant::default()), &[])),
        2 => Just(applied(Determination::Ineligible, &[])),
        1 => Just(applied(Determination::Undetermined, &["age"])),
        1 => Just(LayerStatus::Failed(RuleError::new(FailureCode::Trap, "unreachable"))),
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

fn with_status(status: LayerStatus) -> Layer {
    Layer { status, ..silent() }
}

fn top_with_status(status: LayerStatus) -> Layer {
    Layer { jurisdiction: JurisdictionCode::new("TOP").unwrap(), ..with_status(status) }
}

proptest! {
    #[test]
    fn a_silent_level_changes_nothing(contract in any_contract(), layers in chain(), at in 0_usize..5) {
        let mut with_silence = layers.clone();
        with_silence.insert(at.min(layers.len()), silent());
        prop_assert_eq!(composed(&contract, layers).0, composed(&contract, with_silence).0);
    }

    #[test]
    fn no_lower_level_takes_a_floor_grant_away(cents in 0_u32..500, lower in chain()) {
        let contract = contract(OutcomeBound::Floor, Some(at_least_inherited()));
        let upper = Decimal::new(cents.into(), 2);
        let mut layers = vec![with_status(granting(cents))];
        layers.extend(lower);
        match composed(&contract, layers).0 {
            Outcome::Eligible(given) | Outcome::EligibleAtLeast { least: given, .. } => {
                prop_assert!(given.0[0].1.compare(&Value::Decimal(upper)).unwrap().is_ge());
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_order_of_a_sum_does_not_matter(amounts in prop::collection::vec(0_u32..500, 1..5)) {
        let contract = contract(OutcomeBound::Floor, Some(GrantBound::Sum));
        let layers = |amounts: &[u32]| -> Vec<Layer> {
            amounts.iter().map(|cents| with_status(granting(*cents))).collect()
        };
        let mut reversed = amounts.clone();
        reversed.reverse();
        prop_assert_eq!(composed(&contract, layers(&amounts)).0, composed(&contract, layers(&reversed)).0);
    }

    #[test]
    fn a_violating_amount_does_not_show_in_the_decision(below in 0_u32..500, other in 0_u32..500) {
        let contract = contract(OutcomeBound::Floor, Some(at_least_inherited()));
        let decide = |cents: u32| {
            composed(&contract, vec![with_status(granting(500)), with_status(granting(cents))]).0
        };
        prop_assert_eq!(decide(below), decide(other));
    }

    #[test]
    fn what_is_granted_stays_within_the_bound(outcome in any_outcome(), amount in any_grant(), layers in chain()) {
        let contract = contract(outcome, Some(amount.clone()));
        let Outcome::Eligible(given) = composed(&contract, layers).0 else { return Ok(()) };
        let given = given.get(&contract.grant[0].name);
        if let (Some(value), GrantBound::Within { most: Some(Limit::Value(most)), .. }) = (given, amount) {
            prop_assert!(value.compare(&most).unwrap().is_le(), "{:?} {:?}", value, most);
        }
    }

    #[test]
    fn tightening_is_monotone(upper in any_grant(), own in any_grant(), inherited in amount(), given in amount()) {
        prop_assume!(own.tightens(&upper, day()));
        prop_assume!(upper.allows(&inherited, day(), None));
        let allows = |bound: &GrantBound, value: &Value| bound.allows(value, day(), Some(&inherited));
        if allows(&as_both_hold(&own, &upper), &given) {
            prop_assert!(allows(&upper, &given), "{own} allows what {upper} doesn't");
        }
    }

    #[test]
    fn a_violation_of_the_upper_bound_stays_one_when_a_level_tightens(
        contract in any_contract(),
        outcome in any_outcome(),
        amount in any_grant(),
        lower in status(),
    ) {
        let top = |lower| vec![top_with_status(LayerStatus::Silent { gap: None }), silent(), with_status(lower)];
        prop_assume!(outcome.tightens(contract.outcome.on(day()).unwrap().kind));
        prop_assume!(contract.grant.iter().all(|field| amount.tightens(&field.bound.on(day()).unwrap().kind, day())));
        let loose = composed_below(&contract, top(lower.clone()), &[]);
        let tight = composed_below(&contract, top(lower), &[level("TOP", Some(outcome), Some(amount))]);
        prop_assert!(tight.layers[2].violations.len() >= loose.layers[2].violations.len());
    }

    #[test]
    fn no_tightened_bound_takes_a_floor_grant_away(cents in 0_u32..500, amount in any_grant(), lower in chain()) {
        let contract = contract(OutcomeBound::Floor, Some(at_least_inherited()));
        prop_assume!(amount.tightens(&at_least_inherited(), day()));
        let upper = Decimal::new(cents.into(), 2);
        let mut layers = vec![top_with_status(granting(cents))];
        layers.extend(lower);
        match composed_below(&contract, layers, &[level("TOP", Some(OutcomeBound::Fixed), Some(amount))]).outcome {
            Outcome::Eligible(given) | Outcome::EligibleAtLeast { least: given, .. } => {
                prop_assert!(given.0[0].1.compare(&Value::Decimal(upper)).unwrap().is_ge());
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn an_outcome_that_violates_does_not_show_in_the_decision(
        bound in any_outcome(),
        upper in status(),
        given in 0_u32..500,
    ) {
        let contract = contract(bound, Some(GrantBound::Fixed));
        let decide = |lower: LayerStatus| {
            composed_below(&contract, vec![with_status(upper.clone()), with_status(lower)], &[])
        };
        let denied = decide(applied(Determination::Ineligible, &[]));
        let silence = decide(LayerStatus::Silent { gap: None });
        if !denied.layers[1].violations.is_empty() {
            prop_assert_eq!(denied.outcome, silence.outcome.clone());
        }
        let granted = decide(granting(given));
        if !granted.layers[1].violations.is_empty() {
            prop_assert_eq!(granted.outcome, silence.outcome);
        }
    }
}
