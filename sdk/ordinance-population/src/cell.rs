//! What a cell of an Arrow column holds, in the words of the readers of tables. Null is an empty cell, which means a
//! missing fact; a moment at midnight, in whatever unit, is a day.

use std::collections::BTreeSet;
use std::fmt::Display;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTimestampType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowNativeTypeOp};
use arrow_schema::{DataType, TimeUnit};
use jiff::civil::{Date, date};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_harness::{Cell, UnusableCellError};

/// A column whose cells are read one by one.
#[derive(Debug)]
pub(crate) enum CellColumn {
    Plain(ArrayRef),
    /// Values, and for each row the index of its own.
    Dictionary {
        values: ArrayRef,
        keys: Vec<usize>,
        array: ArrayRef,
    },
}

impl CellColumn {
    pub(crate) fn new(array: &ArrayRef) -> Self {
        let array = array.clone();
        match array.data_type() {
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                // An empty dictionary has no keys that could be normalised.
                let keys = if dictionary.values().is_empty() { Vec::new() } else { dictionary.normalized_keys() };
                Self::Dictionary { values: dictionary.values().clone(), keys, array }
            }
            _ => Self::Plain(array),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Plain(array) | Self::Dictionary { array, .. } => array.len(),
        }
    }

    /// The cell of a row, which must be within the column.
    pub(crate) fn cell(&self, row: usize) -> Cell {
        match self {
            Self::Plain(array) => cell_at(array, row),
            Self::Dictionary { values, keys, array } => match keys.get(row) {
                Some(key) if array.is_valid(row) => cell_at(values, *key),
                Some(_) | None => Cell::Empty,
            },
        }
    }
}

