//! Why no level sets a field of a grant, as JSON.

use ordinance_domain::answer::Determination;
use ordinance_domain::decision::{LayerStatus, Outcome};
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use serde::Serialize;
use utoipa::ToSchema;

/// A field of the grant that no level sets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnsetFieldReply<'a> {
    field: &'a str,
    /// Every level of the chain, top first.
    levels: Vec<UnsetLevelReply<'a>>,
}

/// Why a level doesn't set a field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnsetLevelReply<'a> {
    jurisdiction: &'a str,
    /// `silent` (no rule in force), `leaves-open` (its rule grants and leaves the field to lower levels), `ineligible`
    /// (its rule grants nothing), `undetermined`, `missing-facts`, `waiting` or `failed`.
    why: &'static str,
    /// The numbers of its rule that have no value on the day: law still has to set them, or they have ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without_value: Vec<&'a str>,
}

/// The fields of a final grant that are `null`, with the reason; empty where facts are hidden from the recipient.
pub(crate) fn unset_fields<'a>(decision: &'a RedactedDecision<'_>) -> Vec<UnsetFieldReply<'a>> {
    let Outcome::Eligible(grant) = decision.outcome() else { return Vec::new() };
    if decision.is_redacted() {
        return Vec::new();
    }
    let unset = decision.contract().grant.iter().filter(|field| grant.get(&field.name).is_none());
    let reply = |name: &'a FieldName| UnsetFieldReply {
        field: name.as_str(),
        levels: decision.layers().iter().map(|layer| unset_level(layer, decision)).collect(),
    };
    unset.map(|field| reply(&field.name)).collect()
}

fn unset_level<'a>(layer: &'a RedactedLayer<'_>, decision: &RedactedDecision<'_>) -> UnsetLevelReply<'a> {
    let day = decision.query().day();
    let parameters = layer.rule.into_iter().flat_map(|rule| &rule.parameters);
    let without_value = parameters.filter(|parameter| parameter.on(day).is_none());
    UnsetLevelReply {
        jurisdiction: layer.jurisdiction.as_str(),
        why: why_unset(&layer.status),
        without_value: without_value.map(|parameter| parameter.name.as_str()).collect(),
    }
}

fn why_unset(status: &LayerVisibility<'_>) -> &'static str {
    match status {
        LayerVisibility::Full(LayerStatus::Applied { answer, .. }) => match answer.determination {
            Determination::Eligible(_) => "leaves-open",
            Determination::Ineligible | Determination::Undetermined => answer.determination.as_str(),
        },
        LayerVisibility::Full(
            other @ (LayerStatus::Silent { .. }
            | LayerStatus::MissingFacts(_)
            | LayerStatus::Waiting
            | LayerStatus::Failed(_)),
        ) => other.as_str(),
        LayerVisibility::Redacted { .. } => status.as_str(),
    }
}
