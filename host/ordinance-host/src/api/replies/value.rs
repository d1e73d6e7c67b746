//! Values and names of facts as JSON, written without a tree in between.

use ordinance_domain::answer::Grant;
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Record, Value};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::shown::Shown;

/// Names of facts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamesReply<'a>(pub(crate) &'a [FieldName]);

impl NamesReply<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for NamesReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(FieldName::as_str))
    }
}

/// A value with its type: a decimal is a string with the digits of its type, a date is in ISO 8601.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValueReply<'a> {
    pub(crate) value: &'a Value,
    pub(crate) fact_type: &'a FactType,
}

impl Serialize for ValueReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { value, fact_type } = *self;
        match value {
            Value::Bool(yes) => serializer.serialize_bool(*yes),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Decimal(number) => serializer.collect_str(&fact_type.scaled(*number)),
            Value::Date(day) => Shown(day).serialize(serializer),
            Value::Text(text) | Value::Choice(text) => serializer.serialize_str(text),
            Value::Record(record) => RecordValueReply { record, fact_type }.serialize(serializer),
            Value::List(items) => {
                serializer.collect_seq(items.iter().map(|record| RecordValueReply { record, fact_type }))
            }
            Value::Decimals(numbers) => serializer.collect_seq(numbers.iter().map(ToString::to_string)),
        }
    }
}

/// A record, its fields by name.
struct RecordValueReply<'a> {
    record: &'a Record,
    /// The type of the record, or of the list that it stands in.
    fact_type: &'a FactType,
}

impl Serialize for RecordValueReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let declared = self.fact_type.fields();
        let mut fields: Vec<&(FieldName, Value)> = self.record.iter().collect();
        fields.sort_by_key(|(name, _)| name);
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (name, value) in fields {
            let field = declared.iter().find(|field| field.name == *name);
            let fact_type = field.map_or(self.fact_type, |field| &field.part.fact_type);
            map.serialize_entry(name.as_str(), &ValueReply { value, fact_type })?;
        }
        map.end()
    }
}

/// A grant, its fields by name: `null` for one that no level sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GrantReply<'a> {
    contract: &'a Contract,
    grant: &'a Grant,
}

impl<'a> GrantReply<'a> {
    /// `None` for a service that grants nothing but the outcome.
    pub(crate) fn new(contract: &'a Contract, grant: &'a Grant) -> Option<Self> {
        (!contract.grant.is_empty()).then_some(Self { contract, grant })
    }
}

impl Serialize for GrantReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields: Vec<&GrantField> = self.contract.grant.iter().collect();
        fields.sort_by_key(|field| &field.name);
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for field in fields {
            let value = self.grant.get(&field.name).map(|value| ValueReply { value, fact_type: &field.fact_type });
            map.serialize_entry(field.name.as_str(), &value)?;
        }
        map.end()
    }
}

/// A value as a tree, for replies that outlive what it is made of.
pub(crate) fn value_reply(value: &Value, fact_type: &FactType) -> serde_json::Value {
    // A value is made of text and numbers, which always can be written.
    serde_json::to_value(ValueReply { value, fact_type }).unwrap_or_default()
}

/// A part of a reply that is written before the rest, for replies that outlive what it is made of. It is made of text
/// and numbers, which always can be written.
pub(crate) fn written(part: &impl Serialize) -> Option<Box<RawValue>> {
    to_raw_value(part).ok()
}
