//! A fact and its type as they travel.

use ordinance_domain::fact::{Fact, FactType, Field};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::language::best;
use crate::api::replies::{ProvisionReply, provision_reply};

/// A fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactReply {
    name: String,
    title: Option<String>,
    #[serde(rename = "type")]
    fact_type: TypeReply,
    /// `public`, `personal` or `sensitive`.
    sensitivity: &'static str,
    /// The category of personal data, a term of the Data Privacy Vocabulary.
    category: Option<String>,
    /// How the department that holds it may share it, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharing: Option<SharingReply>,
    unit: Option<String>,
}

/// How a fact may be shared between departments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharingReply {
    /// `unconditional`, `conditional` or `not-shared`.
    class: &'static str,
    /// On what condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    provision: ProvisionReply,
}

/// The type of a fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TypeReply {
    /// `bool`, `integer`, `decimal`, `date`, `text`, `choice`, `record` or `list`.
    kind: &'static str,
    /// What is expected, in words.
    expected: String,
    /// The choices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
    /// The fields of a record, or of each record of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    fields: Vec<FieldReply>,
}

/// A field of a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldReply {
    name: String,
    #[serde(rename = "type")]
    fact_type: TypeReply,
}

pub(crate) fn fact_reply(fact: &Fact, languages: &[String]) -> FactReply {
    FactReply {
        name: fact.name.to_string(),
        title: best(&fact.titles, languages),
        fact_type: type_reply(&fact.fact_type),
        sensitivity: fact.sensitivity.as_str(),
        category: fact.category.map(|category| category.to_string()),
        sharing: fact.sharing.as_ref().map(|sharing| SharingReply {
            class: sharing.class.as_str(),
            condition: best(&sharing.condition, languages),
            provision: provision_reply(&sharing.provision),
        }),
        unit: fact.unit.clone(),
    }
}

pub(crate) fn type_reply(fact_type: &FactType) -> TypeReply {
    let (kind, fields) = match fact_type {
        FactType::Bool => ("bool", &[][..]),
        FactType::Integer { .. } => ("integer", &[][..]),
        FactType::Decimal { .. } => ("decimal", &[][..]),
        FactType::Date => ("date", &[][..]),
        FactType::Text { .. } => ("text", &[][..]),
        FactType::Choice(_) => ("choice", &[][..]),
        FactType::Record(fields) => ("record", fields.as_slice()),
        FactType::List { fields, .. } => ("list", fields.as_slice()),
    };
    let choices = if let FactType::Choice(choices) = fact_type { choices.clone() } else { Vec::new() };
    let field = |field: &Field| FieldReply { name: field.name.to_string(), fact_type: type_reply(&field.fact_type) };
    TypeReply { kind, expected: fact_type.to_string(), choices, fields: fields.iter().map(field).collect() }
}
