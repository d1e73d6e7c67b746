//! Equality and order.

use core::cmp::Ordering;

use super::logic::Truth;
use crate::failure::Failure;
use crate::temporal::DaysDuration;
use crate::value::{Context, Range, Value, misfit, strict};

/// The order of two values of one kind that are known.
pub(crate) enum Order {
    /// This order.
    Known(Ordering),
    /// They have none.
    Failed(Failure),
}

/// The order of two known values.
pub(crate) fn order(left: &Value, right: &Value) -> Order {
    let ordering = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Days(left), Value::Days(right)) => left.cmp(right),
        (Value::Months(left), Value::Months(right)) => left.cmp(right),
        // Of times of day with two offsets those who implement DMN differ: by the moment, or by the clock.
        (Value::Time(left), Value::Time(right)) if left.offset.seconds() != right.offset.seconds() => {
            return Order::Failed(Failure::TypesDontFit);
        }
        (Value::Time(left), Value::Time(right)) => return of_distance(left.since(right)),
        (Value::DateTime(left), Value::DateTime(right)) => return of_distance(left.since(right)),
        _ => return Order::Failed(Failure::TypesDontFit),
    };
    Order::Known(ordering)
}

fn of_distance(distance: Option<DaysDuration>) -> Order {
    match distance {
        Some(distance) => Order::Known(distance.0.cmp(&0)),
        // Which moments they are isn't known.
        None => Order::Failed(Failure::TypesDontFit),
    }
}

/// The orders that two values may have: between the least of the first and the greatest of the second, and the other
/// way round; or what stands in place of a result.
enum Compared {
    Orders(Ordering, Ordering),
    Early(Value),
}

#[inline(never)]
fn compare(left: &Value, right: &Value) -> Compared {
    if let (Some(low), Some(high)) = (left.bounds(), right.bounds()) {
        return Compared::Orders(low.0.cmp(&high.1), low.1.cmp(&high.0));
    }
    if let Some(early) = strict(&[left, right]) {
        return Compared::Early(early);
    }
    match order(left, right) {
        Order::Known(ordering) => Compared::Orders(ordering, ordering),
        Order::Failed(failure) => Compared::Early(Value::Failed(failure)),
    }
}

/// What a comparison gives, if all orders between two that may be give the same.
fn decide(compared: Compared, holds: impl Fn(Ordering) -> bool) -> Value {
    match compared {
        Compared::Early(value) => value,
        Compared::Orders(first, second) if holds(first) == holds(second) => Value::Boolean(holds(first)),
        Compared::Orders(..) => Value::Unknown,
    }
}

/// `a < b`
#[must_use]
pub fn is_less(left: &Value, right: &Value) -> Value {
    decide(compare(left, right), Ordering::is_lt)
}

/// `a <= b`
#[must_use]
pub fn is_less_or_equal(left: &Value, right: &Value) -> Value {
    decide(compare(left, right), Ordering::is_le)
}

/// `a > b`
#[must_use]
pub fn is_greater(left: &Value, right: &Value) -> Value {
    decide(compare(left, right), Ordering::is_gt)
}

/// `a >= b`
#[must_use]
pub fn is_greater_or_equal(left: &Value, right: &Value) -> Value {
    decide(compare(left, right), Ordering::is_ge)
}

/// `a = b`, of values of every kind; null equals null alone.
#[must_use]
pub fn equal(left: &Value, right: &Value) -> Value {
    match equal_truth(left, right) {
        // Of two kinds, at the top: what DMN calls null, because it is a mistake.
        Truth::False if differ_in_kind(left, right) => misfit(&[left, right]),
        truth => truth.value(),
    }
}

/// `a != b`
#[must_use]
pub fn not_equal(left: &Value, right: &Value) -> Value {
    Truth::of(&equal(left, right)).negation().value()
}

