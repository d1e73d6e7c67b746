//! dsntk's value of an expression, written as Ordinance writes values.

use dsntk_feel::FeelScope;
use dsntk_feel::values::Value;
use dsntk_feel_evaluator::evaluate;
use dsntk_feel_parser::parse_expression;
use ordinance_feel_runtime::Decimal;

use crate::Computed;

/// The value of an expression.
#[must_use]
pub fn theirs(expression: &str) -> Computed {
    // It panics on some texts.
    std::panic::catch_unwind(|| computed(expression)).unwrap_or_else(|_| Computed::Refused("it panicked".to_owned()))
}

fn computed(expression: &str) -> Computed {
    let scope = FeelScope::default();
    let node = match parse_expression(&scope, expression, false) {
        Ok(node) => node,
        Err(error) => return Computed::Refused(error.to_string()),
    };
    match evaluate(&scope, &node) {
        Value::Null(reason) => Computed::Null(reason.unwrap_or_default()),
        value => Computed::Value(shown(&value)),
    }
}

fn shown(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(shown).collect::<Vec<_>>().join(", ");
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Number(number) => plain(&number.to_string()),
        Value::String(text) => ordinance_feel::syntax::quoted(text),
        Value::List(items) => format!("[{}]", all(items)),
        Value::Context(context) => {
            let entries = context.iter().map(|(name, value)| format!("{name}: {}", shown(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Range(low, low_kind, high, high_kind) => {
            let (open, close) = (if low_kind.closed() { '[' } else { '(' }, if high_kind.closed() { ']' } else { ')' });
            let low = if low_kind.undefined() { String::new() } else { shown(low) };
            let high = if high_kind.undefined() { String::new() } else { shown(high) };
            format!("{open}{low}..{high}{close}")
        }
        other => other.to_string(),
    }
}

/// A number without exponent and without zeros at the end of its fraction, as Ordinance writes it.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    match Decimal::parse(text) {
        Ok(number) => number.normalised().write(&mut plain),
        Err(_) => plain.push_str(text),
    }
    plain
}
