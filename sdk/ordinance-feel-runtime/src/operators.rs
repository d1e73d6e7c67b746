//! The operators of FEEL on values. None of them panics: what can't be computed is a failure.

mod access;
mod arithmetic;
mod comparison;
mod logic;

pub use self::access::{Property, field, item, property, range, required};
pub use self::arithmetic::{add, divide, multiply, negate, power, subtract};
pub(crate) use self::comparison::{Order, equal_truth, order};
pub use self::comparison::{equal, is_greater, is_greater_or_equal, is_less, is_less_or_equal, not_equal};
pub use self::logic::{Truth, agree, and, not, or};
