//! The rows of a table in text: CSV, with commas, semicolons or tabs, as spreadsheets of any country write it.

use std::io::{BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use csv::ByteRecord;
use ordinance_engine::table_text::{TableStart, table_start};
use ordinance_harness::{CaseError, Cell, Columns, FilePlace, TableForm, TableHeader, TableRow, UnusableCellError};

use super::entry::{Content, Entries, Entry};
use super::rows_of::{RowsOf, open};
use crate::count::counted;
use crate::exit::CommandError;
use crate::source::io_error;

/// The longest that the first two lines of a table may be, in bytes.
const HEAD_BYTES_MAX: u64 = 1 << 20;

const UTF8_HELP: &str = "save the table as UTF-8 (in Excel: \"CSV UTF-8 (Comma delimited)\"; in LibreOffice: the \
                         character set \"Unicode (UTF-8)\")";

/// The comma of Chinese texts.
const WIDE_COMMA: char = '，';
const WIDE_COMMA_MESSAGE: &str = "the Chinese comma `，` separates no cells";

/// The table from its header on, with two line breaks at its end: the first ends a last row without one, and only a
/// quote that is left open takes both into its cell.
type TableReader = csv::Reader<Chain<Counted, &'static [u8]>>;

/// The bytes of the file itself from the header on, and how many of them were read.
struct Counted {
    inner: Chain<Cursor<Vec<u8>>, Box<dyn BufRead>>,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

/// The rows of a table in text. Rows without any content are skipped.
pub(super) fn rows(path: &Path, rows: RowsOf<'_>) -> Result<Entries, CommandError> {
    rows_in(path, Box::new(BufReader::new(open(path)?)), rows)
}

/// The same of a text that is read already.
pub(super) fn rows_of_bytes(path: &Path, bytes: Vec<u8>, rows: RowsOf<'_>) -> Result<Entries, CommandError> {
    rows_in(path, Box::new(Cursor::new(bytes)), rows)
}

fn rows_in(path: &Path, mut file: Box<dyn BufRead>, rows: RowsOf<'_>) -> Result<Entries, CommandError> {
    let head = read_head(&mut file).map_err(|source| io_error("read", path, source))?;
    let text = head_text(path, &head)?;
    let start = table_start(text)
        .map_err(|error| CommandError::bad_use(format!("`{}`: {error}", path.display()), rows.help()))?;
    let TableStart { separator, header_byte, lines_before } = start;
    let form = match separator {
        b';' => TableForm::SemicolonText,
        b'\t' => TableForm::TabText,
        _ => TableForm::Text,
    };
    let header = head.get(header_byte..).unwrap_or_default().to_vec();
    let header_line = header.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let (end, after_row) = if header_line.ends_with(b"\r\n") { (&b"\r\n\r\n"[..], 0) } else { (&b"\n\n"[..], 1) };
    let mut builder = csv::ReaderBuilder::new();
    let builder = builder.delimiter(separator).flexible(true);
    let mut reader: TableReader =
        builder.from_reader(Counted { inner: Cursor::new(header).chain(file), bytes: 0 }.chain(end));
    let unreadable = |error: csv::Error| CommandError::bad_use(format!("`{}`: {error}", path.display()), rows.help());
    let names: Vec<String> = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    if let Some(line) = open_quote(&reader, end, names.last().map_or("", String::as_str).as_bytes()) {
        let message = format!("`{}`: {}", path.display(), open_quote_message(line + lines_before));
        return Err(CommandError::bad_use(message, rows.help()));
    }
    let header = TableHeader { form, line: lines_before + 1, names };
    // Beside a comma it may belong to a name.
    if header.names.len() == 1 && header.names.iter().any(|name| name.contains(WIDE_COMMA)) {
        let message = format!("`{}`, line {}: {WIDE_COMMA_MESSAGE}", path.display(), header.line);
        return Err(CommandError::bad_use(message, "type `,` between the names of the header, and between the cells"));
    }
    let columns = rows.columns(path, &header)?;
    let path = path.to_owned();
    let mut record = ByteRecord::new();
    Ok(Entries::new(std::iter::from_fn(move || {
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => return None,
                Ok(true) => {
                    if let Some(line) = open_quote(&reader, end, last_cell(&record)) {
                        let line = line + lines_before;
                        let place = FilePlace { form: Some(form), line, column: Some(record.len()) };
                        let error = CaseError { place, message: open_quote_message(line) };
                        return Some(Ok(Entry { place, content: Content::Unreadable(error) }));
                    }
                    if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                        continue;
                    }
                    let line = line_of(&record, reader.position(), after_row).saturating_add(lines_before);
                    return Some(Ok(entry(&record, &columns, header.names.len(), form, line)));
                }
                // Only the disk can fail: cells may be of any number and hold any bytes.
                Err(error) => return Some(Err(io_error("read", &path, error.into()))),
            }
        }
    })))
}

