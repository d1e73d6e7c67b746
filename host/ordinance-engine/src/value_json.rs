//! Values as JSON, written without a tree in between.

use ordinance_domain::answer::Grant;
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Record, Value};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A value with its type: a decimal is a string with the digits of its type, a date is in ISO 8601.
#[derive(Debug, Clone, Copy)]
pub struct ValueJson<'a> {
    pub value: &'a Value,
    pub fact_type: &'a FactType,
}

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { value, fact_type } = *self;
        match value {
            Value::Bool(yes) => serializer.serialize_bool(*yes),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Decimal(number) => serializer.collect_str(&fact_type.scaled(*number)),
            Value::Date(day) => serializer.collect_str(day),
            Value::Text(text) | Value::Choice(text) => serializer.serialize_str(text),
            Value::Record(record) => RecordJson { record, fact_type }.serialize(serializer),
            Value::List(items) => serializer.collect_seq(items.iter().map(|record| RecordJson { record, fact_type })),
            Value::Decimals(numbers) => serializer.collect_seq(numbers.iter().map(ToString::to_string)),
        }
    }
}

/// A record, its fields by name.
struct RecordJson<'a> {
    record: &'a Record,
    /// The type of the record, or of the list that it stands in.
    fact_type: &'a FactType,
}

impl Serialize for RecordJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let declared = self.fact_type.fields();
        let mut fields: Vec<&(FieldName, Value)> = self.record.iter().collect();
        fields.sort_by_key(|(name, _)| name);
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (name, value) in fields {
            let field = declared.iter().find(|field| field.name == *name);
            let fact_type = field.map_or(self.fact_type, |field| &field.part.fact_type);
            map.serialize_entry(name.as_str(), &ValueJson { value, fact_type })?;
        }
        map.end()
    }
}

/// A grant, its fields by name: `null` for one that no level sets.
#[derive(Debug, Clone, Copy)]
pub struct GrantJson<'a> {
    contract: &'a Contract,
    grant: &'a Grant,
}

impl<'a> GrantJson<'a> {
    /// `None` for a service that grants nothing but the outcome.
    #[must_use]
    pub fn new(contract: &'a Contract, grant: &'a Grant) -> Option<Self> {
        (!contract.grant.is_empty()).then_some(Self { contract, grant })
    }
}

impl Serialize for GrantJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields: Vec<&GrantField> = self.contract.grant.iter().collect();
        fields.sort_by_key(|field| &field.name);
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for field in fields {
            let value = self.grant.get(&field.name).map(|value| ValueJson { value, fact_type: &field.fact_type });
            map.serialize_entry(field.name.as_str(), &value)?;
        }
        map.end()
    }
}
