//! Values as bytes, for those who hand them into a module of WebAssembly and take them out of it.
//!
//! A value is one byte for its kind and what belongs to it: whole numbers are little-endian; a text, a list or a
//! context begins with how many bytes, items or entries it has (`u32`).

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::decimal::Decimal;
use crate::failure::Failure;
use crate::temporal::{Date, DateTime, DaysDuration, MonthsDuration, Offset, Time};
use crate::value::{Context, Range, Value};

/// How deep values may be within others.
const DEPTH_MAX: usize = 500;

/// Adds the bytes of a value.
pub fn encode(value: &Value, bytes: &mut Vec<u8>) {
    bytes.push(kind_of(value));
    match value {
        Value::Failed(failure) => bytes.push(*failure as u8),
        Value::Unknown | Value::Null => (),
        Value::Between(least, greatest) => {
            encode_decimal(*least, bytes);
            encode_decimal(*greatest, bytes);
        }
        Value::Boolean(yes) => bytes.push(u8::from(*yes)),
        Value::Number(number) => encode_decimal(*number, bytes),
        Value::Text(text) => encode_text(text, bytes),
        Value::Date(date) => encode_date(*date, bytes),
        Value::Time(time) => encode_time(time, bytes),
        Value::DateTime(point) => {
            encode_date(point.date, bytes);
            encode_time(&point.time, bytes);
        }
        Value::Days(days) => bytes.extend(days.0.to_le_bytes()),
        Value::Months(months) => bytes.extend(months.0.to_le_bytes()),
        Value::List(items) => {
            encode_count(items.len(), bytes);
            items.iter().for_each(|item| encode(item, bytes));
        }
        Value::Perhaps(item) => encode(item, bytes),
        Value::Context(context) => {
            encode_count(context.0.len(), bytes);
            for (name, value) in &context.0 {
                encode_text(name, bytes);
                encode(value, bytes);
            }
        }
        Value::Range(range) => {
            for (end, is_included) in [(&range.low, range.low_included), (&range.high, range.high_included)] {
                bytes.push(u8::from(is_included));
                bytes.push(u8::from(end.is_some()));
                end.iter().for_each(|end| encode(end, bytes));
            }
        }
    }
}

fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Failed(_) => 0,
        Value::Unknown => 1,
        Value::Between(..) => 2,
        Value::Null => 3,
        Value::Boolean(_) => 4,
        Value::Number(_) => 5,
        Value::Text(_) => 6,
        Value::Date(_) => 7,
        Value::Time(_) => 8,
        Value::DateTime(_) => 9,
        Value::Days(_) => 10,
        Value::Months(_) => 11,
        Value::List(_) => 12,
        Value::Perhaps(_) => 13,
        Value::Context(_) => 14,
        Value::Range(_) => 15,
    }
}

pub(crate) fn encode_count(count: usize, bytes: &mut Vec<u8>) {
    bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

pub(crate) fn encode_text(text: &str, bytes: &mut Vec<u8>) {
    encode_count(text.len(), bytes);
    bytes.extend(text.as_bytes());
}

fn encode_decimal(number: Decimal, bytes: &mut Vec<u8>) {
    bytes.push(u8::from(number.negative));
    bytes.extend(number.coefficient.to_le_bytes());
    bytes.extend(number.exponent.to_le_bytes());
}

fn encode_date(date: Date, bytes: &mut Vec<u8>) {
    bytes.extend(date.year.to_le_bytes());
    bytes.extend([date.month, date.day]);
}

fn encode_time(time: &Time, bytes: &mut Vec<u8>) {
    bytes.extend(time.nanoseconds.to_le_bytes());
    match &time.offset {
        Offset::Local => bytes.push(0),
        Offset::Seconds(seconds) => {
            bytes.push(1);
            bytes.extend(seconds.to_le_bytes());
        }
        Offset::Zone(zone) => {
            bytes.push(2);
            encode_text(zone, bytes);
        }
    }
}

/// The value of bytes that [`encode`] made; `None` of any others.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader { rest: bytes, depth: 0 };
    let value = reader.value()?;
    reader.rest.is_empty().then_some(value)
}

/// What is left of the bytes.
pub(crate) struct Reader<'a> {
    pub(crate) rest: &'a [u8],
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, depth: 0 }
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const BYTES: usize>(&mut self) -> Option<[u8; BYTES]> {
        self.take(BYTES)?.try_into().ok()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn flag(&mut self) -> Option<bool> {
        self.byte().map(|byte| byte != 0)
    }

    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    pub(crate) fn text(&mut self) -> Option<Rc<str>> {
        let count = self.count()?;
        core::str::from_utf8(self.take(count)?).ok().map(Rc::from)
    }

    fn decimal(&mut self) -> Option<Decimal> {
        Some(Decimal {
            negative: self.flag()?,
            coefficient: u128::from_le_bytes(self.array()?),
            exponent: i16::from_le_bytes(self.array()?),
        })
    }

    fn date(&mut self) -> Option<Date> {
        Some(Date { year: i32::from_le_bytes(self.array()?), month: self.byte()?, day: self.byte()? })
    }

    fn time(&mut self) -> Option<Time> {
        let nanoseconds = u64::from_le_bytes(self.array()?);
        let offset = match self.byte()? {
            0 => Offset::Local,
            1 => Offset::Seconds(i32::from_le_bytes(self.array()?)),
            2 => Offset::Zone(self.text()?),
            _ => return None,
        };
        Some(Time { nanoseconds, offset })
    }

    fn value(&mut self) -> Option<Value> {
        self.depth += 1;
        let value = if self.depth > DEPTH_MAX { None } else { self.value_of_kind() };
        self.depth -= 1;
        value
    }

    fn value_of_kind(&mut self) -> Option<Value> {
        Some(match self.byte()? {
            0 => Value::Failed(Failure::from_code(self.byte()?)?),
            1 => Value::Unknown,
            2 => Value::Between(self.decimal()?, self.decimal()?),
            3 => Value::Null,
            4 => Value::Boolean(self.flag()?),
            5 => Value::Number(self.decimal()?),
            6 => Value::Text(self.text()?),
            7 => Value::Date(self.date()?),
            8 => Value::Time(self.time()?),
            9 => Value::DateTime(DateTime { date: self.date()?, time: self.time()? }),
            10 => Value::Days(DaysDuration(i128::from_le_bytes(self.array()?))),
            11 => Value::Months(MonthsDuration(i64::from_le_bytes(self.array()?))),
            12 => {
                let count = self.count()?;
                Value::list((0..count).map(|_| self.value()).collect::<Option<_>>()?)
            }
            13 => Value::Perhaps(Rc::new(self.value()?)),
            14 => {
                let count = self.count()?;
                let entries = (0..count).map(|_| Some((self.text()?, self.value()?)));
                Value::Context(Rc::new(Context(entries.collect::<Option<_>>()?)))
            }
            15 => {
                let (low_included, low) = self.end()?;
                let (high_included, high) = self.end()?;
                Value::Range(Rc::new(Range { low, low_included, high, high_included }))
            }
            _ => return None,
        })
    }

    fn end(&mut self) -> Option<(bool, Option<Value>)> {
        let is_included = self.flag()?;
        let end = if self.flag()? { Some(self.value()?) } else { None };
        Some((is_included, end))
    }
}
