//! Three-valued logic.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::failure::Failure;
use crate::value::{Context, Value};

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// False.
    False,
    /// True.
    True,
    /// It isn't known.
    Unknown,
    /// Null.
    Null,
    /// The computation failed, or gave no boolean.
    Failed(Failure),
}

impl Truth {
    /// What a value is as a condition.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Boolean(true) => Self::True,
            Value::Boolean(false) => Self::False,
            Value::Null => Self::Null,
            Value::Unknown => Self::Unknown,
            Value::Failed(failure) => Self::Failed(*failure),
            _ => Self::Failed(Failure::TypesDontFit),
        }
    }

    /// The value.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::False => Value::Boolean(false),
            Self::True => Value::Boolean(true),
            Self::Unknown => Value::Unknown,
            Self::Null => Value::Null,
            Self::Failed(failure) => Value::Failed(failure),
        }
    }

    /// Whether both hold: false if one is false; else the first of a failure, unknown, null that one is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Failed(failure), _) | (_, Self::Failed(failure)) => Self::Failed(failure),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Null, _) | (_, Self::Null) => Self::Null,
            (Self::True, Self::True) => Self::True,
        }
    }

    /// Whether one holds: true if one is true; else the first of a failure, unknown, null that one is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.negation().and(other.negation()).negation()
    }

    /// The opposite of true and false.
    #[must_use]
    pub fn negation(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::True => Self::False,
            Self::Unknown | Self::Null | Self::Failed(_) => self,
        }
    }
}

/// `a and b`
#[must_use]
pub fn and(left: &Value, right: &Value) -> Value {
    Truth::of(left).and(Truth::of(right)).value()
}

/// `a or b`
#[must_use]
pub fn or(left: &Value, right: &Value) -> Value {
    Truth::of(left).or(Truth::of(right)).value()
}

/// `not(a)`
#[must_use]
pub fn not(value: &Value) -> Value {
    Truth::of(value).negation().value()
}

/// What both ways of an `if` have in common whose condition isn't known or has failed: their value if it is the same;
/// of numbers, all between the least and the greatest; of contexts with the same names, what their parts have in
/// common. The failure of the condition if the ways differ and it has failed, else unknown.
#[must_use]
pub fn agree(condition: &Value, then: &Value, otherwise: &Value) -> Value {
    let failure = match Truth::of(condition) {
        Truth::Failed(failure) => Some(failure),
        Truth::False | Truth::True | Truth::Unknown | Truth::Null => None,
    };
    common(failure, then, otherwise)
}

fn common(failure: Option<Failure>, then: &Value, otherwise: &Value) -> Value {
    if let (Value::Context(left), Value::Context(right)) = (then, otherwise)
        && let Some(context) = common_of_contexts(failure, left, right)
    {
        return context;
    }
    if !then.is_unknown() && then == otherwise {
        return then.clone();
    }
    match (failure, then.bounds(), otherwise.bounds()) {
        (Some(failure), _, _) => Value::Failed(failure),
        (None, Some(left), Some(right)) => Value::between(left.0.min(right.0), left.1.max(right.1)),
        (None, _, _) => Value::Unknown,
    }
}

/// `None` if the names differ.
fn common_of_contexts(failure: Option<Failure>, left: &Context, right: &Context) -> Option<Value> {
    if left.0.len() != right.0.len() {
        return None;
    }
    let mut entries = Vec::with_capacity(left.0.len());
    for ((name, left), (other, right)) in left.0.iter().zip(&right.0) {
        if name != other {
            return None;
        }
        entries.push((name.clone(), common(failure, left, right)));
    }
    Some(Value::Context(Rc::new(Context(entries))))
}
