//! The lines of the decision log: who asked for what, by which rules it was decided, and what came of it. Names of facts
//! stand in them, never a value, and no amount.

use ordinance_domain::decision::{Decision, Layer, LayerStatus};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Disclosure, PrivacyLayer, RecipientKind};
use ordinance_engine::privacy::Disclosed;
use serde::Serialize;
use uuid::Uuid;

use crate::callers::Caller;
use crate::reply::{digest_text, why_undetermined};

#[derive(Serialize)]
struct Line<'a> {
    id: Uuid,
    time: jiff::Timestamp,
    rulebook: String,
    service: &'a str,
    jurisdiction: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a str>,
    as_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_at: Option<String>,
    #[serde(flatten)]
    asking: AskingLine<'a>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regardless_of: Vec<&'a str>,
    layers: Vec<LayerLine<'a>>,
    /// The facts that privacy law withheld from the rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<&'a str>,
    privacy: Vec<PrivacyLine<'a>>,
}

/// The line of a request for facts.
#[derive(Serialize)]
struct DisclosureLine<'a> {
    id: Uuid,
    time: jiff::Timestamp,
    rulebook: String,
    jurisdiction: &'a str,
    #[serde(flatten)]
    asking: AskingLine<'a>,
    /// Which facts, and what was ruled; never a value.
    disclosed: Vec<RuledLine<'a>>,
    privacy: Vec<PrivacyLine<'a>>,
}

/// Who asked, for whom, for what and on which basis.
#[derive(Serialize)]
struct AskingLine<'a> {
    caller: &'a str,
    recipient: RecipientLine<'a>,
    purpose: &'a str,
    basis: &'static str,
    processed_on: String,
}

#[derive(Serialize)]
struct RecipientLine<'a> {
    kind: &'static str,
    /// None for a natural person: a log that is kept long names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

#[derive(Serialize)]
struct RuledLine<'a> {
    fact: &'a str,
    ruling: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
}

/// A privacy rule that was asked.
#[derive(Serialize)]
struct PrivacyLine<'a> {
    jurisdiction: &'a str,
    rule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
}

#[derive(Serialize)]
struct LayerLine<'a> {
    jurisdiction: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<String>,
}

fn asking_line<'a>(caller: &'a Caller, disclosure: &'a Disclosure) -> AskingLine<'a> {
    let Disclosure { recipient, purpose, basis, subject: _, on } = disclosure;
    let is_person = matches!(recipient.kind, RecipientKind::Subject | RecipientKind::Individual);
    AskingLine {
        caller: &caller.recipient.id,
        recipient: RecipientLine { kind: recipient.kind.as_str(), id: (!is_person).then_some(recipient.id.as_str()) },
        purpose: purpose.as_str(),
        basis: basis.kind().as_str(),
        processed_on: on.to_string(),
    }
}

fn privacy_line(layer: &PrivacyLayer) -> PrivacyLine<'_> {
    PrivacyLine {
        jurisdiction: layer.jurisdiction.as_str(),
        rule: layer.rule.to_string(),
        digest: layer.rule.digest.as_deref().map(digest_text),
        failure: layer.said.as_ref().err().map(|failed| failed.code.as_str()),
    }
}

pub(super) fn disclosure_line(
    id: Uuid,
    disclosed: &Disclosed,
    disclosure: &Disclosure,
    caller: &Caller,
    rulebook: &str,
) -> Option<Vec<u8>> {
    let facts = disclosed.rulings.facts.iter().map(|ruled| RuledLine {
        fact: ruled.fact.as_str(),
        ruling: ruled.verdict.as_str(),
        mask: ruled.verdict.mask().map(|mask| mask.to_string()),
    });
    to_line(&DisclosureLine {
        id,
        time: jiff::Timestamp::now(),
        rulebook: digest_text(rulebook),
        jurisdiction: disclosed.jurisdiction.as_str(),
        asking: asking_line(caller, disclosure),
        disclosed: facts.collect(),
        privacy: disclosed.rulings.layers.iter().map(privacy_line).collect(),
    })
}

fn to_line(line: &impl Serialize) -> Option<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line).ok()?;
    bytes.push(b'\n');
    Some(bytes)
}

pub(super) fn line_of(id: Uuid, decision: &Decision, caller: &Caller, rulebook: &str) -> Option<Vec<u8>> {
    let rulings = &decision.gate.decide;
    let line = Line {
        id,
        time: jiff::Timestamp::now(),
        rulebook: digest_text(rulebook),
        service: decision.service.as_str(),
        jurisdiction: decision.jurisdiction.as_str(),
        asked: decision.asked.as_ref().map(JurisdictionCode::as_str),
        as_of: decision.as_of.to_string(),
        known_at: decision.known_at.map(|day| day.to_string()),
        asking: asking_line(caller, &decision.gate.disclosure),
        outcome: decision.outcome.as_str(),
        reason: why_undetermined(&decision.outcome).0,
        regardless_of: decision.regardless_of.iter().map(FieldName::as_str).collect(),
        layers: decision.layers.iter().map(layer_line).collect(),
        withheld: rulings.withheld().map(|ruled| ruled.fact.as_str()).collect(),
        privacy: decision.gate.layers().map(privacy_line).collect(),
    };
    to_line(&line)
}

fn layer_line(layer: &Layer) -> LayerLine<'_> {
    LayerLine {
        jurisdiction: layer.jurisdiction.as_str(),
        rule: layer.rule.as_ref().map(ToString::to_string),
        digest: layer.rule.as_ref().and_then(|rule| rule.digest.as_ref()).map(|digest| digest_text(digest)),
        status: layer.status.as_str(),
        failure: match &layer.status {
            LayerStatus::Failed(failed) => Some(failed.code.as_str()),
            LayerStatus::Silent { .. }
            | LayerStatus::Applied { .. }
            | LayerStatus::MissingFacts(_)
            | LayerStatus::Waiting
            | LayerStatus::Hidden { .. } => None,
        },
        violations: layer.violations.iter().map(|violation| violation.subject.to_string()).collect(),
    }
}
