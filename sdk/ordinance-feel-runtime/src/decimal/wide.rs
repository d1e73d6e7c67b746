//! Whole numbers of 256 bits, as far as decimals need them.

/// `high * 2^128 + low`
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wide {
    pub(crate) high: u128,
    pub(crate) low: u128,
}

const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < 20 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// 10^exponent; 10^19 at most.
pub(crate) fn small_power_of_ten(exponent: u32) -> u64 {
    POWERS.get(exponent as usize).copied().unwrap_or(10_000_000_000_000_000_000)
}

/// 10^exponent; 10^38 at most.
#[inline(never)]
pub(crate) fn power_of_ten(exponent: u32) -> u128 {
    if exponent < 20 {
        return u128::from(small_power_of_ten(exponent));
    }
    u128::from(small_power_of_ten(19)) * u128::from(small_power_of_ten(exponent - 19))
}

/// How many decimal digits a number has; 0 for 0.
#[inline(never)]
pub(crate) fn digits(number: u128) -> u32 {
    let estimate = ((128 - number.leading_zeros()) * 1233) >> 12;
    // 39 digits begin at 10^38, which fits.
    estimate + u32::from(number >= power_of_ten(estimate) && number != 0)
}

impl Wide {
    pub(crate) fn of(low: u128) -> Self {
        Self { high: 0, low }
    }

    /// The product of two numbers.
    #[inline(never)]
    pub(crate) fn product(left: u128, right: u128) -> Self {
        let (left_high, left_low) = (left >> 64, left & u128::from(u64::MAX));
        let (right_high, right_low) = (right >> 64, right & u128::from(u64::MAX));
        let lowest = left_low * right_low;
        let middle = left_high * right_low + (lowest >> 64);
        let (middle, carried) = middle.overflowing_add(left_low * right_high);
        let low = (middle << 64) | (lowest & u128::from(u64::MAX));
        let high = left_high * right_high + (middle >> 64) + (u128::from(carried) << 64);
        Self { high, low }
    }

    /// The sum, which has to fit.
    pub(crate) fn plus(self, other: Self) -> Self {
        let (low, carried) = self.low.overflowing_add(other.low);
        Self { high: self.high.wrapping_add(other.high).wrapping_add(u128::from(carried)), low }
    }

    /// The difference; `other` isn't greater.
    pub(crate) fn minus(self, other: Self) -> Self {
        let (low, borrowed) = self.low.overflowing_sub(other.low);
        Self { high: self.high.wrapping_sub(other.high).wrapping_sub(u128::from(borrowed)), low }
    }

    /// Quotient and remainder. The quotient has to fit, which it does if `high` is less than the divisor.
    #[inline(never)]
    pub(crate) fn divide(self, divisor: u128) -> (u128, u128) {
        if let (0, Ok(low), Ok(divisor)) = (self.high, u64::try_from(self.low), u64::try_from(divisor)) {
            let quotient = low.checked_div(divisor).unwrap_or(0);
            return (u128::from(quotient), u128::from(low.wrapping_sub(quotient.wrapping_mul(divisor))));
        }
        let shift = divisor.leading_zeros();
        let divisor = divisor.wrapping_shl(shift);
        let high = if shift == 0 { self.high } else { (self.high << shift) | (self.low >> (128 - shift)) };
        let low = self.low.wrapping_shl(shift);
        let (upper, remainder) = divide_three_limbs(high, (low >> 64) as u64, divisor);
        let (lower, remainder) = divide_three_limbs(remainder, low as u64, divisor);
        ((u128::from(upper) << 64) | u128::from(lower), remainder.wrapping_shr(shift))
    }

    /// How many decimal digits the number has, up to 77; 0 for 0.
    pub(crate) fn digits(self) -> u32 {
        if self.high == 0 {
            return digits(self.low);
        }
        let estimate = ((256 - self.high.leading_zeros()) * 1233) >> 12;
        estimate + u32::from(self >= Self::product(power_of_ten(38), power_of_ten(estimate - 38)))
    }
}

/// The quotient and remainder of `high * 2^64 + low`. The highest bit of the divisor is set, and `high` is less.
fn divide_three_limbs(high: u128, low: u64, divisor: u128) -> (u64, u128) {
    let (divisor_high, divisor_low) = ((divisor >> 64) as u64, divisor & u128::from(u64::MAX));
    let (top, next) = ((high >> 64) as u64, high as u64);
    let (mut quotient, mut rest) = if top >= divisor_high {
        (u64::MAX, u128::from(next) + u128::from(divisor_high))
    } else {
        let (quotient, rest) = divide_limbs(top, next, divisor_high);
        (quotient, u128::from(rest))
    };
    let mut product = u128::from(quotient) * divisor_low;
    // Twice at most.
    while rest >> 64 == 0 && product > (rest << 64 | u128::from(low)) {
        quotient = quotient.wrapping_sub(1);
        rest += u128::from(divisor_high);
        product -= divisor_low;
    }
    (quotient, (rest << 64 | u128::from(low)).wrapping_sub(product))
}

/// The quotient and remainder of `high * 2^64 + low`. The highest bit of the divisor is set, and `high` is less.
/// (Knuth, The Art of Computer Programming, 4.3.1, algorithm D, with digits of 32 bits.)
#[inline(never)]
pub(crate) fn divide_limbs(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let (upper, rest) = divide_half(high, low >> 32, divisor);
    let (lower, rest) = divide_half(rest, low & 0xffff_ffff, divisor);
    ((upper << 32) | lower, rest)
}

fn divide_half(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let (divisor_high, divisor_low) = (divisor >> 32, divisor & 0xffff_ffff);
    let mut quotient = high.checked_div(divisor_high).unwrap_or(0);
    let mut rest = high - quotient * divisor_high;
    while quotient >> 32 != 0 || quotient * divisor_low > ((rest << 32) | low) {
        quotient -= 1;
        rest += divisor_high;
        if rest >> 32 != 0 {
            break;
        }
    }
    let rest = (high << 32 | low).wrapping_sub(quotient.wrapping_mul(divisor));
    (quotient, rest)
}
