//! Values.

use alloc::rc::Rc;

use crate::decimal::{ArithmeticError, Decimal};
use crate::failure::Failure;
use crate::temporal::{Date, DateTime, DaysDuration, MonthsDuration, Time};

/// A value of FEEL, or what is known of one.
///
/// An operator or a function of several values takes the first of these that one of them is: a failure, null, unknown.
/// Logic, `if`, quantifiers and look-ups know more: see each.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The computation failed, such as by a division by zero. A rule whose answer depends on it has failed.
    Failed(Failure),
    /// It isn't known, because a fact is missing.
    Unknown,
    /// A number that isn't known, but for the least and the greatest that it may be, both included; the least is less.
    Between(Decimal, Decimal),
    /// FEEL's null: there is no value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number.
    Number(Decimal),
    /// A text, or a word of a choice.
    Text(Rc<str>),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A day with a time of day.
    DateTime(DateTime),
    /// Days, hours, minutes and seconds.
    Days(DaysDuration),
    /// Years and months.
    Months(MonthsDuration),
    /// Values in order.
    List(Rc<[Value]>),
    /// Only as an item of a list: it isn't known whether the list has this item. `count` and `sum` of such a list are
    /// intervals, an item by its number is what all items that it may be have in common, and quantifiers know it;
    /// everything else of the list isn't known.
    Perhaps(Rc<Value>),
    /// Values by name.
    Context(Rc<Context>),
    /// All values between two ends.
    Range(Rc<Range>),
}

/// Values by name, in the order in which they were written. Names are unique.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Context(pub alloc::vec::Vec<(Rc<str>, Value)>);

/// A range; `None` is an end without limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The lower end.
    pub low: Option<Value>,
    /// Whether the lower end belongs to it.
    pub low_included: bool,
    /// The upper end.
    pub high: Option<Value>,
    /// Whether the upper end belongs to it.
    pub high_included: bool,
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(Rc::from(text))
    }

    /// A whole number.
    #[must_use]
    pub fn integer(number: i64) -> Self {
        Self::Number(Decimal::from_integer(number))
    }

    /// A number between two, or the number if both are equal.
    #[must_use]
    pub fn between(least: Decimal, greatest: Decimal) -> Self {
        if least < greatest { Self::Between(least, greatest) } else { Self::Number(greatest) }
    }

    /// A list.
    #[must_use]
    pub fn list(items: alloc::vec::Vec<Self>) -> Self {
        Self::List(Rc::from(items))
    }

    /// The items of a list; a value of another kind is one item.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            value => core::slice::from_ref(value),
        }
    }

    /// The least and the greatest number that it may be, if it is a number.
    #[must_use]
    pub fn bounds(&self) -> Option<(Decimal, Decimal)> {
        match self {
            Self::Number(number) => Some((*number, *number)),
            Self::Between(least, greatest) => Some((*least, *greatest)),
            _ => None,
        }
    }

    /// Whether it isn't known what it is: `Unknown` or `Between`.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::Between(..) | Self::Perhaps(_))
    }

    /// The value, known to be of a number between two where it isn't known.
    #[must_use]
    pub fn within(self, range: Option<(Decimal, Decimal)>) -> Self {
        match (self, range) {
            (Self::Unknown, Some((least, greatest))) => Self::between(least, greatest),
            (value, _) => value,
        }
    }

    /// The first failure that it is, or that a part of it is: an item, a value by name, an end of a range.
    #[must_use]
    pub fn failure_within(&self) -> Option<Failure> {
        match self {
            Self::Failed(failure) => Some(*failure),
            Self::List(items) => items.iter().find_map(Self::failure_within),
            Self::Perhaps(item) => item.failure_within(),
            Self::Context(context) => context.0.iter().find_map(|(_, value)| value.failure_within()),
            Self::Range(range) => range.low.iter().chain(&range.high).find_map(Self::failure_within),
            Self::Unknown
            | Self::Between(..)
            | Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Date(_)
            | Self::Time(_)
            | Self::DateTime(_)
            | Self::Days(_)
            | Self::Months(_) => None,
        }
    }
}

impl Context {
    /// The value with a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(found, _)| &**found == name).map(|(_, value)| value)
    }
}

impl From<Result<Decimal, ArithmeticError>> for Value {
    fn from(result: Result<Decimal, ArithmeticError>) -> Self {
        match result {
            Ok(number) => Self::Number(number),
            Err(error) => Self::Failed(Failure::from(error)),
        }
    }
}

/// What decides the result of a function before its arguments are looked at: a failure, then null, then that one isn't
/// known. `None` if all are known.
#[must_use]
pub(crate) fn strict(values: &[&Value]) -> Option<Value> {
    let mut found: Option<&Value> = None;
    for value in values {
        match (value, found) {
            (Value::Failed(_), _) => return Some((*value).clone()),
            (Value::Null, _) => found = Some(value),
            (Value::Unknown | Value::Between(..) | Value::Perhaps(_), None) => found = Some(&Value::Unknown),
            _ => (),
        }
    }
    found.cloned()
}

/// What an operator gives for values that don't fit it: a failure, null or unknown that one
/// of them is, in this order, else that the types don't fit.
#[must_use]
pub fn misfit(values: &[&Value]) -> Value {
    strict(values).unwrap_or(Value::Failed(Failure::TypesDontFit))
}
