//! Values of facts, parameters and grants. They are exact: a number is an integer or a decimal, never a float.

use std::cmp::Ordering;

/// An exact decimal number; the host's side of the `decimal` record of the interface.
pub use rust_decimal::Decimal;

use crate::calendar::Date;
use crate::name::FieldName;

/// One value. What it may hold is said by a [`FactType`](crate::fact::FactType).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A day.
    Date(Date),
    /// Words.
    Text(String),
    /// One of the choices of its type.
    Choice(String),
    /// A record.
    Record(Record),
    /// A list of records.
    List(Vec<Record>),
}

/// The fields of a record in the order of its type; a field that is missing is absent.
pub type Record = Vec<(FieldName, Value)>;

/// The value of a field, if it is there.
#[must_use]
pub fn field<'a>(record: &'a [(FieldName, Value)], name: &FieldName) -> Option<&'a Value> {
    record.iter().find(|(field, _)| field == name).map(|(_, value)| value)
}

impl Value {
    /// Orders two numbers or two dates; none for anything else and for values of different kinds.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(b)),
            (Self::Integer(a), Self::Decimal(b)) => Some(Decimal::from(*a).cmp(b)),
            (Self::Decimal(a), Self::Integer(b)) => Some(a.cmp(&Decimal::from(*b))),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// The value as a citizen writes it: numbers and days plainly, words as they are, anything else by its kind.
    #[must_use]
    pub fn to_plain(&self) -> String {
        match self {
            Self::Bool(yes) => yes.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Text(text) | Self::Choice(text) => text.clone(),
            Self::Record(_) => "a record".to_owned(),
            Self::List(_) => "a list".to_owned(),
        }
    }

    /// Whether it is the number nought.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.compare(&Self::Integer(0)), Some(Ordering::Equal))
    }

    /// Adds two numbers; none for anything else, for values of different kinds and on overflow.
    #[must_use]
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.checked_add(*b).map(Self::Integer),
            (Self::Decimal(a), Self::Decimal(b)) => a.checked_add(*b).map(Self::Decimal),
            _ => None,
        }
    }
}