/// The line on which a row begins. The position of the reader before it is that before empty lines. After it,
/// `after_row` line feeds of its end are counted: none if lines end with a carriage return and a line feed.
fn line_of(record: &ByteRecord, after: &csv::Position, after_row: usize) -> usize {
    let breaks: usize = record.iter().map(breaks).sum();
    let line = |position: &csv::Position| usize::try_from(position.line()).unwrap_or(usize::MAX);
    line(after).saturating_sub(breaks + after_row).max(record.position().map_or(0, line))
}

/// The line on which the last row read opened a quote that isn't closed up to the end of the file, from the header on.
/// `end` is what was added to the file, `last` the row's last cell, in which everything from the quote on stands.
fn open_quote(reader: &TableReader, end: &[u8], last: &[u8]) -> Option<usize> {
    let of_file = reader.get_ref().get_ref().0.bytes;
    let with_end = of_file.saturating_add(u64::try_from(end.len()).unwrap_or(u64::MAX));
    let is_open = reader.position().byte() == with_end && last.ends_with(end);
    is_open.then(|| usize::try_from(reader.position().line()).unwrap_or(usize::MAX).saturating_sub(breaks(last)))
}

fn open_quote_message(line: usize) -> String {
    format!(
        "a quote (\") is opened at line {line} and not closed, so that the lines after it are no rows; close it, or \
         write a quote that belongs to a text twice"
    )
}

fn last_cell(record: &ByteRecord) -> &[u8] {
    record.len().checked_sub(1).and_then(|last| record.get(last)).unwrap_or_default()
}

/// The number of line feeds in a cell.
fn breaks(cell: &[u8]) -> usize {
    cell.iter().filter(|byte| **byte == b'\n').count()
}

/// The first two lines, or as much of them as is allowed.
fn read_head(file: &mut dyn BufRead) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut file = file.take(HEAD_BYTES_MAX);
    file.read_until(b'\n', &mut head)?;
    file.read_until(b'\n', &mut head)?;
    Ok(head)
}

/// The first two lines as text. The second may hold a row in another encoding, whose cells are told.
fn head_text<'h>(path: &Path, head: &'h [u8]) -> Result<&'h str, CommandError> {
    let first_line = head.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let refused = |what: &str| CommandError::bad_use(format!("`{}`: {what}", path.display()), UTF8_HELP);
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || first_line.contains(&0) {
        return Err(refused("the text is UTF-16 (\"Unicode text\"), not UTF-8"));
    }
    match std::str::from_utf8(head) {
        Ok(text) => Ok(text),
        Err(error) => match head.get(..error.valid_up_to()).map(std::str::from_utf8) {
            Some(Ok(text)) if text.len() >= first_line.len() => Ok(text),
            Some(Ok(_) | Err(_)) | None => Err(refused("the names of the columns are not UTF-8")),
        },
    }
}

fn entry(record: &ByteRecord, columns: &Arc<Columns>, width: usize, form: TableForm, line: usize) -> Entry {
    let place = FilePlace { form: Some(form), line, column: None };
    let content = match wrong_length(record, width) {
        Some(message) => Content::Unreadable(CaseError { place, message }),
        None => {
            let cells = record.iter().take(width).map(cell).collect();
            Content::Row { columns: Arc::clone(columns), row: TableRow { line, cells } }
        }
    };
    Entry { place, content }
}

fn cell(bytes: &[u8]) -> Cell {
    std::str::from_utf8(bytes).map_or(Cell::Unusable(UnusableCellError::NotUtf8), Cell::text)
}

/// What is wrong if a row has more or fewer cells than the header; empty ones at its end don't count.
fn wrong_length(record: &ByteRecord, width: usize) -> Option<String> {
    let cells = record.len();
    let is_longer = record.iter().skip(width).any(|cell| !cell.trim_ascii().is_empty());
    if cells == width || (cells > width && !is_longer) {
        return None;
    }
    let is_wide = |cell: &[u8]| std::str::from_utf8(cell).is_ok_and(|cell| cell.contains(WIDE_COMMA));
    if !is_longer && record.iter().any(is_wide) {
        let has = counted(cells, "cell", "cells");
        return Some(format!("{WIDE_COMMA_MESSAGE}, so that the row has {has}, the header {width}; type `,` for it"));
    }
    let over_lines = record.iter().any(|cell| cell.contains(&b'\n'));
    let hint = match (over_lines, is_longer) {
        (true, _) => "a quote (\") may be opened and not closed",
        (false, true) => "put a cell that holds the separator in quotes, such as \"217,50\"",
        (false, false) => "write an empty cell where a value is unknown",
    };
    Some(format!("the row has {}, the header has {width}; {hint}", counted(cells, "cell", "cells")))
}
