//! Positive binary numbers with 128 bits before the point and 256 behind it, for exponentials and logarithms.

use super::number::{ArithmeticError, Decimal, finish};
use super::wide::{Wide, digits, divide_limbs, power_of_ten, small_power_of_ten};

/// A number in units of 2^-256, the highest 64 bits first, so that the derived order is that of the numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fixed([u64; 6]);

impl Fixed {
    pub(super) const ZERO: Self = Self([0; 6]);
    pub(super) const ONE: Self = Self([0, 1, 0, 0, 0, 0]);
    /// The natural logarithm of 2.
    pub(super) const LN_2: Self =
        Self([0, 0, 0xb172_17f7_d1cf_79ab, 0xc9e3_b398_03f2_f6af, 0x40f3_4326_7298_b62d, 0x8a0d_175b_8baa_fa2b]);
    /// The natural logarithm of 10.
    pub(super) const LN_10: Self =
        Self([0, 2, 0x4d76_3776_aaa2_b05b, 0xa95b_58ae_0b4c_28a3, 0x8a3f_b3e7_6977_e43a, 0x0f18_7a08_07c0_b5ca]);

    /// The size of a number; `None` if it is 2^128 or more. What is less than 2^-256 is cut off.
    pub(super) fn of(number: Decimal) -> Option<Self> {
        Self::scaled(number.coefficient, i32::from(number.exponent))
    }

    /// `coefficient * 10^exponent`
    pub(super) fn scaled(coefficient: u128, exponent: i32) -> Option<Self> {
        let mut number = Self([(coefficient >> 64) as u64, coefficient as u64, 0, 0, 0, 0]);
        let mut left = exponent.unsigned_abs();
        while left > 0 && number != Self::ZERO {
            let step = left.min(19);
            let factor = small_power_of_ten(step);
            if exponent < 0 {
                number = number.divided_by(factor);
            } else {
                number = number.times(factor)?;
            }
            left -= step;
        }
        Some(number)
    }

    /// The part before the point.
    pub(super) fn whole(self) -> u128 {
        let [high, low, ..] = self.0;
        (u128::from(high) << 64) | u128::from(low)
    }

    #[inline(never)]
    pub(super) fn plus(self, other: Self) -> Self {
        let mut sum = self;
        let mut carry = 0;
        for (slot, other) in sum.0.iter_mut().zip(other.0).rev() {
            let total = u128::from(*slot) + u128::from(other) + carry;
            (*slot, carry) = (total as u64, total >> 64);
        }
        sum
    }

    /// The difference; `other` isn't greater.
    #[inline(never)]
    pub(super) fn minus(self, other: Self) -> Self {
        let complement = Self(other.0.map(|limb| !limb));
        self.plus(complement).plus(Self([0, 0, 0, 0, 0, 1]))
    }

    /// The product with a whole number; `None` if it is 2^128 or more.
    pub(super) fn times(self, factor: u64) -> Option<Self> {
        let mut product = self;
        let mut carry = 0;
        for slot in product.0.iter_mut().rev() {
            let total = u128::from(*slot) * u128::from(factor) + carry;
            (*slot, carry) = (total as u64, total >> 64);
        }
        (carry == 0).then_some(product)
    }

    /// The quotient by a whole number other than zero, cut off.
    #[inline(never)]
    pub(super) fn divided_by(self, divisor: u64) -> Self {
        let shift = divisor.leading_zeros();
        let normalised = divisor.wrapping_shl(shift);
        let mut quotient = self;
        let mut rest = 0;
        for slot in &mut quotient.0 {
            let dividend = ((u128::from(rest) << 64) | u128::from(*slot)) << shift;
            let (part, left) = divide_limbs((dividend >> 64) as u64, dividend as u64, normalised);
            (*slot, rest) = (part, left >> shift);
        }
        quotient
    }

    /// The product, cut off to within 2^-252; it has to be less than 2^128.
    #[inline(never)]
    pub(super) fn multiply(self, other: Self) -> Self {
        // Each sums twelve parts of 64 bits at most.
        let mut sums = [0_u128; 8];
        for (row, left) in self.0.into_iter().enumerate() {
            for (column, right) in other.0.into_iter().enumerate() {
                let product = u128::from(left) * u128::from(right);
                // `sums[at]` has the weight of the limb `at - 1`.
                if let Some(slot) = sums.get_mut(row + column) {
                    *slot += product & u128::from(u64::MAX);
                }
                if let Some(slot) = (row + column).checked_sub(1).and_then(|at| sums.get_mut(at)) {
                    *slot += product >> 64;
                }
            }
        }
        let mut result = Self::ZERO;
        let mut carry = 0;
        let limbs = result.0.iter_mut().rev().map(Some);
        for (sum, slot) in sums.into_iter().rev().zip(core::iter::once(None).chain(limbs)) {
            let total = sum + carry;
            carry = total >> 64;
            if let Some(slot) = slot {
                *slot = total as u64;
            }
        }
        result
    }

    /// The quotient of two numbers, cut off; it has to be less than one.
    pub(super) fn quotient(self, divisor: Self) -> Self {
        let mut quotient = Self::ZERO;
        let mut rest = self;
        for slot in quotient.0.iter_mut().skip(2) {
            for bit in (0..64).rev() {
                rest = rest.plus(rest);
                if rest >= divisor {
                    rest = rest.minus(divisor);
                    *slot |= 1 << bit;
                }
            }
        }
        quotient
    }

    pub(super) fn half(self) -> Self {
        self.divided_by(2)
    }

    /// The number times 10^exponent as a decimal, rounded. It is never exactly a decimal.
    pub(super) fn to_decimal(self, negative: bool, exponent: i32) -> Result<Decimal, ArithmeticError> {
        if self == Self::ZERO {
            return Ok(Decimal::ZERO);
        }
        let (mut number, mut exponent) = (self, exponent);
        while number.whole() < power_of_ten(18) {
            let Some(larger) = number.times(small_power_of_ten(19)) else { break };
            (number, exponent) = (larger, exponent - 19);
        }
        let missing = 36_u32.saturating_sub(digits(number.whole()));
        if let Some(larger) = number.times(small_power_of_ten(missing)) {
            (number, exponent) = (larger, exponent - missing as i32);
        }
        finish(negative, Wide::of(number.whole()), exponent, true)
    }
}
