//! One grant within its bounds: the nearest lawful value of each field, and the violation where that isn't what the
//! rule gave.

use super::bound_stack::{AttributedBound, BoundStack};
use crate::answer::Grant;
use crate::bounds::GrantBound;
use crate::calendar::Date;
use crate::contract::GrantField;
use crate::decision::{BoundSubject, Violation};
use crate::fact::FactType;
use crate::value::Value;

/// A level's grant, or the nearest lawful one.
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
                let set = bounds.field(field);
                let lawful = lawful_value(field, &set, inherited, given, bounds.day);
                violations.extend(violation(field, &set, inherited, given, bounds.day));
                lawful
            }
        };
        fields.push((field.name.clone(), value));
    }
    Grant(fields)
}

/// A level's grant where it isn't known what it inherits; none where that could change it.
pub(super) fn alone(bounds: &BoundStack<'_>, lower: &Grant, violations: &mut Vec<Violation>) -> Option<Grant> {
    let stands = |field: &GrantField| {
        let reads_inherited = bounds.field(field).iter().any(|set| set.bound.kind.reads_inherited());
        lower.get(&field.name).is_some() && !reads_inherited
    };
    bounds.fields().iter().all(stands).then(|| grant_within(bounds, None, lower, violations))
}

/// Whether the level could change nothing in the grant that it inherits.
pub(super) fn is_settled(bounds: &BoundStack<'_>, grant: &Grant) -> bool {
    bounds.fields().iter().all(|field| {
        let set = bounds.field(field);
        grant.get(&field.name).is_some_and(|value| is_fixed(&set) || is_pinned(field, &set, value, bounds.day))
    })
}

/// A level may only tighten, so the lowest bound is the tightest and says how values combine.
fn is_fixed(set: &[AttributedBound<'_, GrantBound>]) -> bool {
    set.last().is_some_and(|set| set.bound.kind == GrantBound::Fixed)
}

/// Whether the bounds and the field's type leave no value but the inherited one.
fn is_pinned(field: &GrantField, set: &[AttributedBound<'_, GrantBound>], inherited: &Value, day: Date) -> bool {
    let sums = set.last().is_some_and(|set| set.bound.kind == GrantBound::Sum);
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
    let lawful = |end: &Value| lawful_value(field, set, Some(inherited), end, day);
    !sums && ends.iter().all(|end| lawful(end).compare(inherited) == Some(std::cmp::Ordering::Equal))
}

fn lawful_value(
    field: &GrantField,
    set: &[AttributedBound<'_, GrantBound>],
    inherited: Option<&Value>,
    given: &Value,
    day: Date,
) -> Value {
    let sums = set.last().is_some_and(|set| set.bound.kind == GrantBound::Sum);
    match inherited {
        Some(inherited) if is_fixed(set) => inherited.clone(),
        Some(inherited) if sums => match inherited.checked_add(given) {
            Some(sum) => field.fact_type.nearest(sum),
            None => inherited.clone(),
        },
        // The topmost bound comes last, so that it wins where two can't both be kept.
        Some(_) | None => {
            set.iter().rev().fold(given.clone(), |value, set| set.bound.kind.nearest(&value, day, inherited))
        }
    }
}

/// The topmost bound that the given value breaks.
fn violation(
    field: &GrantField,
    set: &[AttributedBound<'_, GrantBound>],
    inherited: Option<&Value>,
    given: &Value,
    day: Date,
) -> Option<Violation> {
    let sums = set.iter().any(|set| set.bound.kind == GrantBound::Sum);
    let breaks = |kind: &GrantBound| match (kind, inherited) {
        (GrantBound::Within { .. } | GrantBound::Delegated, _) => !kind.allows(given, day, inherited),
        (GrantBound::Sum, Some(inherited)) => {
            !inherited.checked_add(given).is_some_and(|sum| field.fact_type.admits(&sum))
        }
        // Where levels add, to change nothing is to add nothing.
        (GrantBound::Fixed, Some(_)) if sums => !given.is_zero(),
        (GrantBound::Fixed, Some(inherited)) => given != inherited,
        (GrantBound::Sum | GrantBound::Fixed, None) => false,
    };
    let broken = set.iter().find(|set| breaks(&set.bound.kind))?;
    Some(Violation {
        subject: BoundSubject::Grant(field.name.clone()),
        set_by: broken.set_by.cloned(),
        bound: broken.bound.kind.on(day),
        provision: broken.bound.provision.clone(),
    })
}
