//! The bounds of numbers: from what is known of the arguments of an operator or function to what is known of its
//! result. Each holds for every value, also one that isn't known or is rounded to 34 digits.

use ordinance_feel_runtime::{Decimal, Rounding};

use crate::exact::Exact;
use crate::types::NumberBounds;

/// What is known of the values of a numeric expression: the least and the greatest, both included, and the most digits
/// after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bounds {
    pub(crate) range: Option<(Exact, Exact)>,
    pub(crate) scale: Option<u8>,
}

/// More digits after the point than this aren't followed: numbers have 34.
const SCALE_MAX: u8 = 34;

impl From<NumberBounds> for Bounds {
    fn from(bounds: NumberBounds) -> Self {
        let range = bounds.range.and_then(|(low, high)| Some((Exact::of(low)?, Exact::of(high)?)));
        Self { range, scale: bounds.scale }
    }
}

impl From<Bounds> for NumberBounds {
    fn from(bounds: Bounds) -> Self {
        let ends =
            |(low, high): (Exact, Exact)| -> Option<(Decimal, Decimal)> { Some((low.decimal()?, high.decimal()?)) };
        let scale = bounds.scale.filter(|scale| *scale <= SCALE_MAX);
        Self { range: bounds.range.and_then(ends), scale }
    }
}

fn both<T>(one: Option<T>, other: Option<T>) -> Option<(T, T)> {
    Some((one?, other?))
}

impl Bounds {
    /// Nothing is known.
    pub(crate) const NONE: Self = Self { range: None, scale: None };

    /// Of one number.
    pub(crate) fn of(number: Exact) -> Self {
        Self { range: Some((number, number)), scale: Some(number.scale()) }
    }

    /// Of numbers between two, with so many digits after the point.
    pub(crate) fn between(low: Exact, high: Exact, scale: u8) -> Self {
        Self { range: Some((low, high)), scale: Some(scale) }
    }

    /// Of whole numbers between two.
    pub(crate) fn whole(low: impl Into<i128>, high: impl Into<i128>) -> Self {
        Self::between(Exact::whole(low), Exact::whole(high), 0)
    }

    /// Of whole numbers.
    pub(crate) const WHOLE: Self = Self { range: None, scale: Some(0) };

    /// The number, if there is but one.
    pub(crate) fn only(self) -> Option<Exact> {
        self.range.filter(|(low, high)| low == high).map(|(low, _)| low)
    }

    pub(crate) fn negate(self) -> Self {
        Self { range: self.range.map(|(low, high)| (high.negate(), low.negate())), scale: self.scale }
    }

    fn wider_scale(self, other: Self) -> Option<u8> {
        both(self.scale, other.scale).map(|(one, other)| one.max(other))
    }

    pub(crate) fn add(self, other: Self) -> Self {
        let range = both(self.range, other.range)
            .and_then(|((low, high), (low2, high2))| Some((low.add(low2)?, high.add(high2)?)));
        Self { range, scale: self.wider_scale(other) }
    }

    pub(crate) fn subtract(self, other: Self) -> Self {
        self.add(other.negate())
    }

    pub(crate) fn multiply(self, other: Self) -> Self {
        let range = both(self.range, other.range).and_then(|(one, other)| {
            hull_of([
                one.0.multiply(other.0)?,
                one.0.multiply(other.1)?,
                one.1.multiply(other.0)?,
                one.1.multiply(other.1)?,
            ])
        });
        let scale = both(self.scale, other.scale).and_then(|(one, other)| one.checked_add(other));
        Self { range, scale }
    }

    /// A division by zero is a failure, so that it has no value.
    pub(crate) fn divide(self, divisor: Self) -> Self {
        let digits = divisor.only().and_then(Exact::digits_as_divisor);
        let scale =
            self.scale.zip(digits).and_then(|(scale, digits)| u8::try_from((i32::from(scale) + digits).max(0)).ok());
        Self { range: self.range.and_then(|range| divided(range, divisor)), scale }
    }

