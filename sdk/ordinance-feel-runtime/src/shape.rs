//! What values are of a type, where that isn't known before they are computed.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::encoding::{Reader, encode_count, encode_text};
use crate::operators::Truth;
use crate::value::Value;

/// A type of values, as `instance of` asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// What its values are, where they aren't null.
    pub kind: ShapeKind,
    /// Whether null is one of them.
    pub nullable: bool,
}

/// What values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShapeKind {
    /// Null alone.
    Null,
    /// Any value.
    Any,
    /// True or false.
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// One of these texts.
    Choice(Vec<Rc<str>>),
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day with a time of day.
    DateTime,
    /// A duration of days and time.
    Days,
    /// A duration of years and months.
    Months,
    /// A list of items of one type.
    List(Rc<Shape>),
    /// A context with at least these entries.
    Context(Vec<(Rc<str>, Shape)>),
    /// A range whose ends are of one type.
    Range(Rc<Shape>),
}

/// How deep types may be within others.
const DEPTH_MAX: usize = 100;

/// Of the first byte: whether null is a value of the type.
const NULLABLE: u8 = 128;

impl Shape {
    /// Whether a value is of the type. Null is of types that may be null, such as those of items, and of its own.
    #[must_use]
    pub fn has(&self, value: &Value) -> Truth {
        let known = match (value, &self.kind) {
            (_, ShapeKind::Any) if self.nullable => true,
            (Value::Null, _) if self.nullable => true,
            (Value::Failed(failure), _) => return Truth::Failed(*failure),
            (Value::Null, kind) => matches!(kind, ShapeKind::Null),
            (Value::Unknown, _) => return Truth::Unknown,
            (Value::Perhaps(value), _) => return self.has(value),
            (_, ShapeKind::Any) => true,
            (Value::Number(_) | Value::Between(..), ShapeKind::Number) => true,
            (Value::Boolean(_), ShapeKind::Boolean) => true,
            (Value::Text(_), ShapeKind::Text) => true,
            (Value::Text(text), ShapeKind::Choice(words)) => words.contains(text),
            (Value::Date(_), ShapeKind::Date) => true,
            (Value::Time(_), ShapeKind::Time) => true,
            (Value::DateTime(_), ShapeKind::DateTime) => true,
            (Value::Days(_), ShapeKind::Days) => true,
            (Value::Months(_), ShapeKind::Months) => true,
            (Value::List(items), ShapeKind::List(item)) => {
                return items.iter().fold(Truth::True, |all, value| all.and(item.has(value)));
            }
            (Value::Context(context), ShapeKind::Context(entries)) => {
                return entries.iter().fold(Truth::True, |all, (name, shape)| {
                    all.and(context.get(name).map_or(Truth::False, |value| shape.has(value)))
                });
            }
            (Value::Range(range), ShapeKind::Range(end)) => {
                let ends = range.low.iter().chain(&range.high);
                return ends.fold(Truth::True, |all, value| all.and(end.has(value)));
            }
            (
                Value::Number(_)
                | Value::Between(..)
                | Value::Boolean(_)
                | Value::Text(_)
                | Value::Date(_)
                | Value::Time(_)
                | Value::DateTime(_)
                | Value::Days(_)
                | Value::Months(_)
                | Value::List(_)
                | Value::Context(_)
                | Value::Range(_),
                _,
            ) => false,
        };
        if known { Truth::True } else { Truth::False }
    }

    /// Adds the bytes by which a module of WebAssembly is told the type.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.kind.code() | if self.nullable { NULLABLE } else { 0 });
        match &self.kind {
            ShapeKind::Choice(words) => {
                encode_count(words.len(), bytes);
                words.iter().for_each(|word| encode_text(word, bytes));
            }
            ShapeKind::List(part) | ShapeKind::Range(part) => part.encode(bytes),
            ShapeKind::Context(entries) => {
                encode_count(entries.len(), bytes);
                for (name, shape) in entries {
                    encode_text(name, bytes);
                    shape.encode(bytes);
                }
            }
            ShapeKind::Null
            | ShapeKind::Any
            | ShapeKind::Boolean
            | ShapeKind::Number
            | ShapeKind::Text
            | ShapeKind::Date
            | ShapeKind::Time
            | ShapeKind::DateTime
            | ShapeKind::Days
            | ShapeKind::Months => (),
        }
    }

    /// The type of bytes that [`encode`](Self::encode) made; `None` of any others.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let shape = Self::read(&mut reader, 0)?;
        reader.rest.is_empty().then_some(shape)
    }

    fn read(reader: &mut Reader<'_>, depth: usize) -> Option<Self> {
        if depth > DEPTH_MAX {
            return None;
        }
        let code = reader.byte()?;
        let kind = match code & !NULLABLE {
            0 => ShapeKind::Null,
            1 => ShapeKind::Any,
            2 => ShapeKind::Boolean,
            3 => ShapeKind::Number,
            4 => ShapeKind::Text,
            5 => {
                let count = reader.count()?;
                ShapeKind::Choice((0..count).map(|_| reader.text()).collect::<Option<_>>()?)
            }
            6 => ShapeKind::Date,
            7 => ShapeKind::Time,
            8 => ShapeKind::DateTime,
            9 => ShapeKind::Days,
            10 => ShapeKind::Months,
            11 => ShapeKind::List(Rc::new(Self::read(reader, depth + 1)?)),
            12 => {
                let count = reader.count()?;
                let entries = (0..count).map(|_| Some((reader.text()?, Self::read(reader, depth + 1)?)));
                ShapeKind::Context(entries.collect::<Option<_>>()?)
            }
            13 => ShapeKind::Range(Rc::new(Self::read(reader, depth + 1)?)),
            _ => return None,
        };
        Some(Self { kind, nullable: code & NULLABLE != 0 })
    }
}

impl ShapeKind {
    fn code(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Any => 1,
            Self::Boolean => 2,
            Self::Number => 3,
            Self::Text => 4,
            Self::Choice(_) => 5,
            Self::Date => 6,
            Self::Time => 7,
            Self::DateTime => 8,
            Self::Days => 9,
            Self::Months => 10,
            Self::List(_) => 11,
            Self::Context(_) => 12,
            Self::Range(_) => 13,
        }
    }
}
