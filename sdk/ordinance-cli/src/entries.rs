//! Files with a case a line, which are read as they go: NDJSON, a table whose first line names its columns, or Parquet.

mod columnar;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use ordinance_engine::Registry;
use ordinance_harness::{CaseFault, Columns, Test};

use crate::exit::CommandError;
use crate::source::io_error;

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
        registry: &Registry,
        object: impl FnOnce(&str, usize) -> Result<Test, CaseFault>,
    ) -> Result<Test, CaseFault> {
        match self.content {
            Content::Object(text) => object(&text, self.line),
            Content::Row { columns, row } => columns.case(&row, registry),
            Content::Unreadable(message) => Err(CaseFault { line: self.line, column: 1, message }),
        }
    }
}

/// The lines of a file. The first error ends them: a reader that has failed may return its error without end.
pub(crate) struct Entries(Option<Box<dyn Iterator<Item = Result<Entry, CommandError>>>>);

impl Entries {
    fn new(lines: impl Iterator<Item = Result<Entry, CommandError>> + 'static) -> Self {
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

/// The JSON objects of an NDJSON file; empty lines are left out.
pub(crate) fn objects(path: &Path) -> Result<Entries, CommandError> {
    let path = path.to_owned();
    let lines = (1..).zip(BufReader::new(open(&path)?).lines());
    Ok(Entries::new(lines.filter_map(move |(line, read)| match read {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(Ok(Entry { line, content: Content::Object(text) })),
        Err(source) => Some(Err(io_error("read", &path, source))),
    })))
}

/// The rows of a table, CSV or Parquet by its ending; `columns` reads the names of its columns, and `help` says what is to stand
/// there.
pub(crate) fn rows(
    path: &Path,
    help: &str,
    columns: impl FnOnce(&csv::StringRecord) -> Result<Columns, CommandError>,
) -> Result<Entries, CommandError> {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        return columnar::rows(path, columns);
    }
    let mut reader = csv::Reader::from_reader(open(path)?);
    let unreadable = |error: csv::Error| CommandError::bad_use(format!("`{}`: {error}", path.display()), help);
    let columns = Arc::new(columns(reader.headers().map_err(unreadable)?)?);
    let path = path.to_owned();
    Ok(Entries::new(reader.into_records().map(move |read| {
        let position = match &read {
            Ok(row) => row.position(),
            Err(error) => error.position(),
        };
        let line = usize::try_from(position.map_or(0, csv::Position::line)).unwrap_or(usize::MAX);
        let content = match read {
            Ok(row) => Content::Row { columns: Arc::clone(&columns), row },
            Err(error) if !error.is_io_error() => Content::Unreadable(error.to_string()),
            Err(error) => return Err(io_error("read", &path, error.into())),
        };
        Ok(Entry { line, content })
    })))
}

fn open(path: &Path) -> Result<File, CommandError> {
    File::open(path).map_err(|source| io_error("read", path, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_ends_the_entries_of_a_reader_that_fails_for_ever() {
        let entry = || Entry { line: 1, content: Content::Object("{}".to_owned()) };
        let failure = || io_error("read", Path::new("people.csv"), std::io::Error::other("no disk"));
        let mut entries = Entries::new((0..).map(move |index| if index == 1 { Err(failure()) } else { Ok(entry()) }));
        assert!(matches!(entries.next(), Some(Ok(_))));
        assert!(matches!(entries.next(), Some(Err(_))));
        assert!(entries.next().is_none());
        assert!(entries.next().is_none());
    }
}