    /// To a known whole power.
    pub(crate) fn power(self, exponent: Self) -> Self {
        let times = exponent.only().and_then(Exact::as_whole).filter(|times| (0..=16).contains(times));
        let Some(times) = times else { return Self::NONE };
        let product = (0..times).fold(Self::of(Exact::ONE), |product, _| product.multiply(self));
        match (product.range, times % 2) {
            (Some((_, high)), 0) if times > 0 => {
                let is_across = self.range.is_some_and(|(low, high)| low <= Exact::ZERO && high >= Exact::ZERO);
                let low = product.range.map_or(Exact::ZERO, |(low, _)| low);
                let low = if is_across { Exact::ZERO } else { low.max(Exact::ZERO) };
                Self { range: Some((low, high)), scale: product.scale }
            }
            (_, _) => product,
        }
    }

    /// Of a value that is the one or the other.
    pub(crate) fn hull(self, other: Self) -> Self {
        let range = both(self.range, other.range).map(|(one, other)| (one.0.min(other.0), one.1.max(other.1)));
        Self { range, scale: self.wider_scale(other) }
    }

    pub(crate) fn min(self, other: Self) -> Self {
        let range = both(self.range, other.range).map(|(one, other)| (one.0.min(other.0), one.1.min(other.1)));
        Self { range, scale: self.wider_scale(other) }
    }

    pub(crate) fn max(self, other: Self) -> Self {
        self.negate().min(other.negate()).negate()
    }

    pub(crate) fn abs(self) -> Self {
        let range = self.range.map(|(low, high)| match (low.is_negative(), high.is_negative()) {
            (false, _) => (low, high),
            (true, true) => (high.negate(), low.negate()),
            (true, false) => (Exact::ZERO, high.max(low.negate())),
        });
        Self { range, scale: self.scale }
    }

    /// The amount without the deduction and never below zero.
    pub(crate) fn less(self, deduction: Self) -> Self {
        self.subtract(deduction).max(Self::of(Exact::ZERO))
    }

    /// Rounded to a number of digits that is known at build, or isn't.
    pub(crate) fn rounded(self, digits: Self, rounding: Rounding) -> Self {
        let to = digits.only().and_then(Exact::as_whole).and_then(|digits| i32::try_from(digits).ok());
        let Some(to) = to else { return Self::NONE };
        let range = self.range.and_then(|(low, high)| Some((low.rounded(to, rounding)?, high.rounded(to, rounding)?)));
        let most = u8::try_from(to.max(0)).ok();
        let scale = match (self.scale, most) {
            (Some(own), Some(most)) => Some(own.min(most)),
            (own, most) => most.or(own),
        };
        Self { range, scale }
    }

    /// The rest of a division, which has the sign of the divisor.
    pub(crate) fn modulo(self, divisor: Self) -> Self {
        let range = divisor.range.map(|(low, high)| (low.min(Exact::ZERO), high.max(Exact::ZERO)));
        Self { range, scale: self.wider_scale(divisor) }
    }

    /// The sum of at most so many of these.
    pub(crate) fn sum(self, items_max: Option<u64>) -> Self {
        let range = both(self.range, items_max.map(|most| (Exact::whole(most), Exact::whole(most)))).and_then(
            |((low, high), (most, _))| {
                Some((low.multiply(most)?.min(Exact::ZERO), high.multiply(most)?.max(Exact::ZERO)))
            },
        );
        Self { range, scale: self.scale }
    }

    /// The value in the middle, or between the two in the middle.
    pub(crate) fn median(self) -> Self {
        Self { range: self.range, scale: self.scale.and_then(|scale| scale.checked_add(1)) }
    }

    pub(crate) fn mean(self) -> Self {
        Self { range: self.range, scale: None }
    }

    pub(crate) fn stddev(self) -> Self {
        let range = self.range.and_then(|(low, high)| Some((Exact::ZERO, high.subtract(low)?.max(Exact::ZERO))));
        Self { range, scale: None }
    }

