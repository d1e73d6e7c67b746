//! The cells of a sheet, whose numbers are binary and whose days are numbers with a format.

use std::io::{Read, Seek};

use calamine::{Data, DataRef, ExcelDateTime, Range, XlsxCellReader, XlsxError};
use jiff::civil::Date;
use ordinance_harness::{Cell, UnusableCellError, day_of_moment};

/// The row and the column of a cell, from 0.
pub(super) type Position = (u32, u32);

/// The next cell of a sheet of Excel. Most libraries that write formulas store no value with them: such a cell isn't
/// empty, its value is only unknown here.
pub(super) fn next_of_excel<R: Read + Seek>(
    cells: &mut XlsxCellReader<'_, R>,
) -> Result<Option<(Position, Cell)>, XlsxError> {
    Ok(cells.next_cell_with_formula_metadata()?.map(|read| match (&read.value, read.formula) {
        (DataRef::Empty, Some(_)) => (read.pos, Cell::Unusable(UnusableCellError::FormulaWithoutValue)),
        (value, _) => (read.pos, of_excel(value)),
    }))
}

/// The cells of an OpenDocument sheet with content, in the order of rows and columns; also formulas without a value.
pub(super) fn all_of_open_document(
    values: &Range<Data>,
    formulas: &Range<String>,
) -> impl Iterator<Item = (Position, Cell)> {
    let unknown =
        used(formulas).filter(|(position, _)| matches!(values.get_value(*position), None | Some(Data::Empty)));
    let mut unknown = unknown.map(|(position, _)| position).peekable();
    let mut known = used(values).peekable();
    std::iter::from_fn(move || {
        let is_unknown = match (unknown.peek(), known.peek()) {
            (Some(unknown), Some((known, _))) => unknown < known,
            (unknown, _) => unknown.is_some(),
        };
        if is_unknown {
            let position = unknown.next()?;
            return Some((position, Cell::Unusable(UnusableCellError::FormulaWithoutValue)));
        }
        known.next().map(|(position, value)| (position, of_open_document(value)))
    })
}

/// The cells of a range that aren't empty, with their place in the sheet.
fn used<T: calamine::CellType>(range: &Range<T>) -> impl Iterator<Item = (Position, &T)> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    let place = |first: u32, index: usize| first.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
    range.used_cells().map(move |(row, column, value)| ((place(first_row, row), place(first_column, column)), value))
}

/// The cell of a workbook of Excel.
fn of_excel(value: &DataRef<'_>) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(number.to_string()),
        DataRef::Float(number) => Cell::double(*number),
        DataRef::String(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(yes) => Cell::Bool(*yes),
        DataRef::DateTime(moment) => day(moment),
        DataRef::DateTimeIso(moment) => iso_day(moment),
        DataRef::DurationIso(_) => Cell::Unusable(UnusableCellError::Duration),
        DataRef::Error(_) => Cell::Unusable(UnusableCellError::FormulaFailed),
    }
}

/// The cell of an OpenDocument sheet.
fn of_open_document(value: &Data) -> Cell {
    match value {
        Data::Empty => Cell::Empty,
        Data::Int(number) => Cell::Number(number.to_string()),
        Data::Float(number) => Cell::double(*number),
        Data::String(text) => Cell::text(text),
        Data::Bool(yes) => Cell::Bool(*yes),
        Data::DateTime(moment) => day(moment),
        Data::DateTimeIso(moment) => iso_day(moment),
        Data::DurationIso(_) => Cell::Unusable(UnusableCellError::Duration),
        Data::Error(_) => Cell::Unusable(UnusableCellError::FormulaFailed),
    }
}

/// The days that Excel counts: before the first it counts hours alone, and it ends with the year 9999.
const DAYS: std::ops::Range<f64> = 1.0..2_958_466.0;

fn day(moment: &ExcelDateTime) -> Cell {
    // In workbooks that count from 1904 the day 0 is a day, the first of that year.
    if moment.is_duration() || moment.as_f64() < DAYS.start {
        return Cell::Unusable(UnusableCellError::Duration);
    }
    if !DAYS.contains(&moment.as_f64()) {
        return Cell::Unusable(UnusableCellError::NoDate);
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    if u32::from(hour) + u32::from(minute) + u32::from(second) + u32::from(milli) > 0 {
        return Cell::Unusable(UnusableCellError::TimeOfDay);
    }
    let date = || Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
    // The 29 February 1900, which Excel counts, doesn't exist.
    date().map_or(Cell::Unusable(UnusableCellError::NoDate), Cell::Date)
}

fn iso_day(moment: &str) -> Cell {
    day_of_moment(moment).map_or_else(Cell::Unusable, Cell::Date)
}
