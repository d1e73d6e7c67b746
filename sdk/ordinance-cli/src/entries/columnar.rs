//! The rows of a Parquet file, read as a stream. A row is read like one of a CSV table: a column is a fact, a date
//! becomes YYYY-MM-DD, and null becomes an empty cell, which means a missing fact.

mod pages;

use std::fmt::Display;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::date;
use ordinance_harness::Columns;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::FileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};

use self::pages::{CheckedFile, in_words};
use super::entry::{Content, Entries, Entry};
use crate::exit::CommandError;
use crate::source::io_error;

/// The rows of a Parquet file; `columns` reads the names of its columns.
pub(super) fn rows(
    path: &Path,
    columns: impl FnOnce(&csv::StringRecord) -> Result<Columns, CommandError>,
) -> Result<Entries, CommandError> {
    let file = File::open(path).map_err(|source| io_error("read", path, source))?;
    let unreadable = |error: ParquetError| damaged(path, "can't be read as a Parquet file", &in_words(&error));
    let file = CheckedFile::open(file).map_err(unreadable)?;
    check_compression(path, file.metadata())?;
    let schema = file.metadata().file_metadata().schema();
    let names: csv::StringRecord = schema.get_fields().iter().map(|field| field.name()).collect();
    let columns = Arc::new(columns(&names)?);
    let rows = Rows { path: path.to_owned(), rows: RowIter::from_file_into(Box::new(file)), read: 0 };
    Ok(Entries::new(rows.map(move |row| {
        let (line, row) = row?;
        let content = match texts_of(&row) {
            Ok(mut row) => {
                let mut position = csv::Position::new();
                position.set_line(line);
                row.set_position(Some(position));
                Content::Row { columns: Arc::clone(&columns), row }
            }
            Err(error) => Content::Unreadable(error.to_string()),
        };
        Ok(Entry { line: usize::try_from(line).unwrap_or(usize::MAX), content })
    })))
}

/// Rejects LZO, the one compression that can't be read, before any row is read.
fn check_compression(path: &Path, metadata: &ParquetMetaData) -> Result<(), CommandError> {
    let mut columns = metadata.row_groups().iter().flat_map(|group| group.columns());
    let Some(column) = columns.find(|column| column.compression() == Compression::LZO) else { return Ok(()) };
    Err(CommandError::bad_use(
        format!("`{}`: column `{}` is compressed by LZO, which can't be read", path.display(), column.column_path()),
        "write the file again with zstd, snappy, gzip, brotli, lz4_raw or no compression",
    ))
}

fn damaged(path: &Path, problem: &str, reason: &dyn Display) -> CommandError {
    let help = "the file is damaged, incomplete or not a Parquet file: copy or export it again";
    CommandError::bad_use(format!("`{}` {problem}: {reason}", path.display()), help)
}

/// The rows with their numbers from 1. An error names the first row that can't be read.
struct Rows {
    path: PathBuf,
    rows: RowIter<'static>,
    /// The number of rows read.
    read: u64,
}

impl Iterator for Rows {
    type Item = Result<(u64, Row), CommandError>;

    fn next(&mut self) -> Option<Self::Item> {
        // The decoder panics on some damaged values. `Entries` doesn't call it again after an error.
        let row = catch_unwind(AssertUnwindSafe(|| self.rows.next()));
        let row = row.unwrap_or_else(|_| Some(Err(ParquetError::General("its values can't be decoded".to_owned()))));
        Some(match row? {
            Ok(row) => {
                self.read += 1;
                Ok((self.read, row))
            }
            Err(error) => {
                let problem = format!("can't be read from row {} on", self.read + 1);
                Err(damaged(&self.path, &problem, &in_words(&error)))
            }
        })
    }
}

/// The error of a row: a column has a value that isn't one of a fact.
#[derive(Debug, thiserror::Error)]
#[error("`{column}`: {error}")]
struct RowError {
    column: String,
    error: FieldError,
}

/// The error of a value that isn't one of a fact.
#[derive(Debug, thiserror::Error)]
enum FieldError {
    #[error("the date is out of range")]
    NoDate,
    #[error("the column has a type that facts can't have; use numbers, text, dates or booleans")]
    OtherType,
}

/// The cells of a row, as a CSV table would have them.
fn texts_of(row: &Row) -> Result<csv::StringRecord, RowError> {
    let text =
        |(column, field): (&String, &Field)| text_of(field).map_err(|error| RowError { column: column.clone(), error });
    row.get_column_iter().map(text).collect()
}

/// The text of a value, as a CSV table would have it.
fn text_of(field: &Field) -> Result<String, FieldError> {
    Ok(match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Float(number) => plain(f64::from(*number)),
        Field::Double(number) => plain(*number),
        Field::Date(days) => {
            let day = date(1970, 1, 1).checked_add(jiff::Span::new().days(*days));
            day.map_err(|_| FieldError::NoDate)?.to_string()
        }
        Field::Bool(_)
        | Field::Byte(_)
        | Field::Short(_)
        | Field::Int(_)
        | Field::Long(_)
        | Field::UByte(_)
        | Field::UShort(_)
        | Field::UInt(_)
        | Field::ULong(_)
        | Field::Decimal(_) => field.to_string(),
        Field::Float16(_)
        | Field::Bytes(_)
        | Field::TimeMillis(_)
        | Field::TimeMicros(_)
        | Field::TimestampMillis(_)
        | Field::TimestampMicros(_)
        | Field::Group(_)
        | Field::ListInternal(_)
        | Field::MapInternal(_) => {
            return Err(FieldError::OtherType);
        }
    })
}

/// A number with the shortest digits that give it; a whole number has no point.
fn plain(number: f64) -> String {
    number.to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ordinance_harness::CaseDefaults;

    use super::*;

    /// How many rows are read before the first error, and that error. Fails if the rows go on after it.
    fn read(path: &Path) -> (usize, Option<CommandError>) {
        let text = |text: &str| Some(text.to_owned());
        let defaults = CaseDefaults { jurisdiction: text("N"), service: text("benefit"), as_of: text("2026-01-01") };
        let columns = |names: &csv::StringRecord| Ok(Columns::of_people(names, defaults).unwrap());
        let mut entries = match rows(path, columns) {
            Ok(entries) => entries,
            Err(error) => return (0, Some(error)),
        };
        let good = entries.by_ref().map_while(|entry| entry.map_err(Some).ok()).take(1000).count();
        (good, entries.next().and_then(Result::err))
    }

    #[test]
    fn a_file_with_any_byte_damaged_comes_to_an_end() {
        let people = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/people.parquet");
        let whole = fs::read(people).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.parquet");
        for at in 0..whole.len() {
            for mask in [0x01, 0x10, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] ^= mask;
                fs::write(&path, &damaged).unwrap();
                let (good, _) = read(&path);
                assert!(good <= 20, "byte {at} xor {mask}: {good} rows");
            }
        }
    }
}
