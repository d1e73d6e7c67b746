//! A part of a workbook, which is checked before it is read: it is whole, it declares no entities, and what it repeats
//! is bounded. A cell of an OpenDocument sheet says how often it and its row repeat, so a few bytes may stand for
//! billions of cells.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How deep elements may be nested.
const DEPTH_MAX: usize = 100;
/// The number of elements other than cells, such as texts and formats, which are kept in memory.
const ELEMENTS_MAX: u64 = 2_000_000;
/// The number of cells of an OpenDocument sheet, which is kept in memory as a whole; empty ones count.
const CELLS_MAX: u64 = 5_000_000;
/// The bytes of text in these cells.
const TEXT_BYTES_MAX: u64 = 256 << 20;

/// The kind of a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    /// Office Open XML (.xlsx).
    Excel,
    /// OpenDocument (.ods).
    OpenDocument,
    /// A part of either in which no cells stand.
    Other,
}

impl PartKind {
    /// The kind of a part by its name.
    pub(super) fn of_part(self, name: &str) -> Self {
        match self {
            Self::OpenDocument if name != "content.xml" => Self::Other,
            kind => kind,
        }
    }
}

/// A part that is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartError {
    #[error("it can't be read: {0}")]
    Xml(#[from] quick_xml::Error),
    #[error("it ends too early")]
    CutOff,
    #[error("it declares entities, which no spreadsheet program writes")]
    Entities,
    #[error("its elements are nested more than {DEPTH_MAX} deep")]
    TooDeep,
    #[error("the workbook has more than {ELEMENTS_MAX} texts and formats")]
    TooManyElements,
    #[error("a sheet has more than {CELLS_MAX} cells, or more text than {} MiB", TEXT_BYTES_MAX >> 20)]
    TooManyCells,
    #[error("a number of repetitions is none")]
    NoRepetition,
}

/// Checks a part. `elements` counts those of all parts; `next` is called before each text or tag.
///
/// # Errors
/// [`PartError`] if it isn't whole, or isn't bounded.
pub(super) fn check_part(
    part: impl BufRead,
    kind: PartKind,
    elements: &mut u64,
    next: impl Fn(),
) -> Result<(), PartError> {
    let mut reader = Reader::from_reader(part);
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    let mut depth: usize = 0;
    let mut size = SheetSize::default();
    loop {
        buffer.clear();
        next();
        match reader.read_event_into(&mut buffer)? {
            Event::Start(element) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(PartError::TooDeep);
                }
                if !is_of_cell(kind, element.local_name().as_ref()) {
                    *elements += 1;
                }
                if *elements > ELEMENTS_MAX {
                    return Err(PartError::TooManyElements);
                }
                if kind == PartKind::OpenDocument {
                    size.start(&element)?;
                }
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                if kind == PartKind::OpenDocument {
                    size.end(element.local_name().as_ref())?;
                }
            }
            Event::Text(text) => size.add_text(text.len()),
            Event::DocType(text) if text.contains('[') => return Err(PartError::Entities),
            Event::Eof if depth > 0 => return Err(PartError::CutOff),
            Event::Eof => return Ok(()),
            Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

/// Whether an element belongs to a cell that is read and forgotten, or whose number is bounded by itself.
fn is_of_cell(kind: PartKind, name: &str) -> bool {
    match kind {
        PartKind::Excel => matches!(name, "row" | "c" | "v" | "f" | "is" | "t"),
        PartKind::OpenDocument => matches!(name, "table-row" | "table-cell" | "covered-table-cell" | "p"),
        PartKind::Other => false,
    }
}

/// The size of an OpenDocument sheet, with what repeats.
#[derive(Default)]
struct SheetSize {
    /// The cells as they are kept at first: the repeated ones of each row, once for a row that repeats.
    cells: u64,
    text_bytes: u64,
    /// The rows up to here, and the greatest number of columns with content.
    rows: u64,
    columns: u64,
    row: RowSize,
    cell: CellSize,
}

#[derive(Default)]
struct RowSize {
    repeated: u64,
    /// The columns up to here, and up to the last with content.
    columns: u64,
    filled: u64,
    text_bytes: u64,
}

#[derive(Default)]
struct CellSize {
    repeated: u64,
    has_content: bool,
    text_bytes: u64,
}

impl SheetSize {
    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), PartError> {
        match element.local_name().as_ref() {
            "table" => *self = Self { cells: self.cells, text_bytes: self.text_bytes, ..Self::default() },
            "table-row" => {
                let repeated = repetition(element, "table:number-rows-repeated")?;
                self.row = RowSize { repeated, ..RowSize::default() };
            }
            "table-cell" | "covered-table-cell" => {
                let repeated = repetition(element, "table:number-columns-repeated")?;
                let raw = element.attributes_raw();
                let has_content = raw.contains("value-type") || raw.contains("formula");
                self.cell = CellSize { repeated, has_content, text_bytes: size_of(raw.len()) };
            }
            "s" => self.cell.text_bytes = self.cell.text_bytes.saturating_add(repetition(element, "text:c")?),
            _ => {}
        }
        if self.cell.text_bytes > TEXT_BYTES_MAX { Err(PartError::TooManyCells) } else { Ok(()) }
    }

    fn add_text(&mut self, bytes: usize) {
        self.cell.text_bytes = self.cell.text_bytes.saturating_add(size_of(bytes));
    }

    fn end(&mut self, name: &str) -> Result<(), PartError> {
        match name {
            "table-cell" | "covered-table-cell" => {
                let cell = std::mem::take(&mut self.cell);
                self.row.columns = self.row.columns.saturating_add(cell.repeated);
                if cell.has_content {
                    self.row.filled = self.row.columns;
                    let text_bytes = cell.text_bytes.saturating_mul(cell.repeated);
                    self.row.text_bytes = self.row.text_bytes.saturating_add(text_bytes);
                }
            }
            "table-row" => {
                let row = std::mem::take(&mut self.row);
                self.rows = self.rows.saturating_add(row.repeated);
                if row.filled > 0 {
                    self.cells = self.cells.saturating_add(row.filled);
                    self.columns = self.columns.max(row.filled);
                    let text_bytes = row.text_bytes.saturating_mul(row.repeated);
                    self.text_bytes = self.text_bytes.saturating_add(text_bytes);
                    let area = self.rows.saturating_mul(self.columns);
                    if self.cells.max(area) > CELLS_MAX || self.text_bytes > TEXT_BYTES_MAX {
                        return Err(PartError::TooManyCells);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn size_of(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// How often an element repeats, or another number that is 1 if it isn't given.
pub(super) fn repetition(element: &BytesStart<'_>, name: &str) -> Result<u64, PartError> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(quick_xml::Error::from)?;
        if attribute.key.as_ref() == name {
            return attribute.value.trim().parse().map_err(|_| PartError::NoRepetition);
        }
    }
    Ok(1)
}
