//! Writes the types of rules as JSON.

use ordinance_domain::rule_type::{RuleField, RuleType, ValueType};
use serde_json::{Value, json};

use super::{ARGUMENTS, PRIVACY_ARGUMENTS};
use crate::compiled_rule::{CompiledEligibilityRule, CompiledPrivacyRule};
use crate::privacy_type::PrivacyType;

impl CompiledEligibilityRule {
    /// The type of the rule's function as JSON, for a sandbox that can't read it from the component.
    #[must_use]
    pub fn type_json(&self) -> String {
        write_rule_type(&self.function_type)
    }
}

impl CompiledPrivacyRule {
    /// The type of the rule's function as JSON, for a sandbox that can't read it from the component.
    #[must_use]
    pub fn type_json(&self) -> String {
        write_privacy_type(&self.function_type)
    }
}

/// The type of an eligibility rule, without the ranges of its numbers, which its code tells.
pub(super) fn write_rule_type(rule_type: &RuleType) -> String {
    json!({
        "arguments": names(&rule_type.arguments, &ARGUMENTS),
        "applicant": fields(&rule_type.applicant),
        "parameters": fields(&rule_type.parameters),
        "grant": fields(&rule_type.grant),
        "intermediates": fields(&rule_type.intermediates),
        "finds_items": rule_type.finds_items,
    })
    .to_string()
}

/// The type of a privacy rule.
pub(super) fn write_privacy_type(privacy_type: &PrivacyType) -> String {
    json!({
        "arguments": names(&privacy_type.arguments, &PRIVACY_ARGUMENTS),
        "parameters": fields(&privacy_type.parameters),
        "tells_parties": privacy_type.tells_parties,
    })
    .to_string()
}

fn names<T: PartialEq>(arguments: &[T], known: &[(&'static str, T)]) -> Vec<&'static str> {
    let name = |argument: &T| known.iter().find(|(_, known)| known == argument).map(|(name, _)| *name);
    arguments.iter().filter_map(name).collect()
}

fn fields(fields: &[RuleField]) -> Vec<Value> {
    fields.iter().map(|field| json!([field.name.as_str(), type_value(&field.value_type)])).collect()
}

fn type_value(value_type: &ValueType) -> Value {
    match value_type {
        ValueType::Bool => json!("bool"),
        ValueType::Integer(width) => json!(width.as_str()),
        ValueType::Decimal => json!("decimal"),
        ValueType::Date => json!("date"),
        ValueType::Text => json!("text"),
        ValueType::Decimals => json!("decimals"),
        ValueType::Choice(choices) => json!({ "choice": choices }),
        ValueType::Record(inner) => json!({ "record": fields(inner) }),
        ValueType::List(inner) => json!({ "list": fields(inner) }),
        ValueType::Option(inner) => json!({ "option": type_value(inner) }),
    }
}
