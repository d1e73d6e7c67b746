//! What a variable goes through from one end to another.

use crate::failure::Failure;
use crate::temporal::Date;
use crate::value::{Value, misfit};

/// The most values between two ends; the checker refuses what may have more.
pub const STEPS_MAX: u64 = 1_000_000;

/// The list of whole numbers, or days, from one to another, both included; down if the first is greater.
#[must_use]
pub fn steps(from: &Value, to: &Value) -> Value {
    let (first, last, is_days) = match (from, to) {
        (Value::Number(from), Value::Number(to)) => match (from.to_integer(), to.to_integer()) {
            (Some(from), Some(to)) => (from, to, false),
            _ => return Value::Failed(Failure::NotInDomain),
        },
        (Value::Date(from), Value::Date(to)) => (from.to_days(), to.to_days(), true),
        _ => return misfit(&[from, to]),
    };
    if first.abs_diff(last) >= STEPS_MAX {
        return Value::Failed(Failure::NumberTooLarge);
    }
    let value = |number| match Date::from_days(number) {
        Some(date) if is_days => Value::Date(date),
        _ => Value::integer(number),
    };
    if first <= last {
        Value::list((first..=last).map(value).collect())
    } else {
        Value::list((last..=first).rev().map(value).collect())
    }
}
