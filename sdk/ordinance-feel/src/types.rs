//! The types of expressions.

use std::fmt;
use std::rc::Rc;

use ordinance_feel_runtime::{Decimal, Shape, ShapeKind};

/// The type of an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// What its values are, where they aren't null.
    pub kind: TypeKind,
    /// Whether it may be null. That it may be unknown, or have failed, is true of every expression that reads a fact.
    pub nullable: bool,
}

/// What values are.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// Null alone.
    Null,
    /// Values of any type; only in models of DMN that give no types.
    Any,
    Boolean,
    /// Numbers, and what is known of their size at build.
    Number(NumberBounds),
    Text,
    /// One of these words.
    Choice(Rc<[String]>),
    Date,
    Time,
    DateTime,
    DaysDuration,
    MonthsDuration,
    /// Lists of items of one type, and the most items that one may have, if that is known.
    List {
        item: Box<Type>,
        items_max: Option<u64>,
    },
    /// Values by name, in this order.
    Context(Rc<[(String, Type)]>),
    Range(Box<Type>),
}

/// What is known at build of all values of a numeric expression. Each number is within `range`, and an exact multiple
/// of 10^-scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NumberBounds {
    /// The least and the greatest, both included.
    pub range: Option<(Decimal, Decimal)>,
    /// The most digits after the point; from 0.
    pub scale: Option<u8>,
}

impl From<TypeKind> for Type {
    /// A type whose values are never null, but for `Null` itself and for values of any type.
    fn from(kind: TypeKind) -> Self {
        let nullable = matches!(kind, TypeKind::Null | TypeKind::Any);
        Self { kind, nullable }
    }
}

impl Type {
    /// The same values, or null.
    #[must_use]
    pub fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The same values without null.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.nullable = matches!(self.kind, TypeKind::Null | TypeKind::Any);
        self
    }

    /// The type as `instance of` asks for it.
    pub(crate) fn shape(&self) -> Shape {
        let kind = match &self.kind {
            TypeKind::Null => ShapeKind::Null,
            TypeKind::Any => ShapeKind::Any,
            TypeKind::Boolean => ShapeKind::Boolean,
            TypeKind::Number(_) => ShapeKind::Number,
            TypeKind::Text => ShapeKind::Text,
            TypeKind::Choice(words) => ShapeKind::Choice(words.iter().map(|word| word.as_str().into()).collect()),
            TypeKind::Date => ShapeKind::Date,
            TypeKind::Time => ShapeKind::Time,
            TypeKind::DateTime => ShapeKind::DateTime,
            TypeKind::DaysDuration => ShapeKind::Days,
            TypeKind::MonthsDuration => ShapeKind::Months,
            TypeKind::List { item, .. } => ShapeKind::List(item.shape().into()),
            TypeKind::Context(fields) => {
                ShapeKind::Context(fields.iter().map(|(name, ty)| (name.as_str().into(), ty.shape())).collect())
            }
            TypeKind::Range(end) => ShapeKind::Range(end.shape().into()),
        };
        Shape { kind, nullable: self.nullable }
    }

    /// Lists of this type.
    #[must_use]
    pub fn list(self, items_max: Option<u64>) -> Self {
        TypeKind::List { item: Box::new(self), items_max }.into()
    }
}

impl TypeKind {
    /// Numbers of which nothing is known.
    pub const NUMBER: Self = Self::Number(NumberBounds { range: None, scale: None });

    /// The names of the types that FEEL itself has, without the kinds of lists, ranges, contexts and functions.
    pub(crate) const NAMES: [&'static str; 9] = [
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "Any",
    ];

    /// The type of one of these names, or of a name that DMN had before for one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "number" => Self::NUMBER,
            "string" => Self::Text,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "time" => Self::Time,
            "date and time" | "dateTime" => Self::DateTime,
            "days and time duration" | "dayTimeDuration" => Self::DaysDuration,
            "years and months duration" | "yearMonthDuration" => Self::MonthsDuration,
            "Any" => Self::Any,
            _ => return None,
        })
    }

    /// The values in the plural, for a message: `numbers`.
    fn plural(&self) -> String {
        match self {
            Self::Null => "nulls".to_owned(),
            Self::Any => "values of any type".to_owned(),
            Self::Boolean => "trues and falses".to_owned(),
            Self::Number(_) => "numbers".to_owned(),
            Self::Text => "texts".to_owned(),
            Self::Choice(_) => "words".to_owned(),
            Self::Date => "days".to_owned(),
            Self::Time => "times of day".to_owned(),
            Self::DateTime => "days with a time".to_owned(),
            Self::DaysDuration | Self::MonthsDuration => "durations".to_owned(),
            Self::List { item, .. } => format!("lists of {}", item.kind.plural()),
            Self::Context(_) => "records".to_owned(),
            Self::Range(_) => "ranges".to_owned(),
        }
    }
}

/// The most words of a choice, and the most parts of a record, that a message names.
const NAMED_MAX: usize = 12;

/// The names, each in backticks, with commas between them; of many the first ones.
pub(crate) fn some_of<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let count = names.len();
    let shown: Vec<String> = names.take(NAMED_MAX).map(|name| format!("`{name}`")).collect();
    let more = if count > NAMED_MAX { format!(" and {} more", count - NAMED_MAX) } else { String::new() };
    shown.join(", ") + &more
}

impl fmt::Display for TypeKind {
    /// One of the values, for a message: `a number`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Any => f.write_str("a value of any type"),
            Self::Boolean => f.write_str("true or false"),
            Self::Number(_) => f.write_str("a number"),
            Self::Text => f.write_str("a text"),
            Self::Choice(words) => match &**words {
                [word] => write!(f, "the text \"{word}\""),
                words => write!(f, "one of {}", some_of(words.iter().map(String::as_str))),
            },
            Self::Date => f.write_str("a day"),
            Self::Time => f.write_str("a time of day"),
            Self::DateTime => f.write_str("a day with a time"),
            Self::DaysDuration => f.write_str("a duration of days and time"),
            Self::MonthsDuration => f.write_str("a duration of years and months"),
            Self::List { item, .. } => write!(f, "a list of {}", item.kind.plural()),
            Self::Context(fields) if fields.is_empty() => f.write_str("an empty record"),
            Self::Context(fields) => {
                write!(f, "a record with {}", some_of(fields.iter().map(|(name, _)| name.as_str())))
            }
            Self::Range(item) => write!(f, "a range of {}", item.kind.plural()),
        }
    }
}

impl fmt::Display for Type {
    /// One of the values, for a message: `a number, or null`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_null = self.nullable && !matches!(self.kind, TypeKind::Null | TypeKind::Any);
        write!(f, "{}{}", self.kind, if or_null { ", or null" } else { "" })
    }
}
