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
    /// Of `rest` left over from a division by `divisor`.
    fn of(rest: u128, divisor: u128) -> Self {
        match rest.cmp(&(divisor - rest)) {
            _ if rest == 0 => Self::Nothing,
            core::cmp::Ordering::Less => Self::BelowHalf,
            core::cmp::Ordering::Equal => Self::Half,
            core::cmp::Ordering::Greater => Self::AboveHalf,
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

/// `numerator * 10^exponent / denominator` as a whole number, rounded. No step between is too large: `None` only if the
/// result itself doesn't fit.
///
/// # Panics
/// If `denominator` is zero.
pub(crate) fn quotient(numerator: i128, denominator: i128, exponent: i32, rounding: Rounding) -> Option<i128> {
    assert!(denominator != 0, "division by zero");
    let is_negative = (numerator < 0) != (denominator < 0);
    let (dividend, divisor) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let (whole, rest) = if exponent >= 0 {
        multiplied_and_divided(dividend, divisor, exponent.unsigned_abs())?
    } else {
        divided_twice(dividend, divisor, exponent.unsigned_abs())
    };
    let is_away = rounding.is_away_from_zero(is_negative, whole % 2 == 1, rest);
    let magnitude = whole.checked_add(u128::from(is_away))?;
    if is_negative { 0_i128.checked_sub_unsigned(magnitude) } else { i128::try_from(magnitude).ok() }
}

/// `dividend * 10^digits / divisor`: digit by digit, as on paper, where the product itself would be too large.
fn multiplied_and_divided(dividend: u128, divisor: u128, digits: u32) -> Option<(u128, Rest)> {
    if let Some(product) = 10_u128.checked_pow(digits).and_then(|factor| dividend.checked_mul(factor)) {
        return Some((product / divisor, Rest::of(product % divisor, divisor)));
    }
    let (mut whole, mut rest) = (dividend / divisor, dividend % divisor);
    for _ in 0..digits {
        let (digit, left_over) = tenfold(rest, divisor);
        whole = whole.checked_mul(10)?.checked_add(digit)?;
        rest = left_over;
    }
    Some((whole, Rest::of(rest, divisor)))
}

/// `rest * 10` divided by `divisor`, where `rest` is less than it: the digit and what is left over.
fn tenfold(rest: u128, divisor: u128) -> (u128, u128) {
    let (mut digit, mut sum) = (0, 0);
    for _ in 0..10 {
        let until_full = divisor - rest;
        if sum >= until_full {
            sum -= until_full;
            digit += 1;
        } else {
            sum += rest;
        }
    }
    (digit, sum)
}

/// `dividend / (divisor * 10^digits)`. A divisor beyond 128 bits is more than twice an `i128`: it leaves less than half.
fn divided_twice(dividend: u128, divisor: u128, digits: u32) -> (u128, Rest) {
    match 10_u128.checked_pow(digits).and_then(|factor| divisor.checked_mul(factor)) {
        Some(divisor) => (dividend / divisor, Rest::of(dividend % divisor, divisor)),
        None if dividend == 0 => (0, Rest::Nothing),
        None => (0, Rest::BelowHalf),
    }
}
