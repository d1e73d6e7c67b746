//! What a decimal is, how one is rounded, and how two compare.

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use super::wide::{Wide, digits, power_of_ten, small_power_of_ten};

/// A decimal number: `coefficient * 10^exponent`, negative if the sign is set. Numbers of the same size are equal,
/// however many zeros they end in.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// Whether it is less than zero; false for zero.
    pub negative: bool,
    /// Less than 10^34.
    pub coefficient: u128,
    /// From -6176 to 6111; 0 for zero.
    pub exponent: i16,
}

/// Why arithmetic has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticError {
    /// A division by zero.
    DivisionByZero,
    /// The result is beyond the largest number.
    TooLarge,
    /// The function isn't defined for this number.
    NotInDomain,
}

/// The most digits of a coefficient.
pub(super) const DIGITS_MAX: u32 = 34;
/// The least exponent.
pub(super) const EXPONENT_MIN: i32 = -6176;
/// The greatest exponent.
pub(super) const EXPONENT_MAX: i32 = 6111;

impl Decimal {
    /// 0
    pub const ZERO: Self = Self { negative: false, coefficient: 0, exponent: 0 };
    /// 1
    pub const ONE: Self = Self { negative: false, coefficient: 1, exponent: 0 };

    /// `units * 10^-scale`
    #[must_use]
    pub const fn from_units(units: i64, scale: u8) -> Self {
        let exponent = if units == 0 { 0 } else { -(scale as i16) };
        Self { negative: units < 0, coefficient: units.unsigned_abs() as u128, exponent }
    }

    /// A whole number.
    #[must_use]
    pub const fn from_integer(number: i64) -> Self {
        Self::from_units(number, 0)
    }

    /// The number, if it is whole and less than 10^38.
    #[must_use]
    pub fn to_whole(self) -> Option<i128> {
        let number = self.normalised();
        let exponent = u32::try_from(number.exponent).ok().filter(|exponent| *exponent <= 38)?;
        let size = i128::try_from(number.coefficient.checked_mul(power_of_ten(exponent))?).ok()?;
        Some(if number.negative { -size } else { size })
    }

    /// The number in units of 10^-scale. `None` unless it is a whole number of these that fits.
    #[must_use]
    pub fn to_units(self, scale: u8) -> Option<i64> {
        let exponent = i32::from(self.exponent) + i32::from(scale);
        let units = if exponent >= 0 {
            let fits = self.coefficient == 0 || exponent < 20;
            fits.then(|| self.coefficient.checked_mul(u128::from(small_power_of_ten(exponent as u32))))??
        } else if exponent < -38 {
            return (self.coefficient == 0).then_some(0);
        } else {
            let (units, rest) = Wide::of(self.coefficient).divide(power_of_ten(exponent.unsigned_abs()));
            (rest == 0).then_some(units)?
        };
        let units = i128::try_from(units).ok()?;
        i64::try_from(if self.negative { -units } else { units }).ok()
    }

    /// The number, if it is whole and fits.
    #[must_use]
    pub fn to_integer(self) -> Option<i64> {
        self.to_units(0)
    }

