//! Values.

use alloc::rc::Rc;

use crate::decimal::Decimal;
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
    /// intervals, an item by its number is what all items that it may be have in common, and quantifiers know it; everything
    /// else of the list isn't known.
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

/// Why a computation failed. The numbers are those by which compiled rules tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Failure {
    /// A number was divided by zero.
    DivisionByZero = 1,
    /// A result is beyond the largest number, 10^6145.
    NumberTooLarge = 2,
    /// An argument is outside of what the function or operator takes, such as the square root of a negative number,
    /// or a text that is no date.
    NotInDomain = 3,
    /// A value isn't of the type that the function or operator takes; only where the compiler can't know the type.
    TypesDontFit = 4,
    /// A decision table that has to have exactly one matching row, or several that agree, has none or others.
    NoSingleRow = 5,
    /// A list or a decision table has no such item or row.
    NoValue = 6,
}
