//! The square root.

use super::number::{ArithmeticError, Decimal, finish};
use super::wide::{Wide, digits, power_of_ten};

impl Decimal {
    /// The square root, rounded half to even.
    ///
    /// # Errors
    /// If the number is negative.
    pub fn sqrt(self) -> Result<Self, ArithmeticError> {
        if self.negative {
            return Err(ArithmeticError::NotInDomain);
        }
        if self.is_zero() {
            return Ok(Self::ZERO);
        }
        // 70 or 71 digits under the root, so that it has 35 or 36; with an even exponent.
        let length = digits(self.coefficient);
        let odd = (i32::from(self.exponent) - (70 - length as i32)) & 1;
        let shift = 70 - length + odd.unsigned_abs();
        let first = 36 - length;
        let square = Wide::product(self.coefficient * power_of_ten(first), power_of_ten(shift - first));
        let root = root_of(square);
        let exponent = (i32::from(self.exponent) - shift as i32) / 2;
        let exact = Wide::product(root, root) == square;
        let result = finish(false, Wide::of(root), exponent, !exact)?;
        Ok(if exact { result.normalised() } else { result })
    }
}

/// The whole part of the square root of a number below 2^240, by Newton's method from above.
fn root_of(square: Wide) -> u128 {
    let bits = 256 - square.high.leading_zeros();
    let mut root = 1_u128 << bits.div_ceil(2);
    loop {
        let (quotient, _) = square.divide(root);
        let next = (root + quotient) >> 1;
        if next >= root {
            return root;
        }
        root = next;
    }
}
