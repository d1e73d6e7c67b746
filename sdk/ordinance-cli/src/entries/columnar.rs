//! The rows of a Parquet file, read as it goes. A row is taken like one of a table of text: a column is a fact, a date is
//! written as YYYY-MM-DD, and what is null isn't known.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use ordinance_harness::Columns;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use super::entry::{Content, Entries, Entry};
use crate::exit::CommandError;
use crate::source::io_error;

/// The rows of a Parquet file; `columns` reads the names of its columns, and `help` says what is to stand there.
pub(super) fn rows(
    path: &Path,
    help: &str,
    columns: impl FnOnce(&csv::StringRecord) -> Result<Columns, CommandError>,
) -> Result<Entries, CommandError> {
    let file = File::open(path).map_err(|source| io_error("read", path, source))?;
    let unreadable = |error: ParquetError| {
        CommandError::bad_use(format!("`{}` is no Parquet file that can be read: {error}", path.display()), help)
    };
    let reader = SerializedFileReader::new(file).map_err(unreadable)?;
    let schema = reader.metadata().file_metadata().schema();
    let names: csv::StringRecord = schema.get_fields().iter().map(|field| field.name()).collect();
    let columns = Arc::new(columns(&names)?);
    let rows = reader.into_iter();
    Ok(Box::new((1..).zip(rows).map(move |(line, row)| {
        let content = match row.map_err(|error| error.to_string()).and_then(|row| texts_of(&row)) {
            Ok(mut row) => {
                let mut position = csv::Position::new();
                position.set_line(line);
                row.set_position(Some(position));
                Content::Row { columns: Arc::clone(&columns), row }
            }
            Err(why) => Content::Unreadable(why),
        };
        Ok(Entry { line: usize::try_from(line).unwrap_or(usize::MAX), content })
    })))
}

fn texts_of(row: &Row) -> Result<csv::StringRecord, String> {
    row.get_column_iter().map(|(name, field)| text_of(field).map_err(|why| format!("`{name}`: {why}"))).collect()
}

/// A value as a table of text has it.
fn text_of(field: &Field) -> Result<String, String> {
    Ok(match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Float(number) => plain(f64::from(*number)),
        Field::Double(number) => plain(*number),
        Field::Date(days) => {
            let day = date(1970, 1, 1).checked_add(jiff::Span::new().days(*days));
            day.map_err(|_| "this is no date that exists".to_owned())?.to_string()
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
            return Err("a fact is read from a column of numbers, text, dates or true and false".to_owned());
        }
    })
}

/// A number with the digits that it has; a whole one without a point.
fn plain(number: f64) -> String {
    number.to_string()
}
