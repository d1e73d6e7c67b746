//! The values, operators and built-in functions of FEEL (Friendly Enough Expression Language, DMN 1.5, chapter 10).
//!
//! The evaluator calls them as Rust. For rules, the crate is compiled to WebAssembly once and embedded in the compiler,
//! which links into a rule those functions that it reaches. Nothing here panics, reads a clock or knows a locale.
#![no_std]

extern crate alloc;

mod builtin;
mod decimal;
pub mod encoding;
mod failure;
pub mod functions;
pub mod operators;
mod shape;
mod steps;
pub mod tables;
mod temporal;
pub mod units;
mod value;

pub use self::builtin::Builtin;
pub use self::decimal::{ArithmeticError, Decimal, Rounding};
pub use self::failure::Failure;
pub use self::shape::{Shape, ShapeKind};
pub use self::steps::{STEPS_MAX, steps};
pub use self::temporal::{Date, DateTime, DaysDuration, MonthsDuration, Offset, Time};
pub use self::value::{Context, Range, Value, misfit};
