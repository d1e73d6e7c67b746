//! A line or a row of a file with one case in each.

use std::sync::Arc;

use ordinance_engine::Rulebook;
use ordinance_harness::{CaseError, Columns, FilePlace, TableRow, Test};

use crate::exit::CommandError;

/// A line or a row of a file, not yet parsed.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) place: FilePlace,
    pub(crate) content: Content,
}

/// The content of a line or a row.
#[derive(Clone)]
pub(crate) enum Content {
    /// A JSON object.
    Object(String),
    /// A row of a table.
    Row { columns: Arc<Columns>, row: TableRow },
    /// A row that can't be read, and why.
    Unreadable(CaseError),
}

impl Entry {
    /// Parses the case. `object` parses a JSON object, given its text and line.
    ///
    /// # Errors
    /// Each fault: of a table, each cell that can't be read.
    pub(crate) fn read(
        self,
        rulebook: &Rulebook,
        object: impl FnOnce(&str, usize) -> Result<Test, CaseError>,
    ) -> Result<Test, Vec<CaseError>> {
        match self.content {
            Content::Object(text) => object(&text, self.place.line).map_err(|error| vec![error]),
            Content::Row { columns, row } => columns.case(&row, rulebook),
            Content::Unreadable(error) => Err(vec![error]),
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
        let place = FilePlace { form: None, line: 1, column: None };
        let entry = move || Entry { place, content: Content::Object("{}".to_owned()) };
        let failure =
            || crate::source::io_error("read", std::path::Path::new("people.csv"), std::io::Error::other("no disk"));
        let mut entries = Entries::new((0..).map(move |index| if index == 1 { Err(failure()) } else { Ok(entry()) }));
        assert!(matches!(entries.next(), Some(Ok(_))));
        assert!(matches!(entries.next(), Some(Err(_))));
        assert!(entries.next().is_none());
        assert!(entries.next().is_none());
    }
}
