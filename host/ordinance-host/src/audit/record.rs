//! The schema of the decision log: who requested what, which rules decided it, and the outcome. A record holds names
//! of facts, never a value, and no amount. The schema is its own: a change of the API's replies doesn't change what
//! auditors read.

use std::collections::BTreeSet;
use std::fmt;

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::{Decision, Layer, LayerStatus, Outcome, UndeterminedReason};
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::Mask;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{
    Disclosure, LegalBasis, Obligation, PrivacyLayer, Purpose, Recipient, RecipientKind, RuledFact, RuledPeople,
    RulingReason, Rulings,
};
use ordinance_domain::provision::Provision;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::disclose::DisclosureDecision;
use serde::Serialize;
use uuid::Uuid;

use crate::audit::json_line::to_line;
use crate::audit::mode::Mode;
use crate::audit::publisher_record::{PublisherRecord, publisher_record};
use crate::audit::write_quota::WriteQuota;
use crate::objections::reviewed::ReviewedDecision;
use crate::observability::request_id::RequestId;
use crate::shown::Shown;

/// Who requested what the record is about, and which rulebook decided it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provenance<'a> {
    /// The id of the caller in `host.toml`.
    pub(crate) caller: &'a str,
    /// How much of the log it may write.
    pub(crate) quota: &'a WriteQuota,
    pub(crate) rulebook: Digest,
    /// The id of the request, as its answer and the operator's log have it.
    pub(crate) request_id: &'a RequestId,
    /// The key by which the client may repeat the request.
    pub(crate) idempotency_key: Option<Uuid>,
    /// The objection after which it is decided anew.
    pub(crate) reviewed: Option<ReviewedDecision>,
}

/// Which request the record is of. Records of one request have one key: a repeat has its record, or, after the host no
/// longer keeps the first reply, one of its own.
#[derive(Serialize)]
pub(super) struct RequestRecord<'a> {
    request_id: Shown<&'a RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<Uuid>,
}

#[derive(Serialize)]
struct DecisionRecord<'a> {
    id: Uuid,
    /// `None` for an official decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    time: jiff::Timestamp,
    #[serde(flatten)]
    request: RequestRecord<'a>,
    rulebook: Shown<Digest>,
    /// What the record commits to beside its members: a hash that its receipt explains.
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment: Option<Shown<Digest>>,
    /// The objection after which it was decided anew, and the decision that was objected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    objection: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<Uuid>,
    service: &'a str,
    jurisdiction: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a str>,
    as_of: Shown<Date>,
    known_at: Shown<Date>,
    #[serde(flatten)]
    processing: ProcessingRecord<'a>,
    outcome: &'static str,
    /// Why the outcome is undetermined, or the grant open.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Whether the person is eligible with at least a part of the grant, while the rest is open.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    at_least: bool,
    /// The facts for which the outcome or the rest of the grant waits, as the catalogue names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<Shown<FieldName>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regardless_of: Vec<&'a str>,
    layers: Vec<LayerRecord<'a>>,
    /// The facts that reached a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    used: Vec<&'a str>,
    /// The facts that rules may use only in a masked form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    masked: Vec<RulingRecord<'a>>,
    /// The facts that privacy law withheld from the rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<RulingRecord<'a>>,
    /// The facts that were sent and that no rule declares. It is written where there are none, too: a line without it
    /// is of a time when the host didn't record missing and undeclared facts and refusing criteria.
    undeclared: Vec<&'a str>,
    /// The facts that the recipient was not shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<RulingRecord<'a>>,
    /// What the recipient must do with the facts that were used, or shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<FactObligationRecord<'a>>,
    privacy: Vec<PrivacyRuleRecord<'a>>,
}

/// The record of a request for facts.
#[derive(Serialize)]
struct DisclosureRecord<'a> {
    id: Uuid,
    /// `None` for an official disclosure.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    time: jiff::Timestamp,
    #[serde(flatten)]
    request: RequestRecord<'a>,
    rulebook: Shown<Digest>,
    jurisdiction: &'a str,
    #[serde(flatten)]
    processing: ProcessingRecord<'a>,
    /// Each fact with its ruling, who ruled, and what the recipient must do; never a value.
    disclosed: Vec<RulingRecord<'a>>,
    privacy: Vec<PrivacyRuleRecord<'a>>,
}

