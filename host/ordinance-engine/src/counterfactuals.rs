//! What would change it: for each fact that a person can change, the nearest value of it alone with which the outcome
//! is no longer the same (a counterfactual explanation). The law is evaluated on assumed values, as in the search for
//! missing facts and within the same budget.

use std::cmp::Ordering;

use ordinance_domain::decision::{Decision, Outcome, UndeterminedReason};
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_domain::value::{Decimal, Value, set_at, value_at};

use crate::case::Case;
use crate::law::ApplicableLaw;
use crate::missing_facts::{Budget, HypotheticalSearch};
use crate::observer::{Observer, Stage};
use crate::privacy::admit;

/// The most steps by which the nearest value is sought between one that turns the outcome and one that doesn't.
const STEPS_MAX: usize = 64;

/// One fact with another value, and what the law decides then.
#[derive(Debug, Clone, PartialEq)]
pub struct Counterfactual {
    /// The name of the fact, or the path of the part in the case.
    pub path: FieldName,
    /// The nearest value that was found. It differs from that of the case.
    pub value: Value,
    /// The outcome with this value and all other facts as they are; undetermined if it depends on missing facts then.
    pub outcome: Outcome,
}

/// The counterfactuals of a case.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counterfactuals {
    /// In the order of the service's facts.
    pub found: Vec<Counterfactual>,
    /// Whether the search ended at its budget, so that there may be others.
    pub is_incomplete: bool,
}

/// The counterfactuals of a case that was decided. There are none where the outcome is open, or where facts are hidden
/// from the recipient: what would change it would tell of these.
#[must_use]
pub fn counterfactuals(
    law: &ApplicableLaw<'_>,
    case: &Case,
    decision: &Decision,
    budget: &mut Budget,
    observer: &mut impl Observer,
) -> Counterfactuals {
    if decision.outcome.open().is_some() || RedactedDecision::of(decision).is_redacted() {
        return Counterfactuals::default();
    }
    let paths = changeable_paths(law, &case.facts);
    let found = observer.stage(Stage::MissingFacts, |observer| {
        let mut pause = || observer.pause();
        let mut nearest = |(path, fact): (FieldName, &Fact)| {
            nearest_turn(law, case, decision, (path, fact), (&mut *budget, &mut pause))
        };
        paths.into_iter().filter_map(&mut nearest).collect()
    });
    Counterfactuals { found, is_incomplete: budget.is_spent() }
}

/// The facts of a case that a person can change, and the parts of them.
fn changeable_paths<'a>(law: &'a ApplicableLaw<'_>, facts: &Facts) -> Vec<(FieldName, &'a Fact)> {
    let mut paths = Vec::new();
    for fact in &law.contract().facts {
        add_changeable(&mut paths, fact, &fact.name, facts);
    }
    paths.retain(|(path, _)| law.reads(path));
    paths
}

fn add_changeable<'a>(paths: &mut Vec<(FieldName, &'a Fact)>, fact: &'a Fact, path: &FieldName, facts: &Facts) {
    let Some(value) = value_at(&facts.0, path) else { return };
    let wholes: Vec<FieldName> = match value {
        Value::List(items) => (0..items.len()).map(|index| path.item(index)).collect(),
        Value::Record(_) => vec![path.clone()],
        // No few texts represent all.
        Value::Text(_) | Value::Decimals(_) => return,
        Value::Bool(_) | Value::Integer(_) | Value::Decimal(_) | Value::Date(_) | Value::Choice(_) => {
            paths.extend(fact.guidance.is_changeable.then(|| (path.clone(), fact)));
            return;
        }
    };
    for whole in wholes {
        for field in fact.fact_type.fields() {
            add_changeable(paths, &field.part, &whole.part(&field.name), facts);
        }
    }
}

/// The nearest value of a fact that turns the outcome; `None` if none was found, or not to the end.
fn nearest_turn(
    law: &ApplicableLaw<'_>,
    case: &Case,
    decision: &Decision,
    (path, fact): (FieldName, &Fact),
    (budget, pause): (&mut Budget, &mut dyn FnMut()),
) -> Option<Counterfactual> {
    let current = value_at(&case.facts.0, &path)?.clone();
    let mut others = case.facts.clone();
    set_at(&mut others.0, &path, None);
    let admitted = admit(law, &others, decision.rulings.clone());
    let mut search = HypotheticalSearch::new(law, &admitted, budget, pause);
    let (below, above): (Vec<Value>, Vec<Value>) = search
        .values(fact)
        .into_iter()
        .filter(|value| *value != current)
        .partition(|value| value.compare(&current) == Some(Ordering::Less));
    let as_it_is = search.with(&path, &current, HypotheticalSearch::evaluate_in_full)?.outcome;
    // Where the decision was settled though a fact is missing, the rules by themselves wait with every value.
    let may_wait = as_it_is.open().is_none();
    let mut turned = |value: &Value| {
        let mut assumed = others.clone();
        set_at(&mut assumed.0, &path, Some(value.clone()));
        if law.contract().contradiction(&assumed).is_some() {
            return None;
        }
        let outcome = search.with(&path, value, HypotheticalSearch::evaluate_in_full)?.outcome;
        (turns(&decision.outcome, &outcome) && (may_wait || outcome.open().is_none())).then_some(outcome)
    };
    let sides = [below, above].map(|values| nearest_on_side(&fact.fact_type, &current, values, &mut turned));
    let nearest = sides.into_iter().flatten().min_by_key(|(value, _)| distance(&current, value));
    // A search that broke off may have missed a nearer one.
    let (value, outcome) = nearest.filter(|_| !search.budget.is_spent())?;
    Some(Counterfactual { path, value, outcome })
}

