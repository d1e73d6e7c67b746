//! Exact results of formulas: products, shares and quotients, before they are rounded.

use core::cmp::Ordering;
use core::iter::Sum;
use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::decimal::{Decimal, fitted, multiples, power_of_ten};
use crate::rounding::{Rounding, floored, overflow, quotient};

/// An exact number that isn't rounded yet: what `*`, `/`, [`percent`](Decimal::percent) and
/// [`percentage`](Decimal::percentage) give. A third of 100 is exactly that; three of them are 100.
///
/// It is a fraction of two 128-bit numbers, so the product of any two [`Decimal`]s fits, and rounding it traps only
/// where the rounded result doesn't fit in a `Decimal`. What can still overflow: a result beyond the 64 bits of a
/// `Decimal` (9,223,372,036,854,775,807 of its last digit), and a formula whose exact value, in lowest terms, has
/// more than 38 digits above or below the line, such as the product of three amounts of 14 digits. An overflow traps,
/// and the rule counts as failed. Comparisons never overflow.
#[derive(Debug, Clone, Copy)]
pub struct Unrounded {
    numerator: i128,
    /// Above zero.
    denominator: i128,
}

impl Unrounded {
    /// The number 0.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// The number rounded to `scale` digits after the point.
    ///
    /// # Panics
    /// If the result doesn't fit.
    #[must_use]
    pub fn round(self, scale: u8, rounding: Rounding) -> Decimal {
        fitted(quotient(self.numerator, self.denominator, scale.into(), rounding), scale)
    }

    /// The multiple of `multiple` that this number is rounded to: of 0.05 for five cents, of 1 for a whole dollar, of
    /// 10 for tens.
    ///
    /// # Panics
    /// If `multiple` isn't above zero or the result doesn't fit.
    #[must_use]
    pub fn round_to(self, multiple: Decimal, rounding: Rounding) -> Decimal {
        assert!(multiple > Decimal::ZERO, "a multiple to round to is above zero");
        let count = self / multiple;
        multiples(quotient(count.numerator, count.denominator, 0, rounding), multiple)
    }

    /// This number divided by another, rounded to `scale` digits after the point.
    ///
    /// # Panics
    /// If `divisor` is zero or the result doesn't fit.
    #[must_use]
    pub fn divide(self, divisor: impl Into<Self>, scale: u8, rounding: Rounding) -> Decimal {
        (self / divisor.into()).round(scale, rounding)
    }

    /// The given percentage of this number, exactly: `percent(22)` is 22 % of it.
    #[must_use]
    pub fn percent(self, percent: i64) -> Self {
        self * Decimal::new(percent, 2)
    }

    /// The given percentage of this number, exactly, by a percentage with decimals: `percentage(Decimal::new(225, 2))`
    /// is 2.25 % of it.
    #[must_use]
    pub fn percentage(self, percent: Decimal) -> Self {
        self * percent / Decimal::from(100)
    }

    /// This number less another, and never below zero.
    #[must_use]
    pub fn less(self, taken: impl Into<Self>) -> Self {
        (self - taken.into()).max(Self::ZERO)
    }

    /// The greater of this number and `least`.
    #[must_use]
    pub fn at_least(self, least: impl Into<Self>) -> Self {
        self.max(least.into())
    }

    /// The lesser of this number and `most`.
    #[must_use]
    pub fn at_most(self, most: impl Into<Self>) -> Self {
        self.min(most.into())
    }

    /// The same number in lowest terms.
    fn reduced(self) -> Self {
        // The divisor is at most the denominator, so it fits.
        let divisor = common_divisor(self.numerator, self.denominator);
        Self { numerator: floored(self.numerator, divisor).0, denominator: floored(self.denominator, divisor).0 }
    }

