//! Why a computation failed.

use crate::decimal::ArithmeticError;

/// Why a computation failed. The numbers are those by which compiled rules tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Failure {
    /// A number was divided by zero.
    DivisionByZero = 1,
    /// A result is beyond the largest number, 10^6145.
    NumberTooLarge = 2,
    /// An argument is outside of what the function or operator takes, such as the square root of a negative number,
    /// or a text that is no date.
    NotInDomain = 3,
    /// A value isn't of the type that the function or operator takes; only where the compiler can't know the type.
    TypesDontFit = 4,
    /// A decision table that has to have exactly one matching row, or several that agree, has none or others.
    NoSingleRow = 5,
    /// A list or a decision table has no such item or row.
    NoValue = 6,
}

impl Failure {
    /// The failure with a number; `None` if there is none.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::DivisionByZero,
            2 => Self::NumberTooLarge,
            3 => Self::NotInDomain,
            4 => Self::TypesDontFit,
            5 => Self::NoSingleRow,
            6 => Self::NoValue,
            _ => return None,
        })
    }
}

impl From<ArithmeticError> for Failure {
    fn from(error: ArithmeticError) -> Self {
        match error {
            ArithmeticError::DivisionByZero => Self::DivisionByZero,
            ArithmeticError::TooLarge => Self::NumberTooLarge,
            ArithmeticError::NotInDomain => Self::NotInDomain,
        }
    }
}
