//! One grant within its bounds: the nearest lawful value of each field, and the violation if the rule gave another
//! value.

use std::cmp::Ordering;

use super::bound_stack::{BoundStack, FieldBounds};
use crate::answer::Grant;
use crate::bounds::{GrantBound, Limit};
use crate::calendar::{Date, LawDay};
use crate::contract::GrantField;
use crate::decision::{BoundSubject, Violation};
use crate::fact::FactType;
use crate::name::FieldName;
use crate::value::Value;

/// The lawful grant that is nearest to a level's grant.
pub(super) fn grant_within(
    bounds: &BoundStack<'_>,
    inherited: Option<&Grant>,
    lower: &Grant,
    violations: &mut Vec<Violation>,
) -> Grant {
    let mut fields = Vec::with_capacity(bounds.fields().len());
    for field in bounds.fields() {
        let inherited = inherited.and_then(|inherited| inherited.get(&field.name));
        let value = match (inherited, lower.get(&field.name)) {
            (None, None) => continue,
            (Some(value), None) => value.clone(),
            (inherited, Some(given)) => {
                let on_field = bounds.field(field);
                violations.extend(violation(field, on_field, inherited, given, bounds.day));
                lawful_value(field, on_field, inherited, given, bounds.day)
            }
        };
        fields.push((field.name.clone(), value));
    }
    Grant(fields)
}

/// A level's grant while the outcome of the upper levels is undetermined; `None` if the inherited grant could change
/// it.
pub(super) fn grant_without_inherited(
    bounds: &BoundStack<'_>,
    lower: &Grant,
    violations: &mut Vec<Violation>,
) -> Option<Grant> {
    for field in bounds.fields() {
        let reads_inherited = bounds.field(field).iter().any(|attributed| attributed.bound.kind.reads_inherited());
        if reads_inherited || lower.get(&field.name).is_none() {
            return None;
        }
    }
    Some(grant_within(bounds, None, lower, violations))
}

/// A level's grant while of the inherited grant only the least is known: lawful for this least, and so the least that
/// the level's grant leads to. A value that is raised to it breaks a bound whatever is inherited; of others this isn't
/// known.
pub(super) fn grant_above(
    bounds: &BoundStack<'_>,
    certain: &Grant,
    lower: &Grant,
    violations: &mut Vec<Violation>,
) -> Grant {
    let mut possible = Vec::new();
    let mut grant = grant_within(bounds, Some(certain), lower, &mut possible);
    grant.0.retain(|(name, _)| certain.get(name).is_some() || !may_be_reduced(bounds, name));
    let is_raised = |name: &FieldName| {
        let values = lower.get(name).zip(grant.get(name));
        values.is_some_and(|(given, lawful)| given.compare(lawful) == Some(Ordering::Less))
    };
    violations.extend(possible.into_iter().filter(|violation| match &violation.subject {
        BoundSubject::Grant(name) => is_raised(name),
        BoundSubject::Outcome => true,
    }));
    grant
}

/// Whether a value that isn't known yet of an upper level can make a level's value of a field less.
fn may_be_reduced(bounds: &BoundStack<'_>, name: &FieldName) -> bool {
    let Some(field) = bounds.fields().iter().find(|field| field.name == *name) else { return true };
    let adds_negative = match &field.fact_type {
        FactType::Integer { min, .. } => *min < 0,
        FactType::Decimal { min, .. } => min.is_sign_negative(),
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => true,
    };
    bounds.field(field).iter().any(|attributed| match &attributed.bound.kind {
        GrantBound::Fixed | GrantBound::Within { most: Some(Limit::Inherited), .. } => true,
        GrantBound::Sum => adds_negative,
        GrantBound::Within { .. } | GrantBound::Delegated => false,
    })
}

/// Whether the level can change nothing in the grant that it inherits.
pub(super) fn is_settled(bounds: &BoundStack<'_>, grant: &Grant) -> bool {
    bounds.fields().iter().all(|field| {
        let on_field = bounds.field(field);
        grant.get(&field.name).is_some_and(|value| {
            on_field.tightest_is(&GrantBound::Fixed) || is_pinned(field, on_field, value, bounds.day)
        })
    })
}

