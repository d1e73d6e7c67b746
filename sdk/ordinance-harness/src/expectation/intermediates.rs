//! Compares the intermediate values that a test expects with those that rules told.

use ordinance_domain::decision::Decision;
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::value::{Value, field};
use ordinance_engine::literals::read_decimal;
use ordinance_engine::untyped_value::UntypedValue;

use crate::render::plain;
use crate::test_case::UNSET;
use crate::test_error::TestError;
use crate::test_result::Difference;

/// The differences between expected values and those of the lowest layer that tells each.
///
/// # Errors
/// [`TestError::UnknownIntermediate`] for a name that no rule of the chain declares, or if they are no object.
pub(super) fn compare_intermediates(
    expected: &UntypedValue,
    decision: &Decision,
) -> Result<Vec<Difference>, TestError> {
    let UntypedValue::Object(expected) = expected else {
        return Err(TestError::UnknownIntermediate(shortened(&plain(expected))));
    };
    let mut differences = Vec::new();
    for (name, expected) in expected {
        let (is_declared, told) = told_value(decision, name);
        if !is_declared {
            return Err(TestError::UnknownIntermediate(shortened(name)));
        }
        if !is_same(expected, told) {
            let decided = told.map_or_else(|| UNSET.to_owned(), Value::to_plain);
            differences.push(Difference::new(format!("intermediate value `{name}`"), plain(expected), decided));
        }
    }
    Ok(differences)
}

/// Whether a rule declares a value of this name, and the value in the lowest layer that tells it.
fn told_value<'d>(decision: &'d Decision, name: &str) -> (bool, Option<&'d Value>) {
    let Ok(name) = FieldName::new(name) else { return (false, None) };
    let mut is_declared = false;
    for layer in decision.layers.iter().rev() {
        let Some(rule) = layer.rule.as_ref() else { continue };
        if rule.intermediates.iter().any(|declared| declared.name == name) {
            is_declared = true;
            if let Some(answer) = layer.status.answer() {
                return (true, field(&answer.intermediates, &name));
            }
        }
    }
    (is_declared, None)
}

/// Whether a value is as a test writes it: numbers by their value, others by their text.
fn is_same(expected: &UntypedValue, told: Option<&Value>) -> bool {
    match (expected, told) {
        (UntypedValue::Text(text), None) => text == UNSET,
        (UntypedValue::Null, None) => true,
        (_, None) => false,
        (UntypedValue::Number(text) | UntypedValue::Text(text), Some(Value::Decimal(number))) => {
            read_decimal(text) == Some(*number)
        }
        (expected, Some(value)) => plain(expected) == value.to_plain(),
    }
}
