//! A decision as JSON: every layer, every finding with its title and provision, in the caller's language. The types
//! are the schema of the reply and write it: they borrow what they say from the decision and from the texts that
//! are kept of each rule.

use ordinance_domain::answer::Determination;
use ordinance_domain::calendar::{Date, DateRange};
use ordinance_domain::decision::{LayerStatus, Outcome, Violation};
use ordinance_domain::digest::Digest;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::visible_finding::VisibleFinding;
use ordinance_engine::Rulebook;
use ordinance_engine::value_json::GrantJson;
use ordinance_receipt::DecisionReceipt;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::replies::finding::FindingReply;
use crate::api::replies::fragments::{CitedTexts, Fragment, ReplyTexts, RuleTexts};
use crate::api::replies::intermediate::{IntermediateReply, intermediate_replies};
use crate::api::replies::law_notice::{LawNoticeReply, law_notices};
use crate::api::replies::parameter::ParameterReply;
use crate::api::replies::privacy::PrivacyReply;
use crate::api::replies::provision::{ProvisionReply, provision_reply};
use crate::api::replies::publisher::PublisherReply;
use crate::api::replies::rule_failure::FailureReply;
use crate::api::replies::unit::GrantUnitsReply;
use crate::api::replies::unset_field::{UnsetFieldReply, unset_fields};
use crate::api::replies::value::NamesReply;
use crate::audit::mode::Mode;
use crate::audit::reply_permit::ReplyPermit;
use crate::objections::reviewed::ReviewedDecision;
use crate::shown::Shown;

/// A decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionReply<'a> {
    /// The id of its record; none for a simulation, which leaves no record.
    id: Option<Uuid>,
    /// `official` or `simulation`.
    mode: &'static str,
    /// The objection after which it was decided anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    objection: Option<Uuid>,
    /// The decision that it replaces then.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<Uuid>,
    /// The place.
    jurisdiction: &'a str,
    /// The code that the request named, where the place has been renamed or merged since, or had another code then.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a str>,
    /// The service.
    service: &'a str,
    /// The day it is decided for.
    #[schema(value_type = String)]
    as_of: Shown<Date>,
    /// The day whose knowledge it is decided on: that of the request, else the day that it was in the place.
    #[schema(value_type = String)]
    known_at: Shown<Date>,
    /// `eligible`, `ineligible` or `undetermined`. With `at_least`, the person is eligible and the grant is open.
    outcome: &'static str,
    /// Why it is undetermined: `missing-facts`, `failed-rule`, `no-rule-in-force`, `unrecognised-value` (a rule was
    /// made before the value of a fact; its layer names the fact) or `rule-undetermined`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What is granted, if eligible and final: decimals as strings; `null` for a field that no level sets. None if it
    /// is open (`at_least`) or rests on a fact that the recipient may not be shown (`privacy.hidden`).
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantJson<'a>>,
    /// The units of the grant's numbers, such as `CNY per month`; none if nothing is granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    units: Option<GrantUnitsReply<'a>>,
    /// The fields that are `null` in the final grant, and why no level sets them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unset: Vec<UnsetFieldReply<'a>>,
    /// Of a person whom upper law makes eligible: what no lower level can take away, and why the grant isn't final.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<AtLeastReply<'a>>,
    /// The missing facts that can change the decision. Where facts are hidden from the recipient (`privacy.hidden`),
    /// all that are missing.
    missing: &'a [String],
    /// Whether `missing` may name facts that can't change the decision: the search ended at its limit, or its result is
    /// redacted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    missing_cut_short: bool,
    /// Facts that are missing and for all of whose values the decision is this one, though a rule waits for them: they
    /// need not be sent.
    #[serde(skip_serializing_if = "NamesReply::is_empty")]
    #[schema(value_type = Vec<String>)]
    regardless_of: NamesReply<'a>,
    /// The levels that decided: those that set the outcome and those that set the grant. None is named where facts
    /// are hidden from the recipient.
    decided_by: Vec<&'a str>,
    /// Every level of the chain, top first.
    layers: Vec<LayerReply<'a>>,
    /// What should be known of the law that the decision rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notices: Vec<LawNoticeReply>,
    /// What became of the facts.
    privacy: PrivacyReply<'a>,
    /// The digest of the rulebook that decided.
    #[schema(value_type = String)]
    rulebook: Shown<Digest>,
    /// The receipt, if the request asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'a DecisionReceipt>,
}

