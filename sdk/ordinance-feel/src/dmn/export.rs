//! Writes a rule of law as a model of DMN 1.5: its facts are input data, its parameters, criteria, defined values,
//! tables and grant are decisions, its functions business knowledge models.

mod diagram;
mod elements;
mod error;
mod escape;
mod names;
mod types;
mod write;

pub use self::error::ExportError;
pub use self::write::export_rule;
