//! Values and names of facts as JSON.

use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Record, Value};

pub(crate) fn names(fields: &[FieldName]) -> Vec<String> {
    fields.iter().map(ToString::to_string).collect()
}

/// A decimal is a string with the digits of its type, a date is in ISO 8601.
pub(crate) fn value_reply(value: &Value, fact_type: &FactType) -> serde_json::Value {
    match value {
        Value::Bool(yes) => (*yes).into(),
        Value::Integer(number) => (*number).into(),
        Value::Decimal(number) => {
            let mut number = *number;
            if let FactType::Decimal { scale, .. } = fact_type {
                number.rescale(*scale);
            }
            number.to_string().into()
        }
        Value::Date(day) => day.to_string().into(),
        Value::Text(text) | Value::Choice(text) => text.clone().into(),
        Value::Record(record) => record_reply(record, fact_type),
        Value::List(items) => items.iter().map(|item| record_reply(item, fact_type)).collect::<Vec<_>>().into(),
    }
}

fn record_reply(record: &Record, fact_type: &FactType) -> serde_json::Value {
    let fields = match fact_type {
        FactType::Record(fields) | FactType::List { fields, .. } => fields.as_slice(),
        FactType::Bool
        | FactType::Integer { .. }
        | FactType::Decimal { .. }
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_) => &[],
    };
    let entry = |(name, value): &(FieldName, Value)| {
        let field = fields.iter().find(|field| &field.name == name);
        (name.to_string(), value_reply(value, field.map_or(fact_type, |field| &field.fact_type)))
    };
    serde_json::Value::Object(record.iter().map(entry).collect())
}