/// Who requests, for whom, for what and on which basis.
#[derive(Serialize)]
struct ProcessingRecord<'a> {
    caller: &'a str,
    recipient: RecipientRecord<'a>,
    purpose: &'a str,
    basis: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentRecord<'a>>,
    /// Whether the request says that a parent or guardian consents. The age of the person would be a fact; that a law
    /// on children applied is not hidden from auditors.
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian_consents: Option<bool>,
    processed_on: Shown<Date>,
    /// The bases on the facts of other people of the case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    people: Vec<PeopleRecord<'a>>,
}

/// Other people of a case of whom the law can't tell a difference.
#[derive(Serialize)]
struct PeopleRecord<'a> {
    people: Vec<&'a str>,
    basis: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian_consents: Option<bool>,
}

#[derive(PartialEq, Serialize)]
pub(super) struct RecipientRecord<'a> {
    kind: &'static str,
    /// `None` for a natural person: a log that is kept for years names nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// The scope of the claimed consent.
#[derive(PartialEq, Serialize)]
pub(super) struct ConsentRecord<'a> {
    purposes: Vec<&'a str>,
    facts: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    separate: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Shown<Date>>,
}

/// The ruling on a fact.
#[derive(PartialEq, Serialize)]
pub(super) struct RulingRecord<'a> {
    fact: &'a str,
    ruling: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<Shown<Mask>>,
    /// The levels that decided that, with their articles.
    decided_by: Vec<ReasonRecord<'a>>,
    /// What the recipient must do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<ObligationRecord>,
}

/// Why a fact is ruled so.
#[derive(PartialEq, Serialize)]
struct ReasonRecord<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jurisdiction: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Shown<RuleName<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    criterion: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provision: Option<ProvisionRecord<'a>>,
}

#[derive(PartialEq, Serialize)]
struct ProvisionRecord<'a> {
    document: &'a str,
    article: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(PartialEq, Serialize)]
struct ObligationRecord {
    obligation: &'static str,
    /// For how many days, if the obligation is about a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
}

/// An obligation with the facts that bear it.
#[derive(Serialize)]
struct FactObligationRecord<'a> {
    #[serde(flatten)]
    obligation: ObligationRecord,
    facts: Vec<&'a str>,
}

/// A privacy rule that ruled.
#[derive(PartialEq, Serialize)]
pub(super) struct PrivacyRuleRecord<'a> {
    jurisdiction: &'a str,
    rule: Shown<RuleName<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Shown<Digest>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_by: Option<PublisherRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
}

#[derive(Serialize)]
struct LayerRecord<'a> {
    jurisdiction: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Shown<RuleName<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Shown<Digest>>,
    /// Who published the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_by: Option<PublisherRecord<'a>>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<String>,
    /// If the level decided that the person is ineligible: the criteria that it found not satisfied.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    refused_by: BTreeSet<&'a str>,
}

/// The name of a rule, `id@version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RuleName<'a> {
    id: &'a Id,
    version: &'a str,
}

impl<'a> RuleName<'a> {
    fn of(rule: &'a RuleHead) -> Shown<Self> {
        Shown(Self { id: &rule.id, version: &rule.version })
    }
}

impl fmt::Display for RuleName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.version)
    }
}

pub(super) fn request_record<'a>(provenance: Provenance<'a>) -> RequestRecord<'a> {
    RequestRecord { request_id: Shown(provenance.request_id), idempotency_key: provenance.idempotency_key }
}

fn processing_record<'a>(
    caller: &'a str,
    disclosure: &'a Disclosure,
    people: &'a [RuledPeople],
) -> ProcessingRecord<'a> {
    let Disclosure { recipient, purpose, basis, subject, on, known_at: _ } = disclosure;
    ProcessingRecord {
        caller,
        recipient: recipient_record(recipient),
        purpose: purpose.as_str(),
        basis: basis.kind().as_str(),
        consent: consent_record(basis),
        guardian_consents: subject.guardian_consents,
        processed_on: Shown(*on),
        people: people.iter().map(people_record).collect(),
    }
}

fn people_record(group: &RuledPeople) -> PeopleRecord<'_> {
    PeopleRecord {
        people: group.people.iter().map(FieldName::as_str).collect(),
        basis: group.disclosure.basis.kind().as_str(),
        consent: consent_record(&group.disclosure.basis),
        guardian_consents: group.disclosure.subject.guardian_consents,
    }
}

pub(super) fn recipient_record(recipient: &Recipient) -> RecipientRecord<'_> {
    let is_person = matches!(recipient.kind, RecipientKind::Subject | RecipientKind::Individual);
    RecipientRecord { kind: recipient.kind.as_str(), id: (!is_person).then_some(recipient.id.as_str()) }
}

