//! The rows of a sheet of a workbook (.xlsx, .ods). The first row with content is the header. Cells beyond it and
//! outside cells with content don't count; a formula counts with the value that the program stored.

mod cells;
mod container;
mod merged;
mod sheet_error;
mod xml_part;

use std::fmt::Display;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{Ods, Reader, Sheet, SheetType, SheetVisible, Xlsx};
use ordinance_harness::{Cell, Columns, FilePlace, TableForm, TableHeader, TableRow};

use self::cells::{all_of_open_document, next_of_excel};
use self::container::{ContainerError, FILE_BYTES_MAX};
use self::merged::merged_cells;
use self::sheet_error::COLUMNS_MAX;
pub(crate) use self::sheet_error::SheetError;
use self::xml_part::PartKind;
use super::entry::{Content, Entries, Entry};
use super::rows_of::{RowsOf, open};
use crate::exit::CommandError;
use crate::source::io_error;
use crate::terminal::print_note;

/// The number of rows that wait to be decided.
const ROWS_AHEAD: usize = 64;

type Bytes = Cursor<Arc<[u8]>>;

/// What the reading thread sends.
enum Told {
    /// The sheet that is read, and visible others with content.
    Opened {
        name: String,
        others: Vec<String>,
        /// Its place among the visible sheets, from 1.
        number: usize,
    },
    Row(TableRow),
    Failed(SheetError),
}

/// The rows of the first visible sheet with content. Rows without any are skipped.
pub(super) fn rows(path: &Path, rows: RowsOf<'_>) -> Result<Entries, CommandError> {
    rows_of_bytes(path, read_file(path)?, rows)
}

/// The same of a workbook that is read already.
pub(super) fn rows_of_bytes(path: &Path, bytes: Arc<[u8]>, rows: RowsOf<'_>) -> Result<Entries, CommandError> {
    let is_ods = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ods"));
    let kind = if is_ods { PartKind::OpenDocument } else { PartKind::Excel };
    container::check(&bytes, kind).map_err(|error| refused(path, &error))?;
    let mut told = read_ahead(Cursor::new(bytes), kind, None).into_iter();
    let Some(header) = header(path, &mut told)? else {
        return Err(CommandError::bad_use(format!("`{}` has no sheet with content", path.display()), rows.help()));
    };
    let columns = rows.columns(path, &header)?;
    let path = path.to_owned();
    Ok(Entries::new(told.filter_map(move |told| match told {
        Told::Row(row) => Some(Ok(entry(row, &columns))),
        Told::Failed(error) => Some(Err(refused(&path, &error))),
        Told::Opened { .. } => None,
    })))
}

fn read_file(path: &Path) -> Result<Arc<[u8]>, CommandError> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    let read = read.map_err(|source| io_error("read", path, source))?;
    if u64::try_from(read).is_ok_and(|read| read > FILE_BYTES_MAX) {
        return Err(refused(path, &ContainerError::FileTooLarge));
    }
    Ok(bytes.into())
}

/// A sheet as a whole.
pub(super) struct WholeSheet {
    /// Its place among the visible sheets, from 1.
    pub(super) number: usize,
    /// The rows with content.
    pub(super) rows: Vec<TableRow>,
    /// The first cells of merged regions: the row and the column of each, from 1.
    pub(super) merged: Vec<(usize, usize)>,
}

/// Reads a sheet of at most `cells_max` cells with content: that of this name, or the first visible one with content.
pub(super) fn whole(
    bytes: Arc<[u8]>,
    is_ods: bool,
    wanted: Option<&str>,
    cells_max: usize,
) -> Result<WholeSheet, SheetError> {
    let kind = if is_ods { PartKind::OpenDocument } else { PartKind::Excel };
    container::check(&bytes, kind)?;
    let mut sheet: Option<WholeSheet> = None;
    let mut cells = 0;
    for told in read_ahead(Cursor::new(Arc::clone(&bytes)), kind, wanted.map(str::to_owned)) {
        match (told, &mut sheet) {
            (Told::Failed(error), _) => return Err(error),
            (Told::Opened { number, name, .. }, _) => {
                let merged = merged_cells(Cursor::new(Arc::clone(&bytes)), kind, &name)?;
                sheet = Some(WholeSheet { number, rows: Vec::new(), merged });
            }
            (Told::Row(row), Some(sheet)) => {
                cells += row.cells.iter().filter(|cell| **cell != Cell::Empty).count();
                if cells > cells_max {
                    return Err(SheetError::TooManyCells(cells_max));
                }
                sheet.rows.push(row);
            }
            (Told::Row(_), None) => {}
        }
    }
    sheet.ok_or(SheetError::Empty)
}

