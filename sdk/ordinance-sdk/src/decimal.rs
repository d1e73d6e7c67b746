//! Exact decimal numbers. An overflow traps, so that a rule never grants a wrapped amount.

use core::cmp::Ordering;
use core::ops::{Add, Mul, Neg, Sub};

/// An exact decimal number: `units * 10^-scale`. Equality compares the values, whatever the scales: 1.0 equals
/// 1.00.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// The number without its point.
    pub units: i64,
    /// The number of digits after the point, at most 18.
    pub scale: u8,
}

/// The direction of rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the next lower number.
    Down,
    /// To the next higher number.
    Up,
    /// To the nearest number; a half is rounded away from zero.
    HalfUp,
}

const SCALE_MAX: u8 = 18;

fn overflow() -> ! {
    panic!("a decimal number is too large")
}

fn power_of_ten(scale: u8) -> i128 {
    10_i128.pow(scale.into())
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
        let units = divided(self.units.into(), power_of_ten(self.scale - scale), rounding);
        fitted(units, scale)
    }

    /// This number divided by another, rounded to `scale` digits after the point.
    ///
    /// # Panics
    /// If `divisor` is zero or the result doesn't fit.
    #[must_use]
    pub fn divide(self, divisor: Self, scale: u8, rounding: Rounding) -> Self {
        // self / divisor * 10^scale = units * 10^(scale + divisor.scale) / (divisor.units * 10^self.scale)
        let mut numerator = i128::from(self.units);
        let mut denominator = i128::from(divisor.units);
        let numerator_scale = scale + divisor.scale;
        if numerator_scale >= self.scale {
            let factor = power_of_ten(numerator_scale - self.scale);
            numerator = numerator.checked_mul(factor).unwrap_or_else(|| overflow());
        } else {
            let factor = power_of_ten(self.scale - numerator_scale);
            denominator = denominator.checked_mul(factor).unwrap_or_else(|| overflow());
        }
        if denominator < 0 {
            (numerator, denominator) = (-numerator, -denominator);
        }
        assert!(denominator != 0, "division by zero");
        fitted(divided(numerator, denominator, rounding), scale)
    }

    /// The given percentage of this number, exactly: `percent(22)` is 22 % of it.
    #[must_use]
    pub fn percent(self, percent: i64) -> Self {
        self * Self::new(percent, 2)
    }

    /// The greater of this number and `least`.
    #[must_use]
    pub fn at_least(self, least: Self) -> Self {
        if self < least { least } else { self }
    }

    /// The lesser of this number and `most`.
    #[must_use]
    pub fn at_most(self, most: Self) -> Self {
        if self > most { most } else { self }
    }
}

/// Divides by a positive denominator.
fn divided(numerator: i128, denominator: i128, rounding: Rounding) -> i128 {
    let floor = numerator.div_euclid(denominator);
    let remainder = numerator.rem_euclid(denominator);
    let is_rounded_up = match rounding {
        Rounding::Down => false,
        Rounding::Up => remainder != 0,
        Rounding::HalfUp if numerator < 0 => remainder * 2 > denominator,
        Rounding::HalfUp => remainder * 2 >= denominator,
    };
    floor + i128::from(is_rounded_up)
}

/// Converts units of a scale to a `Decimal`. Drops trailing zeros if they don't fit. Panics if the number doesn't fit.
fn fitted(mut units: i128, mut scale: u8) -> Decimal {
    while (scale > SCALE_MAX || i64::try_from(units).is_err()) && scale > 0 && units % 10 == 0 {
        units /= 10;
        scale -= 1;
    }
    match i64::try_from(units) {
        Ok(units) if scale <= SCALE_MAX => Decimal { units, scale },
        Ok(_) | Err(_) => overflow(),
    }
}

/// Both numbers in units of the finer scale, and that scale. An `i64` with 18 more digits fits an `i128`.
fn aligned(a: Decimal, b: Decimal) -> (i128, i128, u8) {
    let scale = a.scale.max(b.scale);
    let units = |number: Decimal| i128::from(number.units) * power_of_ten(scale - number.scale);
    (units(a), units(b), scale)
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self::new(whole, 0)
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
        fitted(a + b, scale)
    }
}

impl Sub for Decimal {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let (a, b, scale) = aligned(self, other);
        fitted(a - b, scale)
    }
}

impl Mul for Decimal {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        fitted(i128::from(self.units) * i128::from(other.units), self.scale + other.scale)
    }
}

impl Neg for Decimal {
    type Output = Self;
    fn neg(self) -> Self {
        fitted(-i128::from(self.units), self.scale)
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
    fn thirty_percent_of_a_standard_is_exact_until_it_is_rounded() {
        let share = d(83_333, 2).percent(30);
        assert_eq!(share, d(2_499_990, 4));
        assert_eq!(share.round(2, Rounding::HalfUp), d(25_000, 2));
        assert_eq!(share.round(2, Rounding::Down), d(24_999, 2));
        assert_eq!(share.round(0, Rounding::Up), d(250, 0));
    }

    #[test]
    fn rounding_of_negative_numbers_goes_by_its_name() {
        assert_eq!(d(-25, 1).round(0, Rounding::Down), d(-3, 0));
        assert_eq!(d(-25, 1).round(0, Rounding::HalfUp), d(-3, 0));
        assert_eq!(d(-24, 1).round(0, Rounding::HalfUp), d(-2, 0));
        assert_eq!(d(-25, 1).round(0, Rounding::Up), d(-2, 0));
    }

    #[test]
    fn a_division_is_rounded_as_asked() {
        assert_eq!(d(200, 0).divide(d(3, 0), 2, Rounding::HalfUp), d(6_667, 2));
        assert_eq!(d(1, 2).divide(d(5, 1), 2, Rounding::Down), d(2, 2));
        assert_eq!(d(-1, 0).divide(d(8, 0), 0, Rounding::Down), d(-1, 0));
        assert_eq!(d(123_456, 5).divide(d(-2, 0), 0, Rounding::Down), d(-1, 0));
    }

    #[test]
    fn zeros_at_the_end_make_room() {
        assert_eq!(d(2_000_000_000, 9) * d(3_000_000_000, 10), d(6, 1));
    }

    #[test]
    #[should_panic(expected = "too large")]
    fn what_does_not_fit_traps() {
        let _ = d(i64::MAX, 0) + d(1, 0);
    }
}
