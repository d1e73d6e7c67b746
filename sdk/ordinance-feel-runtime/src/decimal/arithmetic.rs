//! The four operations and the remainder.

use super::number::{ArithmeticError, Decimal, finish};
use super::wide::{Wide, digits, power_of_ten, small_power_of_ten};

/// How far two exponents may differ for an exact sum; beyond it the smaller number only decides how the sum is rounded.
const ALIGNED_MAX: i32 = 40;

impl Decimal {
    /// The sum.
    ///
    /// # Errors
    /// If it is too large.
    #[inline(never)]
    #[expect(clippy::should_implement_trait, reason = "a sum may be too large")]
    pub fn add(self, other: Self) -> Result<Self, ArithmeticError> {
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if high.is_zero() {
            return Ok(low);
        }
        if low.is_zero() {
            return Ok(high);
        }
        let shift = i32::from(high.exponent) - i32::from(low.exponent);
        // What is common: few digits on both sides.
        if let (0..20, Ok(coefficient), Ok(small)) =
            (shift, u64::try_from(high.coefficient), u64::try_from(low.coefficient))
        {
            let upper = u128::from(coefficient) * u128::from(small_power_of_ten(shift as u32));
            return sum(high.negative, Wide::of(upper), low.negative, Wide::of(u128::from(small)), low.exponent);
        }
        add_apart(high, low, shift)
    }

    /// The difference.
    ///
    /// # Errors
    /// If it is too large.
    pub fn subtract(self, other: Self) -> Result<Self, ArithmeticError> {
        self.add(other.negate())
    }

    /// The product.
    ///
    /// # Errors
    /// If it is too large.
    #[inline(never)]
    pub fn multiply(self, other: Self) -> Result<Self, ArithmeticError> {
        let exponent = i32::from(self.exponent) + i32::from(other.exponent);
        let product = match (u64::try_from(self.coefficient), u64::try_from(other.coefficient)) {
            (Ok(left), Ok(right)) => Wide::of(u128::from(left) * u128::from(right)),
            _ => Wide::product(self.coefficient, other.coefficient),
        };
        finish(self.negative != other.negative, product, exponent, false)
    }

    /// The quotient.
    ///
    /// # Errors
    /// If `other` is zero or the quotient is too large.
    #[inline(never)]
    pub fn divide(self, other: Self) -> Result<Self, ArithmeticError> {
        if other.is_zero() {
            return Err(ArithmeticError::DivisionByZero);
        }
        if self.is_zero() {
            return Ok(Self::ZERO);
        }
        let negative = self.negative != other.negative;
        let exponent = i32::from(self.exponent) - i32::from(other.exponent);
        if let (Ok(left), Ok(right)) = (u64::try_from(self.coefficient), u64::try_from(other.coefficient)) {
            let quotient = left.checked_div(right).unwrap_or(0);
            if quotient * right == left {
                return finish(negative, Wide::of(u128::from(quotient)), exponent, false);
            }
        }
        // So many zeros that the quotient has 35 or 36 digits.
        let length = digits(self.coefficient);
        let shift = 35 + digits(other.coefficient) - length;
        let first = shift.min(34 - length);
        let coefficient = self.coefficient * power_of_ten(first);
        let dividend = Wide::product(coefficient, power_of_ten(shift - first));
        let (quotient, rest) = dividend.divide(other.coefficient);
        let result = finish(negative, Wide::of(quotient), exponent - shift as i32, rest != 0)?;
        Ok(if rest == 0 { result.normalised() } else { result })
    }

    /// What is left of a number after as many whole `divisor`s as fit below it: it has the sign of the divisor.
    ///
    /// # Errors
    /// If the divisor is zero.
    pub fn modulo(self, divisor: Self) -> Result<Self, ArithmeticError> {
        if divisor.is_zero() {
            return Err(ArithmeticError::DivisionByZero);
        }
        let rest = remainder_of_sizes(self, divisor)?;
        let rest = Self { negative: self.negative && !rest.is_zero(), ..rest };
        if rest.is_zero() || rest.negative == divisor.negative { Ok(rest) } else { rest.add(divisor) }
    }
}

/// The sum of two coefficients with signs, in units of 10^exponent.
fn sum(
    upper_negative: bool,
    upper: Wide,
    lower_negative: bool,
    lower: Wide,
    exponent: i16,
) -> Result<Decimal, ArithmeticError> {
    let (negative, coefficient) = if upper_negative == lower_negative {
        (upper_negative, upper.plus(lower))
    } else if upper >= lower {
        (upper_negative, upper.minus(lower))
    } else {
        (lower_negative, lower.minus(upper))
    };
    finish(negative, coefficient, i32::from(exponent), false)
}

/// The sum of two numbers whose exponents differ by `shift`, neither zero.
fn add_apart(high: Decimal, low: Decimal, shift: i32) -> Result<Decimal, ArithmeticError> {
    if shift <= ALIGNED_MAX {
        let first = (shift.unsigned_abs()).min(38);
        let upper = Wide::product(high.coefficient, power_of_ten(first));
        let upper = if first as i32 == shift {
            upper
        } else {
            // 10^39 or 10^40 in two steps: the coefficient times 100 at most still fits.
            Wide::product(high.coefficient * power_of_ten(shift.unsigned_abs() - first), power_of_ten(first))
        };
        return sum(high.negative, upper, low.negative, Wide::of(low.coefficient), low.exponent);
    }
    let zeros = (34 - digits(high.coefficient) as i32).max(0);
    let filled = high.coefficient * power_of_ten(zeros.unsigned_abs());
    if shift - zeros <= ALIGNED_MAX {
        let left = (shift - zeros).unsigned_abs();
        let first = left.min(36);
        let upper = Wide::product(filled * power_of_ten(left - first), power_of_ten(first));
        return sum(high.negative, upper, low.negative, Wide::of(low.coefficient), low.exponent);
    }
    // The smaller number is less than a millionth of the last digit.
    let exponent = i32::from(high.exponent) - zeros - 3;
    let upper = Wide::of(filled * 1000);
    if high.negative == low.negative {
        finish(high.negative, upper, exponent, true)
    } else {
        finish(high.negative, upper.minus(Wide::of(1)), exponent, true)
    }
}

/// The remainder of the sizes of two numbers, the second not zero.
fn remainder_of_sizes(dividend: Decimal, divisor: Decimal) -> Result<Decimal, ArithmeticError> {
    let shift = i32::from(dividend.exponent) - i32::from(divisor.exponent);
    if shift < 0 {
        if dividend.abs() < divisor.abs() {
            return Ok(dividend.abs());
        }
        // At most the dividend, so it fits.
        let unit = divisor.coefficient * power_of_ten(shift.unsigned_abs());
        let (_, rest) = Wide::of(dividend.coefficient).divide(unit);
        return finish(false, Wide::of(rest), i32::from(dividend.exponent), false);
    }
    let (_, mut rest) = Wide::of(dividend.coefficient).divide(divisor.coefficient);
    let mut left = shift.unsigned_abs();
    while left > 0 && rest != 0 {
        let step = left.min(19);
        (_, rest) = Wide::product(rest, power_of_ten(step)).divide(divisor.coefficient);
        left -= step;
    }
    finish(false, Wide::of(rest), i32::from(divisor.exponent), false)
}
