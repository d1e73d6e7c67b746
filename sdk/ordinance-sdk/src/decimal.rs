//! Exact decimal numbers. What doesn't fit traps, so that a rule never grants a wrapped amount.

use core::cmp::Ordering;
use core::iter::Sum;
use core::ops::{Add, Neg, Sub};

use crate::rounding::{Rounding, floored, overflow, quotient};

/// An exact decimal number: `units * 10^-scale`. Equality compares the values, whatever the scales: 1.0 equals
/// 1.00.
///
/// `+` and `-` give a `Decimal` and trap if it doesn't fit in an `i64` of units. `*`, `/`, [`percent`](Self::percent)
/// and [`percentage`](Self::percentage) give an [`Unrounded`](crate::Unrounded), which has room for every product of
/// two numbers; round it to grant it.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// The number without its point.
    pub units: i64,
    /// The number of digits after the point, at most 18.
    pub scale: u8,
}

const SCALE_MAX: u8 = 18;

/// 10 to the power of a scale, which fits in an `i64`.
pub(crate) fn power_of_ten(scale: u8) -> i64 {
    assert!(scale <= SCALE_MAX, "a scale is at most 18");
    (0..scale).fold(1, |power: i64, _| power.wrapping_mul(10))
}

/// The product of two `i64`, which always fits.
fn product(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(b.into())
}

impl Decimal {
    /// The number 0.
    pub const ZERO: Self = Self::new(0, 0);

    /// Creates `units * 10^-scale`: `Decimal::new(21_750, 2)` is 217.50.
    #[must_use]
    pub const fn new(units: i64, scale: u8) -> Self {
        Self { units, scale }
    }

    /// The number rounded to `scale` digits after the point.
    ///
    /// # Panics
    /// If the result doesn't fit in an `i64` of units.
    #[must_use]
    pub fn round(self, scale: u8, rounding: Rounding) -> Self {
        if scale >= self.scale {
            return self;
        }
        let exponent = i32::from(scale) - i32::from(self.scale);
        fitted(quotient(self.units.into(), 1, exponent, rounding), scale)
    }

    /// The multiple of `multiple` that this number is rounded to: of 0.05 for five cents, of 1 for a whole dollar, of
    /// 10 for tens.
    ///
    /// # Panics
    /// If `multiple` isn't above zero or the result doesn't fit.
    #[must_use]
    pub fn round_to(self, multiple: Self, rounding: Rounding) -> Self {
        assert!(multiple > Self::ZERO, "a multiple to round to is above zero");
        let exponent = i32::from(multiple.scale) - i32::from(self.scale);
        let count = quotient(self.units.into(), multiple.units.into(), exponent, rounding);
        multiples(count, multiple)
    }

    /// This number divided by another, rounded to `scale` digits after the point.
    ///
    /// # Panics
    /// If `divisor` is zero or the result doesn't fit.
    #[must_use]
    pub fn divide(self, divisor: Self, scale: u8, rounding: Rounding) -> Self {
        let exponent = i32::from(scale) + i32::from(divisor.scale) - i32::from(self.scale);
        fitted(quotient(self.units.into(), divisor.units.into(), exponent, rounding), scale)
    }

    /// This number for each of `count`, exactly: an amount a head for so many heads.
    ///
    /// # Panics
    /// If the result doesn't fit.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        fitted(Some(product(self.units, count)), self.scale)
    }

    /// This number less another, and never below zero, as income less a disregard.
    #[must_use]
    pub fn less<N: Ord + Sub<Output = N> + From<Self>>(self, taken: N) -> N {
        (N::from(self) - taken).max(N::from(Self::ZERO))
    }

    /// The greater of this number and `least`.
    #[must_use]
    pub fn at_least<N: Ord + From<Self>>(self, least: N) -> N {
        N::from(self).max(least)
    }

    /// The lesser of this number and `most`.
    #[must_use]
    pub fn at_most<N: Ord + From<Self>>(self, most: N) -> N {
        N::from(self).min(most)
    }
}

/// `count` times `multiple`; `None` is a count that didn't fit.
pub(crate) fn multiples(count: Option<i128>, multiple: Decimal) -> Decimal {
    fitted(count.and_then(|count| count.checked_mul(multiple.units.into())), multiple.scale)
}

