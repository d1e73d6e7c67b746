//! Errors in case files, each with its line and column.

use std::fmt;

use ordinance_engine::untyped_value::UntypedValue;
use serde_json::value::RawValue;

/// A case, or a file of cases, that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; in a table, the number of the cell.
    pub column: usize,
    /// The message for the author.
    pub message: String,
}

impl fmt::Display for CaseError {
    /// `LINE:COLUMN: MESSAGE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for CaseError {}

impl CaseError {
    pub(crate) fn from_json(error: &serde_json::Error, line: usize) -> Self {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Self { line, column: error.column(), message }
    }
}

/// A JSON object that is one line of a file.
pub(crate) struct JsonLine<'t> {
    /// The number of the line, from 1.
    pub(crate) line: usize,
    pub(crate) text: &'t str,
}

impl JsonLine<'_> {
    /// Reads a member of the object. An error has the column at which the member begins.
    pub(crate) fn member(&self, raw: &RawValue, pointer: &str) -> Result<UntypedValue, CaseError> {
        UntypedValue::from_json(raw, pointer).map_err(|error| {
            let column = self.text.find(raw.get()).unwrap_or(0) + 1;
            CaseError { line: self.line, column, message: error.to_string() }
        })
    }

    /// Reads a member that may be missing.
    pub(crate) fn optional(&self, raw: Option<&RawValue>, pointer: &str) -> Result<Option<UntypedValue>, CaseError> {
        raw.map(|raw| self.member(raw, pointer)).transpose()
    }
}
