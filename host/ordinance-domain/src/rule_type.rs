//! The type of a rule: which facts it may see, which parameters it reads, what it grants. A rule's binary declares
//! it; the sandbox reads it from there.

use crate::name::FieldName;
use crate::number_range::NumberRange;
use crate::value::{Decimal, Record, Value};

/// The type of an eligibility rule's function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleType {
    /// The arguments in the order of the function.
    pub arguments: Vec<Argument>,
    /// The facts that the rule may see; empty if it takes no applicant.
    pub applicant: Vec<RuleField>,
    /// The parameters that the rule reads.
    pub parameters: Vec<RuleField>,
    /// The fields that the rule grants; empty for a service without a grant.
    pub grant: Vec<RuleField>,
    /// The intermediate values that the rule tells with its answer; empty if it tells none.
    pub intermediates: Vec<RuleField>,
    /// Whether its findings can be on one item of a list.
    pub finds_items: bool,
}

/// An argument of an eligibility rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// The day for which the case is decided (valid time).
    AsOf,
    /// The facts that the rule declares.
    Applicant,
    /// The values that the rule's parameters have on that day.
    Parameters,
    /// The grant of the upper levels, if there is one.
    Inherited,
    /// The code of the place of the case.
    Jurisdiction,
}

/// A field of one of the rule's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleField {
    /// Unique within its record.
    pub name: FieldName,
    /// The type of its values.
    pub value_type: ValueType,
    /// The numbers for which the rule was built, if it says so.
    pub range: Option<NumberRange>,
}

impl RuleField {
    /// A field of a rule that says nothing of the numbers for which it was built.
    #[must_use]
    pub fn new(name: FieldName, value_type: ValueType) -> Self {
        Self { name, value_type, range: None }
    }

    /// Whether it can hold a value of its kind: its type can, and the rule was built for the number.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        self.value_type.inner().holds(value) && self.range.is_none_or(|range| range.holds(value))
    }
}

/// A type that a field of a rule may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueType {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer(IntegerType),
    /// An exact decimal number.
    Decimal,
    /// A day.
    Date,
    Text,
    /// One of these words, in `snake_case`.
    Choice(Vec<String>),
    /// A record of fields.
    Record(Vec<RuleField>),
    /// A list of records.
    List(Vec<RuleField>),
    /// A list of exact decimal numbers, which only a parameter may be.
    Decimals,
    /// A value of this type, or none. The inner type is never an `Option`.
    Option(Box<ValueType>),
}

/// The declaration of a fact, or of the part that a path names, among these fields; `None` if it isn't declared.
#[must_use]
pub fn declaration<'f>(fields: &'f [RuleField], path: &FieldName) -> Option<&'f RuleField> {
    let mut fields = fields;
    let mut found = None;
    for (name, _) in path.steps() {
        let declared = fields.iter().find(|field| field.name.is(name))?;
        fields = match declared.value_type.inner() {
            ValueType::Record(inner) | ValueType::List(inner) => inner,
            _ => &[],
        };
        found = Some(declared);
    }
    found
}

/// The types of whole numbers that a rule may declare: unsigned or signed, with their width in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Its name for authors, such as `s16`.
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

    /// The least and the greatest value, both included.
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

    pub(crate) fn holds(self, number: i64) -> bool {
        let (least, greatest) = self.range();
        (least..=greatest).contains(&number.into())
    }

    /// The narrowest type that holds both numbers; unsigned where both types of a width hold them.
    #[must_use]
    pub fn narrowest(min: i64, max: i64) -> Self {
        [Self::U8, Self::S8, Self::U16, Self::S16, Self::U32, Self::S32]
            .into_iter()
            .find(|width| width.holds(min) && width.holds(max))
            .unwrap_or(Self::S64)
    }
}

impl ValueType {
    /// The type without the [`Option`](Self::Option) around it.
    #[must_use]
    pub fn inner(&self) -> &Self {
        match self {
            Self::Option(inner) => inner,
            other => other,
        }
    }

    /// Whether the type can hold a value of its kind: an enum only the words that it has, an integer only the numbers
    /// of its width. What is in a record or a list isn't looked at.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Choice(words), Value::Choice(word)) => words.contains(word),
            (Self::Integer(width), Value::Integer(number)) => width.holds(*number),
            (_, _) => true,
        }
    }

    /// Whether a value of this type may be missing.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Option(_))
    }

    /// Converts a parameter of a manifest to this type. A manifest may write a decimal as a text or a whole number,
    /// and a choice as a text. `None` if the value doesn't fit.
    #[must_use]
    pub fn read(&self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Option(inner), value) => inner.read(value),
            (Self::Integer(width), Value::Integer(number)) if width.holds(*number) => Some(value.clone()),
            (Self::Decimal, Value::Integer(number)) => Some(Value::Decimal(Decimal::from(*number))),
            (Self::Decimal, Value::Text(text)) => {
                // Another parser rounds a number of too many digits.
                Decimal::from_str_exact(text).ok().filter(fits_the_interface).map(Value::Decimal)
            }
            (Self::Choice(cases), Value::Text(word)) if cases.contains(word) => Some(Value::Choice(word.clone())),
            (Self::Bool, Value::Bool(_)) | (Self::Date, Value::Date(_)) | (Self::Text, Value::Text(_)) => {
                Some(value.clone())
            }
            (Self::Record(fields), Value::Record(record)) => read_record(fields, record).map(Value::Record),
            (Self::List(fields), Value::List(items)) => {
                items.iter().map(|item| read_record(fields, item)).collect::<Option<_>>().map(Value::List)
            }
            (Self::Decimals, Value::Decimals(numbers)) => numbers.iter().all(fits_the_interface).then(|| value.clone()),
            // A list without items may be one of anything.
            (Self::Decimals, Value::List(items)) if items.is_empty() => Some(Value::Decimals(Vec::new())),
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