/// The scope of a consent; `None` of another basis.
pub(super) fn consent_record(basis: &LegalBasis) -> Option<ConsentRecord<'_>> {
    match basis {
        LegalBasis::Consent(consent) => Some(ConsentRecord {
            purposes: consent.purposes.iter().map(Purpose::as_str).collect(),
            facts: consent.facts.iter().map(FieldName::as_str).collect(),
            separate: consent.separate.iter().map(FieldName::as_str).collect(),
            until: consent.until.map(Shown),
        }),
        LegalBasis::StatutoryDuty | LegalBasis::Contract | LegalBasis::Emergency | LegalBasis::PublicInterest => None,
    }
}

pub(super) fn ruling_record<'a>(ruled: &'a RuledFact, rulings: &'a Rulings) -> RulingRecord<'a> {
    RulingRecord {
        fact: ruled.fact.as_str(),
        ruling: ruled.verdict.as_str(),
        mask: ruled.verdict.mask().map(Shown),
        decided_by: ruled.reasons.iter().map(|reason| reason_record(reason, rulings)).collect(),
        obligations: ruled.obligations.iter().copied().map(obligation_record).collect(),
    }
}

fn reason_record<'a>(reason: &'a RulingReason, rulings: &'a Rulings) -> ReasonRecord<'a> {
    let (layer, criterion) = match reason {
        RulingReason::Ruled { layer, criterion } => (rulings.layers().get(*layer), Some(criterion)),
        RulingReason::Silent { layer } | RulingReason::Failed { layer } => (rulings.layers().get(*layer), None),
        RulingReason::Catalogue(_) | RulingReason::NoLaw | RulingReason::Ungoverned => (None, None),
    };
    let declared = layer.zip(criterion).and_then(|(layer, criterion)| layer.rule.criterion(criterion));
    let provision = match reason {
        RulingReason::Catalogue(provision) => Some(provision),
        RulingReason::Ruled { .. }
        | RulingReason::Silent { .. }
        | RulingReason::Failed { .. }
        | RulingReason::NoLaw
        | RulingReason::Ungoverned => declared.map(|declared| &declared.provision),
    };
    ReasonRecord {
        reason: reason.as_str(),
        jurisdiction: layer.map(|layer| layer.jurisdiction.as_str()),
        rule: layer.map(|layer| RuleName::of(&layer.rule)),
        criterion: criterion.map(Id::as_str),
        provision: provision.map(provision_record),
    }
}

fn provision_record(provision: &Provision) -> ProvisionRecord<'_> {
    ProvisionRecord { document: &provision.document, article: &provision.article, url: provision.url.as_deref() }
}

fn obligation_record(obligation: Obligation) -> ObligationRecord {
    let days = match obligation {
        Obligation::RetainAtMostDays(days) => Some(days),
        Obligation::NotifySubject
        | Obligation::LogAccess
        | Obligation::NoOnwardTransfer
        | Obligation::AskSeparateConsent => None,
    };
    ObligationRecord { obligation: obligation.as_str(), days }
}

fn fact_obligation_record<'a>((obligation, facts): (Obligation, Vec<&'a FieldName>)) -> FactObligationRecord<'a> {
    let facts = facts.into_iter().map(FieldName::as_str).collect();
    FactObligationRecord { obligation: obligation_record(obligation), facts }
}

pub(super) fn privacy_rule_record(layer: &PrivacyLayer) -> PrivacyRuleRecord<'_> {
    PrivacyRuleRecord {
        jurisdiction: layer.jurisdiction.as_str(),
        rule: RuleName::of(&layer.rule),
        digest: layer.rule.digest.map(Shown),
        published_by: layer.rule.published_by.as_ref().map(publisher_record),
        failure: layer.result.as_ref().err().map(|failed| failed.code.as_str()),
    }
}

pub(crate) fn disclosure_record(
    id: Uuid,
    disclosed: &DisclosureDecision,
    disclosure: &Disclosure,
    mode: Mode,
    provenance: Provenance<'_>,
) -> Option<Vec<u8>> {
    let rulings = &disclosed.rulings;
    to_line(&DisclosureRecord {
        id,
        mode: mode_of_record(mode),
        time: jiff::Timestamp::now(),
        request: request_record(provenance),
        rulebook: Shown(provenance.rulebook),
        jurisdiction: disclosed.jurisdiction.as_str(),
        processing: processing_record(provenance.caller, disclosure, &disclosed.people),
        disclosed: rulings.facts().iter().map(|ruled| ruling_record(ruled, rulings)).collect(),
        privacy: rulings.layers().iter().map(privacy_rule_record).collect(),
    })
}

