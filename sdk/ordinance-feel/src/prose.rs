//! Expressions in words, for people who read law: what a condition asks, how an amount is computed, and how two
//! versions differ. The words of each language are in one catalogue.

mod brackets;
mod catalogue;
mod chinese;
mod conditions;
mod difference;
mod english;
mod form;
mod names;
mod phrase;
mod structure;
mod table;
mod temporal;
mod uses;
mod values;

pub use self::catalogue::Language;
pub use self::difference::explain_difference;
pub use self::form::Prose;
pub use self::names::Titles;
pub use self::table::explain_table;
pub use self::uses::criteria_used;

use self::names::Writer;
use self::structure::Role;
use crate::syntax::ast::Expr;

/// How a value is computed, or what a condition asks.
#[must_use]
pub fn explain_expression(expression: &Expr, titles: &dyn Titles, language: Language) -> Prose {
    Writer::new(titles, language).explain(expression, Role::Value)
}

/// What a condition asks: as [`explain_expression`], but a name by itself is something that applies or doesn't.
#[must_use]
pub fn explain_condition(condition: &Expr, titles: &dyn Titles, language: Language) -> Prose {
    Writer::new(titles, language).explain(condition, Role::Condition)
}

#[cfg(test)]
mod tests;
