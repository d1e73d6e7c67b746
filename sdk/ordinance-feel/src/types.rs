//! The types of expressions.

use std::rc::Rc;

use ordinance_feel_runtime::Decimal;

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

/// What is known at build of all values of a numeric expression. Each number is within `range`, and an exact multiple of
/// 10^-scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NumberBounds {
    /// The least and the greatest, both included.
    pub range: Option<(Decimal, Decimal)>,
    /// The most digits after the point; from 0.
    pub scale: Option<u8>,
}
