//! Arithmetic with numbers, texts, days, times and durations.

use alloc::string::String;

use crate::decimal::{ArithmeticError, Decimal, Rounding};
use crate::failure::Failure;
use crate::temporal::{Date, DateTime, DaysDuration, MonthsDuration};
use crate::value::{Value, misfit};

/// `a + b`: numbers, texts, durations, and a duration to a day or a time.
#[must_use]
pub fn add(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.add(*right).into(),
        (Value::Text(left), Value::Text(right)) => {
            let mut text = String::with_capacity(left.len() + right.len());
            text.push_str(left);
            text.push_str(right);
            Value::text(&text)
        }
        (Value::Days(_) | Value::Months(_), Value::Date(_) | Value::DateTime(_) | Value::Time(_)) => {
            add_duration(right, left)
        }
        (_, Value::Days(_) | Value::Months(_)) => add_duration(left, right),
        _ => match (left.bounds(), right.bounds()) {
            (Some(left), Some(right)) => interval(left.0.add(right.0), left.1.add(right.1)),
            _ => misfit(&[left, right]),
        },
    }
}

/// `a - b`: numbers, durations, a duration from a day or a time, and what is between two days or times.
#[must_use]
pub fn subtract(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.subtract(*right).into(),
        (Value::Date(_) | Value::DateTime(_), Value::Date(_) | Value::DateTime(_)) => {
            match (as_date_time(left), as_date_time(right)) {
                (Some(left), Some(right)) => distance(left.since(&right)),
                _ => misfit(&[left, right]),
            }
        }
        (Value::Time(left), Value::Time(right)) => distance(left.since(right)),
        (_, Value::Days(_) | Value::Months(_)) => add_duration(left, &negate(right)),
        _ => match (left.bounds(), right.bounds()) {
            (Some(left), Some(right)) => interval(left.0.subtract(right.1), left.1.subtract(right.0)),
            _ => misfit(&[left, right]),
        },
    }
}

/// `a * b`: numbers, and a duration with a number.
#[must_use]
pub fn multiply(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.multiply(*right).into(),
        (Value::Days(_) | Value::Months(_), Value::Number(factor)) => scale(left, |size| size.multiply(*factor)),
        (Value::Number(factor), Value::Days(_) | Value::Months(_)) => scale(right, |size| size.multiply(*factor)),
        _ => match (left.bounds(), right.bounds()) {
            (Some(left), Some(right)) => hull_of_ends(left, right, Decimal::multiply),
            _ => misfit(&[left, right]),
        },
    }
}

/// `a / b`: numbers, a duration by a number, and two durations of one kind.
#[must_use]
pub fn divide(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.divide(*right).into(),
        (Value::Days(_) | Value::Months(_), Value::Number(divisor)) => scale(left, |size| size.divide(*divisor)),
        (Value::Days(_), Value::Days(_)) | (Value::Months(_), Value::Months(_)) => {
            match (size_of(left), size_of(right)) {
                (Some(left), Some(right)) => left.divide(right).into(),
                _ => Value::Failed(Failure::NumberTooLarge),
            }
        }
        _ => match (left.bounds(), right.bounds()) {
            (Some(_), Some((least, greatest))) if least.is_zero() && greatest.is_zero() => {
                Value::Failed(Failure::DivisionByZero)
            }
            (Some(_), Some((least, greatest))) if least <= Decimal::ZERO && greatest >= Decimal::ZERO => Value::Unknown,
            (Some(left), Some(right)) => hull_of_ends(left, right, Decimal::divide),
            _ => misfit(&[left, right]),
        },
    }
}

/// `a ** b` of numbers.
#[must_use]
pub fn power(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.power(*right).into(),
        _ => misfit(&[left, right]),
    }
}

/// `-a` of a number or a duration.
#[must_use]
pub fn negate(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(number.negate()),
        Value::Between(least, greatest) => Value::Between(greatest.negate(), least.negate()),
        Value::Days(duration) => whole_days(duration.0.checked_neg()),
        Value::Months(duration) => whole_months(duration.0.checked_neg()),
        _ => misfit(&[value]),
    }
}