    /// `coefficient * 10^exponent`, rounded once to 34 digits, half to even.
    ///
    /// # Errors
    /// If the number is too large.
    pub fn rounded(negative: bool, coefficient: u128, exponent: i32) -> Result<Self, ArithmeticError> {
        finish(negative, Wide::of(coefficient), exponent, false)
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.coefficient == 0
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { negative: false, ..self }
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negate(self) -> Self {
        Self { negative: !self.negative && self.coefficient != 0, ..self }
    }

    /// The same number without zeros at the end of its coefficient.
    #[must_use]
    pub fn normalised(self) -> Self {
        let (mut coefficient, mut exponent) = (self.coefficient, i32::from(self.exponent));
        if coefficient == 0 {
            return Self::ZERO;
        }
        for zeros in [16, 16, 8, 4, 2, 1] {
            let (quotient, rest) = Wide::of(coefficient).divide(power_of_ten(zeros));
            if rest == 0 && exponent + zeros as i32 <= EXPONENT_MAX {
                (coefficient, exponent) = (quotient, exponent + zeros as i32);
            }
        }
        Self { negative: self.negative, coefficient, exponent: exponent as i16 }
    }

    /// The power of ten of the first digit. Zero has none.
    pub(super) fn magnitude(self) -> i32 {
        i32::from(self.exponent) + digits(self.coefficient) as i32 - 1
    }

    /// Whether it is a whole number.
    #[must_use]
    pub fn is_integer(self) -> bool {
        self.exponent >= 0 || self.normalised().exponent >= 0
    }
}

/// The number `coefficient * 10^exponent`, and less than one unit more if `more`, rounded once, half to even.
#[inline(never)]
pub(super) fn finish(negative: bool, coefficient: Wide, exponent: i32, more: bool) -> Result<Decimal, ArithmeticError> {
    let length = coefficient.digits();
    let drop = (length as i32 - DIGITS_MAX as i32).max(EXPONENT_MIN - exponent).max(0);
    if drop > length as i32 {
        return Ok(Decimal::ZERO);
    }
    let (mut kept, mut exponent) = (coefficient.low, exponent);
    if drop > 0 {
        let (quotient, rest, unit, more) = drop_digits(coefficient, drop.unsigned_abs(), more);
        let up = match rest.cmp(&(unit >> 1)) {
            Ordering::Less => false,
            Ordering::Equal => more || quotient & 1 == 1,
            Ordering::Greater => true,
        };
        kept = quotient + u128::from(up);
        exponent += drop;
    }
    if kept == power_of_ten(DIGITS_MAX) {
        (kept, exponent) = (power_of_ten(DIGITS_MAX - 1), exponent + 1);
    }
    place(negative, kept, exponent)
}

/// Quotient and remainder by a power of ten, this power or what is left of it after a first step, and whether more was
/// cut off.
fn drop_digits(coefficient: Wide, drop: u32, more: bool) -> (u128, u128, u128, bool) {
    if drop <= 38 {
        let unit = power_of_ten(drop);
        let (quotient, rest) = coefficient.divide(unit);
        return (quotient, rest, unit, more);
    }
    let (upper, beyond) = coefficient.divide(power_of_ten(38));
    let unit = power_of_ten(drop - 38);
    let (quotient, rest) = Wide::of(upper).divide(unit);
    (quotient, rest, unit, more || beyond != 0)
}

/// The number with a coefficient that fits, where its exponent does or can be made to.
fn place(negative: bool, coefficient: u128, exponent: i32) -> Result<Decimal, ArithmeticError> {
    if coefficient == 0 {
        return Ok(Decimal::ZERO);
    }
    if exponent <= EXPONENT_MAX {
        return Ok(Decimal { negative, coefficient, exponent: exponent as i16 });
    }
    let missing = exponent - EXPONENT_MAX;
    if missing + digits(coefficient) as i32 > DIGITS_MAX as i32 {
        return Err(ArithmeticError::TooLarge);
    }
    let coefficient = coefficient * power_of_ten(missing as u32);
    Ok(Decimal { negative, coefficient, exponent: EXPONENT_MAX as i16 })
}

/// Compares the sizes of two numbers, without their signs.
fn compare_sizes(left: Decimal, right: Decimal) -> Ordering {
    if left.exponent == right.exponent || left.is_zero() || right.is_zero() {
        return left.coefficient.cmp(&right.coefficient);
    }
    let order = left.magnitude().cmp(&right.magnitude());
    if order != Ordering::Equal {
        return order;
    }
    // Less than 34, since both begin at the same power of ten.
    let shift = power_of_ten(u32::from(left.exponent.abs_diff(right.exponent)));
    if left.exponent > right.exponent {
        Wide::product(left.coefficient, shift).cmp(&Wide::of(right.coefficient))
    } else {
        Wide::of(left.coefficient).cmp(&Wide::product(right.coefficient, shift))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => compare_sizes(*self, *other),
            (true, true) => compare_sizes(*other, *self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let number = self.normalised();
        (number.negative, number.coefficient, number.exponent).hash(state);
    }
}