/// What is certain of a grant that isn't final yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AtLeastReply<'a> {
    /// The least of each field, as in a grant; `null` for a field without a least value. None if it rests on a fact
    /// that the recipient may not be shown.
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantJson<'a>>,
    /// Why the grant isn't final: `missing-facts`, `failed-rule`, `unrecognised-value` or `rule-undetermined`.
    reason: &'static str,
    /// The levels whose part is open. None is named where facts are hidden from the recipient.
    open: Vec<OpenLevelReply<'a>>,
}

/// A level whose part of a grant is open.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenLevelReply<'a> {
    /// The place.
    jurisdiction: &'a str,
    /// `failed`, `missing-facts`, `waiting` or `undetermined`.
    status: &'static str,
}

/// One level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LayerReply<'a> {
    /// The place.
    pub(crate) jurisdiction: &'a str,
    /// Its name.
    pub(crate) name: Option<&'a str>,
    /// The rule in force there, as `id@version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) rule: Option<Fragment<'a, Shown<&'a RuleHead>>>,
    /// The rule's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) title: Option<Fragment<'a, &'a str>>,
    /// The digest of the rule's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) digest: Option<Fragment<'a, Shown<Digest>>>,
    /// Who published the rule, and who approved it; none if the rulebook isn't signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = PublisherReply, required = false)]
    pub(crate) published_by: Option<Fragment<'a, PublisherReply<'a>>>,
    /// `applied`, `silent` (no rule in force: it inherits), `missing-facts`, `waiting` (what it inherits is not known),
    /// `failed`, or `hidden` (it rests on a fact that the recipient may not be shown).
    pub(crate) status: &'static str,
    /// The rule's own outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<&'static str>,
    /// The rule's own grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) grant: Option<GrantJson<'a>>,
    /// The values on the way to its answer that the rule tells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) intermediates: Vec<IntermediateReply<'a>>,
    /// For a silent level: the days between two versions of its law on which it has none. It inherits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gap: Option<DaysReply>,
    /// How it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureReply>,
    /// The facts it needs and that are missing.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) missing: &'a [String],
    /// The facts with a value that the rule doesn't recognise: the service has it, and the rule was made without it.
    /// The rule took the fact as not known.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(crate) unrecognised: &'a [String],
    /// Where its answer lay outside the bounds of the upper law; the nearest lawful value counts instead. None is
    /// visible where facts are hidden from the recipient.
    pub(crate) violations: Vec<ViolationReply>,
    /// Its word on each criterion.
    #[schema(value_type = Vec<FindingReply>)]
    pub(crate) findings: Vec<Fragment<'a, FindingReply<'a>>>,
    /// The numbers of the rule that were in force on the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<ParameterReply>, required = false)]
    pub(crate) parameters: Option<Fragment<'a, Vec<ParameterReply>>>,
}

/// The days on which something is so.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DaysReply {
    /// The first day.
    pub(crate) from: String,
    /// The first day on which it no longer is; `null` if it has no end.
    pub(crate) until: Option<String>,
}

impl DaysReply {
    pub(crate) fn of(days: DateRange) -> Self {
        Self { from: days.from().to_string(), until: days.until().map(|until| until.to_string()) }
    }
}

/// A breach of a bound.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ViolationReply {
    /// `outcome`, or `grant.FIELD`.
    pub(crate) subject: String,
    /// The bound, with the values of its limits on that day.
    pub(crate) bound: String,
    /// Whose law sets the bound; none if it is the contract of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) set_by: Option<String>,
    /// Where the bound is written.
    pub(crate) provision: ProvisionReply,
}

/// What a recipient may see of a decision, as JSON. By itself it reads as a simulation, for it has no record: the
/// command line shows it, and the host sends only a `DecisionReply`.
pub struct DecisionView<'a> {
    decision: &'a RedactedDecision<'a>,
    rulebook: &'a Rulebook,
    languages: &'a [String],
}

impl<'a> DecisionView<'a> {
    /// The view of a decision that a rulebook made. Titles are in the first of `languages` that there is.
    #[must_use]
    pub fn new(decision: &'a RedactedDecision<'a>, rulebook: &'a Rulebook, languages: &'a [String]) -> Self {
        Self { decision, rulebook, languages }
    }
}

