//! Facts: what may be known about a case, and of what type. It owns the checks of a value against its type.

use std::fmt;

use crate::category::Category;
use crate::name::FieldName;
use crate::sharing::Sharing;
use crate::titles::Titles;
use crate::value::{Decimal, Value};

/// A piece of information about a case (CCCEV: Information Concept).
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its name.
    pub name: FieldName,
    /// What values it can have.
    pub fact_type: FactType,
    /// Titles by language.
    pub titles: Titles,
    /// What it is about; none only for a fact that is public.
    pub category: Option<Category>,
    /// How sensitive it is.
    pub sensitivity: Sensitivity,
    /// The unit, in words, such as `CNY per month`.
    pub unit: Option<String>,
    /// How the department that holds it may share it, if that is said.
    pub sharing: Option<Sharing>,
}

/// How sensitive a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// Not about a person.
    Public,
    /// About a person.
    Personal,
    /// About a person and specially protected.
    Sensitive,
}

impl Sensitivity {
    /// All of them, in the order of the interface.
    pub const ALL: [Self; 3] = [Self::Public, Self::Personal, Self::Sensitive];

    /// The word in TOML and JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Personal => "personal",
            Self::Sensitive => "sensitive",
        }
    }
}

/// The type of a fact or of a grant field.
#[derive(Debug, Clone, PartialEq)]
pub enum FactType {
    /// `true` or `false`.
    Bool,
    /// A whole number between two inclusive limits.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// An exact decimal number between two inclusive limits.
    Decimal {
        /// The least.
        min: Decimal,
        /// The greatest.
        max: Decimal,
        /// The most digits after the point.
        scale: u32,
    },
    /// A day.
    Date,
    /// Words.
    Text {
        /// The longest, in bytes of UTF-8.
        bytes_max: usize,
    },
    /// One of several words.
    Choice(Vec<String>),
    /// A record of fields.
    Record(Vec<Field>),
    /// A list of records.
    List {
        /// The fields of each record.
        fields: Vec<Field>,
        /// The most records.
        items_max: usize,
    },
}

/// A field of a record type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: FieldName,
    /// Its type.
    pub fact_type: FactType,
}

/// The most digits after the point that a decimal of the interface can carry.
pub const SCALE_MAX: u32 = 18;

impl FactType {
    /// Whether the value is one of this type's. A field that is absent from a record is missing, which is allowed.
    #[must_use]
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Bool, Value::Bool(_)) | (Self::Date, Value::Date(_)) => true,
            (Self::Integer { min, max }, Value::Integer(number)) => min <= number && number <= max,
            (Self::Decimal { min, max, scale }, Value::Decimal(number)) => {
                min <= number && number <= max && number.normalize().scale() <= *scale
            }
            (Self::Text { bytes_max }, Value::Text(text)) => text.len() <= *bytes_max,
            (Self::Choice(choices), Value::Choice(word)) => choices.contains(word),
            (Self::Record(fields), Value::Record(record)) => fields_admit(fields, record),
            (Self::List { fields, items_max }, Value::List(items)) => {
                items.len() <= *items_max && items.iter().all(|item| fields_admit(fields, item))
            }
            (
                Self::Bool
                | Self::Date
                | Self::Integer { .. }
                | Self::Decimal { .. }
                | Self::Text { .. }
                | Self::Choice(_)
                | Self::Record(_)
                | Self::List { .. },
                _,
            ) => false,
        }
    }
}

impl FactType {
    /// Every value of this type, if there are no more than so many.
    #[must_use]
    pub fn all_values(&self, most: usize) -> Option<Vec<Value>> {
        match self {
            Self::Bool => Some(vec![Value::Bool(true), Value::Bool(false)]),
            Self::Choice(choices) => Some(choices.iter().cloned().map(Value::Choice).collect()),
            Self::Integer { min, max } if max.checked_sub(*min).is_some_and(|range| range < most as i64) => {
                Some((*min..=*max).map(Value::Integer).collect())
            }
            Self::Integer { .. }
            | Self::Decimal { .. }
            | Self::Date
            | Self::Text { .. }
            | Self::Record(_)
            | Self::List { .. } => None,
        }
        .filter(|values: &Vec<Value>| values.len() <= most)
    }

    /// The number of this type that is nearest to a number out of its range; any other value as it is.
    #[must_use]
    pub fn nearest(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Integer { min, max }, Value::Integer(number)) => Value::Integer(number.clamp(*min, *max)),
            (Self::Decimal { min, max, .. }, Value::Decimal(number)) => Value::Decimal(number.clamp(*min, *max)),
            (_, value) => value,
        }
    }
}

fn fields_admit(fields: &[Field], record: &[(FieldName, Value)]) -> bool {
    record.iter().all(|(name, value)| fields.iter().any(|field| &field.name == name && field.fact_type.admits(value)))
}

impl fmt::Display for FactType {
    /// What was expected, in words for an error message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Integer { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Decimal { min, max, scale } => {
                write!(
                    f,
                    "a decimal number from {min} to {max} with at most {scale} digits after the point, as a string"
                )
            }
            Self::Date => f.write_str("a date as YYYY-MM-DD that exists"),
            Self::Text { bytes_max } => write!(f, "a string of at most {bytes_max} bytes"),
            Self::Choice(choices) => {
                f.write_str("one of ")?;
                for (index, choice) in choices.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}`{choice}`")?;
                }
                Ok(())
            }
            Self::Record(_) => f.write_str("an object"),
            Self::List { items_max, .. } => write!(f, "an array of at most {items_max} objects"),
        }
    }
}
