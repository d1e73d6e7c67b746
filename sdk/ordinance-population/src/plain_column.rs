//! Columns of single values that are read as a whole, without a text for each cell. What a column means is the same as
//! cell by cell: a value that isn't read here for certain leaves its row to the reader of cells.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, Value};

/// The values of a fact in the rows of a batch.
#[derive(Debug)]
pub(crate) struct PlainColumn {
    values: PlainValues,
    cells: Vec<CellState>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CellState {
    Known,
    Missing,
    /// The reader of cells says what it is.
    Other,
}

#[derive(Debug)]
enum PlainValues {
    Bools(Vec<bool>),
    Integers(Vec<i64>),
    /// Each with its digits after the point.
    Decimals(Vec<(i64, u32)>),
    Dates(Vec<Date>),
    /// The index of each word among those of its type.
    Words(Vec<usize>, Vec<String>),
}

/// What is read of a cell.
enum PlainCell<T> {
    Known(T),
    Other,
}

impl PlainColumn {
    /// Reads a column as the values of a type; `None` if the values can't be read so.
    pub(crate) fn read(array: &ArrayRef, fact_type: &FactType) -> Option<Self> {
        match fact_type {
            FactType::Bool => {
                let bools = array.as_boolean_opt()?;
                Some(Self::collect(array, |row| PlainCell::Known(bools.value(row)), PlainValues::Bools))
            }
            FactType::Integer { min, max } => {
                let number = integers(array)?;
                let read = |row| match number(row) {
                    Some(number) if (*min..=*max).contains(&number) => PlainCell::Known(number),
                    Some(_) | None => PlainCell::Other,
                };
                Some(Self::collect(array, read, PlainValues::Integers))
            }
            FactType::Decimal { min, max, scale } => {
                let number = decimals(array, *scale)?;
                // The range in units of each number of digits.
                let ranges: Vec<(i128, i128)> = (0..=*scale)
                    .map(|digits| Some((units(*min, digits)?, units(*max, digits)?)))
                    .collect::<Option<_>>()?;
                let read = |row| {
                    let found = number(row).filter(|(units, digits)| {
                        let range = usize::try_from(*digits).ok().and_then(|digits| ranges.get(digits));
                        range.is_some_and(|(least, most)| (*least..=*most).contains(&i128::from(*units)))
                    });
                    found.map_or(PlainCell::Other, PlainCell::Known)
                };
                Some(Self::collect(array, read, PlainValues::Decimals))
            }
            FactType::Date => {
                let days = array.as_primitive_opt::<Date32Type>()?;
                let read = |row| day(days.value(row)).map_or(PlainCell::Other, PlainCell::Known);
                Some(Self::collect(array, read, PlainValues::Dates))
            }
            FactType::Choice(words) => {
                let text = texts(array)?;
                let read = |row| {
                    let found = words.iter().position(|word| word == text(row));
                    found.map_or(PlainCell::Other, PlainCell::Known)
                };
                let values = |indices| PlainValues::Words(indices, words.clone());
                Some(Self::collect(array, read, values))
            }
            FactType::Text { .. } | FactType::Record(_) | FactType::List { .. } => None,
        }
    }

    fn collect<T: Default>(
        array: &ArrayRef,
        read: impl Fn(usize) -> PlainCell<T>,
        values: impl FnOnce(Vec<T>) -> PlainValues,
    ) -> Self {
        let mut known = Vec::with_capacity(array.len());
        let mut cells = Vec::with_capacity(array.len());
        for row in 0..array.len() {
            let (value, cell) = if array.is_null(row) {
                (T::default(), CellState::Missing)
            } else {
                match read(row) {
                    PlainCell::Known(value) => (value, CellState::Known),
                    PlainCell::Other => (T::default(), CellState::Other),
                }
            };
            known.push(value);
            cells.push(cell);
        }
        Self { values: values(known), cells }
    }

    /// Whether the cell of a row is read: its value is known, or missing.
    pub(crate) fn is_read(&self, row: usize) -> bool {
        self.cells.get(row).is_some_and(|cell| *cell != CellState::Other)
    }