/// Of each field, the least that is granted whatever the next level answers. It lacks a field whose values have no
/// order, unless the level can't change it.
pub(super) fn least_grant(bounds: &BoundStack<'_>, inherited: &Grant) -> Grant {
    let least = |field: &GrantField| {
        let value = inherited.get(&field.name)?;
        let on_field = bounds.field(field);
        if on_field.tightest_is(&GrantBound::Fixed) {
            return Some((field.name.clone(), value.clone()));
        }
        let least = match &field.fact_type {
            FactType::Integer { min, .. } => Value::Integer(*min),
            FactType::Decimal { min, .. } => Value::Decimal(*min),
            FactType::Date => Value::Date(Date::MIN),
            FactType::Bool
            | FactType::Text { .. }
            | FactType::Choice(_)
            | FactType::Record(_)
            | FactType::List { .. } => return None,
        };
        // A level that sets nothing leaves the inherited value, which the bounds may replace too.
        let with_least = lawful_value(field, on_field, Some(value), &least, bounds.day);
        let is_less = with_least.compare(value) == Some(Ordering::Less);
        Some((field.name.clone(), if is_less { with_least } else { value.clone() }))
    };
    Grant(bounds.fields().iter().filter_map(least).collect())
}

/// Whether the bounds and the field's type leave no value but the inherited one.
fn is_pinned(field: &GrantField, bounds: FieldBounds<'_, '_>, inherited: &Value, day: LawDay) -> bool {
    if bounds.tightest_is(&GrantBound::Sum) {
        return false;
    }
    let ends = match &field.fact_type {
        FactType::Integer { min, max } => [Value::Integer(*min), Value::Integer(*max)],
        FactType::Decimal { min, max, .. } => [Value::Decimal(*min), Value::Decimal(*max)],
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => return false,
    };
    ends.iter().all(|end| {
        let lawful = lawful_value(field, bounds, Some(inherited), end, day);
        lawful.compare(inherited) == Some(Ordering::Equal)
    })
}

/// The lawful value that is nearest to the given one.
fn lawful_value(
    field: &GrantField,
    bounds: FieldBounds<'_, '_>,
    inherited: Option<&Value>,
    given: &Value,
    day: LawDay,
) -> Value {
    match inherited {
        Some(inherited) if bounds.tightest_is(&GrantBound::Fixed) => inherited.clone(),
        Some(inherited) if bounds.tightest_is(&GrantBound::Sum) => match inherited.checked_add(given) {
            Some(sum) => field.fact_type.nearest(sum),
            None => inherited.clone(),
        },
        // The topmost bound comes last, so that it wins where two can't both be kept.
        Some(_) | None => {
            let lowest_first = bounds.iter().rev();
            lowest_first.fold(given.clone(), |value, attributed| attributed.bound.kind.nearest(&value, day, inherited))
        }
    }
}

/// The violation of the topmost bound that the given value violates.
fn violation(
    field: &GrantField,
    bounds: FieldBounds<'_, '_>,
    inherited: Option<&Value>,
    given: &Value,
    day: LawDay,
) -> Option<Violation> {
    let sums = bounds.iter().any(|attributed| attributed.bound.kind == GrantBound::Sum);
    let is_violated = |kind: &GrantBound| match (kind, inherited) {
        (GrantBound::Within { .. } | GrantBound::Delegated, _) => !kind.allows(given, day, inherited),
        (GrantBound::Sum, Some(inherited)) => {
            !inherited.checked_add(given).is_some_and(|sum| field.fact_type.admits(&sum))
        }
        // Where levels add their values, a level that adds nothing changes nothing.
        (GrantBound::Fixed, Some(_)) if sums => !given.is_zero(),
        (GrantBound::Fixed, Some(inherited)) => given != inherited,
        (GrantBound::Sum | GrantBound::Fixed, None) => false,
    };
    let violated = bounds.iter().find(|attributed| is_violated(&attributed.bound.kind))?;
    Some(Violation {
        subject: BoundSubject::Grant(field.name.clone()),
        set_by: violated.set_by.cloned(),
        bound: violated.bound.kind.text_on(day),
        provision: violated.bound.provision.clone(),
    })
}
