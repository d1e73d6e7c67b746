//! The types of the interface `ordinance:rules/types`, shared by all rules: the bindings use these instead of making
//! their own.

pub use crate::date::Date;
pub use crate::decimal::Decimal;
pub use crate::logic::Finding;
