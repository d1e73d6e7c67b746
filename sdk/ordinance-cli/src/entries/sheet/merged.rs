//! The merged cells of a sheet: a program stores their value in the first, and nothing in the others.

use std::io::{BufReader, Cursor};
use std::sync::Arc;

use calamine::{Reader as _, Xlsx};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::sheet_error::SheetError;
use super::xml_part::{PartKind, repetition};

/// The row and the column, from 1, of the first cell of each merged region of a sheet of a checked workbook.
pub(super) fn merged_cells(
    bytes: Cursor<Arc<[u8]>>,
    kind: PartKind,
    sheet: &str,
) -> Result<Vec<(usize, usize)>, SheetError> {
    match kind {
        PartKind::OpenDocument => of_open_document(bytes, sheet),
        PartKind::Excel | PartKind::Other => {
            let mut workbook: Xlsx<_> = Xlsx::new(bytes)?;
            let place = |index: u32| usize::try_from(index).unwrap_or(usize::MAX).saturating_add(1);
            let regions = workbook.merge_cells_by_sheet_name(sheet)?;
            Ok(regions.into_iter().map(|region| (place(region.start.0), place(region.start.1))).collect())
        }
    }
}

fn of_open_document(bytes: Cursor<Arc<[u8]>>, sheet: &str) -> Result<Vec<(usize, usize)>, SheetError> {
    let mut archive = ZipArchive::new(bytes)?;
    let mut reader = Reader::from_reader(BufReader::new(archive.by_name("content.xml")?));
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    let mut walk = Walk::default();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer)? {
            Event::Start(element) => walk.start(&element, sheet)?,
            Event::End(element) if element.local_name().as_ref() == "table-row" => walk.end_row(),
            Event::Eof => return Ok(walk.found),
            _ => {}
        }
    }
}

/// The way through the cells of a document. Rows and columns count from 0.
#[derive(Default)]
struct Walk {
    is_wanted: bool,
    row: usize,
    row_repeated: usize,
    column: usize,
    found: Vec<(usize, usize)>,
}

impl Walk {
    fn end_row(&mut self) {
        self.row = self.row.saturating_add(self.row_repeated);
    }

    fn start(&mut self, element: &BytesStart<'_>, sheet: &str) -> Result<(), SheetError> {
        let number = |name: &str| {
            repetition(element, name).map(|number| usize::try_from(number).unwrap_or(usize::MAX)).unwrap_or(1)
        };
        match element.local_name().as_ref() {
            "table" => {
                let mut attributes = element.attributes();
                let mut names = attributes.with_checks(false).filter_map(Result::ok);
                let name = names.find(|attribute| attribute.key.as_ref() == "table:name");
                self.is_wanted = name.is_some_and(|name| &*name.value == sheet);
                self.row = 0;
            }
            "table-row" => {
                self.row_repeated = number("table:number-rows-repeated");
                self.column = 0;
            }
            "table-cell" | "covered-table-cell" => {
                let spans = number("table:number-columns-spanned").max(number("table:number-rows-spanned"));
                if self.is_wanted && spans > 1 {
                    self.found.push((self.row.saturating_add(1), self.column.saturating_add(1)));
                }
                self.column = self.column.saturating_add(number("table:number-columns-repeated"));
            }
            _ => {}
        }
        Ok(())
    }
}