    /// The value of a row; `None` if it is missing.
    pub(crate) fn value(&self, row: usize) -> Option<Value> {
        if self.cells.get(row) != Some(&CellState::Known) {
            return None;
        }
        match &self.values {
            PlainValues::Bools(values) => values.get(row).map(|yes| Value::Bool(*yes)),
            PlainValues::Integers(values) => values.get(row).map(|number| Value::Integer(*number)),
            PlainValues::Decimals(values) => {
                values.get(row).map(|(units, digits)| Value::Decimal(Decimal::new(*units, *digits)))
            }
            PlainValues::Dates(values) => values.get(row).map(|day| Value::Date(*day)),
            PlainValues::Words(values, words) => {
                let word = values.get(row).and_then(|index| words.get(*index));
                word.map(|word| Value::Choice(word.clone()))
            }
        }
    }
}

/// A number in units of its last digit, of which so many stand after the point; `None` if it has more.
fn units(number: Decimal, digits: u32) -> Option<i128> {
    let number = number.normalize();
    match digits.checked_sub(number.scale()) {
        Some(zeros) => number.mantissa().checked_mul(10_i128.checked_pow(zeros)?),
        None => None,
    }
}

type Reader<'a, T> = Box<dyn Fn(usize) -> Option<T> + 'a>;

/// A reader of whole numbers.
fn integers(array: &ArrayRef) -> Option<Reader<'_, i64>> {
    fn of<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &ArrayRef) -> Option<Reader<'_, i64>> {
        let numbers = array.as_primitive_opt::<T>()?;
        Some(Box::new(|row| Some(numbers.value(row).into())))
    }
    match array.data_type() {
        DataType::Int8 => of::<Int8Type>(array),
        DataType::Int16 => of::<Int16Type>(array),
        DataType::Int32 => of::<Int32Type>(array),
        DataType::Int64 => of::<Int64Type>(array),
        DataType::UInt8 => of::<UInt8Type>(array),
        DataType::UInt16 => of::<UInt16Type>(array),
        DataType::UInt32 => of::<UInt32Type>(array),
        _ => None,
    }
}

/// A reader of decimal numbers: their units and their digits after the point, as the digits of the cell would be read.
fn decimals(array: &ArrayRef, scale: u32) -> Option<Reader<'_, (i64, u32)>> {
    fn of<T: ArrowPrimitiveType<Native: TryInto<i64>>>(
        array: &ArrayRef,
        digits: i8,
        scale: u32,
    ) -> Option<Reader<'_, (i64, u32)>> {
        let digits = u32::try_from(digits).ok().filter(|digits| *digits <= scale)?;
        let numbers = array.as_primitive_opt::<T>()?;
        Some(Box::new(move |row| numbers.value(row).try_into().ok().map(|units| (units, digits))))
    }
    match array.data_type() {
        DataType::Decimal32(_, digits) => of::<Decimal32Type>(array, *digits, scale),
        DataType::Decimal64(_, digits) => of::<Decimal64Type>(array, *digits, scale),
        DataType::Decimal128(_, digits) => of::<Decimal128Type>(array, *digits, scale),
        DataType::Float64 => {
            let numbers = array.as_primitive_opt::<Float64Type>()?;
            let tens = 10_f64.powi(i32::try_from(scale).ok()?);
            Some(Box::new(move |row| binary(numbers.value(row), tens, scale)))
        }
        _ => {
            let numbers = integers(array)?;
            Some(Box::new(move |row| numbers(row).map(|units| (units, 0))))
        }
    }
}

/// The greatest number of units that has at most 15 digits, which a binary number of 64 bits keeps exactly.
const UNITS_MAX: f64 = 999_999_999_999_999.0;

/// The decimal number that a binary one stands for, if it has no more digits after the point than its scale.
fn binary(number: f64, tens: f64, scale: u32) -> Option<(i64, u32)> {
    let units = (number * tens).round();
    // The division is rounded to the nearest binary number, so this holds just for the decimal number that was meant.
    if units.abs() > UNITS_MAX || units / tens != number {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the number is whole and within 15 digits")]
    let (mut units, mut digits) = (units as i64, scale);
    while digits > 0 && units % 10 == 0 {
        units /= 10;
        digits -= 1;
    }
    Some((units, digits))
}

fn texts<'a>(array: &'a ArrayRef) -> Option<Box<dyn Fn(usize) -> &'a str + 'a>> {
    match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string_opt::<i32>()?;
            Some(Box::new(|row| texts.value(row)))
        }
        DataType::LargeUtf8 => {
            let texts = array.as_string_opt::<i64>()?;
            Some(Box::new(|row| texts.value(row)))
        }
        DataType::Utf8View => {
            let texts = array.as_string_view_opt()?;
            Some(Box::new(|row| texts.value(row)))
        }
        _ => None,
    }
}

fn day(days: i32) -> Option<Date> {
    date(1970, 1, 1).checked_add(0.days().try_days(days).ok()?).ok()
}
