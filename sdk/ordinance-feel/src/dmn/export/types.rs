//! The types of facts in a model, and values of parameters as expressions.

use std::fmt::Write as _;

use ordinance_domain::fact::{FactType, Field};
use ordinance_domain::parameters::Parameter;
use ordinance_domain::value::Value;

use super::escape::escaped;
use crate::syntax::quoted;

/// The item definitions of a model.
#[derive(Debug, Default)]
pub(super) struct ItemDefinitions {
    xml: String,
    count: usize,
}

impl ItemDefinitions {
    /// The name of the type of a fact, whose definition is added if FEEL has no such type.
    pub(super) fn type_ref(&mut self, name: &str, fact_type: &FactType) -> String {
        if let Some(built_in) = built_in(fact_type) {
            return built_in.to_owned();
        }
        let type_name = format!("t_{name}");
        self.count += 1;
        let definition = definition("itemDefinition", &type_name, &format!("t{}", self.count), fact_type, 1);
        self.xml.push_str(&definition);
        type_name
    }

    pub(super) fn into_xml(self) -> String {
        self.xml
    }
}

fn built_in(fact_type: &FactType) -> Option<&'static str> {
    match fact_type {
        FactType::Bool => Some("boolean"),
        FactType::Integer { .. } | FactType::Decimal { .. } => Some("number"),
        FactType::Date => Some("date"),
        FactType::Text { .. } => Some("string"),
        FactType::Choice(_) | FactType::Record(_) | FactType::List { .. } => None,
    }
}

fn definition(tag: &str, name: &str, id: &str, fact_type: &FactType, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let is_list = matches!(fact_type, FactType::List { .. });
    let mut xml = format!("{indent}<{tag} name=\"{}\" id=\"{id}\" isCollection=\"{is_list}\">\n", escaped(name));
    match fact_type {
        FactType::Record(fields) | FactType::List { fields, items_max: _ } => {
            for (index, field) in fields.iter().enumerate() {
                xml.push_str(&component(field, &format!("{id}_{}", index + 1), depth + 1));
            }
        }
        FactType::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            let values = escaped(&words.join(", "));
            let _ = writeln!(xml, "{indent}  <typeRef>string</typeRef>");
            let _ = writeln!(xml, "{indent}  <allowedValues><text>{values}</text></allowedValues>");
        }
        other => {
            let _ = writeln!(xml, "{indent}  <typeRef>{}</typeRef>", built_in(other).unwrap_or("Any"));
        }
    }
    let _ = writeln!(xml, "{indent}</{tag}>");
    xml
}

fn component(field: &Field, id: &str, depth: usize) -> String {
    definition("itemComponent", field.name.as_str(), id, &field.part.fact_type, depth)
}

/// The value of a parameter on the day `as_of`, as an expression, and whether it reads the day.
pub(super) fn parameter_expression(parameter: &Parameter, as_of: &str) -> (String, bool) {
    let mut values = parameter.values.iter();
    let Some(first) = values.next() else {
        return ("null".to_owned(), false);
    };
    let mut expression = value_expression(&first.value);
    let mut is_dated = false;
    for (index, dated) in parameter.values.iter().enumerate() {
        if index > 0 {
            is_dated = true;
            let value = value_expression(&dated.value);
            expression = format!("if {as_of} >= @\"{}\" then {value} else {expression}", dated.from);
        }
        if let Some(until) = dated.until {
            is_dated = true;
            expression = format!("if {as_of} >= @\"{until}\" then null else {expression}");
        }
    }
    if parameter.pending.is_some() {
        is_dated = true;
        expression = format!("if {as_of} < @\"{}\" then null else {expression}", first.from);
    }
    (expression, is_dated)
}

fn value_expression(value: &Value) -> String {
    let fields = |record: &ordinance_domain::value::Record| {
        let entries: Vec<String> =
            record.iter().map(|(name, value)| format!("{name}: {}", value_expression(value))).collect();
        format!("{{{}}}", entries.join(", "))
    };
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Date(day) => format!("@\"{day}\""),
        Value::Text(text) | Value::Choice(text) => number_or_text(text),
        Value::Record(record) => fields(record),
        Value::List(rows) => format!("[{}]", rows.iter().map(fields).collect::<Vec<_>>().join(", ")),
        Value::Decimals(numbers) => {
            format!("[{}]", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A decimal stands in quotes in a manifest, since TOML has none.
fn number_or_text(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
        && digits.matches('.').count() <= 1;
    if is_number { text.to_owned() } else { quoted(text) }
}
