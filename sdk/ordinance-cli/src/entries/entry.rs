//! A line of a file, and the case in it.

use std::sync::Arc;

use ordinance_engine::Rulebook;
use ordinance_harness::{CaseError, Columns, Test};

use crate::exit::CommandError;

/// A line of a file, as it is written.
#[derive(Clone)]
pub(crate) struct Entry {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) content: Content,
}

/// What stands in a line.
#[derive(Clone)]
pub(crate) enum Content {
    /// A JSON object.
    Object(String),
    /// A row of a table.
    Row { columns: Arc<Columns>, row: csv::StringRecord },
    /// No row of the table, and why.
    Unreadable(String),
}

impl Entry {
    /// The case; `object` reads one that is a JSON object.
    pub(crate) fn read(
        self,
        rulebook: &Rulebook,
        object: impl FnOnce(&str, usize) -> Result<Test, CaseError>,
    ) -> Result<Test, CaseError> {
        match self.content {
            Content::Object(text) => object(&text, self.line),
            Content::Row { columns, row } => columns.case(&row, rulebook),
            Content::Unreadable(message) => Err(CaseError { line: self.line, column: 1, message }),
        }
    }
}

/// The lines of a file; one that can't be read from the disk ends them.
pub(crate) type Entries = Box<dyn Iterator<Item = Result<Entry, CommandError>>>;