/// The nearest of these values that turns the outcome, and then of those between it and the last that doesn't.
fn nearest_on_side(
    fact_type: &FactType,
    current: &Value,
    mut values: Vec<Value>,
    mut turned: impl FnMut(&Value) -> Option<Outcome>,
) -> Option<(Value, Outcome)> {
    values.sort_by_key(|value| distance(current, value));
    let mut near = current.clone();
    for value in values {
        match turned(&value) {
            Some(outcome) => return Some(narrowed(fact_type, near, (value, outcome), turned)),
            None => near = value,
        }
    }
    None
}

/// Whether an outcome is no longer the same: eligible where it wasn't or the reverse, or dependent on facts that didn't
/// matter. One that is open for another reason tells nothing.
fn turns(outcome: &Outcome, other: &Outcome) -> bool {
    let has_kind = !matches!(
        other,
        Outcome::Undetermined(
            UndeterminedReason::FailedRule
                | UndeterminedReason::NoRuleInForce
                | UndeterminedReason::UnrecognisedValue
                | UndeterminedReason::RuleUndetermined
        )
    );
    has_kind && outcome.as_str() != other.as_str()
}

/// How far a value is from another; values of no order are all alike far.
fn distance(from: &Value, to: &Value) -> Decimal {
    match (from, to) {
        (Value::Integer(from), Value::Integer(to)) => Decimal::from(from.abs_diff(*to)),
        (Value::Decimal(from), Value::Decimal(to)) => from.checked_sub(*to).map_or(Decimal::MAX, |apart| apart.abs()),
        (Value::Date(from), Value::Date(to)) => {
            from.until(*to).map_or(Decimal::MAX, |span| Decimal::from(span.get_days().unsigned_abs()))
        }
        _ => Decimal::ZERO,
    }
}

/// The value nearest to `near` that turns the outcome, between it and one that does: halved again and again, so that it
/// is exact where the outcome turns once between the two.
fn narrowed(
    fact_type: &FactType,
    mut near: Value,
    (mut far, mut outcome): (Value, Outcome),
    mut turned: impl FnMut(&Value) -> Option<Outcome>,
) -> (Value, Outcome) {
    for _ in 0..STEPS_MAX {
        let Some(middle) = middle(fact_type, &near, &far).filter(|middle| *middle != near && *middle != far) else {
            break;
        };
        match turned(&middle) {
            Some(found) => (far, outcome) = (middle, found),
            None => near = middle,
        }
    }
    (far, outcome)
}

/// The value halfway between two, of the type; `None` for values of no order.
fn middle(fact_type: &FactType, near: &Value, far: &Value) -> Option<Value> {
    match (near, far) {
        (Value::Integer(near), Value::Integer(far)) => Some(Value::Integer(near.midpoint(*far))),
        (Value::Decimal(near), Value::Decimal(far)) => {
            let FactType::Decimal { scale, .. } = fact_type else { return None };
            let middle = near.checked_add(far.checked_sub(*near)?.checked_div(Decimal::TWO)?)?;
            Some(Value::Decimal(middle.round_dp(*scale)))
        }
        (Value::Date(near), Value::Date(far)) => {
            let days = near.until(*far).ok()?.get_days() / 2;
            near.checked_add(jiff::Span::new().days(days)).ok().map(Value::Date)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ordinance_domain::answer::Grant;

    use super::*;

    #[test]
    fn an_outcome_turns_into_another_kind_and_not_into_one_that_failed() {
        let eligible = Outcome::Eligible(Grant::default());
        let waits = Outcome::Undetermined(UndeterminedReason::MissingFacts(vec!["age".to_owned()]));
        let failed = Outcome::Undetermined(UndeterminedReason::FailedRule);
        assert!(turns(&eligible, &Outcome::Ineligible));
        assert!(turns(&Outcome::Ineligible, &waits));
        assert!(!turns(&Outcome::Ineligible, &failed));
        assert!(!turns(&eligible, &eligible));
    }

    #[test]
    fn the_nearest_value_is_exact_on_either_side_and_for_each_ordered_type() {
        let nearest = |fact_type: &FactType, current: Value, values: Vec<Value>, turning: &dyn Fn(&Value) -> bool| {
            nearest_on_side(fact_type, &current, values, |value| turning(value).then_some(Outcome::Ineligible))
                .map(|(value, _)| value)
        };
        let money = FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(10_000), scale: 2 };
        let limit = Decimal::new(123_456, 2);
        let above = |value: &Value| matches!(value, Value::Decimal(number) if *number > limit);
        let decimal = |number: i64| Value::Decimal(Decimal::from(number));
        let found = nearest(&money, decimal(100), vec![decimal(10_000), decimal(1_000)], &above);
        assert_eq!(found, Some(Value::Decimal(Decimal::new(123_457, 2))));
        let whole = FactType::Integer { min: i64::MIN, max: i64::MAX };
        let below = |value: &Value| matches!(value, Value::Integer(number) if *number < -7);
        let found = nearest(&whole, Value::Integer(i64::MAX), vec![Value::Integer(i64::MIN)], &below);
        assert_eq!(found, Some(Value::Integer(-8)));
        let day = |day| Value::Date(jiff::civil::date(2026, 3, day));
        let after = |value: &Value| value.compare(&day(17)).is_some_and(Ordering::is_ge);
        assert_eq!(nearest(&FactType::Date, day(1), vec![day(31)], &after), Some(day(17)));
        assert_eq!(nearest(&FactType::Bool, Value::Bool(true), vec![Value::Bool(false)], &|_| false), None);
    }
}
