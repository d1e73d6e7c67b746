//! Values of test cases: as a model is told them, and against what it gave.

use std::rc::Rc;

use ordinance_feel_runtime::operators;
use ordinance_feel_runtime::{Context, Date, DateTime, DaysDuration, Decimal, MonthsDuration, Time, Value};

use super::cases::CaseValue;
use crate::syntax::quoted;
use crate::types::{Type, TypeKind};

/// Why a value of a case isn't of the type of its input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(pub String);

/// The value of a case as one of a type. A list of one item stands for the item, and an item for the list of it.
///
/// # Errors
/// Why it is none of the type.
pub fn told(value: &CaseValue, ty: &Type) -> Result<Value, ValueError> {
    if let TypeKind::List { item, items_max: _ } = &ty.kind {
        return match value {
            CaseValue::Null => Ok(Value::Null),
            CaseValue::List(items) => {
                Ok(Value::list(items.iter().map(|value| told(value, item)).collect::<Result<_, _>>()?))
            }
            CaseValue::Simple { .. } | CaseValue::Context(_) => Ok(Value::list(vec![told(value, item)?])),
        };
    }
    match (value, &ty.kind) {
        (CaseValue::Null, _) => Ok(Value::Null),
        (CaseValue::Simple { text, schema_type }, kind) => simple(text, schema_type.as_deref(), kind),
        (CaseValue::Context(entries), TypeKind::Context(fields)) => context(entries, fields),
        (CaseValue::List(items), TypeKind::Any) => {
            Ok(Value::list(items.iter().map(|value| told(value, ty)).collect::<Result<_, _>>()?))
        }
        (CaseValue::Context(entries), TypeKind::Any) => {
            let entries = entries.iter().map(|(name, value)| Ok((Rc::from(name.as_str()), told(value, ty)?)));
            Ok(Value::Context(Rc::new(Context(entries.collect::<Result<_, ValueError>>()?))))
        }
        (CaseValue::List(items), _) => match items.as_slice() {
            [item] => told(item, ty),
            _ => Err(ValueError("a list was told where one value is taken".to_owned())),
        },
        (CaseValue::Context(_), _) => Err(ValueError("a context was told where one value is taken".to_owned())),
    }
}

fn context(entries: &[(String, CaseValue)], fields: &[(String, Type)]) -> Result<Value, ValueError> {
    if let Some((name, _)) = entries.iter().find(|(name, _)| !fields.iter().any(|(field, _)| field == name)) {
        return Err(ValueError(format!("the type has no part `{name}`")));
    }
    let values = fields.iter().map(|(name, ty)| {
        let value = entries.iter().find(|(entry, _)| entry == name).map(|(_, value)| value);
        let value = value.map_or(Ok(Value::Null), |value| told(value, ty))?;
        Ok((Rc::from(name.as_str()), value))
    });
    Ok(Value::Context(Rc::new(Context(values.collect::<Result<_, ValueError>>()?))))
}

fn simple(text: &str, schema_type: Option<&str>, kind: &TypeKind) -> Result<Value, ValueError> {
    let value = match schema_type.filter(|name| *name != "anySimpleType") {
        Some(name) => typed(text, name)?,
        None => of_kind(text, kind)?,
    };
    let fits = match kind {
        TypeKind::Any => true,
        TypeKind::Boolean => matches!(value, Value::Boolean(_)),
        TypeKind::Number(_) => matches!(value, Value::Number(_)),
        TypeKind::Text | TypeKind::Choice(_) => matches!(value, Value::Text(_)),
        TypeKind::Date => matches!(value, Value::Date(_)),
        TypeKind::Time => matches!(value, Value::Time(_)),
        TypeKind::DateTime => matches!(value, Value::DateTime(_)),
        TypeKind::DaysDuration => matches!(value, Value::Days(_)),
        TypeKind::MonthsDuration => matches!(value, Value::Months(_)),
        TypeKind::Null | TypeKind::List { .. } | TypeKind::Context(_) | TypeKind::Range(_) => false,
    };
    if fits { Ok(value) } else { Err(ValueError("a value of another type was told".to_owned())) }
}

/// The value of a type of XML Schema.
fn typed(text: &str, schema_type: &str) -> Result<Value, ValueError> {
    let trimmed = text.trim();
    let value = match schema_type {
        "string" => Some(Value::text(text)),
        "boolean" => boolean(trimmed),
        "decimal" | "double" | "float" | "integer" | "int" | "long" | "short" | "byte" | "nonNegativeInteger"
        | "positiveInteger" => number(trimmed),
        "date" => Date::parse(trimmed).map(Value::Date),
        "time" => Time::parse(trimmed).map(Value::Time),
        "dateTime" => DateTime::parse(trimmed).map(Value::DateTime),
        "duration" | "dayTimeDuration" | "yearMonthDuration" => duration(trimmed),
        other => return Err(ValueError(format!("values of the type `xsd:{other}` aren't taken"))),
    };
    value.ok_or_else(|| ValueError(format!("the value isn't of the type `xsd:{schema_type}`")))
}

