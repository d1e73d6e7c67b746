//! A line of a file, and the case in it.

use std::sync::Arc;

use ordinance_engine::Rulebook;
use ordinance_harness::{CaseError, Columns, Test};

use crate::exit::CommandError;

/// A line of a file, not yet parsed.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The number of the line, from 1.
    pub(crate) line: usize,
    pub(crate) content: Content,
}

/// The content of a line.
#[derive(Clone)]
pub(crate) enum Content {
    /// A JSON object.
    Object(String),
    /// A row of a table.
    Row { columns: Arc<Columns>, row: csv::StringRecord },
    /// A row that can't be read, and the reason.
    Unreadable(String),
}

impl Entry {
    /// Parses the case. `object` parses one that is a JSON object.
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

/// A stream of lines; an error of the disk ends it.
pub(crate) type Entries = Box<dyn Iterator<Item = Result<Entry, CommandError>>>;
