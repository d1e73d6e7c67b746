//! A table as a whole, such as a decision table of a rule: its cells with their places. Unlike rows of cases it is
//! small.

use std::sync::Arc;

use csv::ReaderBuilder;
use ordinance_engine::table_text::table_start;
use ordinance_harness::{Cell, TableRow};

use super::quotes::{QuoteError, check_quotes};

/// The most cells with content.
const CELLS_MAX: usize = 500_000;

/// A table.
pub(crate) struct WholeTable {
    /// The sheet, by its place among the visible ones, from 1; empty for a file of text.
    pub(crate) sheet: String,
    /// The rows with content, each with its line or row.
    pub(crate) rows: Vec<TableRow>,
    /// The first cells of merged regions: the row and the column of each, from 1.
    pub(crate) merged: Vec<(usize, usize)>,
    /// What parts the cells of a file of text; a workbook has no such sign.
    pub(crate) separator: Option<char>,
}

/// A table that can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WholeTableError {
    #[error("a table is a workbook (.xlsx or .ods) or text (.csv)")]
    Ending,
    #[error("the text isn't UTF-8")]
    NotUtf8,
    #[error("the text is UTF-16 (\"Unicode text\") or holds NUL characters, and isn't UTF-8")]
    Utf16,
    #[error("{0}")]
    Quote(#[from] QuoteError),
    #[error("{0}")]
    Text(String),
    #[error("the table has more than {CELLS_MAX} cells with content")]
    TooManyCells,
    #[error("a file of text has no sheets")]
    NoSheets,
    #[cfg(feature = "sheets")]
    #[error("it can't be read as a workbook: {0}")]
    Sheet(#[from] super::sheet::SheetError),
    #[cfg(not(feature = "sheets"))]
    #[error("this `ordinance` was built without workbooks (cargo's feature `sheets`); save the table as CSV in UTF-8")]
    NoSheetFeature,
}

/// Reads the table in a file of this name. `sheet` is the name of a sheet; without it the first with content counts.
///
/// # Errors
/// [`WholeTableError`] if it is damaged, too large or of another format.
pub(crate) fn whole_table(name: &str, bytes: Vec<u8>, sheet: Option<&str>) -> Result<WholeTable, WholeTableError> {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "csv" | "tsv" if sheet.is_some() => Err(WholeTableError::NoSheets),
        "csv" | "tsv" => of_text(&bytes),
        "xlsx" | "ods" => of_workbook(bytes.into(), ending == "ods", sheet),
        _ => Err(WholeTableError::Ending),
    }
}

#[cfg(feature = "sheets")]
fn of_workbook(bytes: Arc<[u8]>, is_ods: bool, sheet: Option<&str>) -> Result<WholeTable, WholeTableError> {
    let whole = super::sheet::whole(bytes, is_ods, sheet, CELLS_MAX)?;
    Ok(WholeTable { sheet: whole.number.to_string(), rows: whole.rows, merged: whole.merged, separator: None })
}

#[cfg(not(feature = "sheets"))]
fn of_workbook(_: Arc<[u8]>, _: bool, _: Option<&str>) -> Result<WholeTable, WholeTableError> {
    Err(WholeTableError::NoSheetFeature)
}

fn of_text(bytes: &[u8]) -> Result<WholeTable, WholeTableError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
        return Err(WholeTableError::Utf16);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| WholeTableError::NotUtf8)?;
    let start = table_start(text).map_err(|error| WholeTableError::Text(error.to_string()))?;
    let content = text.get(start.header_byte..).unwrap_or_default();
    check_quotes(content, start.separator, start.lines_before)?;
    let mut builder = ReaderBuilder::new();
    let mut reader =
        builder.delimiter(start.separator).flexible(true).has_headers(false).from_reader(content.as_bytes());
    let mut rows = Vec::new();
    let mut cells = 0;
    for record in reader.records() {
        let record = record.map_err(|error| WholeTableError::Text(error.to_string()))?;
        let line = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
        let row: Vec<Cell> = record.iter().map(Cell::text).collect();
        let filled = row.iter().filter(|cell| **cell != Cell::Empty).count();
        cells += filled;
        if cells > CELLS_MAX {
            return Err(WholeTableError::TooManyCells);
        }
        if filled > 0 {
            rows.push(TableRow { line: line + start.lines_before, cells: row });
        }
    }
    Ok(WholeTable { sheet: String::new(), rows, merged: Vec::new(), separator: Some(char::from(start.separator)) })
}
