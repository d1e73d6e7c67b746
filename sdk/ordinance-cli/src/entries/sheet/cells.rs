//! The cells of a sheet, whose numbers are binary and whose days are numbers with a format.

use calamine::{Data, DataRef, ExcelDateTime};
use jiff::civil::Date;
use ordinance_harness::{Cell, UnusableCellError, day_of_moment};

/// The cell of a workbook of Excel.
pub(super) fn of_excel(value: &DataRef<'_>) -> Cell {
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
pub(super) fn of_open_document(value: &Data) -> Cell {
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
