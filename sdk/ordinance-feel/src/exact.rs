//! Exact decimal numbers, with which the checker computes the bounds of expressions. A result that has too many digits
//! is `None`: nothing is known of it.

use std::cmp::Ordering;

use ordinance_feel_runtime::{Decimal, Rounding};

/// `units * 10^-scale`. It has no zeros at its end after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    units: i128,
    scale: u8,
}

/// The digits after the point of a quotient that doesn't end.
const QUOTIENT_SCALE: u8 = 12;
/// The most digits of a number of the run-time library.
const COEFFICIENT_MAX: u128 = 10_u128.pow(34) - 1;

fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

impl Exact {
    pub(crate) const ZERO: Self = Self { units: 0, scale: 0 };
    pub(crate) const ONE: Self = Self { units: 1, scale: 0 };

    /// `units * 10^-scale`
    pub(crate) fn new(units: i128, scale: u8) -> Self {
        let (mut units, mut scale) = (units, scale);
        while scale > 0 && units % 10 == 0 {
            units /= 10;
            scale -= 1;
        }
        Self { units, scale }
    }

    pub(crate) fn whole(number: impl Into<i128>) -> Self {
        Self::new(number.into(), 0)
    }

    /// The number of the run-time library.
    pub(crate) fn of(decimal: Decimal) -> Option<Self> {
        let units = i128::try_from(decimal.coefficient).ok()?;
        let units = if decimal.negative { -units } else { units };
        if units == 0 {
            return Some(Self::ZERO);
        }
        match u32::try_from(decimal.exponent) {
            Ok(exponent) => Some(Self::new(units.checked_mul(power_of_ten(exponent)?)?, 0)),
            Err(_) => {
                let (mut units, mut digits) = (units, decimal.exponent.unsigned_abs());
                while digits > 0 && units % 10 == 0 {
                    units /= 10;
                    digits -= 1;
                }
                Some(Self { units, scale: u8::try_from(digits).ok()? })
            }
        }
    }

    /// As a number of the run-time library; `None` if it has more digits than those have.
    pub(crate) fn decimal(self) -> Option<Decimal> {
        let coefficient = self.units.unsigned_abs();
        let exponent = -i16::from(self.scale);
        (coefficient <= COEFFICIENT_MAX).then_some(Decimal { negative: self.units < 0, coefficient, exponent })
    }

    /// The digits after its point.
    pub(crate) fn scale(self) -> u8 {
        self.scale
    }

    /// The number, if it is whole.
    pub(crate) fn as_whole(self) -> Option<i128> {
        (self.scale == 0).then_some(self.units)
    }

    pub(crate) fn is_zero(self) -> bool {
        self.units == 0
    }

    pub(crate) fn is_negative(self) -> bool {
        self.units < 0
    }

    pub(crate) fn negate(self) -> Self {
        Self { units: -self.units, scale: self.scale }
    }

    fn units_at(self, scale: u8) -> Option<i128> {
        // A power of ten may be too large where its product with zero isn't.
        if self.units == 0 {
            return Some(0);
        }
        self.units.checked_mul(power_of_ten(u32::from(scale.checked_sub(self.scale)?))?)
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Some(Self::new(self.units_at(scale)?.checked_add(other.units_at(scale)?)?, scale))
    }

    pub(crate) fn subtract(self, other: Self) -> Option<Self> {
        self.add(other.negate())
    }

    pub(crate) fn multiply(self, other: Self) -> Option<Self> {
        Some(Self::new(self.units.checked_mul(other.units)?, self.scale.checked_add(other.scale)?))
    }

    /// The quotient, rounded down or up if it doesn't end after few digits.
    pub(crate) fn divide(self, other: Self, rounding: Rounding) -> Option<Self> {
        let extra = u32::from(QUOTIENT_SCALE) + u32::from(other.scale);
        let (dividend, divisor) = (self.units.checked_mul(power_of_ten(extra)?)?, other.units);
        if divisor == 0 {
            return None;
        }
        let scale = self.scale.checked_add(QUOTIENT_SCALE)?;
        Some(Self::new(rounded_quotient(dividend, divisor, rounding)?, scale))
    }

