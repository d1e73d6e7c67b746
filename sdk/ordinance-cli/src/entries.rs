//! Reads files with one case per line as a stream: NDJSON, CSV with a header, or Parquet.

#[cfg(feature = "parquet")]
mod columnar;
mod entry;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use ordinance_harness::Columns;

use crate::exit::CommandError;
use crate::source::io_error;

pub(crate) use self::entry::{Content, Entries, Entry};

/// The JSON objects of an NDJSON file. Empty lines are skipped.
pub(crate) fn objects(path: &Path) -> Result<Entries, CommandError> {
    let path = path.to_owned();
    let lines = (1..).zip(BufReader::new(open(&path)?).lines());
    Ok(Entries::new(lines.filter_map(move |(line, read)| match read {
        Ok(text) if text.trim().is_empty() => None,
        // Some editors begin a file with a byte order mark.
        Ok(text) => Some(Ok(Entry { line, content: Content::Object(text.trim_start_matches('\u{feff}').to_owned()) })),
        Err(source) => Some(Err(io_error("read", &path, source))),
    })))
}

/// The rows of a table: Parquet if its name ends in `.parquet`, else CSV. `columns` parses the header; an error of the
/// header has the text `help`.
pub(crate) fn rows(
    path: &Path,
    help: &str,
    columns: impl FnOnce(&csv::StringRecord) -> Result<Columns, CommandError>,
) -> Result<Entries, CommandError> {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        #[cfg(feature = "parquet")]
        return columnar::rows(path, columns);
        #[cfg(not(feature = "parquet"))]
        return Err(needs_feature(path));
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

/// The error of a command that was built without the crates for Parquet, which are many and which few need.
#[cfg(any(test, not(feature = "parquet")))]
fn needs_feature(path: &Path) -> CommandError {
    CommandError::bad_use(
        format!("`{}` is a Parquet file, which this `ordinance` was built without", path.display()),
        "install one that reads it: `cargo install --path sdk/ordinance-cli --features parquet` (in a clone: `cargo run \
         --features parquet -- ...`); or write the table as CSV",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_without_parquet_says_how_to_get_it() {
        let CommandError::BadUse { message, help } = needs_feature(Path::new("people.parquet")) else { unreachable!() };
        assert!(message.contains("people.parquet"), "{message}");
        assert!(help.contains("--features parquet"), "{help}");
    }
}
