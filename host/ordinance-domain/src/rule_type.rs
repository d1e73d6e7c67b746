//! The type of a rule, as its binary declares it: which facts it may see, which parameters it reads, what it grants. The sandbox
//! reads it from the binary.

use std::fmt;

use crate::name::FieldName;
use crate::value::{Decimal, Record, Value};

/// The type of a rule's `determine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleType {
    /// Its arguments in the order in which it takes them.
    pub arguments: Vec<Argument>,
    /// The facts it may see; empty if it takes no applicant.
    pub applicant: Vec<RuleField>,
    /// The parameters it reads.
    pub parameters: Vec<RuleField>,
    /// The fields it grants; empty for a service without a grant.
    pub grant: Vec<RuleField>,
}

/// An argument of `determine`, bound by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// `as-of`: the day the case is decided for.
    AsOf,
    /// `applicant`: the facts.
    Applicant,
    /// `parameters`: the numbers of the manifest on that day.
    Parameters,
    /// `inherited`: what the upper levels grant, if anything.
    Inherited,
    /// `jurisdiction`: the code of the place the case is about.
    Jurisdiction,
}

/// A field of one of the rule's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleField {
    /// Its name.
    pub name: FieldName,
    /// Its type.
    pub value_type: ValueType,
}

/// A type that a field of a rule may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueType {
    /// `bool`
    Bool,
    /// `u8` to `s64`
    Integer(IntegerType),
    /// `decimal`
    Decimal,
    /// `date`
    Date,
    /// `string`
    Text,
    /// `enum`, with its cases in `snake_case`, as JSON writes them.
    Choice(Vec<String>),
    /// `record`
    Record(Vec<RuleField>),
    /// `list` of a record
    List(Vec<RuleField>),
    /// `option` of one of these
    Option(Box<ValueType>),
}

/// The integer types of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as in WIT")]
pub enum IntegerType {
    U8,
    S8,
    U16,
    S16,
    U32,
    S32,
    U64,
    S64,
}

impl IntegerType {
    /// The least and the greatest value.
    #[must_use]
    pub fn range(self) -> (i128, i128) {
        match self {
            Self::U8 => (0, u8::MAX.into()),
            Self::S8 => (i8::MIN.into(), i8::MAX.into()),
            Self::U16 => (0, u16::MAX.into()),
            Self::S16 => (i16::MIN.into(), i16::MAX.into()),
            Self::U32 => (0, u32::MAX.into()),
            Self::S32 => (i32::MIN.into(), i32::MAX.into()),
            Self::U64 => (0, u64::MAX.into()),
            Self::S64 => (i64::MIN.into(), i64::MAX.into()),
        }
    }

    /// The name in the interface of rules.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::S8 => "s8",
            Self::U16 => "u16",
            Self::S16 => "s16",
            Self::U32 => "u32",
            Self::S32 => "s32",
            Self::U64 => "u64",
            Self::S64 => "s64",
        }
    }

    pub(crate) fn holds(self, number: i64) -> bool {
        let (least, greatest) = self.range();
        (least..=greatest).contains(&number.into())
    }

    /// The narrowest type that holds both numbers.
    #[must_use]
    pub fn narrowest(min: i64, max: i64) -> Self {
        [Self::U8, Self::S8, Self::U16, Self::S16, Self::U32, Self::S32]
            .into_iter()
            .find(|width| width.holds(min) && width.holds(max))
            .unwrap_or(Self::S64)
    }
}

impl fmt::Display for ValueType {
    /// The type as the interface of rules names it, records and enums by their kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Integer(width) => f.write_str(width.as_str()),
            Self::Decimal => f.write_str("decimal"),
            Self::Date => f.write_str("date"),
            Self::Text => f.write_str("string"),
            Self::Choice(_) => f.write_str("enum"),
            Self::Record(_) => f.write_str("record"),
            Self::List(_) => f.write_str("list of a record"),
            Self::Option(inner) => write!(f, "option<{inner}>"),
        }
    }
}

impl ValueType {
    /// The type without an `option` around it.
    #[must_use]
    pub fn inner(&self) -> &Self {
        match self {
            Self::Option(inner) => inner,
            other => other,
        }
    }

    /// Whether a value of this type may be missing.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Option(_))
    }

    /// Reads a parameter of the manifest as this type: a decimal may be written as text or a whole number, a choice
    /// as text. None if it doesn't fit.
    #[must_use]
    pub fn read(&self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Option(inner), value) => inner.read(value),
            (Self::Integer(width), Value::Integer(number)) if width.holds(*number) => Some(value.clone()),
            (Self::Decimal, Value::Integer(number)) => Some(Value::Decimal(Decimal::from(*number))),
            (Self::Decimal, Value::Text(text)) => text.parse().ok().filter(fits_the_interface).map(Value::Decimal),
            (Self::Choice(cases), Value::Text(word)) if cases.contains(word) => Some(Value::Choice(word.clone())),
            (Self::Bool, Value::Bool(_)) | (Self::Date, Value::Date(_)) | (Self::Text, Value::Text(_)) => {
                Some(value.clone())
            }
            (Self::Record(fields), Value::Record(record)) => read_record(fields, record).map(Value::Record),
            (Self::List(fields), Value::List(items)) => {
                items.iter().map(|item| read_record(fields, item)).collect::<Option<_>>().map(Value::List)
            }
            _ => None,
        }
    }
}

fn fits_the_interface(number: &Decimal) -> bool {
    number.scale() <= crate::fact::SCALE_MAX && i64::try_from(number.mantissa()).is_ok()
}

fn read_record(fields: &[RuleField], record: &Record) -> Option<Record> {
    if record.iter().any(|(name, _)| !fields.iter().any(|field| &field.name == name)) {
        return None;
    }
    let mut read = Record::new();
    for field in fields {
        match crate::value::field(record, &field.name) {
            Some(value) => read.push((field.name.clone(), field.value_type.read(value)?)),
            None if field.value_type.is_optional() => {}
            None => return None,
        }
    }
    Some(read)
}