fn refused(path: &Path, reason: &dyn Display) -> CommandError {
    CommandError::bad_use(
        format!("`{}` can't be read as a workbook: {reason}", path.display()),
        "save the sheet again in a spreadsheet program, as a workbook of its own, or as \"CSV UTF-8\" or Parquet",
    )
}

/// The names of the columns, from the first row; notes which of several sheets is read.
fn header(path: &Path, told: &mut impl Iterator<Item = Told>) -> Result<Option<TableHeader>, CommandError> {
    let mut row = None;
    for told in told {
        match told {
            Told::Opened { name, others, .. } if !others.is_empty() => {
                print_note(&format!(
                    "note: of `{}` the sheet `{name}` is read, and not `{}`; to read another, move it to the front",
                    path.display(),
                    others.join("`, `")
                ));
            }
            Told::Opened { .. } => {}
            Told::Failed(error) => return Err(refused(path, &error)),
            Told::Row(first) => {
                row = Some(first);
                break;
            }
        }
    }
    let Some(row) = row else { return Ok(None) };
    let names = row.cells.iter().map(Cell::as_name).collect();
    Ok(Some(TableHeader { form: TableForm::Sheet, line: row.line, names }))
}

fn entry(row: TableRow, columns: &Arc<Columns>) -> Entry {
    let place = FilePlace { form: Some(TableForm::Sheet), line: row.line, column: None };
    Entry { place, content: Content::Row { columns: Arc::clone(columns), row } }
}

/// Reads the rows in a thread of its own, since the reader of cells borrows the workbook. The thread ends when nobody
/// reads on.
fn read_ahead(bytes: Bytes, kind: PartKind, wanted: Option<String>) -> Receiver<Told> {
    let (sender, receiver) = sync_channel(ROWS_AHEAD);
    std::thread::spawn(move || {
        // A damaged workbook must not end the command.
        let read = catch_unwind(AssertUnwindSafe(|| match kind {
            PartKind::OpenDocument => read_open_document(bytes, wanted.as_deref(), &sender),
            PartKind::Excel | PartKind::Other => read_excel(bytes, wanted.as_deref(), &sender),
        }));
        if let Err(error) = read.unwrap_or(Err(SheetError::Decoder)) {
            let _ = sender.send(Told::Failed(error));
        }
    });
    receiver
}

fn read_excel(bytes: Bytes, wanted: Option<&str>, told: &SyncSender<Told>) -> Result<(), SheetError> {
    let mut workbook: Xlsx<Bytes> = Xlsx::new(bytes)?;
    let mut filled = Vec::new();
    for name in wanted_sheets(workbook.sheets_metadata(), wanted)? {
        let mut cells = workbook.worksheet_cells_reader(&name)?;
        while let Some((_, cell)) = next_of_excel(&mut cells)? {
            if cell != Cell::Empty {
                filled.push(name);
                break;
            }
        }
    }
    let Some(name) = open_first(filled, &visible_sheets(workbook.sheets_metadata()), told) else { return Ok(()) };
    let mut cells = workbook.worksheet_cells_reader(&name)?;
    let mut rows = RowWriter { row: TableRow { line: 0, cells: Vec::new() }, told };
    while let Some((position, cell)) = next_of_excel(&mut cells)? {
        if !rows.add(position, cell)? {
            return Ok(());
        }
    }
    rows.end_row();
    Ok(())
}

fn read_open_document(bytes: Bytes, wanted: Option<&str>, told: &SyncSender<Told>) -> Result<(), SheetError> {
    let mut workbook: Ods<Bytes> = Ods::new(bytes)?;
    let mut filled = Vec::new();
    for name in wanted_sheets(workbook.sheets_metadata(), wanted)? {
        if !workbook.worksheet_range(&name)?.is_empty() || !workbook.worksheet_formula(&name)?.is_empty() {
            filled.push(name);
        }
    }
    let Some(name) = open_first(filled, &visible_sheets(workbook.sheets_metadata()), told) else { return Ok(()) };
    let (values, formulas) = (workbook.worksheet_range(&name)?, workbook.worksheet_formula(&name)?);
    drop(workbook);
    let mut rows = RowWriter { row: TableRow { line: 0, cells: Vec::new() }, told };
    for (position, cell) in all_of_open_document(&values, &formulas) {
        if !rows.add(position, cell)? {
            return Ok(());
        }
    }
    rows.end_row();
    Ok(())
}

