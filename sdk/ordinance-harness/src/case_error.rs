//! Errors in case files, each with its place.

use std::fmt;

use ordinance_engine::untyped_value::UntypedValue;
use serde_json::value::RawValue;

use crate::file_place::FilePlace;

/// A case, or a file of cases, that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    /// Where.
    pub place: FilePlace,
    /// The message for the author.
    pub message: String,
}

impl fmt::Display for CaseError {
    /// `PLACE: MESSAGE`, where the place of a text that is no table is `LINE:COLUMN`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            FilePlace { form: None, line, column: Some(column) } => write!(f, "{line}:{column}: {}", self.message),
            place => write!(f, "{place}: {}", self.message),
        }
    }
}

impl std::error::Error for CaseError {}

impl CaseError {
    /// An error in a text that is no table, at a line and a column.
    #[must_use]
    pub fn in_text(line: usize, column: usize, message: impl Into<String>) -> Self {
        Self { place: FilePlace { form: None, line, column: Some(column) }, message: message.into() }
    }

    pub(crate) fn from_json(error: &serde_json::Error, line: usize) -> Self {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Self::in_text(line, error.column(), message)
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
            CaseError::in_text(self.line, column, error.to_string())
        })
    }

    /// Reads a member that may be missing.
    pub(crate) fn optional(&self, raw: Option<&RawValue>, pointer: &str) -> Result<Option<UntypedValue>, CaseError> {
        raw.map(|raw| self.member(raw, pointer)).transpose()
    }
}