/// The mode, where it isn't official.
fn mode_of_record(mode: Mode) -> Option<&'static str> {
    (mode != Mode::Official).then(|| mode.as_str())
}

pub(crate) fn decision_record(
    id: Uuid,
    decision: &Decision,
    mode: Mode,
    provenance: Provenance<'_>,
    commitment: Option<Digest>,
) -> Option<Vec<u8>> {
    let rulings = &decision.rulings.for_rules();
    let shown = &decision.rulings.for_recipient();
    to_line(&DecisionRecord {
        id,
        mode: mode_of_record(mode),
        time: jiff::Timestamp::now(),
        request: request_record(provenance),
        rulebook: Shown(provenance.rulebook),
        commitment: commitment.map(Shown),
        objection: provenance.reviewed.map(|reviewed| reviewed.objection),
        replaces: provenance.reviewed.map(|reviewed| reviewed.replaces),
        service: decision.query.service.as_str(),
        jurisdiction: decision.place.as_str(),
        asked: decision.requested_jurisdiction().map(JurisdictionCode::as_str),
        as_of: Shown(decision.query.as_of),
        known_at: Shown(decision.query.known_at),
        processing: processing_record(provenance.caller, decision.rulings.disclosure(), decision.rulings.people()),
        outcome: decision.outcome.as_str(),
        reason: decision.outcome.open().map(UndeterminedReason::as_str),
        at_least: matches!(decision.outcome, Outcome::EligibleAtLeast { .. }),
        missing: missing_facts(&decision.outcome),
        regardless_of: decision.search.irrelevant_missing_facts.iter().map(FieldName::as_str).collect(),
        layers: decision.layers.iter().enumerate().map(|(at, layer)| layer_record(decision, at, layer)).collect(),
        used: decision.used.iter().map(FieldName::as_str).collect(),
        masked: decision.masked_rulings().map(|ruled| ruling_record(ruled, rulings)).collect(),
        withheld: rulings.withheld().map(|ruled| ruling_record(ruled, rulings)).collect(),
        undeclared: decision.facts.undeclared.iter().map(FieldName::as_str).collect(),
        hidden: decision.hidden().map(|ruled| ruling_record(ruled, shown)).collect(),
        obligations: decision.rulings.obligations_on(&decision.used).into_iter().map(fact_obligation_record).collect(),
        privacy: decision.rulings.layers().map(privacy_rule_record).collect(),
    })
}

/// The facts for which an outcome waits, as the catalogue names them: of a list each once, whoever lacks them.
fn missing_facts(outcome: &Outcome) -> Vec<Shown<FieldName>> {
    let paths = outcome.missing_facts().iter().filter_map(|path| FieldName::path(path).ok());
    let names: BTreeSet<FieldName> = paths.map(|path| path.without_items()).collect();
    names.into_iter().map(Shown).collect()
}

fn layer_record<'a>(decision: &'a Decision, at: usize, layer: &'a Layer) -> LayerRecord<'a> {
    let refuses = decision.outcome == Outcome::Ineligible && decision.deciding_layers.contains(&at);
    let findings = layer.status.answer().filter(|_| refuses).map_or(&[] as &[_], |answer| &answer.findings);
    let not_satisfied = findings.iter().filter(|finding| finding.satisfied == Some(false));
    LayerRecord {
        jurisdiction: layer.jurisdiction.as_str(),
        rule: layer.rule.as_deref().map(RuleName::of),
        digest: layer.rule.as_ref().and_then(|rule| rule.digest).map(Shown),
        published_by: layer.rule.as_ref().and_then(|rule| rule.published_by.as_ref()).map(publisher_record),
        status: layer.status.as_str(),
        failure: match &layer.status {
            LayerStatus::Failed(failed) => Some(failed.code.as_str()),
            LayerStatus::Silent { .. }
            | LayerStatus::Applied { .. }
            | LayerStatus::MissingFacts(_)
            | LayerStatus::Waiting => None,
        },
        violations: layer.violations.iter().map(|violation| violation.subject.to_string()).collect(),
        refused_by: not_satisfied.map(|finding| finding.criterion.as_str()).collect(),
    }
}