    /// The number with this many digits after its point, or before it if the number of digits is negative.
    pub(crate) fn rounded(self, scale: i32, rounding: Rounding) -> Option<Self> {
        let digits = i32::from(self.scale) - scale;
        if digits <= 0 {
            return Some(self);
        }
        let step = power_of_ten(u32::try_from(digits).ok()?)?;
        let quotient = rounded_quotient(self.units, step, rounding)?;
        match u8::try_from(scale) {
            Ok(scale) => Some(Self::new(quotient, scale)),
            Err(_) => Some(Self::new(quotient.checked_mul(power_of_ten(scale.unsigned_abs())?)?, 0)),
        }
    }

    /// The digits after the point by which a quotient gets longer if this is the divisor; `None` if it may have no end.
    pub(crate) fn digits_as_divisor(self) -> Option<i32> {
        let mut rest = self.units.unsigned_abs();
        if rest == 0 {
            return None;
        }
        let mut count = |prime: u128| {
            let mut times = 0_i32;
            while rest.is_multiple_of(prime) {
                rest /= prime;
                times += 1;
            }
            times
        };
        let digits = count(2).max(count(5));
        (rest == 1).then_some(digits - i32::from(self.scale))
    }

    pub(crate) fn min(self, other: Self) -> Self {
        if self <= other { self } else { other }
    }

    pub(crate) fn max(self, other: Self) -> Self {
        if self >= other { self } else { other }
    }
}

/// The quotient as a whole number; `None` if it is too large.
fn rounded_quotient(dividend: i128, divisor: i128, rounding: Rounding) -> Option<i128> {
    let quotient = dividend.checked_div(divisor)?;
    let rest = dividend.checked_rem(divisor)?;
    if rest == 0 {
        return Some(quotient);
    }
    let is_negative = (dividend < 0) != (divisor < 0);
    let (rest, half) = (rest.unsigned_abs(), divisor.unsigned_abs());
    let beyond_half = rest.cmp(&(half - rest));
    let is_away = rounding.is_away(is_negative, quotient % 2 != 0, true, beyond_half);
    match (is_away, is_negative) {
        (false, _) => Some(quotient),
        (true, true) => quotient.checked_sub(1),
        (true, false) => quotient.checked_add(1),
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.units_at(scale), other.units_at(scale)) {
            (Some(one), Some(other)) => one.cmp(&other),
            // One that is too large to be written with the other's digits is farther from zero than the other.
            (None, _) => self.units.cmp(&0),
            (_, None) => 0.cmp(&other.units),
        }
    }
}

impl std::fmt::Display for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = self.units.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (before, after) = padded.split_at(padded.len() - scale);
        write!(f, "{sign}{before}.{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_compared_and_written() {
        let number = Exact::new(-12_345, 3);
        assert_eq!(number.to_string(), "-12.345");
        assert_eq!(number.rounded(2, Rounding::HalfUp).unwrap().to_string(), "-12.35");
        assert_eq!(number.rounded(2, Rounding::HalfEven).unwrap().to_string(), "-12.34");
        assert_eq!(number.rounded(0, Rounding::Floor).unwrap().to_string(), "-13");
        assert_eq!(number.rounded(-1, Rounding::Up).unwrap().to_string(), "-20");
        assert!(Exact::new(i128::MAX, 0) > Exact::new(1, 30));
        assert!(Exact::new(i128::MIN + 1, 0) < Exact::new(1, 30));
        assert!(Exact::ZERO < Exact::new(1, 42));
        assert_eq!(Exact::of(Exact::new(5, 3).decimal().unwrap()), Some(Exact::new(5, 3)));
    }

    #[test]
    fn a_quotient_is_rounded_outward_and_ends_for_a_divisor_of_twos_and_fives() {
        let third = Exact::ONE.divide(Exact::whole(3), Rounding::Floor).unwrap();
        assert_eq!(third.to_string(), "0.333333333333");
        assert_eq!(Exact::whole(100).digits_as_divisor(), Some(2));
        assert_eq!(Exact::new(5, 1).digits_as_divisor(), Some(0));
        assert_eq!(Exact::new(125, 2).digits_as_divisor(), Some(1));
        assert_eq!(Exact::whole(12).digits_as_divisor(), None);
    }
}