    pub(crate) fn sqrt(self) -> Self {
        Self { range: self.range.map(|(_, high)| (Exact::ZERO, high.max(Exact::ONE))), scale: None }
    }
}

fn hull_of(numbers: [Exact; 4]) -> Option<(Exact, Exact)> {
    let low = numbers.iter().copied().reduce(Exact::min)?;
    let high = numbers.iter().copied().reduce(Exact::max)?;
    Some((low, high))
}

/// The range of the quotients by every divisor that isn't zero.
fn divided(range: (Exact, Exact), divisor: Bounds) -> Option<(Exact, Exact)> {
    let (low, high) = divisor.range?;
    // The divisor that is nearest to zero: by its digits if the range reaches zero.
    let step = || divisor.scale.map(|scale| Exact::new(1, scale));
    let parts = [
        (high > Exact::ZERO).then(|| Some((if low > Exact::ZERO { low } else { step()? }, high))),
        (low < Exact::ZERO).then(|| Some((low, if high < Exact::ZERO { high } else { step()?.negate() }))),
    ];
    let mut found: Option<(Exact, Exact)> = None;
    for part in parts.into_iter().flatten() {
        let (from, to) = part?;
        let quotients = |rounding| {
            Some([
                range.0.divide(from, rounding)?,
                range.0.divide(to, rounding)?,
                range.1.divide(from, rounding)?,
                range.1.divide(to, rounding)?,
            ])
        };
        let (low, _) = hull_of(quotients(Rounding::Floor)?)?;
        let (_, high) = hull_of(quotients(Rounding::Ceiling)?)?;
        found = Some(found.map_or((low, high), |(least, most)| (least.min(low), most.max(high))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(low: i128, high: i128, scale: u8) -> Bounds {
        Bounds { range: Some((Exact::new(low, scale), Exact::new(high, scale))), scale: Some(scale) }
    }

    fn text(bounds: Bounds) -> String {
        let range = bounds.range.map_or("?".to_owned(), |(low, high)| format!("{low}..{high}"));
        format!("{range} scale {}", bounds.scale.map_or("?".to_owned(), |scale| scale.to_string()))
    }

    #[test]
    fn operators_take_the_ends_of_both_ranges() {
        let amount = bounds(0, 100_000, 2);
        assert_eq!(text(amount.subtract(bounds(0, 5, 0))), "-5..1000 scale 2");
        assert_eq!(text(amount.less(bounds(0, 5, 0))), "0..1000 scale 2");
        assert_eq!(text(amount.multiply(bounds(-3, 2, 1))), "-300..200 scale 3");
        assert_eq!(text(amount.sum(Some(3))), "0..3000 scale 2");
        assert_eq!(text(bounds(-3, 2, 0).power(bounds(2, 2, 0))), "0..9 scale 0");
    }

    #[test]
    fn a_quotient_has_a_scale_if_the_divisor_is_made_of_twos_and_fives() {
        let amount = bounds(0, 100_000, 2);
        assert_eq!(text(amount.divide(bounds(100, 100, 0))), "0..10 scale 4");
        assert_eq!(text(amount.divide(bounds(12, 12, 0))), "0..83.333333333334 scale ?");
        // The divisors of either sign that are nearest to zero, by their digits.
        assert_eq!(text(bounds(1, 2, 0).divide(bounds(-10, 10, 1))), "-20..20 scale ?");
        assert_eq!(text(amount.divide(bounds(0, 0, 0))), "? scale ?");
    }

    #[test]
    fn a_rounded_number_has_the_digits_of_the_rounding() {
        let third = bounds(0, 1, 0).divide(bounds(3, 3, 0));
        assert_eq!(text(third.rounded(bounds(2, 2, 0), Rounding::HalfUp)), "0..0.33 scale 2");
        assert_eq!(text(bounds(0, 12_345, 3).rounded(bounds(-1, -1, 0), Rounding::Up)), "0..20 scale 0");
        assert_eq!(text(third.rounded(bounds(0, 2, 0), Rounding::HalfUp)), "? scale ?");
    }
}
