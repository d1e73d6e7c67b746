//! A line of a file with one case per line.

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
    /// A row that can't be read; the reason.
    Unreadable(String),
}

impl Entry {
    /// Parses the case. `object` parses a JSON object, given its text and line.
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

/// A stream of lines. It ends after the first error, since a failed reader may return its error for ever.
pub(crate) struct Entries(Option<Box<dyn Iterator<Item = Result<Entry, CommandError>>>>);

impl Entries {
    pub(super) fn new(lines: impl Iterator<Item = Result<Entry, CommandError>> + 'static) -> Self {
        Self(Some(Box::new(lines)))
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, CommandError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.0.as_mut()?.next();
        if !matches!(read, Some(Ok(_))) {
            self.0 = None;
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_ends_the_entries_of_a_reader_that_fails_for_ever() {
        let entry = || Entry { line: 1, content: Content::Object("{}".to_owned()) };
        let failure =
            || crate::source::io_error("read", std::path::Path::new("people.csv"), std::io::Error::other("no disk"));
        let mut entries = Entries::new((0..).map(move |index| if index == 1 { Err(failure()) } else { Ok(entry()) }));
        assert!(matches!(entries.next(), Some(Ok(_))));
        assert!(matches!(entries.next(), Some(Err(_))));
        assert!(entries.next().is_none());
        assert!(entries.next().is_none());
    }
}
