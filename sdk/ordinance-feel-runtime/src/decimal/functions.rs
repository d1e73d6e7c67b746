//! Powers, exponentials and natural logarithms.

use super::fraction::Fixed;
use super::number::{ArithmeticError, Decimal};

/// Beyond this size of its argument an exponential is too large, or zero.
const EXPONENT_ARGUMENT_MAX: u128 = 20_000;

/// Numbers of a lesser magnitude don't change 1 when they are added.
const NEGLIGIBLE: i32 = -40;

impl Decimal {
    /// The exponential, rounded half to even.
    ///
    /// # Errors
    /// If it is too large.
    pub fn exp(self) -> Result<Self, ArithmeticError> {
        if self.is_zero() || self.magnitude() < NEGLIGIBLE {
            return Ok(Self::ONE);
        }
        match Fixed::of(self) {
            Some(size) => exponential(self.negative, size),
            None => beyond(self.negative),
        }
    }

    /// The natural logarithm, rounded half to even.
    ///
    /// # Errors
    /// If the number isn't positive.
    pub fn log(self) -> Result<Self, ArithmeticError> {
        if self.negative || self.is_zero() {
            return Err(ArithmeticError::NotInDomain);
        }
        let (negative, size) = logarithm(self);
        size.to_decimal(negative, 0)
    }

    /// The power. It is exact where 34 digits suffice, else rounded; `0 ** 0` is 1.
    ///
    /// # Errors
    /// If it is too large; for 0 and a negative exponent; for a negative number and an exponent that isn't whole.
    pub fn power(self, exponent: Self) -> Result<Self, ArithmeticError> {
        if exponent.is_zero() || self == Self::ONE {
            return Ok(Self::ONE);
        }
        if self.is_zero() {
            return if exponent.negative { Err(ArithmeticError::DivisionByZero) } else { Ok(Self::ZERO) };
        }
        let whole = exponent.is_integer();
        if self.negative && !whole {
            return Err(ArithmeticError::NotInDomain);
        }
        if let Some(exact) = exponent.to_integer().and_then(|times| self.exact_power(times.unsigned_abs())) {
            return if exponent.negative { Self::ONE.divide(exact) } else { Ok(exact) };
        }
        let negative = self.negative && exponent.is_odd();
        let size = self.abs().power_by_logarithm(exponent)?;
        Ok(if negative { size.negate() } else { size })
    }

    /// The power by a whole number, if it has 34 digits at most.
    fn exact_power(self, times: u64) -> Option<Self> {
        let mut result = Self::ONE;
        let mut square = self.normalised();
        let mut left = times;
        loop {
            if left & 1 == 1 {
                result = result.exact_product(square)?;
            }
            left >>= 1;
            if left == 0 {
                return Some(result);
            }
            square = square.exact_product(square)?;
        }
    }

    /// The product of two numbers without zeros at their ends, if it has 34 digits at most.
    fn exact_product(self, other: Self) -> Option<Self> {
        let coefficient = self.coefficient.checked_mul(other.coefficient)?;
        let exponent = i32::from(self.exponent) + i32::from(other.exponent);
        let product = Self::rounded(self.negative != other.negative, coefficient, exponent).ok()?;
        (product.coefficient == coefficient && i32::from(product.exponent) == exponent).then(|| product.normalised())
    }

    /// The power of a positive number other than one.
    fn power_by_logarithm(self, exponent: Self) -> Result<Self, ArithmeticError> {
        if exponent.magnitude() < NEGLIGIBLE {
            return Ok(Self::ONE);
        }
        let (negative, size) = logarithm(self);
        let negative = negative != exponent.negative;
        match Fixed::of(exponent) {
            // The product fits: a logarithm is less than 2^14.
            Some(factor) if factor.whole() >> 64 == 0 || size.whole() == 0 => {
                let product = size.multiply(factor);
                if product == Fixed::ZERO { Ok(Self::ONE) } else { exponential(negative, product) }
            }
            Some(_) | None => beyond(negative),
        }
    }
}

/// What an exponential is whose argument is too far from zero.
fn beyond(negative: bool) -> Result<Decimal, ArithmeticError> {
    if negative { Ok(Decimal::ZERO) } else { Err(ArithmeticError::TooLarge) }
}

/// The exponential of a number other than zero: `10^n * e^rest`, with the rest by its Taylor series.
fn exponential(negative: bool, size: Fixed) -> Result<Decimal, ArithmeticError> {
    if size.whole() > EXPONENT_ARGUMENT_MAX {
        return beyond(negative);
    }
    // A little less than size / ln 10.
    let mut tens = size.whole() as u64 * 434 / 1000;
    let mut rest = Fixed::LN_10.times(tens).map_or(size, |whole| size.minus(whole));
    while rest >= Fixed::LN_10 {
        rest = rest.minus(Fixed::LN_10);
        tens += 1;
    }
    let mut exponent = tens as i32;
    if negative {
        rest = Fixed::LN_10.minus(rest);
        exponent = -exponent - 1;
    }
    let mut sum = Fixed::ONE;
    let mut term = Fixed::ONE;
    let mut at = 1;
    while term != Fixed::ZERO {
        term = term.multiply(rest).divided_by(at);
        sum = sum.plus(term);
        at += 1;
    }
    sum.to_decimal(false, exponent)
}

/// The natural logarithm of a positive number, as its sign and its size: `n * ln 10 + k * ln 2 + 2 artanh z`.
fn logarithm(number: Decimal) -> (bool, Fixed) {
    let tens = number.magnitude();
    let mut rest = Fixed::scaled(number.coefficient, i32::from(number.exponent) - tens).unwrap_or(Fixed::ONE);
    let mut twos = 0;
    let limit = Fixed::ONE.plus(Fixed::ONE.half());
    while rest >= limit {
        rest = rest.half();
        twos += 1;
    }
    let below_one = rest < Fixed::ONE;
    let distance = if below_one { Fixed::ONE.minus(rest) } else { rest.minus(Fixed::ONE) };
    let ratio = distance.quotient(rest.plus(Fixed::ONE));
    let square = ratio.multiply(ratio);
    let mut sum = ratio;
    let mut power = ratio;
    let mut at = 3;
    while power != Fixed::ZERO {
        power = power.multiply(square);
        sum = sum.plus(power.divided_by(at));
        at += 2;
    }
    let series = (below_one, sum.plus(sum));
    let twos = (false, Fixed::LN_2.times(twos).unwrap_or(Fixed::ZERO));
    let tens = (tens < 0, Fixed::LN_10.times(u64::from(tens.unsigned_abs())).unwrap_or(Fixed::ZERO));
    add_signed(tens, add_signed(twos, series))
}

fn add_signed(left: (bool, Fixed), right: (bool, Fixed)) -> (bool, Fixed) {
    if left.0 == right.0 {
        (left.0, left.1.plus(right.1))
    } else if left.1 >= right.1 {
        (left.0, left.1.minus(right.1))
    } else {
        (right.0, right.1.minus(left.1))
    }
}
