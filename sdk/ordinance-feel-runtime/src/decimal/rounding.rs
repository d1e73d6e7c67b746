//! Rounding to digits after the point.

use core::cmp::Ordering;

use super::number::{ArithmeticError, Decimal, finish};
use super::wide::{Wide, power_of_ten};

/// Which of two neighbours a number is rounded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rounding {
    /// The nearer one, and the even one of two that are as near: FEEL's `decimal`.
    HalfEven = 0,
    /// The lesser: `floor`.
    Floor = 1,
    /// The greater: `ceiling`.
    Ceiling = 2,
    /// The one away from zero: `round up`.
    Up = 3,
    /// The one towards zero: `round down`.
    Down = 4,
    /// The nearer one, and of two that are as near the one away from zero: `round half up`.
    HalfUp = 5,
    /// The nearer one, and of two that are as near the one towards zero: `round half down`.
    HalfDown = 6,
}

impl Rounding {
    /// The rounding with a number.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Some(match number {
            0 => Self::HalfEven,
            1 => Self::Floor,
            2 => Self::Ceiling,
            3 => Self::Up,
            4 => Self::Down,
            5 => Self::HalfUp,
            6 => Self::HalfDown,
            _ => return None,
        })
    }

    /// Whether a number is rounded away from zero: whether it is negative, whether what is kept is odd, whether
    /// anything is cut off, and how that compares with half a unit.
    #[must_use]
    pub fn is_away(self, negative: bool, odd: bool, inexact: bool, beside_half: Ordering) -> bool {
        match self {
            Self::HalfEven => beside_half == Ordering::Greater || (beside_half == Ordering::Equal && odd),
            Self::Floor => negative && inexact,
            Self::Ceiling => !negative && inexact,
            Self::Up => inexact,
            Self::Down => false,
            Self::HalfUp => beside_half != Ordering::Less,
            Self::HalfDown => beside_half == Ordering::Greater,
        }
    }
}

impl Decimal {
    /// The whole number that is left if what is behind the point is cut off, if it fits.
    #[must_use]
    pub fn truncated(self) -> Option<i64> {
        self.round(0, Rounding::Down).ok()?.to_integer()
    }

    /// The number rounded to `scale` digits after the point, or before it if `scale` is negative.
    ///
    /// # Errors
    /// If the scale isn't from -6111 to 6176 or the result is too large.
    #[inline(never)]
    pub fn round(self, scale: i32, rounding: Rounding) -> Result<Self, ArithmeticError> {
        if !(-6111..=6176).contains(&scale) {
            return Err(ArithmeticError::NotInDomain);
        }
        let drop = -i32::from(self.exponent) - scale;
        if drop <= 0 || self.is_zero() {
            return Ok(self);
        }
        let (kept, rest, beside_half) = if drop > 38 {
            (0, self.coefficient, Ordering::Less)
        } else {
            let unit = power_of_ten(drop.unsigned_abs());
            let (kept, rest) = Wide::of(self.coefficient).divide(unit);
            (kept, rest, rest.cmp(&(unit >> 1)))
        };
        let away = rounding.is_away(self.negative, kept & 1 == 1, rest != 0, beside_half);
        finish(self.negative, Wide::of(kept + u128::from(away)), -scale, false)
    }

    /// Whether it is a whole number that two divides.
    #[must_use]
    pub fn is_even(self) -> bool {
        let number = self.normalised();
        number.exponent > 0 || (number.exponent == 0 && number.coefficient & 1 == 0)
    }

    /// Whether it is a whole number that two doesn't divide.
    #[must_use]
    pub fn is_odd(self) -> bool {
        let number = self.normalised();
        number.exponent == 0 && number.coefficient & 1 == 1
    }
}
