//! How points and ranges lie to each other (DMN 1.5, 10.3.4.11). A point is a range from itself to itself.

use super::range_text;
use crate::failure::Failure;
use crate::operators::{self, Truth};
use crate::temporal::Offset;
use crate::value::{Value, misfit, strict};

/// A range or a point.
#[derive(Clone, Copy)]
struct Extent<'a> {
    low: End<'a>,
    low_included: bool,
    high: End<'a>,
    high_included: bool,
}

/// An end of a range.
#[derive(Clone, Copy)]
enum End<'a> {
    Below,
    At(&'a Value),
    Above,
}

fn extent(value: &Value) -> Extent<'_> {
    match value {
        Value::Range(range) => Extent {
            low: range.low.as_ref().map_or(End::Below, End::At),
            low_included: range.low_included,
            high: range.high.as_ref().map_or(End::Above, End::At),
            high_included: range.high_included,
        },
        point => Extent { low: End::At(point), low_included: true, high: End::At(point), high_included: true },
    }
}

fn known(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}

/// Whether one end is before another.
fn is_before(left: End<'_>, right: End<'_>) -> Truth {
    match (left, right) {
        (End::At(left), End::At(right)) => Truth::of(&operators::is_less(left, right)),
        (End::Below, End::At(_) | End::Above) | (End::At(_), End::Above) => Truth::True,
        (End::Below, End::Below) | (End::At(_), End::Below) | (End::Above, _) => Truth::False,
    }
}

fn is_same(left: End<'_>, right: End<'_>) -> Truth {
    match (left, right) {
        (End::At(left), End::At(right)) => Truth::of(&operators::equal(left, right)),
        (End::Below, End::Below) | (End::Above, End::Above) => Truth::True,
        (End::Below | End::At(_) | End::Above, _) => Truth::False,
    }
}

/// Whether one end is before another, or both are the same and something else holds.
fn is_before_or(left: End<'_>, right: End<'_>, same: bool) -> Truth {
    is_before(left, right).or(is_same(left, right).and(known(same)))
}

/// What a relation of two values gives, each a point or a range.
fn relation(left: &Value, right: &Value, holds: impl Fn(Extent<'_>, Extent<'_>) -> Truth) -> Value {
    strict(&[left, right]).map_or_else(
        || holds(extent(left), extent(right)).value(),
        |early| match early {
            // The ends of a number that isn't known may tell.
            Value::Unknown => holds(extent(left), extent(right)).value(),
            early => early,
        },
    )
}

/// What a relation of two ranges gives.
fn of_ranges(left: &Value, right: &Value, holds: impl Fn(Extent<'_>, Extent<'_>) -> Truth) -> Value {
    match (left, right) {
        (Value::Range(_), Value::Range(_)) => relation(left, right, holds),
        _ => misfit(&[left, right]),
    }
}

fn extent_before(left: Extent<'_>, right: Extent<'_>) -> Truth {
    is_before_or(left.high, right.low, !(left.high_included && right.low_included))
}

/// `before(a, b)`
#[must_use]
pub fn before(left: &Value, right: &Value) -> Value {
    relation(left, right, extent_before)
}

/// `after(a, b)`
#[must_use]
pub fn after(left: &Value, right: &Value) -> Value {
    before(right, left)
}

/// `meets(range1, range2)`
#[must_use]
pub fn meets(left: &Value, right: &Value) -> Value {
    of_ranges(left, right, |left, right| {
        known(left.high_included && right.low_included).and(is_same(left.high, right.low))
    })
}

/// `met by(range1, range2)`
#[must_use]
pub fn met_by(left: &Value, right: &Value) -> Value {
    meets(right, left)
}

/// `overlaps(range1, range2)`
#[must_use]
pub fn overlaps(left: &Value, right: &Value) -> Value {
    of_ranges(left, right, |left, right| extent_before(left, right).or(extent_before(right, left)).negation())
}

