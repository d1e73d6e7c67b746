//! A decision as JSON, by the names that a host uses in its replies.

use ordinance_domain::decision::Outcome;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_engine::value_json::GrantJson;
use serde_json::{Value as Json, json};

/// The outcome, the grant, and of each level the status, the findings and the violations.
pub(crate) fn answer_json(decision: &RedactedDecision<'_>) -> String {
    let grant = match decision.outcome() {
        Outcome::Eligible(grant) if !decision.is_redacted() => GrantJson::new(decision.contract(), grant),
        Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. } | Outcome::Ineligible | Outcome::Undetermined(_) => None,
    };
    let layers: Vec<Json> = decision.layers().iter().map(layer_json).collect();
    json!({ "outcome": decision.outcome().as_str(), "grant": grant, "layers": layers }).to_string()
}

fn layer_json(layer: &RedactedLayer<'_>) -> Json {
    let findings: Vec<Json> = layer
        .visible_findings()
        .map(|finding| {
            let item = finding.item.map(|item| item.to_string());
            json!({ "criterion": finding.criterion.as_str(), "item": item, "satisfied": finding.state.satisfied() })
        })
        .collect();
    let violations: Vec<Json> = layer
        .violations
        .iter()
        .map(|violation| json!({ "subject": violation.subject.to_string(), "bound": violation.bound }))
        .collect();
    json!({
        "jurisdiction": layer.jurisdiction.as_str(),
        "status": status(layer),
        "findings": findings,
        "violations": violations,
    })
}

fn status(layer: &RedactedLayer<'_>) -> &'static str {
    match &layer.status {
        LayerVisibility::Full(status) => status.as_str(),
        LayerVisibility::Redacted { .. } => "hidden",
    }
}