impl Serialize for DecisionView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = ReplyTexts::unkept(self.languages).cited(self.decision);
        DecisionReply::draft(self.decision, self.rulebook, &texts).serialize(serializer)
    }
}

impl<'a> DecisionReply<'a> {
    /// The reply to a decision that a rulebook made, with the proof that it may be sent, and its receipt.
    pub(crate) fn new(
        recorded: &ReplyPermit,
        receipt: Option<&'a DecisionReceipt>,
        decision: &'a RedactedDecision<'_>,
        rulebook: &'a Rulebook,
        texts: &'a CitedTexts,
    ) -> Self {
        let draft = Self::draft(decision, rulebook, texts);
        Self { id: recorded.id(), mode: recorded.mode().as_str(), receipt, ..draft }
    }

    /// The answer to which the record of a decision commits. It is sent in the receipt alone, once the record is
    /// written.
    pub(crate) fn committed(
        id: Uuid,
        mode: Mode,
        decision: &'a RedactedDecision<'_>,
        rulebook: &'a Rulebook,
        texts: &'a CitedTexts,
    ) -> Self {
        Self { id: Some(id), mode: mode.as_str(), ..Self::draft(decision, rulebook, texts) }
    }

    /// The same of a case that was decided anew after an objection.
    pub(crate) fn reviewing(self, reviewed: Option<ReviewedDecision>) -> Self {
        let (objection, replaces) = reviewed.map(|reviewed| (reviewed.objection, reviewed.replaces)).unzip();
        Self { objection, replaces, ..self }
    }

    fn draft(decision: &'a RedactedDecision<'_>, rulebook: &'a Rulebook, texts: &'a CitedTexts) -> Self {
        Self {
            id: None,
            mode: Mode::Simulation.as_str(),
            objection: None,
            replaces: None,
            jurisdiction: decision.place().as_str(),
            asked: decision.requested_jurisdiction().map(|code| code.as_str()),
            service: decision.query().service.as_str(),
            as_of: Shown(decision.query().as_of),
            known_at: Shown(decision.query().known_at),
            outcome: decision.outcome().as_str(),
            reason: why_undetermined(decision.outcome()),
            grant: granted(decision),
            units: units(decision),
            unset: unset_fields(decision),
            at_least: at_least(decision),
            missing: decision.outcome().missing_facts(),
            missing_cut_short: decision.may_name_irrelevant_facts(),
            regardless_of: NamesReply(decision.irrelevant_missing_facts()),
            decided_by: decided_by(decision),
            layers: decision.layers().iter().map(|layer| layer_reply(layer, decision, rulebook, texts)).collect(),
            notices: law_notices(decision, rulebook),
            privacy: PrivacyReply::new(decision, texts),
            rulebook: Shown(rulebook.digest()),
            receipt: None,
        }
    }
}

/// Why a decision is undetermined; `None` if it isn't.
pub(crate) fn why_undetermined(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Undetermined(why) => Some(why.as_str()),
        Outcome::EligibleAtLeast { .. } | Outcome::Eligible(_) | Outcome::Ineligible => None,
    }
}

/// The places whose law decided.
pub(crate) fn decided_by<'a>(decision: &'a RedactedDecision<'_>) -> Vec<&'a str> {
    decision.deciding_layers().map(|layer| layer.jurisdiction.as_str()).collect()
}

/// What is certain of a grant that isn't final; `None` if it is final, or nothing is granted.
pub(crate) fn at_least<'a>(decision: &'a RedactedDecision<'_>) -> Option<AtLeastReply<'a>> {
    let Outcome::EligibleAtLeast { least, open } = decision.outcome() else { return None };
    let is_redacted = decision.is_redacted();
    Some(AtLeastReply {
        grant: if is_redacted { None } else { GrantJson::new(decision.contract(), least) },
        reason: open.as_str(),
        open: if is_redacted { Vec::new() } else { decision.layers().iter().filter_map(open_level).collect() },
    })
}

fn open_level<'a>(layer: &'a RedactedLayer<'_>) -> Option<OpenLevelReply<'a>> {
    let status = match &layer.status {
        LayerVisibility::Full(LayerStatus::Applied { answer, .. }) => match answer.determination {
            Determination::Undetermined => answer.determination.as_str(),
            Determination::Eligible(_) | Determination::Ineligible => return None,
        },
        LayerVisibility::Full(LayerStatus::Silent { .. }) | LayerVisibility::Redacted { .. } => return None,
        LayerVisibility::Full(
            status @ (LayerStatus::MissingFacts(_) | LayerStatus::Waiting | LayerStatus::Failed(_)),
        ) => status.as_str(),
    };
    Some(OpenLevelReply { jurisdiction: layer.jurisdiction.as_str(), status })
}

