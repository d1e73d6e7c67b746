//! The rows of a Parquet file, read as a stream. A moment at midnight, in whatever unit, is a day; null is an empty
//! cell, which means a missing fact.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::date;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_harness::{Cell, FilePlace, TableForm, TableHeader, TableRow, UnusableCellError};
use ordinance_population::{CheckedFile, in_words};
use parquet::basic::{Compression, LogicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::FileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::entry::{Content, Entries, Entry};
use super::rows_of::{RowsOf, open};
use crate::exit::CommandError;

/// The rows of a Parquet file.
pub(super) fn rows(path: &Path, rows: RowsOf<'_>) -> Result<Entries, CommandError> {
    let unreadable = |error: ParquetError| damaged(path, "can't be read as a Parquet file", &in_words(&error));
    let file = CheckedFile::open(open(path)?).map_err(unreadable)?;
    check_compression(path, file.metadata())?;
    let schema = file.metadata().file_metadata().schema().clone();
    let names = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    let columns = rows.columns(path, &TableHeader { form: TableForm::Parquet, line: 0, names })?;
    let rows = Rows { path: path.to_owned(), rows: RowIter::from_file_into(Box::new(file)), read: 0 };
    Ok(Entries::new(rows.map(move |row| {
        let (line, row) = row?;
        let row = TableRow { line, cells: cells_of(&row, &schema) };
        let place = FilePlace { form: Some(TableForm::Parquet), line, column: None };
        Ok(Entry { place, content: Content::Row { columns: Arc::clone(&columns), row } })
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
    read: usize,
}

impl Iterator for Rows {
    type Item = Result<(usize, Row), CommandError>;

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

/// The cells of a row; `schema` has the types of its columns.
fn cells_of(row: &Row, schema: &Type) -> Vec<Cell> {
    row.get_column_iter().zip(schema.get_fields()).map(|((_, field), column)| cell_of(field, column)).collect()
}

fn cell_of(field: &Field, column: &Type) -> Cell {
    match field {
        Field::Null => Cell::Empty,
        Field::Bool(yes) => Cell::Bool(*yes),
        Field::Str(text) => Cell::text(text),
        Field::Long(count) => long(*count, column),
        Field::Byte(_)
        | Field::Short(_)
        | Field::Int(_)
        | Field::UByte(_)
        | Field::UShort(_)
        | Field::UInt(_)
        | Field::ULong(_)
        | Field::Decimal(_) => Cell::Number(field.to_string()),
        Field::Float16(number) => float(f32::from(*number)),
        Field::Float(number) => float(*number),
        Field::Double(number) => Cell::double(*number),
        Field::Date(days) => day(i64::from(*days)),
        Field::TimestampMillis(count) => midnight(*count, SECONDS_OF_DAY * 1000),
        Field::TimestampMicros(count) => midnight(*count, SECONDS_OF_DAY * 1_000_000),
        Field::TimeMillis(_) | Field::TimeMicros(_) => Cell::Unusable(UnusableCellError::Duration),
        Field::Bytes(_) | Field::MapInternal(_) => Cell::Unusable(UnusableCellError::OtherType),
        Field::Group(_) | Field::ListInternal(_) => nested(field, column).map_or_else(Cell::Unusable, Cell::Nested),
    }
}

const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

/// A whole number, unless its column counts nanoseconds, which its reader doesn't know.
fn long(count: i64, column: &Type) -> Cell {
    match column.get_basic_info().logical_type_ref() {
        Some(LogicalType::Timestamp(_)) => midnight(count, SECONDS_OF_DAY * 1_000_000_000),
        Some(LogicalType::Time(_)) => Cell::Unusable(UnusableCellError::Duration),
        Some(_) | None => Cell::Number(count.to_string()),
    }
}

/// A binary number of 32 bits or less, as it was written: its digits as one of 64 bits would be others.
fn float(number: f32) -> Cell {
    if number.is_finite() { Cell::Number(number.to_string()) } else { Cell::Unusable(UnusableCellError::NoNumber) }
}

/// The day of a moment, if it is midnight, counted from 1970 in parts of a day.
fn midnight(count: i64, parts_of_day: i64) -> Cell {
    match count.rem_euclid(parts_of_day) {
        0 => day(count.div_euclid(parts_of_day)),
        _ => Cell::Unusable(UnusableCellError::TimeOfDay),
    }
}

/// A day, counted from 1970.
fn day(days: i64) -> Cell {
    let days = jiff::Span::new().try_days(days);
    let day = days.and_then(|days| date(1970, 1, 1).checked_add(days));
    day.map_or(Cell::Unusable(UnusableCellError::NoDate), Cell::Date)
}

/// A list or a record. Its fields have the names of the columns within it.
fn nested(field: &Field, column: &Type) -> Result<UntypedValue, UnusableCellError> {
    Ok(match field {
        Field::Group(row) => {
            let fields = row.get_column_iter().zip(column.get_fields());
            let value =
                |((name, field), column): ((&String, &Field), &Arc<Type>)| Ok((name.clone(), nested(field, column)?));
            UntypedValue::Object(fields.map(value).collect::<Result<_, UnusableCellError>>()?)
        }
        Field::ListInternal(list) => {
            let item = item_type(column);
            UntypedValue::List(list.elements().iter().map(|field| nested(field, item)).collect::<Result<_, _>>()?)
        }
        single => match cell_of(single, column) {
            Cell::Empty => UntypedValue::Null,
            Cell::Text(text) => UntypedValue::Text(text),
            Cell::Number(number) => UntypedValue::Number(number),
            Cell::Double(number) => UntypedValue::Number(number.to_string()),
            Cell::Bool(yes) => UntypedValue::Bool(yes),
            Cell::Date(day) => UntypedValue::Text(day.to_string()),
            Cell::Nested(value) => value,
            Cell::Unusable(fault) => return Err(fault),
        },
    })
}

/// The type of a list's items: below a group that repeats, or that group itself in files of old writers.
fn item_type(list: &Type) -> &Type {
    let only = |group: &Type| match group.is_group().then(|| group.get_fields()) {
        Some([only]) => Some(Arc::clone(only)),
        Some(_) | None => None,
    };
    let repeated = match list.is_group().then(|| list.get_fields()) {
        Some([repeated]) => repeated,
        Some(_) | None => return list,
    };
    match (only(repeated).is_some(), repeated.is_group().then(|| repeated.get_fields())) {
        (true, Some([item])) => item,
        _ => repeated,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ordinance_harness::CaseDefaults;

    use super::*;

    /// How many rows are read before the first error, and that error. Fails if the rows go on after it.
    fn read(path: &Path) -> (usize, Option<CommandError>) {
        let text = |text: &str| Some(text.to_owned());
        let (jurisdiction, service, as_of) = (text("N"), text("benefit"), text("2026-01-01"));
        let defaults = CaseDefaults { jurisdiction, service, as_of, ..CaseDefaults::default() };
        let mut entries = match rows(path, RowsOf::People(&defaults)) {
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
