//! Numbers: 34 significant digits, rounded half to even, as IEEE 754-2008 decimal128 without its special values.

mod arithmetic;
mod fraction;
mod functions;
mod number;
mod root;
mod rounding;
mod text;
pub(crate) mod wide;

pub use self::number::{ArithmeticError, Decimal};
pub use self::rounding::Rounding;