    /// The sum, by the least common denominator. `None` if it doesn't fit.
    fn sum(self, other: Self) -> Option<Self> {
        let divisor = common_divisor(self.denominator, other.denominator);
        let (own_factor, other_factor) = (floored(other.denominator, divisor).0, floored(self.denominator, divisor).0);
        let numerator = self.numerator.checked_mul(own_factor)?;
        let numerator = numerator.checked_add(other.numerator.checked_mul(other_factor)?)?;
        Some(Self { numerator, denominator: self.denominator.checked_mul(own_factor)? })
    }

    /// The product. `None` if it doesn't fit.
    fn product(self, other: Self) -> Option<Self> {
        Some(Self {
            numerator: self.numerator.checked_mul(other.numerator)?,
            denominator: self.denominator.checked_mul(other.denominator)?,
        })
    }

    /// 1 divided by this number.
    fn reciprocal(self) -> Self {
        assert!(self.numerator != 0, "division by zero");
        let denominator = self.numerator.checked_abs().unwrap_or_else(|| overflow());
        Self { numerator: self.denominator * self.numerator.signum(), denominator }
    }
}

/// The greatest common divisor, of a number and one above zero.
fn common_divisor(number: i128, above_zero: i128) -> i128 {
    let (mut larger, mut smaller) = (above_zero, floored(number, above_zero).1);
    while smaller != 0 {
        (larger, smaller) = (smaller, floored(larger, smaller).1);
    }
    larger
}

/// Compares two fractions with denominators above zero. Where the products are too large, it compares the whole parts
/// and then the reciprocals of what is left, as Euclid's algorithm does, so it ends.
#[inline(never)]
fn compare(a: Unrounded, b: Unrounded) -> Ordering {
    let products = (a.numerator.checked_mul(b.denominator), b.numerator.checked_mul(a.denominator));
    if let (Some(left), Some(right)) = products {
        return left.cmp(&right);
    }
    let (whole_a, rest_a) = floored(a.numerator, a.denominator);
    let (whole_b, rest_b) = floored(b.numerator, b.denominator);
    whole_a.cmp(&whole_b).then_with(|| match (rest_a, rest_b) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        (_, _) => compare(
            Unrounded { numerator: b.denominator, denominator: rest_b },
            Unrounded { numerator: a.denominator, denominator: rest_a },
        ),
    })
}

impl From<Decimal> for Unrounded {
    fn from(number: Decimal) -> Self {
        Self { numerator: number.units.into(), denominator: power_of_ten(number.scale).into() }
    }
}

impl PartialEq for Unrounded {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Unrounded {}

impl PartialOrd for Unrounded {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Unrounded {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(*self, *other)
    }
}

impl Add for Unrounded {
    type Output = Self;
    #[inline(never)]
    fn add(self, other: Self) -> Self {
        self.sum(other).or_else(|| self.reduced().sum(other.reduced())).unwrap_or_else(|| overflow())
    }
}

impl Neg for Unrounded {
    type Output = Self;
    fn neg(self) -> Self {
        let numerator = self.numerator.checked_neg().unwrap_or_else(|| overflow());
        Self { numerator, ..self }
    }
}

impl Sub for Unrounded {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Unrounded {
    type Output = Self;
    #[inline(never)]
    fn mul(self, other: Self) -> Self {
        let crosswise = || {
            let (a, b) = (self.reduced(), other.reduced());
            let left = Self { denominator: b.denominator, ..a }.reduced();
            let right = Self { denominator: a.denominator, ..b }.reduced();
            left.product(right)
        };
        self.product(other).or_else(crosswise).unwrap_or_else(|| overflow())
    }
}

impl Div for Unrounded {
    type Output = Self;
    // To divide is to multiply by the reciprocal.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn div(self, other: Self) -> Self {
        self * other.reciprocal()
    }
}

impl Sum for Unrounded {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, Self::add)
    }
}

