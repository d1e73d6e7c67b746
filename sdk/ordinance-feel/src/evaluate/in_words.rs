//! Failures and values as people read them.

use ordinance_feel_runtime::{Builtin, Failure, Value};

/// The name of a failure, with what it says.
#[must_use]
pub fn failure_in_words(failure: Failure) -> &'static str {
    match failure {
        Failure::DivisionByZero => "a division by zero",
        Failure::NumberTooLarge => "an overflow: a number becomes too large",
        Failure::NotInDomain => {
            "a value that isn't taken here: outside of its range, or with more digits than are left"
        }
        Failure::TypesDontFit => "values of types that don't fit",
        Failure::NoSingleRow => "a table of which no single row matches",
        Failure::NoValue => "no value: the list has no such item, or no row of the table matches",
    }
}

/// A value, as authors write it if it is known.
#[must_use]
pub fn value_in_words(value: &Value) -> String {
    match value {
        Value::Failed(failure) => format!("failed: {}", failure_in_words(*failure)),
        Value::Unknown | Value::Perhaps(_) => "not known".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Between(low, high) => {
            let [low, high] = [low, high].map(|number| value_in_words(&Value::Number(*number)));
            format!("between {low} and {high}")
        }
        known => match Builtin::String.call(std::slice::from_ref(known)) {
            Value::Text(text) => text.to_string(),
            Value::Failed(failure) => format!("failed: {}", failure_in_words(failure)),
            _ => "not known in every part".to_owned(),
        },
    }
}