/// Whether two values are of different kinds, and neither is null.
fn differ_in_kind(left: &Value, right: &Value) -> bool {
    let is_null = |value: &Value| matches!(value, Value::Null);
    let are_numbers = left.bounds().is_some() && right.bounds().is_some();
    let same_kind = core::mem::discriminant(left) == core::mem::discriminant(right);
    !(is_null(left) || is_null(right) || are_numbers || same_kind)
}

/// Whether two values are equal. Values of different kinds aren't.
#[inline(never)]
pub(crate) fn equal_truth(left: &Value, right: &Value) -> Truth {
    match (left, right) {
        (Value::Failed(failure), _) | (_, Value::Failed(failure)) => Truth::Failed(*failure),
        (Value::Unknown | Value::Perhaps(_), _) | (_, Value::Unknown | Value::Perhaps(_)) => Truth::Unknown,
        (Value::Null, Value::Null) => Truth::True,
        (Value::Boolean(left), Value::Boolean(right)) => truth(left == right),
        (Value::List(left), Value::List(right)) if may_lack_items(left) || may_lack_items(right) => {
            equal_open_lists(left, right)
        }
        (Value::List(left), Value::List(right)) if left.len() == right.len() => {
            all_equal(left.iter().zip(right.iter()))
        }
        (Value::Context(left), Value::Context(right)) => equal_contexts(left, right),
        (Value::Range(left), Value::Range(right)) => equal_ranges(left, right),
        _ => equal_scalars(left, right),
    }
}

fn truth(known: bool) -> Truth {
    if known { Truth::True } else { Truth::False }
}

fn equal_scalars(left: &Value, right: &Value) -> Truth {
    if let (Some(left), Some(right)) = (left.bounds(), right.bounds()) {
        return if left.1 < right.0 || right.1 < left.0 {
            Truth::False
        } else if left.0 == left.1 && right.0 == right.1 {
            Truth::True
        } else {
            Truth::Unknown
        };
    }
    match order(left, right) {
        Order::Known(ordering) => truth(ordering.is_eq()),
        Order::Failed(failure) if are_moments(left, right) => Truth::Failed(failure),
        Order::Failed(Failure::TypesDontFit) => Truth::False,
        Order::Failed(failure) => Truth::Failed(failure),
    }
}

fn are_moments(left: &Value, right: &Value) -> bool {
    matches!((left, right), (Value::Time(_), Value::Time(_)) | (Value::DateTime(_), Value::DateTime(_)))
}

/// Whether it isn't known of one of these items whether the list has it.
fn may_lack_items(items: &[Value]) -> bool {
    items.iter().any(|item| matches!(item, Value::Perhaps(_)))
}

/// Lists of which it isn't known how many items they have, and so not which item is beside which.
fn equal_open_lists(left: &[Value], right: &[Value]) -> Truth {
    let least = |items: &[Value]| items.iter().filter(|item| !matches!(item, Value::Perhaps(_))).count();
    if least(left) > right.len() || least(right) > left.len() { Truth::False } else { Truth::Unknown }
}

fn all_equal<'a>(mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Truth {
    pairs
        .try_fold(Truth::True, |found, (left, right)| match found.and(equal_truth(left, right)) {
            Truth::False => None,
            other => Some(other),
        })
        .unwrap_or(Truth::False)
}

fn equal_contexts(left: &Context, right: &Context) -> Truth {
    if left.0.len() != right.0.len() {
        return Truth::False;
    }
    let mut found = Truth::True;
    for (name, value) in &left.0 {
        let Some(other) = right.get(name) else { return Truth::False };
        found = found.and(equal_truth(value, other));
    }
    found
}

fn equal_ranges(left: &Range, right: &Range) -> Truth {
    if left.low_included != right.low_included || left.high_included != right.high_included {
        return Truth::False;
    }
    let end = |left: &Option<Value>, right: &Option<Value>| match (left, right) {
        (None, None) => Truth::True,
        (Some(left), Some(right)) => equal_truth(left, right),
        (Some(_), None) | (None, Some(_)) => Truth::False,
    };
    end(&left.low, &right.low).and(end(&left.high, &right.high))
}
