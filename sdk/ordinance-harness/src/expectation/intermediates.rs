//! Compares the intermediate values that a test expects with those that rules told.

use ordinance_domain::decision::{Decision, LayerStatus};
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::value::{Decimal, Value, field};
use ordinance_engine::literals::read_decimal;
use ordinance_engine::untyped_value::UntypedValue;

use crate::render::plain;
use crate::test_case::UNSET;
use crate::test_error::TestError;
use crate::test_result::{Difference, DifferingPart};

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
        if !is_declared && decision.layers.iter().any(|layer| matches!(layer.status, LayerStatus::Failed(_))) {
            let part = DifferingPart::Intermediate(name.clone());
            differences.push(Difference::new(part, plain(expected), "not told, since a rule failed".to_owned()));
            continue;
        }
        if !is_declared {
            return Err(TestError::UnknownIntermediate(shortened(name)));
        }
        if !is_same(expected, told) {
            let decided = told.map_or_else(|| UNSET.to_owned(), Value::to_plain);
            let part = DifferingPart::Intermediate(name.clone());
            differences.push(Difference::new(part, plain(expected), decided));
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

/// Whether a number is what a test writes. A number that is written with decimals stands for those that round to it:
/// a quotient is told to six decimals, and nobody computes these by hand.
fn is_same_number(text: &str, expected: Decimal, told: Decimal) -> bool {
    let Some((_, decimals)) = text.split_once('.') else { return expected == told };
    let scale = u32::try_from(decimals.len()).unwrap_or(u32::MAX);
    if told.normalize().scale() <= scale {
        return expected == told;
    }
    let half = Decimal::try_new(5, scale.saturating_add(1)).unwrap_or(Decimal::ZERO);
    (expected - told).abs() <= half
}

/// Whether a value is as a test writes it: numbers by their value, others by their text.
fn is_same(expected: &UntypedValue, told: Option<&Value>) -> bool {
    match (expected, told) {
        (UntypedValue::Text(text), None) => text == UNSET,
        (UntypedValue::Null, None) => true,
        (_, None) => false,
        (UntypedValue::Number(text) | UntypedValue::Text(text), Some(Value::Decimal(number))) => {
            read_decimal(text).is_some_and(|expected| is_same_number(text, expected, *number))
        }
        (expected, Some(value)) => plain(expected) == value.to_plain(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_compared_to_the_decimals_that_are_written() {
        let is_same =
            |text: &str, told: &str| is_same_number(text, read_decimal(text).unwrap(), read_decimal(told).unwrap());
        assert!(is_same("33.33", "33.333333"));
        assert!(is_same("33.35", "33.345"));
        assert!(!is_same("33.34", "33.333333"));
        assert!(!is_same("33.30", "33.33"));
        // A whole number and one with more decimals than are told stand for themselves.
        assert!(!is_same("33", "33.333333"));
        assert!(!is_same("33.333", "33.33"));
        assert!(is_same("33.0", "33"));
    }
}
