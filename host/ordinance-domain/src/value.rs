//! Values of facts, parameters and grants. They are exact: a number is an integer or a decimal, never a float.

use std::cmp::Ordering;

/// An exact decimal number.
pub use rust_decimal::Decimal;
/// How a decimal number loses digits.
pub use rust_decimal::RoundingStrategy;

use crate::calendar::Date;
use crate::name::FieldName;

/// One value. A [`FactType`](crate::fact::FactType) says which values a fact may have.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// An exact decimal number.
    Decimal(Decimal),
    /// A day.
    Date(Date),
    Text(String),
    /// One of the choices of its type.
    Choice(String),
    /// A record of fields.
    Record(Record),
    /// A list of records.
    List(Vec<Record>),
    /// A list of numbers, which only a parameter may be.
    Decimals(Vec<Decimal>),
}

/// The fields of a record in the order of its type. A missing field is absent.
pub type Record = Vec<(FieldName, Value)>;

/// The value of a field; `None` if the record lacks the field.
#[must_use]
pub fn field<'a>(record: &'a [(FieldName, Value)], name: &FieldName) -> Option<&'a Value> {
    record.iter().find(|(field, _)| field == name).map(|(_, value)| value)
}

/// The value of a fact, or of the part of one that a path names; `None` if it isn't there.
#[must_use]
pub fn value_at<'a>(record: &'a [(FieldName, Value)], path: &FieldName) -> Option<&'a Value> {
    let mut record = record;
    let mut found = None;
    for (name, index) in path.steps() {
        let value = record.iter().find(|(field, _)| field.is(name)).map(|(_, value)| value)?;
        record = match (value, index) {
            (Value::Record(fields), None) => fields,
            (Value::List(items), Some(index)) => items.get(index)?,
            (_, Some(_)) => return None,
            (_, None) => &[],
        };
        found = Some(value);
    }
    found
}

/// Sets the part of a fact that a path names, or removes it. Nothing changes if there is no such list, item or record
/// around it.
pub fn set_at(record: &mut Record, path: &FieldName, value: Option<Value>) {
    let steps: Vec<(&str, Option<usize>)> = path.steps().collect();
    let Some(((last, _), around)) = steps.split_last() else { return };
    let mut record = record;
    for (name, index) in around {
        let found = record.iter_mut().find(|(field, _)| field.is(name)).map(|(_, value)| value);
        record = match (found, index) {
            (Some(Value::Record(fields)), None) => fields,
            (Some(Value::List(items)), Some(index)) => match items.get_mut(*index) {
                Some(item) => item,
                None => return,
            },
            _ => return,
        };
    }
    record.retain(|(field, _)| !field.is(last));
    if let (Some(value), Ok(name)) = (value, FieldName::new(last)) {
        record.push((name, value));
    }
}

/// Visits every part of a value, at any depth, with its path; `name` is that of the value.
pub fn each_part(name: &FieldName, value: &Value, visit: &mut impl FnMut(&FieldName, &Value)) {
    let mut each_field = |name: &FieldName, record: &Record| {
        for (field, value) in record {
            let part = name.part(field);
            visit(&part, value);
            each_part(&part, value, visit);
        }
    };
    match value {
        Value::Record(fields) => each_field(name, fields),
        Value::List(items) => items.iter().enumerate().for_each(|(index, item)| each_field(&name.item(index), item)),
        Value::Bool(_)
        | Value::Integer(_)
        | Value::Decimal(_)
        | Value::Date(_)
        | Value::Text(_)
        | Value::Choice(_)
        | Value::Decimals(_) => {}
    }
}

fn plain_record(record: &[(FieldName, Value)]) -> String {
    let fields: Vec<String> = record.iter().map(|(name, value)| format!("{name} = {}", value.to_plain())).collect();
    format!("{{ {} }}", fields.join(", "))
}

impl Value {
    /// The records of a value: itself if it is one, the items of a list; none of any other value.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        match self {
            Self::Record(record) => std::slice::from_ref(record),
            Self::List(items) => items,
            Self::Bool(_)
            | Self::Integer(_)
            | Self::Decimal(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::Choice(_)
            | Self::Decimals(_) => &[],
        }
    }

    /// The number of an integer or a decimal. `None` for any other value.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Some(Decimal::from(*number)),
            Self::Decimal(number) => Some(*number),
            Self::Bool(_)
            | Self::Date(_)
            | Self::Text(_)
            | Self::Choice(_)
            | Self::Record(_)
            | Self::List(_)
            | Self::Decimals(_) => None,
        }
    }

    /// Compares two numbers or two dates; `None` for other values, and for a number with a date.
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

    /// The value as people write it: numbers, days and texts without quotes; a record or a list is only named.
    #[must_use]
    pub fn to_plain(&self) -> String {
        match self {
            Self::Bool(yes) => yes.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
            Self::Date(day) => day.to_string(),
            Self::Text(text) | Self::Choice(text) => text.clone(),
            Self::Record(record) => plain_record(record),
            Self::List(items) => {
                format!("[{}]", items.iter().map(|item| plain_record(item)).collect::<Vec<_>>().join(", "))
            }
            Self::Decimals(numbers) => {
                format!("[{}]", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Whether it is the number 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.compare(&Self::Integer(0)), Some(Ordering::Equal))
    }

    /// The sum of two integers or two decimals; `None` for other values and on overflow.
    #[must_use]
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.checked_add(*b).map(Self::Integer),
            (Self::Decimal(a), Self::Decimal(b)) => a.checked_add(*b).map(Self::Decimal),
            _ => None,
        }
    }
}