/// All numbers between two results; unknown if one of them can't be.
fn interval(least: Result<Decimal, ArithmeticError>, greatest: Result<Decimal, ArithmeticError>) -> Value {
    match (least, greatest) {
        (Ok(least), Ok(greatest)) => Value::between(least, greatest),
        _ => Value::Unknown,
    }
}

/// All numbers between the least and the greatest result of an operation on the ends.
fn hull_of_ends(
    left: (Decimal, Decimal),
    right: (Decimal, Decimal),
    operation: impl Fn(Decimal, Decimal) -> Result<Decimal, ArithmeticError>,
) -> Value {
    let mut hull: Option<(Decimal, Decimal)> = None;
    for first in [left.0, left.1] {
        for second in [right.0, right.1] {
            let Ok(result) = operation(first, second) else { return Value::Unknown };
            hull = Some(hull.map_or((result, result), |(least, greatest)| (least.min(result), greatest.max(result))));
        }
    }
    hull.map_or(Value::Unknown, |(least, greatest)| Value::between(least, greatest))
}

/// A day is its beginning in UTC.
fn as_date_time(value: &Value) -> Option<DateTime> {
    match value {
        Value::Date(date) => Some(DateTime::midnight_utc(*date)),
        Value::DateTime(date_time) => Some(date_time.clone()),
        _ => None,
    }
}

fn distance(distance: Option<DaysDuration>) -> Value {
    // Those of which one is local, or in a zone: which moment it is isn't known.
    distance.map_or(Value::Failed(Failure::TypesDontFit), Value::Days)
}

fn whole_days(nanoseconds: Option<i128>) -> Value {
    nanoseconds.map_or(Value::Failed(Failure::NumberTooLarge), |nanoseconds| Value::Days(DaysDuration(nanoseconds)))
}

fn whole_months(months: Option<i64>) -> Value {
    months.map_or(Value::Failed(Failure::NumberTooLarge), |months| Value::Months(MonthsDuration(months)))
}

/// A day, a time or a duration, later by a duration.
fn add_duration(left: &Value, duration: &Value) -> Value {
    let sum = match (left, duration) {
        (Value::Days(left), Value::Days(right)) => return whole_days(left.0.checked_add(right.0)),
        (Value::Months(left), Value::Months(right)) => return whole_months(left.0.checked_add(right.0)),
        (Value::Date(date), Value::Days(days)) => date.plus(*days).map(Value::Date),
        (Value::Date(date), Value::Months(months)) => add_months(*date, *months).map(Value::Date),
        (Value::DateTime(point), Value::Days(days)) => point.plus(*days).map(Value::DateTime),
        (Value::DateTime(point), Value::Months(months)) => {
            add_months(point.date, *months).map(|date| Value::DateTime(DateTime { date, time: point.time.clone() }))
        }
        (Value::Time(time), Value::Days(days)) => Some(Value::Time(time.plus(*days))),
        _ => return misfit(&[left, duration]),
    };
    sum.unwrap_or(Value::Failed(Failure::NumberTooLarge))
}

fn add_months(date: Date, months: MonthsDuration) -> Option<Date> {
    date.add_months(months.0)
}

/// The months or nanoseconds of a duration.
fn size_of(duration: &Value) -> Option<Decimal> {
    match duration {
        Value::Days(days) => Decimal::rounded(days.0 < 0, days.0.unsigned_abs(), 0).ok(),
        Value::Months(months) => Some(Decimal::from_integer(months.0)),
        _ => None,
    }
}

/// A duration whose size an operation has changed; what is less than a nanosecond or a month is cut off.
fn scale(duration: &Value, operation: impl Fn(Decimal) -> Result<Decimal, ArithmeticError>) -> Value {
    let Some(size) = size_of(duration) else { return Value::Failed(Failure::NumberTooLarge) };
    let size = match operation(size).and_then(|size| size.round(0, Rounding::Down)) {
        Ok(size) => size,
        Err(error) => return Value::Failed(error.into()),
    };
    match duration {
        Value::Months(_) => whole_months(size.to_integer()),
        _ => whole_days(size.to_whole()),
    }
}
