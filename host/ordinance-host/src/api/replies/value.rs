//! Values and names of facts as JSON, written without a tree in between.

use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
use ordinance_engine::value_json::ValueJson;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

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

/// A value as a tree, for replies that outlive what it is made of.
pub(crate) fn value_reply(value: &Value, fact_type: &FactType) -> serde_json::Value {
    // A value is made of text and numbers, which always can be written.
    serde_json::to_value(ValueJson { value, fact_type }).unwrap_or_default()
}

/// A part of a reply that is written before the rest, for replies that outlive what it is made of. It is made of text
/// and numbers, which always can be written.
pub(crate) fn written(part: &impl Serialize) -> Option<Box<RawValue>> {
    to_raw_value(part).ok()
}
