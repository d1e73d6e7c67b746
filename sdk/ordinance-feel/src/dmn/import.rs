//! Makes a rule of law of a model: its decisions become criteria, the grant, defined values and tables.

mod build;
mod constants;
mod differences;
mod names;
mod plan;
mod rename;
mod rule;
mod stated;
mod unbox;

pub use self::build::import_rule;
pub use self::names::snake_case;
pub use self::plan::{ImportError, Mapping, ServiceNames};
pub use self::rule::{ImportedCriterion, ImportedRule, ImportedTable, RulePart};
