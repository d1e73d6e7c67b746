//! What the members of a body must be together, as far as a schema says it. The rest is `unprocessable-request`.

use ordinance_domain::privacy::RecipientKind;
use serde_json::{Map, Value, json};

/// The name of the component for the facts of a service.
pub(super) fn facts_of_service(service: &str) -> String {
    format!("FactValues.{service}")
}

/// Adds conditions to a body.
pub(super) fn add_conditions(schemas: &mut Map<String, Value>, body: &str, conditions: &[Value]) {
    if let Some(Value::Object(schema)) = schemas.get_mut(body) {
        schema.insert("allOf".to_owned(), conditions.into());
    }
}

/// The facts of a body are those of its service.
pub(super) fn facts_by_service(services: &[&str]) -> Value {
    let of_service = |service: &&str| {
        let facts = format!("#/components/schemas/{}", facts_of_service(service));
        json!({"properties": {"service": {"const": service}, "facts": {"$ref": facts}}})
    };
    json!({"oneOf": services.iter().map(of_service).collect::<Vec<_>>()})
}

/// Only a simulation names a revision.
pub(super) fn revision_of_simulation() -> Value {
    json!({"anyOf": [
        {"properties": {"rulebook": {"type": "null"}}},
        {"properties": {"mode": {"const": "simulation"}}, "required": ["mode"]},
    ]})
}

/// A recipient that doesn't act on the basis of a service names its own.
pub(super) fn own_basis() -> Value {
    let acting: Vec<&str> =
        RecipientKind::ALL.iter().filter(|kind| kind.acts_for_service()).map(|kind| kind.as_str()).collect();
    json!({"anyOf": [
        {"properties": {"recipient": {"type": "null"}}},
        {"properties": {"recipient": {"type": "object", "properties": {"kind": {"enum": acting}}}}},
        has("basis"),
    ]})
}

/// A body has exactly one of two members.
pub(super) fn either(first: &str, second: &str) -> Value {
    json!({"anyOf": [both(has(first), lacks(second)), both(has(second), lacks(first))]})
}

/// A body has at least one of two members.
pub(super) fn any_of(first: &str, second: &str) -> Value {
    json!({"anyOf": [has(first), has(second)]})
}

fn both(first: Value, second: Value) -> Value {
    json!({"allOf": [first, second]})
}

fn has(member: &str) -> Value {
    json!({"properties": {member: {"not": {"type": "null"}}}, "required": [member]})
}

fn lacks(member: &str) -> Value {
    json!({"properties": {member: {"type": "null"}}})
}
