//! The types of the interface `ordinance:rules/types`, which all rules share. The bindings use them instead of
//! generating new ones.

pub use crate::date::Date;
pub use crate::decimal::Decimal;
pub use crate::logic::Finding;