/// The cell of a column at a row, which must be within the column.
fn cell_at(column: &dyn Array, row: usize) -> Cell {
    if column.is_null(row) {
        return Cell::Empty;
    }
    match column.data_type() {
        DataType::Null => Cell::Empty,
        DataType::Boolean => Cell::Bool(column.as_boolean().value(row)),
        DataType::Int8 => number::<Int8Type>(column, row),
        DataType::Int16 => number::<Int16Type>(column, row),
        DataType::Int32 => number::<Int32Type>(column, row),
        DataType::Int64 => number::<Int64Type>(column, row),
        DataType::UInt8 => number::<UInt8Type>(column, row),
        DataType::UInt16 => number::<UInt16Type>(column, row),
        DataType::UInt32 => number::<UInt32Type>(column, row),
        DataType::UInt64 => number::<UInt64Type>(column, row),
        DataType::Float16 => narrow(column.as_primitive::<Float16Type>().value(row).to_f32()),
        DataType::Float32 => narrow(column.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => Cell::double(column.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal32(..) => decimal::<Decimal32Type>(column, row),
        DataType::Decimal64(..) => decimal::<Decimal64Type>(column, row),
        DataType::Decimal128(..) => decimal::<Decimal128Type>(column, row),
        DataType::Decimal256(..) => decimal::<Decimal256Type>(column, row),
        DataType::Utf8 => Cell::text(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Cell::text(column.as_string::<i64>().value(row)),
        DataType::Utf8View => Cell::text(column.as_string_view().value(row)),
        DataType::Date32 => day_cell(column.as_primitive::<Date32Type>().value(row).into()),
        DataType::Date64 => midnight(column.as_primitive::<Date64Type>().value(row), MILLISECONDS_OF_DAY),
        DataType::Timestamp(unit, zone) => moment(column, row, *unit, zone.as_deref()),
        DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_) | DataType::Interval(_) => {
            Cell::Unusable(UnusableCellError::Duration)
        }
        DataType::Dictionary(..) => {
            let dictionary = column.as_any_dictionary();
            // Never null: the row was looked at above.
            let key = dictionary.normalized_keys().get(row).copied();
            key.map_or(Cell::Empty, |key| cell_at(dictionary.values(), key))
        }
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Struct(_) => nested(column, row).map_or_else(Cell::Unusable, Cell::Nested),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::FixedSizeBinary(_)
        | DataType::BinaryView
        | DataType::Map(..)
        | DataType::Union(..)
        | DataType::RunEndEncoded(..) => Cell::Unusable(UnusableCellError::OtherType),
    }
}

const MILLISECONDS_OF_DAY: i64 = 24 * 60 * 60 * 1000;

fn number<T: ArrowPrimitiveType<Native: Display>>(column: &dyn Array, row: usize) -> Cell {
    Cell::Number(column.as_primitive::<T>().value(row).to_string())
}

/// A binary number of 32 bits or less, as it was written: its digits as one of 64 bits would be others.
fn narrow(number: f32) -> Cell {
    if number.is_finite() { Cell::Number(number.to_string()) } else { Cell::Unusable(UnusableCellError::NoNumber) }
}

fn decimal<T: DecimalType>(column: &dyn Array, row: usize) -> Cell
where
    T::Native: ArrowNativeTypeOp,
{
    Cell::Number(column.as_primitive::<T>().value_as_string(row))
}

/// A day, counted from 1970, if the calendar has it.
pub(crate) fn day(days: i64) -> Option<Date> {
    let days = 0.days().try_days(days).ok()?;
    date(1970, 1, 1).checked_add(days).ok()
}

fn day_cell(days: i64) -> Cell {
    day(days).map_or(Cell::Unusable(UnusableCellError::NoDate), Cell::Date)
}

/// The day of a moment, if it is midnight, counted from 1970 in parts of a day.
fn midnight(count: i64, parts_of_day: i64) -> Cell {
    match count.rem_euclid(parts_of_day) {
        0 => day_cell(count.div_euclid(parts_of_day)),
        _ => Cell::Unusable(UnusableCellError::TimeOfDay),
    }
}

/// The day of a moment that is midnight in its time zone.
fn moment(column: &dyn Array, row: usize, unit: TimeUnit, zone: Option<&str>) -> Cell {
    fn count<T: ArrowTimestampType>(column: &dyn Array, row: usize) -> i64 {
        column.as_primitive::<T>().value(row)
    }
    let (count, in_second) = match unit {
        TimeUnit::Second => (count::<TimestampSecondType>(column, row), 1),
        TimeUnit::Millisecond => (count::<TimestampMillisecondType>(column, row), 1_000),
        TimeUnit::Microsecond => (count::<TimestampMicrosecondType>(column, row), 1_000_000),
        TimeUnit::Nanosecond => (count::<TimestampNanosecondType>(column, row), 1_000_000_000),
    };
    let Some(zone) = zone else { return midnight(count, MILLISECONDS_OF_DAY / 1_000 * in_second) };
    let Some(zone) = time_zone(zone) else { return Cell::Unusable(UnusableCellError::OtherType) };
    if count.rem_euclid(in_second) != 0 {
        return Cell::Unusable(UnusableCellError::TimeOfDay);
    }
    match Timestamp::from_second(count.div_euclid(in_second)) {
        Err(_) => Cell::Unusable(UnusableCellError::NoDate),
        Ok(moment) => {
            let local = zone.to_datetime(moment);
            if local.time() == jiff::civil::Time::midnight() {
                Cell::Date(local.date())
            } else {
                Cell::Unusable(UnusableCellError::TimeOfDay)
            }
        }
    }
}

/// A zone by its name, or by its offset as `+08:00`.
fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().or_else(|| offset(name).map(TimeZone::fixed))
}

fn offset(name: &str) -> Option<Offset> {
    let (sign, rest) = name.split_at_checked(1)?;
    let sign = match sign {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let seconds = (hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?) * 60;
    Offset::from_seconds(sign * seconds).ok()
}

/// A list or a record.
fn nested(column: &dyn Array, row: usize) -> Result<UntypedValue, UnusableCellError> {
    if column.is_null(row) {
        return Ok(UntypedValue::Null);
    }
    let of_items = |items: ArrayRef| {
        let items: Result<_, UnusableCellError> = (0..items.len()).map(|item| nested(&items, item)).collect();
        Ok(UntypedValue::List(items?))
    };
    match column.data_type() {
        DataType::Struct(fields) => {
            let record = column.as_struct();
            let fields = fields.iter().zip(record.columns());
            let field = |(field, column): (&arrow_schema::FieldRef, &ArrayRef)| {
                Ok((field.name().clone(), nested(column, row)?))
            };
            Ok(UntypedValue::Object(fields.map(field).collect::<Result<_, UnusableCellError>>()?))
        }
        DataType::List(_) => of_items(column.as_list::<i32>().value(row)),
        DataType::LargeList(_) => of_items(column.as_list::<i64>().value(row)),
        DataType::ListView(_) => of_items(column.as_list_view::<i32>().value(row)),
        DataType::LargeListView(_) => of_items(column.as_list_view::<i64>().value(row)),
        DataType::FixedSizeList(..) => of_items(column.as_fixed_size_list().value(row)),
        _ => match cell_at(column, row) {
            Cell::Empty => Ok(UntypedValue::Null),
            Cell::Text(text) => Ok(UntypedValue::Text(text)),
            Cell::Number(number) => Ok(UntypedValue::Number(number)),
            Cell::Double(number) => Ok(UntypedValue::Number(number.to_string())),
            Cell::Bool(yes) => Ok(UntypedValue::Bool(yes)),
            Cell::Date(day) => Ok(UntypedValue::Text(day.to_string())),
            Cell::Nested(value) => Ok(value),
            Cell::Unusable(fault) => Err(fault),
        },
    }
}

/// The texts of columns, each once, in alphabetical order.
#[must_use]
pub fn texts_of(columns: &[&dyn Array]) -> Vec<String> {
    let mut texts = BTreeSet::new();
    for column in columns {
        let column = CellColumn::new(&arrow_array::make_array(column.to_data()));
        let mut last = Cell::Empty;
        for row in 0..column.len() {
            let cell = column.cell(row);
            // Rows of one service are often together.
            if cell != last
                && let Cell::Text(text) = &cell
                && !texts.contains(text)
            {
                texts.insert(text.clone());
            }
            last = cell;
        }
    }
    texts.into_iter().collect()
}
