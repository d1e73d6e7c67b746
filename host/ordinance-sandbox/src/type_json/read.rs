//! Reads the types of rules from JSON.

use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type::{IntegerType, RuleField, RuleType, ValueType};
use serde_json::{Map, Value};

use super::{ARGUMENTS, PRIVACY_ARGUMENTS};
use crate::privacy_type::PrivacyType;

/// How deep types may be nested: that of a component has fewer levels.
const DEPTH_MAX: usize = 32;

const INTEGERS: [IntegerType; 8] = [
    IntegerType::U8,
    IntegerType::S8,
    IntegerType::U16,
    IntegerType::S16,
    IntegerType::U32,
    IntegerType::S32,
    IntegerType::U64,
    IntegerType::S64,
];

/// Reads the type of an eligibility rule; `None` for a text that nothing wrote.
pub(crate) fn read_rule_type(text: &str) -> Option<RuleType> {
    let read: Value = serde_json::from_str(text).ok()?;
    Some(RuleType {
        arguments: read_names(read.get("arguments")?, &ARGUMENTS)?,
        applicant: read_fields(read.get("applicant")?, 0)?,
        parameters: read_fields(read.get("parameters")?, 0)?,
        grant: read_fields(read.get("grant")?, 0)?,
        intermediates: read_fields(read.get("intermediates")?, 0)?,
        finds_items: read.get("finds_items")?.as_bool()?,
    })
}

/// Reads the type of a privacy rule; `None` for a text that nothing wrote.
pub(crate) fn read_privacy_type(text: &str) -> Option<PrivacyType> {
    let read: Value = serde_json::from_str(text).ok()?;
    Some(PrivacyType {
        arguments: read_names(read.get("arguments")?, &PRIVACY_ARGUMENTS)?,
        parameters: read_fields(read.get("parameters")?, 0)?,
        tells_parties: read.get("tells_parties")?.as_bool()?,
    })
}

fn read_names<T: Copy>(names: &Value, known: &[(&str, T)]) -> Option<Vec<T>> {
    let argument = |name: &Value| {
        let name = name.as_str()?;
        known.iter().find(|(known, _)| *known == name).map(|(_, argument)| *argument)
    };
    names.as_array()?.iter().map(argument).collect()
}

fn read_fields(read: &Value, depth: usize) -> Option<Vec<RuleField>> {
    let field = |read: &Value| {
        let [name, value_type] = read.as_array()?.as_slice() else { return None };
        Some(RuleField::new(FieldName::new(name.as_str()?).ok()?, read_type(value_type, depth)?))
    };
    read.as_array()?.iter().map(field).collect()
}

fn read_type(read: &Value, depth: usize) -> Option<ValueType> {
    if depth > DEPTH_MAX {
        return None;
    }
    match read {
        Value::String(name) => match name.as_str() {
            "bool" => Some(ValueType::Bool),
            "decimal" => Some(ValueType::Decimal),
            "date" => Some(ValueType::Date),
            "text" => Some(ValueType::Text),
            "decimals" => Some(ValueType::Decimals),
            width => INTEGERS.into_iter().find(|known| known.as_str() == width).map(ValueType::Integer),
        },
        Value::Object(of) => read_compound(of, depth + 1),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

fn read_compound(of: &Map<String, Value>, depth: usize) -> Option<ValueType> {
    let (kind, inner) = of.iter().next().filter(|_| of.len() == 1)?;
    match kind.as_str() {
        "choice" => {
            let choices = inner.as_array()?.iter().map(|choice| choice.as_str().map(str::to_owned));
            choices.collect::<Option<_>>().map(ValueType::Choice)
        }
        "record" => read_fields(inner, depth).map(ValueType::Record),
        "list" => read_fields(inner, depth).map(ValueType::List),
        "option" => read_type(inner, depth).map(Box::new).map(ValueType::Option),
        _ => None,
    }
}