/// The operations of a decimal number whose result isn't rounded.
impl Decimal {
    /// The given percentage of this number, exactly: `percent(22)` is 22 % of it.
    #[must_use]
    pub fn percent(self, percent: i64) -> Unrounded {
        Unrounded::from(self).percent(percent)
    }

    /// The given percentage of this number, exactly, by a percentage with decimals: `percentage(Decimal::new(225, 2))`
    /// is 2.25 % of it.
    #[must_use]
    pub fn percentage(self, percent: Decimal) -> Unrounded {
        Unrounded::from(self).percentage(percent)
    }
}

macro_rules! mixed {
    ($($operation:ident $method:ident),*) => {$(
        impl $operation<Decimal> for Unrounded {
            type Output = Unrounded;
            fn $method(self, other: Decimal) -> Unrounded {
                self.$method(Unrounded::from(other))
            }
        }

        impl $operation<Unrounded> for Decimal {
            type Output = Unrounded;
            fn $method(self, other: Unrounded) -> Unrounded {
                Unrounded::from(self).$method(other)
            }
        }
    )*};
}

mixed!(Add add, Sub sub, Mul mul, Div div);

impl Mul for Decimal {
    type Output = Unrounded;
    fn mul(self, other: Self) -> Unrounded {
        Unrounded::from(self) * Unrounded::from(other)
    }
}

impl Div for Decimal {
    type Output = Unrounded;
    fn div(self, other: Self) -> Unrounded {
        Unrounded::from(self) / Unrounded::from(other)
    }
}

impl PartialEq<Decimal> for Unrounded {
    fn eq(&self, other: &Decimal) -> bool {
        *self == Self::from(*other)
    }
}

impl PartialEq<Unrounded> for Decimal {
    fn eq(&self, other: &Unrounded) -> bool {
        Unrounded::from(*self) == *other
    }
}

impl PartialOrd<Decimal> for Unrounded {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(&Self::from(*other)))
    }
}

impl PartialOrd<Unrounded> for Decimal {
    fn partial_cmp(&self, other: &Unrounded) -> Option<Ordering> {
        Some(Unrounded::from(*self).cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(units: i64, scale: u8) -> Decimal {
        Decimal::new(units, scale)
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
    fn a_percentage_may_have_decimals() {
        assert_eq!(d(1_000, 0).percentage(d(225, 2)), d(225, 1));
        assert_eq!(d(100, 0).percent(22).percentage(d(125, 1)), d(275, 2));
    }

    #[test]
    fn the_product_of_the_largest_amounts_is_rounded_without_a_trap() {
        let most = d(999_999_999_999, 4);
        let share = (most * most).divide(most, 2, Rounding::HalfUp);
        assert_eq!(share, d(9_999_999_999_990, 5).round(2, Rounding::HalfUp));
        let largest = d(i64::MAX, 2);
        let square = largest * largest;
        assert_eq!(square.divide(largest, 2, Rounding::HalfUp), largest);
        assert_eq!(largest.percent(50).round(2, Rounding::Down), d(i64::MAX / 2, 2));
        assert!(square > most * largest);
    }

    #[test]
    fn three_thirds_are_the_whole() {
        let third = d(100, 0) / d(3, 0);
        assert_eq!(third + third + third, d(100, 0));
        assert_eq!(third.round(2, Rounding::HalfUp), d(3_333, 2));
    }

    #[test]
    fn zeros_at_the_end_make_room() {
        let product = d(2_000_000_000, 9) * d(3_000_000_000, 10);
        assert_eq!(product.round(18, Rounding::HalfUp), d(6, 1));
    }

    #[test]
    #[should_panic(expected = "overflow")]
    fn a_rounded_product_that_does_not_fit_traps() {
        let _ = (d(i64::MAX, 0) * d(2, 0)).round(0, Rounding::HalfUp);
    }

    #[test]
    #[should_panic(expected = "division by zero")]
    fn a_division_by_zero_traps() {
        let _ = d(1, 0) / Decimal::ZERO;
    }
}
