//! The lines of the decision log: who asked for what, by which rules it was decided, and what came of it. Names of facts
//! stand in them, never a value, and no amount.

use ordinance_domain::decision::{Decision, Layer, LayerStatus};
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{
    Consent, Disclosure, LegalBasis, PrivacyLayer, Purpose, RecipientKind, RuledFact, Rulings,
};
use ordinance_engine::disclose::DisclosureDecision;
use serde::Serialize;
use uuid::Uuid;

use crate::admission::callers::Caller;
use crate::api::replies::privacy::{
    BecauseReply, ObligationReply, ObligationsReply, because_reply, obligation_reply, obligations,
};
use crate::api::replies::why_undetermined;

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
    /// The facts that reached a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    used: Vec<&'a str>,
    /// The facts that rules may use only in a masked form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    masked: Vec<RuledLine<'a>>,
    /// The facts that privacy law withheld from the rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<RuledLine<'a>>,
    /// The facts that the recipient was not shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<RuledLine<'a>>,
    /// What the recipient must do with the facts that were used, or shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<ObligationsReply>,
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
    /// Which facts, what was ruled by whom, and what the recipient must do; never a value.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentLine<'a>>,
    /// Whether a parent or guardian was said to consent. How old the person is would be a fact; that a law of
    /// children was ruled by is not kept from who reads the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian_consents: Option<bool>,
    processed_on: String,
}

#[derive(Serialize)]
struct RecipientLine<'a> {
    kind: &'static str,
    /// None for a natural person: a log that is kept long names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// How far the consent went that was claimed.
#[derive(Serialize)]
struct ConsentLine<'a> {
    purposes: Vec<&'a str>,
    facts: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    separate: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// What was ruled on a fact.
#[derive(Serialize)]
struct RuledLine<'a> {
    fact: &'a str,
    ruling: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
    /// The levels that decided that, with their articles.
    decided_by: Vec<BecauseReply>,
    /// What the recipient must do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<ObligationReply>,
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
    let Disclosure { recipient, purpose, basis, subject, on } = disclosure;
    let is_person = matches!(recipient.kind, RecipientKind::Subject | RecipientKind::Individual);
    AskingLine {
        caller: &caller.recipient.id,
        recipient: RecipientLine { kind: recipient.kind.as_str(), id: (!is_person).then_some(recipient.id.as_str()) },
        purpose: purpose.as_str(),
        basis: basis.kind().as_str(),
        consent: match basis {
            LegalBasis::Consent(consent) => Some(consent_line(consent)),
            LegalBasis::StatutoryDuty | LegalBasis::Contract | LegalBasis::Emergency | LegalBasis::PublicInterest => {
                None
            }
        },
        guardian_consents: subject.guardian_consents,
        processed_on: on.to_string(),
    }
}

fn consent_line(consent: &Consent) -> ConsentLine<'_> {
    ConsentLine {
        purposes: consent.purposes.iter().map(Purpose::as_str).collect(),
        facts: consent.facts.iter().map(FieldName::as_str).collect(),
        separate: consent.separate.iter().map(FieldName::as_str).collect(),
        until: consent.until.map(|day| day.to_string()),
    }
}

fn ruled_line<'a>(ruled: &'a RuledFact, rulings: &Rulings) -> RuledLine<'a> {
    RuledLine {
        fact: ruled.fact.as_str(),
        ruling: ruled.verdict.as_str(),
        mask: ruled.verdict.mask().map(|mask| mask.to_string()),
        decided_by: ruled.because.iter().map(|because| because_reply(because, rulings, None)).collect(),
        obligations: ruled.obligations.iter().map(|obligation| obligation_reply(*obligation)).collect(),
    }
}

fn privacy_line(layer: &PrivacyLayer) -> PrivacyLine<'_> {
    PrivacyLine {
        jurisdiction: layer.jurisdiction.as_str(),
        rule: layer.rule.to_string(),
        digest: layer.rule.digest.map(|digest| digest.to_string()),
        failure: layer.result.as_ref().err().map(|failed| failed.code.as_str()),
    }
}

pub(crate) fn disclosure_line(
    id: Uuid,
    disclosed: &DisclosureDecision,
    disclosure: &Disclosure,
    caller: &Caller,
    rulebook: Digest,
) -> Option<Vec<u8>> {
    let rulings = &disclosed.rulings;
    to_line(&DisclosureLine {
        id,
        time: jiff::Timestamp::now(),
        rulebook: rulebook.to_string(),
        jurisdiction: disclosed.jurisdiction.as_str(),
        asking: asking_line(caller, disclosure),
        disclosed: rulings.facts.iter().map(|ruled| ruled_line(ruled, rulings)).collect(),
        privacy: rulings.layers.iter().map(privacy_line).collect(),
    })
}

fn to_line(line: &impl Serialize) -> Option<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line).ok()?;
    bytes.push(b'\n');
    Some(bytes)
}

pub(crate) fn line_of(id: Uuid, decision: &Decision, caller: &Caller, rulebook: Digest) -> Option<Vec<u8>> {
    let (rulings, shown) = (&decision.rulings.for_rules, &decision.rulings.for_recipient);
    let line = Line {
        id,
        time: jiff::Timestamp::now(),
        rulebook: rulebook.to_string(),
        service: decision.query.service.as_str(),
        jurisdiction: decision.place.as_str(),
        asked: decision.requested_jurisdiction().map(JurisdictionCode::as_str),
        as_of: decision.query.as_of.to_string(),
        known_at: decision.query.known_at.map(|day| day.to_string()),
        asking: asking_line(caller, &decision.rulings.disclosure),
        outcome: decision.outcome.as_str(),
        reason: why_undetermined(&decision.outcome).0,
        regardless_of: decision.search.irrelevant_missing_facts.iter().map(FieldName::as_str).collect(),
        layers: decision.layers.iter().map(layer_line).collect(),
        used: decision.used.iter().map(FieldName::as_str).collect(),
        masked: decision.masked_rulings().map(|ruled| ruled_line(ruled, rulings)).collect(),
        withheld: rulings.withheld().map(|ruled| ruled_line(ruled, rulings)).collect(),
        hidden: decision.hidden().map(|ruled| ruled_line(ruled, shown)).collect(),
        obligations: obligations(&decision.rulings, &decision.used),
        privacy: decision.rulings.layers().map(privacy_line).collect(),
    };
    to_line(&line)
}

fn layer_line(layer: &Layer) -> LayerLine<'_> {
    LayerLine {
        jurisdiction: layer.jurisdiction.as_str(),
        rule: layer.rule.as_ref().map(ToString::to_string),
        digest: layer.rule.as_ref().and_then(|rule| rule.digest).map(|digest| digest.to_string()),
        status: layer.status.as_str(),
        failure: match &layer.status {
            LayerStatus::Failed(failed) => Some(failed.code.as_str()),
            LayerStatus::Silent { .. }
            | LayerStatus::Applied { .. }
            | LayerStatus::MissingFacts(_)
            | LayerStatus::Waiting => None,
        },
        violations: layer.violations.iter().map(|violation| violation.subject.to_string()).collect(),
    }
}