/// The value of a kind, where the case gives no type.
fn of_kind(text: &str, kind: &TypeKind) -> Result<Value, ValueError> {
    let trimmed = text.trim();
    let value = match kind {
        TypeKind::Boolean => boolean(trimmed),
        TypeKind::Number(_) => number(trimmed),
        TypeKind::Text | TypeKind::Choice(_) => Some(Value::text(text)),
        TypeKind::Date => Date::parse(trimmed).map(Value::Date),
        TypeKind::Time => Time::parse(trimmed).map(Value::Time),
        TypeKind::DateTime => DateTime::parse(trimmed).map(Value::DateTime),
        TypeKind::DaysDuration => DaysDuration::parse(trimmed).map(Value::Days),
        TypeKind::MonthsDuration => MonthsDuration::parse(trimmed).map(Value::Months),
        TypeKind::Any => return Err(ValueError("neither the case nor the model says the type of a value".to_owned())),
        TypeKind::Null | TypeKind::List { .. } | TypeKind::Context(_) | TypeKind::Range(_) => None,
    };
    value.ok_or_else(|| ValueError("the value isn't of the type of its input".to_owned()))
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" | "1" => Some(Value::Boolean(true)),
        "false" | "0" => Some(Value::Boolean(false)),
        _ => None,
    }
}

fn number(text: &str) -> Option<Value> {
    Decimal::parse(text).ok().map(Value::Number)
}

fn duration(text: &str) -> Option<Value> {
    MonthsDuration::parse(text).map(Value::Months).or_else(|| DaysDuration::parse(text).map(Value::Days))
}

/// Whether a value is the expected one. Numbers may differ by 10^-8, since cases are written with few digits; a part
/// of a context that isn't there is null.
#[must_use]
pub fn is_expected(expected: &CaseValue, value: &Value) -> bool {
    match (expected, value) {
        (CaseValue::Null, value) => matches!(value, Value::Null),
        (CaseValue::List(expected), Value::List(items)) => {
            expected.len() == items.len()
                && expected.iter().zip(items.iter()).all(|(expected, item)| is_expected(expected, item))
        }
        (CaseValue::Context(expected), Value::Context(context)) => {
            let entries = |(name, expected): &(String, CaseValue)| {
                is_expected(expected, context.get(name).unwrap_or(&Value::Null))
            };
            let is_told = |name: &str| expected.iter().any(|(told, _)| told == name);
            let others = context.0.iter().all(|(name, value)| is_told(name) || *value == Value::Null);
            expected.iter().all(entries) && others
        }
        (CaseValue::Simple { text, schema_type }, value) => is_simple(text, schema_type.as_deref(), value),
        (CaseValue::List(_) | CaseValue::Context(_), _) => false,
    }
}

fn is_simple(text: &str, schema_type: Option<&str>, value: &Value) -> bool {
    let expected = match (schema_type, kind_of(value)) {
        (Some(name), _) => typed(text, name),
        (None, Some(kind)) => of_kind(text, &kind),
        (None, None) => return false,
    };
    match (expected, value) {
        (Ok(Value::Number(expected)), Value::Number(number)) => is_near(expected, *number),
        (Ok(Value::Text(expected)), Value::Text(text)) => expected == *text,
        (Ok(expected), value) => {
            kind_of(&expected) == kind_of(value) && operators::equal(&expected, value) == Value::Boolean(true)
        }
        (Err(_), _) => false,
    }
}

/// Whether two numbers differ by at most 10^-8, or by one in the fourteenth digit.
fn is_near(expected: Decimal, number: Decimal) -> bool {
    let Ok(difference) = expected.subtract(number) else {
        return false;
    };
    let within = |coefficient, exponent| difference.abs() <= Decimal { negative: false, coefficient, exponent };
    let relative = expected.abs().multiply(Decimal { negative: false, coefficient: 1, exponent: -14 });
    within(1, -8) || relative.is_ok_and(|most| difference.abs() <= most)
}

/// A value as text, for messages.
#[must_use]
pub fn shown(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(shown).collect::<Vec<_>>().join(", ");
    let mut text = String::new();
    match value {
        Value::Failed(failure) => text = format!("a failure: {failure:?}"),
        Value::Unknown | Value::Between(_, _) | Value::Perhaps(_) => text.push_str("unknown"),
        Value::Null => text.push_str("null"),
        Value::Boolean(value) => text = value.to_string(),
        Value::Number(number) => number.write(&mut text),
        Value::Text(value) => text = quoted(value),
        Value::Date(date) => date.write(&mut text),
        Value::Time(time) => time.write(&mut text),
        Value::DateTime(moment) => moment.write(&mut text),
        Value::Days(duration) => duration.write(&mut text),
        Value::Months(duration) => duration.write(&mut text),
        Value::List(items) => text = format!("[{}]", all(items)),
        Value::Context(context) => {
            let entries = context.0.iter().map(|(name, value)| format!("{name}: {}", shown(value)));
            text = format!("{{{}}}", entries.collect::<Vec<_>>().join(", "));
        }
        Value::Range(range) => {
            let end = |end: &Option<Value>| end.as_ref().map(shown).unwrap_or_default();
            let (open, close) =
                (if range.low_included { '[' } else { '(' }, if range.high_included { ']' } else { ')' });
            text = format!("{open}{}..{}{close}", end(&range.low), end(&range.high));
        }
    }
    text
}

fn kind_of(value: &Value) -> Option<TypeKind> {
    match value {
        Value::Boolean(_) => Some(TypeKind::Boolean),
        Value::Number(_) => Some(TypeKind::Number(crate::types::NumberBounds::default())),
        Value::Text(_) => Some(TypeKind::Text),
        Value::Date(_) => Some(TypeKind::Date),
        Value::Time(_) => Some(TypeKind::Time),
        Value::DateTime(_) => Some(TypeKind::DateTime),
        Value::Days(_) => Some(TypeKind::DaysDuration),
        Value::Months(_) => Some(TypeKind::MonthsDuration),
        Value::Failed(_)
        | Value::Unknown
        | Value::Between(_, _)
        | Value::Null
        | Value::List(_)
        | Value::Perhaps(_)
        | Value::Context(_)
        | Value::Range(_) => None,
    }
}