/// Converts units of a scale to a `Decimal`. Drops trailing zeros if they don't fit. Traps if the number doesn't fit,
/// or didn't fit before (`None`).
pub(crate) fn fitted(units: Option<i128>, mut scale: u8) -> Decimal {
    let Some(mut units) = units else { overflow() };
    while (scale > SCALE_MAX || i64::try_from(units).is_err()) && scale > 0 {
        let (shorter, digit) = floored(units, 10);
        if digit != 0 {
            break;
        }
        units = shorter;
        scale -= 1;
    }
    match i64::try_from(units) {
        Ok(units) if scale <= SCALE_MAX => Decimal { units, scale },
        Ok(_) | Err(_) => overflow(),
    }
}

/// Both numbers in units of the finer scale, and that scale.
fn aligned(a: Decimal, b: Decimal) -> (i128, i128, u8) {
    let scale = a.scale.max(b.scale);
    let units = |number: Decimal| product(number.units, power_of_ten(scale - number.scale));
    (units(a), units(b), scale)
}

macro_rules! from_whole_numbers {
    ($($whole:ty),*) => {$(
        impl From<$whole> for Decimal {
            fn from(whole: $whole) -> Self {
                Self::new(whole.into(), 0)
            }
        }
    )*};
}

from_whole_numbers!(i64, i32, i16, i8, u32, u16, u8);

impl From<u64> for Decimal {
    /// # Panics
    /// If the number doesn't fit.
    fn from(whole: u64) -> Self {
        fitted(Some(whole.into()), 0)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b, _) = aligned(*self, *other);
        a.cmp(&b)
    }
}

impl Add for Decimal {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (a, b, scale) = aligned(self, other);
        // Neither is near the ends of an `i128`.
        fitted(Some(a.wrapping_add(b)), scale)
    }
}

impl Sub for Decimal {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let (a, b, scale) = aligned(self, other);
        fitted(Some(a.wrapping_sub(b)), scale)
    }
}

impl Neg for Decimal {
    type Output = Self;
    fn neg(self) -> Self {
        fitted(Some(-i128::from(self.units)), self.scale)
    }
}

impl Sum for Decimal {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, Self::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(units: i64, scale: u8) -> Decimal {
        Decimal::new(units, scale)
    }

    #[test]
    fn numbers_of_different_scales_are_compared_exactly() {
        assert_eq!(d(100, 2), d(1, 0));
        assert!(d(99_999, 5) < d(1, 0));
        assert!(d(i64::MAX, 0) > d(i64::MAX, 18));
    }

    #[test]
    fn rounding_of_negative_numbers_goes_by_its_name() {
        assert_eq!(d(-25, 1).round(0, Rounding::Down), d(-3, 0));
        assert_eq!(d(-25, 1).round(0, Rounding::HalfUp), d(-3, 0));
        assert_eq!(d(-24, 1).round(0, Rounding::HalfUp), d(-2, 0));
        assert_eq!(d(-25, 1).round(0, Rounding::Up), d(-2, 0));
        assert_eq!(d(-25, 1).round(0, Rounding::HalfTowardPositive), d(-2, 0));
    }

    #[test]
    fn amounts_are_rounded_to_five_cents_to_a_dollar_and_to_tens() {
        let five_cents = d(5, 2);
        assert_eq!(d(10_025, 3).round_to(five_cents, Rounding::HalfUp), d(1_005, 2));
        assert_eq!(d(10_025, 3).round_to(five_cents, Rounding::HalfDown), d(1_000, 2));
        assert_eq!(d(-1_002, 2).round_to(five_cents, Rounding::AwayFromZero), d(-1_005, 2));
        assert_eq!(d(12_401, 2).round_to(d(1, 0), Rounding::Up), d(125, 0));
        assert_eq!(d(125, 0).round_to(d(10, 0), Rounding::HalfEven), d(120, 0));
        assert_eq!(d(135, 0).round_to(d(10, 0), Rounding::HalfEven), d(140, 0));
    }

    #[test]
    #[should_panic(expected = "above zero")]
    fn a_multiple_to_round_to_is_above_zero() {
        let _ = d(1, 0).round_to(d(-5, 2), Rounding::Up);
    }

    #[test]
    fn a_division_is_rounded_as_asked() {
        assert_eq!(d(200, 0).divide(d(3, 0), 2, Rounding::HalfUp), d(6_667, 2));
        assert_eq!(d(1, 2).divide(d(5, 1), 2, Rounding::Down), d(2, 2));
        assert_eq!(d(-1, 0).divide(d(8, 0), 0, Rounding::Down), d(-1, 0));
        assert_eq!(d(123_456, 5).divide(d(-2, 0), 0, Rounding::Down), d(-1, 0));
    }

    #[test]
    #[should_panic(expected = "overflow")]
    fn what_does_not_fit_traps() {
        let _ = d(i64::MAX, 0) + d(1, 0);
    }
}
