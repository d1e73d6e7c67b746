//! Columns of single values that are read as a whole, without a text for each cell. What a column means is the same as
//! cell by cell: a value that isn't read here for certain leaves its row to the reader of cells.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal32Type, Decimal64Type, Decimal128Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use jiff::civil::Date;
use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, RoundingStrategy, Value};

use crate::cell::day;

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

impl PlainColumn {
    /// Reads a column as the values of a type; `None` if the values can't be read so.
    pub(crate) fn read(array: &ArrayRef, fact_type: &FactType) -> Option<Self> {
        match fact_type {
            FactType::Bool => {
                let bools = array.as_boolean_opt()?;
                Some(Self::collect(array, |row| Some(bools.value(row)), PlainValues::Bools))
            }
            FactType::Integer { min, max } => {
                let number = integers(array)?;
                let read = |row| number(row).filter(|number| (*min..=*max).contains(number));
                Some(Self::collect(array, read, PlainValues::Integers))
            }
            FactType::Decimal { min, max, scale } => {
                let number = decimals(array, *scale)?;
                // The range in units of each number of digits.
                let range = |digits: u32| {
                    let least = min.round_dp_with_strategy(digits, RoundingStrategy::ToPositiveInfinity);
                    let most = max.round_dp_with_strategy(digits, RoundingStrategy::ToNegativeInfinity);
                    Some((units(least, digits)?, units(most, digits)?))
                };
                let ranges: Vec<(i128, i128)> = (0..=*scale).map(range).collect::<Option<_>>()?;
                let read = |row| {
                    number(row).filter(|(units, digits)| {
                        let range = usize::try_from(*digits).ok().and_then(|digits| ranges.get(digits));
                        range.is_some_and(|(least, most)| (*least..=*most).contains(&i128::from(*units)))
                    })
                };
                Some(Self::collect(array, read, PlainValues::Decimals))
            }
            FactType::Date => {
                let days = array.as_primitive_opt::<Date32Type>()?;
                let read = |row| day(days.value(row).into()).filter(|day| day.year() >= 0);
                Some(Self::collect(array, read, PlainValues::Dates))
            }
            FactType::Choice(words) => {
                let text = texts(array)?;
                let read = |row| words.iter().position(|word| word == text(row));
                let values = |indices| PlainValues::Words(indices, words.clone());
                Some(Self::collect(array, read, values))
            }
            FactType::Text { .. } | FactType::Record(_) | FactType::List { .. } => None,
        }
    }

    fn collect<T: Default>(
        array: &ArrayRef,
        read: impl Fn(usize) -> Option<T>,
        values: impl FnOnce(Vec<T>) -> PlainValues,
    ) -> Self {
        let mut known = Vec::with_capacity(array.len());
        let mut cells = Vec::with_capacity(array.len());
        for row in 0..array.len() {
            let (value, cell) = if array.is_null(row) {
                (T::default(), CellState::Missing)
            } else {
                match read(row) {
                    Some(value) => (value, CellState::Known),
                    None => (T::default(), CellState::Other),
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
        Some(Box::new(move |row| numbers.value(row).try_into().ok().map(|units| shortest(units, digits))))
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
    let units = units as i64;
    Some(shortest(units, scale))
}

/// A decimal number without the zeros at its end, so that equal numbers reach a rule in one form, as from a cell.
fn shortest(mut units: i64, mut digits: u32) -> (i64, u32) {
    while digits > 0 && units % 10 == 0 {
        units /= 10;
        digits -= 1;
    }
    (units, digits)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Date32Array, Decimal128Array, Float64Array, Int64Array};

    use super::*;

    fn amount() -> FactType {
        FactType::Decimal { min: Decimal::ZERO, max: Decimal::new(999_999, 2), scale: 4 }
    }

    /// The value of the first row, with its digits after the point; `None` if the reader of cells has to say.
    fn first(array: impl Array + 'static) -> Option<(String, u32)> {
        let array: ArrayRef = Arc::new(array);
        let column = PlainColumn::read(&array, &amount()).unwrap();
        match column.is_read(0).then(|| column.value(0)).flatten() {
            Some(Value::Decimal(number)) => Some((number.to_string(), number.scale())),
            _ => None,
        }
    }

    #[test]
    fn equal_numbers_reach_a_rule_in_one_form() {
        let decimals = |units: i128, digits| {
            Decimal128Array::from_iter_values([units]).with_precision_and_scale(18, digits).unwrap()
        };
        for array in [decimals(8100, 2), decimals(810_000, 4), decimals(81, 0)] {
            assert_eq!(first(array), Some(("81".to_owned(), 0)));
        }
        assert_eq!(first(Int64Array::from(vec![80])), Some(("80".to_owned(), 0)));
        assert_eq!(first(Float64Array::from(vec![81.0])), Some(("81".to_owned(), 0)));
        assert_eq!(first(Float64Array::from(vec![0.1])), Some(("0.1".to_owned(), 1)));
        assert_eq!(first(decimals(8150, 2)), Some(("81.5".to_owned(), 1)));
    }

    #[test]
    fn what_is_not_certain_is_left_to_the_reader_of_cells() {
        for number in [f64::NAN, f64::INFINITY, 0.000_01, 0.1 + 0.2, -1.0, 10_000.0, 1e300] {
            assert_eq!(first(Float64Array::from(vec![number])), None, "{number}");
        }
        assert_eq!(first(Int64Array::from(vec![10_000])), None);
        let days: ArrayRef = Arc::new(Date32Array::from(vec![-800_000, 0, i32::MAX]));
        let column = PlainColumn::read(&days, &FactType::Date).unwrap();
        assert_eq!([0, 1, 2].map(|row| column.is_read(row)), [false, true, false]);
    }
}
