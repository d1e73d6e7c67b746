//! Lines of NDJSON, and the items of a JSON array.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use ordinance_harness::{FilePlace, json_array_items};

use super::entry::{Content, Entries, Entry};
use super::rows_of::open;
use crate::exit::CommandError;
use crate::source::io_error;

/// Some editors begin a file with a byte order mark.
const MARK: char = '\u{feff}';

/// The JSON objects of an NDJSON file. Empty lines are skipped.
pub(super) fn lines(path: &Path) -> Result<Entries, CommandError> {
    let path = path.to_owned();
    let lines = (1..).zip(BufReader::new(open(&path)?).lines());
    Ok(Entries::new(lines.filter_map(move |(line, read)| match read {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(Ok(entry(line, text.trim_start_matches(MARK).to_owned()))),
        Err(source) => Some(Err(io_error("read", &path, source))),
    })))
}

/// The items of a file that is one JSON array.
pub(super) fn array(path: &Path, help: &str) -> Result<Entries, CommandError> {
    let text = fs::read_to_string(path).map_err(|source| io_error("read", path, source))?;
    let items = json_array_items(text.trim_start_matches(MARK));
    let items = items.map_err(|error| CommandError::bad_use(format!("`{}`:{error}", path.display()), help))?;
    Ok(Entries::new(items.into_iter().map(|(line, text)| Ok(entry(line, text)))))
}

fn entry(line: usize, text: String) -> Entry {
    Entry { place: FilePlace { form: None, line, column: None }, content: Content::Object(text) }
}
