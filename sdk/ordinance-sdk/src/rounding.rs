//! Rounding as statutes write it, and the exact division that it rests on.

/// The direction of rounding. Each name says what becomes of a negative number, where "up" and "down" don't.
///
/// | | 2.5 | 2.4 | -2.4 | -2.5 | 3.5 |
/// |---|---|---|---|---|---|
/// | `TowardPositive` | 3 | 3 | -2 | -2 | 4 |
/// | `TowardNegative` | 2 | 2 | -3 | -3 | 3 |
/// | `TowardZero` | 2 | 2 | -2 | -2 | 3 |
/// | `AwayFromZero` | 3 | 3 | -3 | -3 | 4 |
/// | `HalfTowardPositive` | 3 | 2 | -2 | -2 | 4 |
/// | `HalfTowardNegative` | 2 | 2 | -2 | -3 | 3 |
/// | `HalfTowardZero` | 2 | 2 | -2 | -2 | 3 |
/// | `HalfAwayFromZero` | 3 | 2 | -2 | -3 | 4 |
/// | `HalfToEven` | 2 | 2 | -2 | -2 | 4 |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the next higher number: up on the number line, so a debt of 2.50 becomes one of 2.
    TowardPositive,
    /// To the next lower number: down on the number line, so a debt of 2.50 becomes one of 3.
    TowardNegative,
    /// The digits beyond are dropped.
    TowardZero,
    /// Any digit beyond raises the amount, of a debt too.
    AwayFromZero,
    /// To the nearest number; a half to the higher one.
    HalfTowardPositive,
    /// To the nearest number; a half to the lower one.
    HalfTowardNegative,
    /// To the nearest number; a half is dropped.
    HalfTowardZero,
    /// To the nearest number; a half raises the amount, of a debt too. What commerce calls half up.
    HalfAwayFromZero,
    /// To the nearest number; a half to the even one, so that halves cancel out over many cases.
    HalfToEven,
}

/// The words of statutes, which think of amounts of zero and more.
#[allow(non_upper_case_globals)]
impl Rounding {
    /// [`Rounding::TowardPositive`].
    pub const Up: Self = Self::TowardPositive;
    /// [`Rounding::TowardNegative`].
    pub const Down: Self = Self::TowardNegative;
    /// [`Rounding::HalfAwayFromZero`].
    pub const HalfUp: Self = Self::HalfAwayFromZero;
    /// [`Rounding::HalfTowardZero`].
    pub const HalfDown: Self = Self::HalfTowardZero;
    /// [`Rounding::HalfToEven`].
    pub const HalfEven: Self = Self::HalfToEven;
}

/// What a division leaves over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rest {
    Nothing,
    BelowHalf,
    Half,
    AboveHalf,
}

impl Rest {
    /// Of what is left over from a division by `divisor`.
    fn of(rest: u128, divisor: u128) -> Self {
        match rest.cmp(&(divisor - rest)) {
            _ if rest == 0 => Self::Nothing,
            core::cmp::Ordering::Less => Self::BelowHalf,
            core::cmp::Ordering::Equal => Self::Half,
            core::cmp::Ordering::Greater => Self::AboveHalf,
        }
    }

    /// What is left over if this is left over behind a digit that is left over too.
    fn behind(self, digit: u128) -> Self {
        match (digit, self) {
            (0, Self::Nothing) => Self::Nothing,
            (0..5, _) => Self::BelowHalf,
            (5, Self::Nothing) => Self::Half,
            (_, _) => Self::AboveHalf,
        }
    }
}

impl Rounding {
    /// Whether the magnitude becomes the next greater whole number.
    fn is_away_from_zero(self, is_negative: bool, is_odd: bool, rest: Rest) -> bool {
        let is_half = rest == Rest::Half;
        let is_nearer_above = rest == Rest::AboveHalf;
        match self {
            Self::TowardZero => false,
            Self::AwayFromZero => rest != Rest::Nothing,
            Self::TowardPositive => !is_negative && rest != Rest::Nothing,
            Self::TowardNegative => is_negative && rest != Rest::Nothing,
            Self::HalfTowardZero => is_nearer_above,
            Self::HalfAwayFromZero => is_nearer_above || is_half,
            Self::HalfTowardPositive => is_nearer_above || (is_half && !is_negative),
            Self::HalfTowardNegative => is_nearer_above || (is_half && is_negative),
            Self::HalfToEven => is_nearer_above || (is_half && is_odd),
        }
    }
}

/// A result doesn't fit. A rule then traps, so that it never grants a wrapped amount. The name of this function is what
/// a trace of the trap shows.
#[cold]
#[inline(never)]
pub(crate) fn overflow() -> ! {
    panic!("overflow: a number is too large")
}

/// The whole part of a division and what is left over. All divisions of wide numbers are made here, so that the code of
/// a rule has only one.
#[inline(never)]
pub(crate) fn divided(dividend: u128, divisor: u128) -> (u128, u128) {
    let whole = dividend / divisor;
    (whole, dividend - whole * divisor)
}

/// The greatest whole number that isn't above a division by a number above zero, and what is left over.
pub(crate) fn floored(dividend: i128, divisor: i128) -> (i128, i128) {
    let (whole, rest) = divided(dividend.unsigned_abs(), divisor.unsigned_abs());
    // Neither is more than the magnitude of an `i128`.
    let (whole, rest) = (whole.cast_signed(), rest.cast_signed());
    match (dividend < 0, rest) {
        (false, _) => (whole, rest),
        (true, 0) => (whole.wrapping_neg(), 0),
        (true, _) => (-whole - 1, divisor - rest),
    }
}

/// `numerator * 10^exponent / denominator` as a whole number, rounded. No step between is too large, since the powers
/// of ten are taken digit by digit, as on paper: `None` only if the result itself doesn't fit.
///
/// # Panics
/// If `denominator` is zero.
pub(crate) fn quotient(numerator: i128, denominator: i128, exponent: i32, rounding: Rounding) -> Option<i128> {
    assert!(denominator != 0, "division by zero");
    let divisor = denominator.unsigned_abs();
    let (mut whole, mut left_over) = divided(numerator.unsigned_abs(), divisor);
    for _ in 0..exponent {
        let (digit, next) = tenfold(left_over, divisor);
        whole = whole.checked_mul(10)?.checked_add(digit)?;
        left_over = next;
    }
    let mut rest = Rest::of(left_over, divisor);
    for _ in exponent..0 {
        let (next, digit) = divided(whole, 10);
        rest = rest.behind(digit);
        whole = next;
    }
    let is_negative = (numerator < 0) != (denominator < 0);
    let is_away = rounding.is_away_from_zero(is_negative, whole % 2 == 1, rest);
    let magnitude = whole.checked_add(u128::from(is_away))?;
    if is_negative { 0_i128.checked_sub_unsigned(magnitude) } else { i128::try_from(magnitude).ok() }
}

/// `rest * 10` divided by `divisor`, where `rest` is less than it: the digit and what is left over.
fn tenfold(rest: u128, divisor: u128) -> (u128, u128) {
    let until_full = divisor - rest;
    let (mut digit, mut sum) = (0, 0);
    for _ in 0..10 {
        if sum >= until_full {
            sum -= until_full;
            digit += 1;
        } else {
            sum += rest;
        }
    }
    (digit, sum)
}
