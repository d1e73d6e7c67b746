//! The built-in functions on values. An argument that is left out is `None`; what doesn't fit is a failure, where DMN
//! has null.

mod call;
pub mod contexts;
pub mod conversions;
pub mod lists;
pub mod numbers;
mod pattern;
mod range_text;
pub mod ranges;
pub mod statistics;
pub mod temporals;
pub mod texts;