/// `overlaps before(range1, range2)`
#[must_use]
pub fn overlaps_before(left: &Value, right: &Value) -> Value {
    of_ranges(left, right, |left, right| {
        is_before_or(left.low, right.low, left.low_included && !right.low_included)
            .and(is_before_or(right.low, left.high, left.high_included && right.low_included))
            .and(is_before_or(left.high, right.high, !left.high_included || right.high_included))
    })
}

/// `overlaps after(range1, range2)`
#[must_use]
pub fn overlaps_after(left: &Value, right: &Value) -> Value {
    overlaps_before(right, left)
}

/// `finishes(a, range)`
#[must_use]
pub fn finishes(inner: &Value, outer: &Value) -> Value {
    relation(inner, outer, |inner, outer| {
        known(inner.high_included == outer.high_included).and(is_same(inner.high, outer.high)).and(is_before_or(
            outer.low,
            inner.low,
            !inner.low_included || outer.low_included,
        ))
    })
}

/// `finished by(range, a)`
#[must_use]
pub fn finished_by(outer: &Value, inner: &Value) -> Value {
    finishes(inner, outer)
}

/// `includes(range, a)`
#[must_use]
pub fn includes(outer: &Value, inner: &Value) -> Value {
    relation(outer, inner, |outer, inner| {
        is_before_or(outer.low, inner.low, outer.low_included || !inner.low_included).and(is_before_or(
            inner.high,
            outer.high,
            outer.high_included || !inner.high_included,
        ))
    })
}

/// `during(a, range)`
#[must_use]
pub fn during(inner: &Value, outer: &Value) -> Value {
    includes(outer, inner)
}

/// `starts(a, range)`
#[must_use]
pub fn starts(inner: &Value, outer: &Value) -> Value {
    relation(inner, outer, |inner, outer| {
        known(inner.low_included == outer.low_included).and(is_same(inner.low, outer.low)).and(is_before_or(
            inner.high,
            outer.high,
            !inner.high_included || outer.high_included,
        ))
    })
}

/// `started by(range, a)`
#[must_use]
pub fn started_by(outer: &Value, inner: &Value) -> Value {
    starts(inner, outer)
}

/// `coincides(a, b)`
#[must_use]
pub fn coincides(left: &Value, right: &Value) -> Value {
    relation(left, right, |left, right| {
        known(left.low_included == right.low_included && left.high_included == right.high_included)
            .and(is_same(left.low, right.low))
            .and(is_same(left.high, right.high))
    })
}

/// `is(value1, value2)`: whether both are the same value of the same kind; two times only with the same offset.
#[must_use]
pub fn is(left: &Value, right: &Value) -> Value {
    match strict(&[left, right]) {
        Some(early @ (Value::Failed(_) | Value::Unknown)) => early,
        _ if left.is_unknown() || right.is_unknown() => Value::Unknown,
        _ => is_same_value(left, right),
    }
}

fn is_same_value(left: &Value, right: &Value) -> Value {
    let (left_offset, right_offset) = match (left, right) {
        (Value::Time(left), Value::Time(right)) => (&left.offset, &right.offset),
        (Value::DateTime(left), Value::DateTime(right)) => (&left.time.offset, &right.time.offset),
        _ => return Value::Boolean(left == right),
    };
    // One moment that two places name differently, as far as the offsets are known: those who implement DMN differ.
    let is_local = |offset: &Offset| matches!(offset, Offset::Local);
    let is_time = matches!(left, Value::Time(_));
    match left == right || (is_time && is_local(left_offset) != is_local(right_offset)) {
        true => Value::Boolean(left == right),
        false => match operators::is_less(left, right) {
            Value::Failed(failure) => Value::Failed(failure),
            _ if operators::equal(left, right) == Value::Boolean(false) => Value::Boolean(false),
            _ => Value::Failed(Failure::TypesDontFit),
        },
    }
}

/// `range(from)`: the range that a text is.
#[must_use]
pub fn range(from: &Value) -> Value {
    match from {
        Value::Text(text) => range_text::parse(text).unwrap_or(Value::Failed(Failure::NotInDomain)),
        Value::Range(_) => from.clone(),
        _ => misfit(&[from]),
    }
}
