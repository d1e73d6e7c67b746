//! Functions of numbers.

use crate::decimal::{ArithmeticError, Decimal, Rounding};
use crate::failure::Failure;
use crate::operators;
use crate::value::{Value, misfit, strict};

/// Rounds to digits after the point, without a scale to a whole number. The ends of an interval are rounded.
#[inline(never)]
fn round(number: &Value, scale: Option<&Value>, rounding: Rounding) -> Value {
    let scale = match scale {
        None => 0,
        Some(Value::Number(scale)) => match scale.truncated().and_then(|scale| i32::try_from(scale).ok()) {
            Some(scale) => scale,
            None => return strict(&[number]).unwrap_or(Value::Failed(Failure::NotInDomain)),
        },
        Some(scale) => return misfit(&[number, scale]),
    };
    match number {
        Value::Number(number) => number.round(scale, rounding).into(),
        Value::Between(least, greatest) => match (least.round(scale, rounding), greatest.round(scale, rounding)) {
            (Ok(least), Ok(greatest)) => Value::between(least, greatest),
            (Err(error), _) | (_, Err(error)) => Value::Failed(error.into()),
        },
        _ => misfit(&[number]),
    }
}

/// `decimal(n, scale)`
#[must_use]
pub fn decimal(number: &Value, scale: &Value) -> Value {
    round(number, Some(scale), Rounding::HalfEven)
}

/// `floor(n, scale?)`
#[must_use]
pub fn floor(number: &Value, scale: Option<&Value>) -> Value {
    round(number, scale, Rounding::Floor)
}

/// `ceiling(n, scale?)`
#[must_use]
pub fn ceiling(number: &Value, scale: Option<&Value>) -> Value {
    round(number, scale, Rounding::Ceiling)
}

/// `round up(n, scale)`
#[must_use]
pub fn round_up(number: &Value, scale: &Value) -> Value {
    round(number, Some(scale), Rounding::Up)
}

/// `round down(n, scale)`
#[must_use]
pub fn round_down(number: &Value, scale: &Value) -> Value {
    round(number, Some(scale), Rounding::Down)
}

/// `round half up(n, scale)`
#[must_use]
pub fn round_half_up(number: &Value, scale: &Value) -> Value {
    round(number, Some(scale), Rounding::HalfUp)
}

/// `round half down(n, scale)`
#[must_use]
pub fn round_half_down(number: &Value, scale: &Value) -> Value {
    round(number, Some(scale), Rounding::HalfDown)
}

/// `abs(n)` of a number or a duration.
#[must_use]
pub fn abs(number: &Value) -> Value {
    match number {
        Value::Number(number) => Value::Number(number.abs()),
        Value::Between(least, greatest) if least.negative && !greatest.negative => {
            Value::between(Decimal::ZERO, least.abs().max(*greatest))
        }
        Value::Between(least, _) if !least.negative => number.clone(),
        Value::Days(duration) if duration.0 >= 0 => number.clone(),
        Value::Months(duration) if duration.0 >= 0 => number.clone(),
        _ => operators::negate(number),
    }
}

/// `less(amount, deduction)`: the amount without the deduction, never below 0.
#[must_use]
pub fn less(amount: &Value, deduction: &Value) -> Value {
    match operators::subtract(amount, deduction) {
        Value::Number(number) => Value::Number(number.max(Decimal::ZERO)),
        Value::Between(least, greatest) => Value::between(least.max(Decimal::ZERO), greatest.max(Decimal::ZERO)),
        rest => rest,
    }
}

/// `modulo(dividend, divisor)`, with the sign of the divisor.
#[must_use]
pub fn modulo(dividend: &Value, divisor: &Value) -> Value {
    match (dividend, divisor) {
        (Value::Number(dividend), Value::Number(divisor)) => dividend.modulo(*divisor).into(),
        _ => misfit(&[dividend, divisor]),
    }
}

fn of_one(number: &Value, function: impl Fn(Decimal) -> Result<Decimal, ArithmeticError>) -> Value {
    match number {
        Value::Number(number) => function(*number).into(),
        _ => misfit(&[number]),
    }
}

/// `sqrt(number)`
#[must_use]
pub fn sqrt(number: &Value) -> Value {
    of_one(number, Decimal::sqrt)
}

/// `log(number)`, the natural logarithm.
#[must_use]
pub fn log(number: &Value) -> Value {
    of_one(number, Decimal::log)
}

/// `exp(number)`
#[must_use]
pub fn exp(number: &Value) -> Value {
    of_one(number, Decimal::exp)
}

fn parity(number: &Value, odd: bool) -> Value {
    match number {
        Value::Number(number) => Value::Boolean(number.is_integer() && number.is_odd() == odd),
        _ => misfit(&[number]),
    }
}

/// `odd(number)`; false of a number that isn't whole.
#[must_use]
pub fn odd(number: &Value) -> Value {
    parity(number, true)
}

/// `even(number)`; false of a number that isn't whole.
#[must_use]
pub fn even(number: &Value) -> Value {
    parity(number, false)
}
