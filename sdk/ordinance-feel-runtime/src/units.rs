//! Arithmetic with numbers of a fixed scale in 64 bits, with the results that decimals give.

use crate::decimal::wide::{Wide, digits, power_of_ten};
use crate::decimal::{Decimal, Rounding};

/// A number of units of 10^-scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Units {
    /// How many units.
    pub units: i64,
    /// The digits after the point.
    pub scale: u8,
}

impl Units {
    fn decimal(self) -> Decimal {
        Decimal::from_units(self.units, self.scale)
    }
}

/// The product, rounded to `scale` digits after the point, in units of that scale. `None` if it doesn't fit.
#[must_use]
pub fn multiply(left: Units, right: Units, scale: u8, rounding: Rounding) -> Option<i64> {
    let product = u128::from(left.units.unsigned_abs()) * u128::from(right.units.unsigned_abs());
    let drop = (u32::from(left.scale) + u32::from(right.scale)).checked_sub(u32::from(scale));
    match drop {
        // Decimals would not round such a product before.
        Some(drop @ 0..=33) if digits(product) <= 34 => {
            let negative = (left.units < 0) != (right.units < 0);
            signed(negative, rounded_quotient(negative, product, power_of_ten(drop), rounding))
        }
        _ => left.decimal().multiply(right.decimal()).ok()?.round(i32::from(scale), rounding).ok()?.to_units(scale),
    }
}

/// The quotient, rounded to `scale` digits after the point, in units of that scale. `None` if the divisor is zero or
/// the quotient doesn't fit.
#[must_use]
pub fn divide(left: Units, right: Units, scale: u8, rounding: Rounding) -> Option<i64> {
    if right.units == 0 {
        return None;
    }
    let negative = (left.units < 0) != (right.units < 0);
    let (dividend, divisor) = (u128::from(left.units.unsigned_abs()), u128::from(right.units.unsigned_abs()));
    let shift = i32::from(scale) + i32::from(right.scale) - i32::from(left.scale);
    // With so few digits, rounding to 34 of them first changes nothing: what isn't a half differs from it by more.
    let (dividend, divisor) = match shift {
        0..=32 if digits(dividend) + shift.unsigned_abs() <= 32 => {
            (dividend * power_of_ten(shift.unsigned_abs()), divisor)
        }
        -32..=-1 if digits(divisor) + shift.unsigned_abs() <= 32 => {
            (dividend, divisor * power_of_ten(shift.unsigned_abs()))
        }
        _ => {
            let quotient = left.decimal().divide(right.decimal()).ok()?;
            return quotient.round(i32::from(scale), rounding).ok()?.to_units(scale);
        }
    };
    signed(negative, rounded_quotient(negative, dividend, divisor, rounding))
}

/// The number, rounded to `scale` digits after the point, in units of that scale. `None` if it doesn't fit.
#[must_use]
pub fn round(number: Units, scale: u8, rounding: Rounding) -> Option<i64> {
    multiply(number, Units { units: 1, scale: 0 }, scale, rounding)
}

fn rounded_quotient(negative: bool, dividend: u128, divisor: u128, rounding: Rounding) -> u128 {
    let (quotient, rest) = Wide::of(dividend).divide(divisor);
    let beside_half = rest.cmp(&(divisor - rest));
    quotient + u128::from(rounding.is_away(negative, quotient & 1 == 1, rest != 0, beside_half))
}

fn signed(negative: bool, size: u128) -> Option<i64> {
    let size = i128::try_from(size).ok()?;
    i64::try_from(if negative { -size } else { size }).ok()
}
