//! Reading and writing numbers.

use alloc::string::String;

use super::number::{ArithmeticError, Decimal, finish};
use super::wide::{Wide, small_power_of_ten};

/// An exponent beyond this is as good as any larger one.
const EXPONENT_READ_MAX: i32 = 100_000;

impl Decimal {
    /// Reads digits with at most one point, a sign before them and `e` with an exponent behind them: `-12.5`, `.5`,
    /// `1e3`. More than 34 digits are rounded, half to even.
    ///
    /// # Errors
    /// `NotInDomain` if the text is no such number, `TooLarge` if the number is.
    pub fn parse(text: &str) -> Result<Self, ArithmeticError> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, power) = match rest.split_once(['e', 'E']) {
            Some((number, power)) => (number, parse_exponent(power)?),
            None => (rest, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || number.ends_with('.') {
            return Err(ArithmeticError::NotInDomain);
        }
        let mut coefficient: u128 = 0;
        let mut exponent = 0_i32;
        let mut more = false;
        let letters = whole.bytes().map(|letter| (letter, false)).chain(fraction.bytes().map(|letter| (letter, true)));
        for (letter, after_point) in letters {
            let digit = letter.wrapping_sub(b'0');
            if digit > 9 {
                return Err(ArithmeticError::NotInDomain);
            }
            let fits = coefficient < u128::from(small_power_of_ten(18)) * u128::from(small_power_of_ten(18));
            if fits {
                coefficient = coefficient * 10 + u128::from(digit);
            } else {
                more |= digit != 0;
            }
            exponent = exponent.saturating_add(i32::from(!fits) - i32::from(after_point));
        }
        if coefficient == 0 {
            return Ok(Self::ZERO);
        }
        finish(negative, Wide::of(coefficient), exponent.saturating_add(power), more)
    }

    /// Writes the number as FEEL's `string` does: all digits, a point where there is a fraction, no zeros behind it.
    pub fn write(self, text: &mut String) {
        let number = self.normalised();
        if number.negative {
            text.push('-');
        }
        let mut digits = [0_u8; 39];
        let mut length = 0;
        let mut left = number.coefficient;
        for slot in &mut digits {
            if left == 0 {
                break;
            }
            let (quotient, digit) = Wide::of(left).divide(10);
            (left, *slot) = (quotient, digit as u8);
            length += 1;
        }
        let before_point = length + i32::from(number.exponent);
        if before_point <= 0 {
            text.push('0');
        }
        let written = digits.iter().take(length.unsigned_abs() as usize).rev();
        for (digit, at) in written.zip(0_i32..) {
            if at == before_point.max(0) {
                text.push('.');
                (before_point..0).for_each(|_| text.push('0'));
            }
            text.push(char::from(b'0' + digit));
        }
        (length..before_point).for_each(|_| text.push('0'));
    }
}

fn parse_exponent(text: &str) -> Result<i32, ArithmeticError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() {
        return Err(ArithmeticError::NotInDomain);
    }
    let mut exponent = 0_i32;
    for letter in digits.bytes() {
        let digit = letter.wrapping_sub(b'0');
        if digit > 9 {
            return Err(ArithmeticError::NotInDomain);
        }
        exponent = (exponent * 10 + i32::from(digit)).min(EXPONENT_READ_MAX);
    }
    Ok(if negative { -exponent } else { exponent })
}