/// The sheet of this name, or all that are visible.
fn wanted_sheets(sheets: &[Sheet], wanted: Option<&str>) -> Result<Vec<String>, SheetError> {
    let visible = visible_sheets(sheets);
    match wanted {
        None => Ok(visible),
        Some(wanted) if visible.iter().any(|name| name == wanted) => Ok(vec![wanted.to_owned()]),
        Some(wanted) => Err(SheetError::NoSheet { wanted: wanted.to_owned(), names: visible.join("`, `") }),
    }
}

fn visible_sheets(sheets: &[Sheet]) -> Vec<String> {
    let visible = sheets.iter().filter(|sheet| sheet.visible == SheetVisible::Visible);
    visible.filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect()
}

/// Tells the first of the sheets with content, and returns it.
fn open_first(filled: Vec<String>, visible: &[String], told: &SyncSender<Told>) -> Option<String> {
    let mut filled = filled.into_iter();
    let name = filled.next()?;
    let number = visible.iter().position(|sheet| *sheet == name).map_or(1, |index| index + 1);
    told.send(Told::Opened { name: name.clone(), others: filled.collect(), number }).ok()?;
    Some(name)
}

/// Puts cells together to rows, which it tells.
struct RowWriter<'t> {
    row: TableRow,
    told: &'t SyncSender<Told>,
}

impl RowWriter<'_> {
    /// Adds a cell at a row and a column from 0. Returns whether somebody reads on.
    fn add(&mut self, (row, column): (u32, u32), cell: Cell) -> Result<bool, SheetError> {
        if cell == Cell::Empty {
            return Ok(true);
        }
        let line = usize::try_from(row).unwrap_or(usize::MAX).saturating_add(1);
        if line < self.row.line {
            return Err(SheetError::Order(line));
        }
        if line > self.row.line {
            if !self.end_row() {
                return Ok(false);
            }
            self.row.line = line;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= COLUMNS_MAX {
            return Err(SheetError::TooWide { row: line });
        }
        if self.row.cells.len() <= column {
            self.row.cells.resize(column + 1, Cell::Empty);
        }
        if let Some(place) = self.row.cells.get_mut(column) {
            *place = cell;
        }
        Ok(true)
    }

    /// Tells the row so far, unless it is empty. Returns whether somebody reads on.
    fn end_row(&mut self) -> bool {
        let cells = std::mem::take(&mut self.row.cells);
        cells.is_empty() || self.told.send(Told::Row(TableRow { line: self.row.line, cells })).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ordinance_harness::CaseDefaults;

    use super::*;

    /// How many rows are read before the first error. Fails if the rows go on after it.
    fn read(path: &Path) -> usize {
        let text = |text: &str| Some(text.to_owned());
        let (jurisdiction, service, as_of) = (text("N"), text("benefit"), text("2026-01-01"));
        let defaults = CaseDefaults { jurisdiction, service, as_of, ..CaseDefaults::default() };
        let Ok(mut entries) = rows(path, RowsOf::People(&defaults)) else { return 0 };
        let good = entries.by_ref().map_while(|entry| entry.map_err(Some).ok()).take(1000).count();
        assert!(entries.next().is_none());
        good
    }

    #[test]
    fn a_workbook_with_any_byte_damaged_comes_to_an_end() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["openpyxl.xlsx", "libreoffice.ods"] {
            let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/tables");
            let whole = fs::read(tables.join(name)).unwrap();
            let path = folder.path().join(name);
            fs::write(&path, &whole).unwrap();
            assert_eq!(read(&path), 4, "{name}");
            for at in (0..whole.len()).step_by(5) {
                let mut damaged = whole.clone();
                damaged[at] ^= if at % 2 == 0 { 0x10 } else { 0xff };
                fs::write(&path, &damaged).unwrap();
                assert!(read(&path) <= 4, "{name}: byte {at}");
            }
        }
    }
}
