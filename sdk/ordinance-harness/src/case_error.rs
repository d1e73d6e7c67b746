//! A case that can't be read, and where.

use std::fmt;

use ordinance_engine::untyped_value::UntypedValue;
use serde_json::value::RawValue;

/// A case file that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl CaseError {
    pub(crate) fn of_json(error: &serde_json::Error, line: usize) -> Self {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Self { line, column: error.column(), message }
    }
}

/// Reads members of the JSON object that is the text of a line. A fault has the column on which the member begins.
pub(crate) fn member_reader(line: usize, text: &str) -> impl Fn(&RawValue, &str) -> Result<UntypedValue, CaseError> {
    move |raw, pointer| {
        let column = text.find(raw.get()).unwrap_or(0) + 1;
        UntypedValue::from_json(raw, pointer).map_err(|fault| CaseError { line, column, message: fault.to_string() })
    }
}