/// The final grant; `None` if nothing is granted, if it is open, or if it would reveal what the recipient may not be
/// shown.
pub(crate) fn granted<'a>(decision: &'a RedactedDecision<'_>) -> Option<GrantJson<'a>> {
    match decision.outcome() {
        Outcome::Eligible(_) if decision.is_redacted() => None,
        Outcome::Eligible(grant) => GrantJson::new(decision.contract(), grant),
        Outcome::EligibleAtLeast { .. } | Outcome::Ineligible | Outcome::Undetermined(_) => None,
    }
}

/// The units of a grant that the reply shows, or of its least values.
fn units<'a>(decision: &'a RedactedDecision<'_>) -> Option<GrantUnitsReply<'a>> {
    let is_granted = matches!(decision.outcome(), Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. });
    if is_granted && !decision.is_redacted() { GrantUnitsReply::new(decision.contract()) } else { None }
}

fn layer_reply<'a>(
    layer: &'a RedactedLayer<'_>,
    decision: &'a RedactedDecision<'_>,
    rulebook: &'a Rulebook,
    texts: &'a CitedTexts,
) -> LayerReply<'a> {
    let day = decision.query().day();
    let place = rulebook.jurisdictions_at(day.known_at).on(layer.jurisdiction, day.as_of);
    let rule = layer.rule.map(|rule| texts.of(rule));
    let mut reply = LayerReply {
        jurisdiction: layer.jurisdiction.as_str(),
        name: place.and_then(|place| place.names.best(texts.languages())),
        rule: rule.map(RuleTexts::rule),
        title: rule.and_then(RuleTexts::title),
        digest: rule.and_then(RuleTexts::digest),
        published_by: rule.and_then(RuleTexts::published_by),
        status: layer.status.as_str(),
        answer: None,
        grant: None,
        intermediates: Vec::new(),
        failure: None,
        gap: None,
        missing: &[],
        unrecognised: layer.unrecognised(),
        violations: layer.violations.iter().map(violation_reply).collect(),
        findings: finding_replies(layer, rule),
        parameters: None,
    };
    let status = match &layer.status {
        LayerVisibility::Full(status) => status,
        LayerVisibility::Redacted { .. } => {
            reply.parameters = rule.and_then(|rule| rule.parameters(day));
            return reply;
        }
    };
    match status {
        LayerStatus::Silent { gap } => reply.gap = gap.map(DaysReply::of),
        LayerStatus::Waiting => {}
        LayerStatus::MissingFacts(unknown) => reply.missing = &unknown.missing,
        LayerStatus::Failed(failed) => reply.failure = Some(FailureReply::from(failed)),
        LayerStatus::Applied { answer, unknown } => {
            reply.answer = Some(answer.determination.as_str());
            if let Some(head) = layer.rule {
                reply.intermediates = intermediate_replies(head, answer, texts.languages());
            }
            reply.parameters = rule.and_then(|rule| rule.parameters(day));
            match &answer.determination {
                Determination::Eligible(grant) => reply.grant = GrantJson::new(decision.contract(), grant),
                Determination::Undetermined => reply.missing = &unknown.missing,
                Determination::Ineligible => {}
            }
        }
    }
    reply
}

fn finding_replies<'a>(
    layer: &'a RedactedLayer<'_>,
    rule: Option<RuleTexts<'a>>,
) -> Vec<Fragment<'a, FindingReply<'a>>> {
    let reply = |finding: VisibleFinding<'a>| match rule {
        Some(rule) => rule.finding(finding),
        None => Fragment::Typed(FindingReply::new(finding, None, &[])),
    };
    layer.visible_findings().map(reply).collect()
}

pub(crate) fn violation_reply(violation: &Violation) -> ViolationReply {
    ViolationReply {
        subject: violation.subject.to_string(),
        bound: violation.bound.clone(),
        set_by: violation.set_by.as_ref().map(ToString::to_string),
        provision: provision_reply(&violation.provision),
    }
}
