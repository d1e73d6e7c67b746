//! A decision as JSON: every layer, every finding with its title and provision, in the caller's language.

use std::collections::BTreeMap;

use ordinance_domain::answer::{Determination, Finding, Grant};
use ordinance_domain::calendar::{Date, DateRange};
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{LayerStatus, Outcome, Violation};
use ordinance_domain::fact::FactType;
use ordinance_domain::name::Id;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::Rulebook;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::replies::privacy::PrivacyReply;
use crate::api::replies::provision::{ProvisionReply, provision_reply};
use crate::api::replies::rule_failure::FailureReply;
use crate::api::replies::value::{names, value_reply};
use crate::audit::mode::Mode;
use crate::audit::receipt::Receipt;

/// A decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecisionReply {
    /// The id of its record; none for a simulation, which leaves no record.
    id: Option<Uuid>,
    /// `official` or `simulation`.
    mode: &'static str,
    /// The place.
    jurisdiction: String,
    /// The code that the request named, where the place has been renamed or merged since, or had another code then.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<String>,
    /// The service.
    service: String,
    /// The day it is decided for.
    as_of: String,
    /// The day whose knowledge it is decided on, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    known_at: Option<String>,
    /// `eligible`, `ineligible` or `undetermined`. With `at_least`, the person is eligible and the grant is open.
    outcome: &'static str,
    /// Why it is undetermined: `missing-facts`, `failed-rule`, `no-rule-in-force` or `rule-undetermined`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What is granted, if eligible and final: decimals as strings; `null` for a field that no level sets. None if it
    /// is open (`at_least`) or rests on a fact that the recipient may not be shown (`privacy.hidden`).
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantReply>,
    /// Of a person whom upper law makes eligible: what no lower level can take away, and why the grant isn't final.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<AtLeastReply>,
    /// The missing facts that can change the decision. Where facts are hidden from the recipient (`privacy.hidden`),
    /// all that are missing.
    missing: Vec<String>,
    /// Whether `missing` may name facts that can't change the decision: the search ended at its limit, or its result is
    /// redacted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    missing_cut_short: bool,
    /// Facts that are missing and for all of whose values the decision is this one, though a rule waits for them: they
    /// need not be sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regardless_of: Vec<String>,
    /// The levels that decided: those that set the outcome and those that set the grant. None is named where facts
    /// are hidden from the recipient.
    decided_by: Vec<String>,
    /// Every level of the chain, top first.
    layers: Vec<LayerReply>,
    /// What became of the facts.
    privacy: PrivacyReply,
    /// The digest of the rulebook that decided.
    rulebook: String,
}

/// A grant, field by field.
pub(crate) type GrantReply = BTreeMap<String, serde_json::Value>;

/// What is certain of a grant that isn't final yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AtLeastReply {
    /// The least of each field, as in a grant; `null` for a field without a least value. None if it rests on a fact
    /// that the recipient may not be shown.
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantReply>,
    /// Why the grant isn't final: `missing-facts`, `failed-rule` or `rule-undetermined`.
    reason: &'static str,
    /// The levels whose part is open. None is named where facts are hidden from the recipient.
    open: Vec<OpenLevelReply>,
}

/// A level whose part of a grant is open.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpenLevelReply {
    /// The place.
    jurisdiction: String,
    /// `failed`, `missing-facts`, `waiting` or `undetermined`.
    status: &'static str,
}

/// One level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LayerReply {
    /// The place.
    pub(crate) jurisdiction: String,
    /// Its name.
    pub(crate) name: Option<String>,
    /// The rule in force there, as `id@version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<String>,
    /// The rule's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// The digest of the rule's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) digest: Option<String>,
    /// `applied`, `silent` (no rule in force: it inherits), `missing-facts`, `waiting` (what it inherits is not known),
    /// `failed`, or `hidden` (it rests on a fact that the recipient may not be shown).
    pub(crate) status: &'static str,
    /// The rule's own outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<&'static str>,
    /// The rule's own grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) grant: Option<GrantReply>,
    /// For a silent level: the days between two versions of its law on which it has none. It inherits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gap: Option<DaysReply>,
    /// How it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureReply>,
    /// The facts it needs and that are missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing: Vec<String>,
    /// Where its answer lay outside the bounds of the upper law; the nearest lawful value counts instead. None is
    /// visible where facts are hidden from the recipient.
    pub(crate) violations: Vec<ViolationReply>,
    /// Its word on each criterion.
    pub(crate) findings: Vec<FindingReply>,
    /// The numbers of the rule that were in force on the day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) parameters: Vec<ParameterReply>,
}

/// A number of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParameterReply {
    /// Its name.
    pub(crate) name: String,
    /// Its title.
    pub(crate) title: Option<String>,
    /// Its value: a decimal as a string, a list or a record as such; `null` while it is pending.
    #[schema(value_type = serde_json::Value)]
    pub(crate) value: serde_json::Value,
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<String>,
    /// The day from which it has this value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// Who still has to set or confirm it, and why it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<String>,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provision: Option<ProvisionReply>,
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

/// One criterion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingReply {
    /// Its id.
    pub(crate) criterion: String,
    /// `null` if a fact that it needs is missing, or if it is redacted.
    pub(crate) satisfied: Option<bool>,
    /// Whether it is redacted, because it rests on a fact that the recipient may not be shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) hidden: bool,
    /// Its title.
    pub(crate) title: Option<String>,
    /// Where it is written.
    pub(crate) provision: Option<ProvisionReply>,
}

/// What a recipient may see of a decision, as JSON. By itself it reads as a simulation, for it has no record: the
/// command line shows it, and the host sends only a `DecisionReply`.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct DecisionView(DecisionReply);

impl DecisionReply {
    /// The reply to a decision, with the proof that it may be sent.
    pub(crate) fn new(receipt: &Receipt, view: DecisionView) -> Self {
        Self { id: receipt.id(), mode: receipt.mode().as_str(), ..view.0 }
    }
}

impl DecisionView {
    /// The view of a decision that a rulebook made. Titles are in the first of `languages` that there is.
    #[must_use]
    pub fn new(decision: &RedactedDecision<'_>, rulebook: &Rulebook, languages: &[String]) -> Self {
        let contract = decision.contract();
        let (reason, missing) = why_undetermined(decision.outcome());
        let grant = granted(decision);
        Self(DecisionReply {
            id: None,
            mode: Mode::Simulation.as_str(),
            jurisdiction: decision.place().to_string(),
            asked: decision.requested_jurisdiction().map(ToString::to_string),
            service: decision.query().service.to_string(),
            as_of: decision.query().as_of.to_string(),
            known_at: decision.query().known_at.map(|day| day.to_string()),
            outcome: decision.outcome().as_str(),
            reason,
            grant,
            at_least: at_least(decision),
            missing,
            missing_cut_short: decision.may_name_irrelevant_facts(),
            regardless_of: names(decision.irrelevant_missing_facts()),
            decided_by: decision.deciding_layers().map(|layer| layer.jurisdiction.to_string()).collect(),
            layers: decision
                .layers()
                .iter()
                .map(|layer| layer_reply(layer, decision.query().as_of, contract, rulebook, languages))
                .collect(),
            privacy: PrivacyReply::new(decision, languages),
            rulebook: rulebook.digest().to_string(),
        })
    }
}

/// Why a decision is undetermined, and the facts that it waits for.
pub(crate) fn why_undetermined(outcome: &Outcome) -> (Option<&'static str>, Vec<String>) {
    match outcome {
        Outcome::Undetermined(why) => (Some(why.as_str()), outcome.missing_facts().to_vec()),
        Outcome::EligibleAtLeast { .. } => (None, outcome.missing_facts().to_vec()),
        Outcome::Eligible(_) | Outcome::Ineligible => (None, Vec::new()),
    }
}

/// What is certain of a grant that isn't final; `None` if it is final, or nothing is granted.
pub(crate) fn at_least(decision: &RedactedDecision<'_>) -> Option<AtLeastReply> {
    let Outcome::EligibleAtLeast { least, open } = decision.outcome() else { return None };
    let open_level = |layer: &RedactedLayer<'_>| {
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
        Some(OpenLevelReply { jurisdiction: layer.jurisdiction.to_string(), status })
    };
    Some(AtLeastReply {
        grant: if decision.is_redacted() { None } else { grant_reply(decision.contract(), least) },
        reason: open.as_str(),
        open: match decision.is_redacted() {
            true => Vec::new(),
            false => decision.layers().iter().filter_map(open_level).collect(),
        },
    })
}

/// The final grant; `None` if nothing is granted, if it is open, or if it would reveal what the recipient may not be
/// shown.
pub(crate) fn granted(decision: &RedactedDecision<'_>) -> Option<GrantReply> {
    match decision.outcome() {
        Outcome::Eligible(_) if decision.is_redacted() => None,
        Outcome::Eligible(grant) => grant_reply(decision.contract(), grant),
        Outcome::EligibleAtLeast { .. } | Outcome::Ineligible | Outcome::Undetermined(_) => None,
    }
}

fn layer_reply(
    layer: &RedactedLayer<'_>,
    as_of: Date,
    contract: &Contract,
    rulebook: &Rulebook,
    languages: &[String],
) -> LayerReply {
    let place = rulebook.jurisdictions().on(layer.jurisdiction, as_of);
    let rule = layer.rule;
    let mut reply = LayerReply {
        jurisdiction: layer.jurisdiction.to_string(),
        name: place.and_then(|place| place.names.best(languages)).map(str::to_owned),
        rule: rule.map(ToString::to_string),
        title: rule.and_then(|rule| rule.titles.best(languages)).map(str::to_owned),
        digest: rule.and_then(|rule| rule.digest).map(|digest| digest.to_string()),
        status: layer.status.as_str(),
        answer: None,
        grant: None,
        failure: None,
        gap: None,
        missing: Vec::new(),
        violations: layer.violations.iter().map(violation_reply).collect(),
        findings: Vec::new(),
        parameters: Vec::new(),
    };
    let status = match &layer.status {
        LayerVisibility::Full(status) => status,
        LayerVisibility::Redacted { findings, redacted_criteria } => {
            reply.findings = finding_replies(findings.iter().copied(), redacted_criteria, rule, languages);
            reply.parameters = parameter_replies(rule, as_of, languages);
            return reply;
        }
    };
    match status {
        LayerStatus::Silent { gap } => {
            reply.gap = gap.map(DaysReply::of);
        }
        LayerStatus::Waiting => {}
        LayerStatus::MissingFacts(missing) => reply.missing.clone_from(missing),
        LayerStatus::Failed(failed) => {
            reply.failure = Some(FailureReply::from(failed));
        }
        LayerStatus::Applied { answer, missing } => {
            reply.answer = Some(answer.determination.as_str());
            reply.findings = finding_replies(answer.findings.iter(), &[], rule, languages);
            reply.parameters = parameter_replies(rule, as_of, languages);
            match &answer.determination {
                Determination::Eligible(grant) => reply.grant = grant_reply(contract, grant),
                Determination::Undetermined => reply.missing.clone_from(missing),
                Determination::Ineligible => {}
            }
        }
    }
    reply
}

/// The findings that the recipient may see, and each redacted criterion: whether the rule has a finding on it could
/// reveal something, too.
fn finding_replies<'a>(
    visible: impl Iterator<Item = &'a Finding>,
    redacted_criteria: &[&Id],
    rule: Option<&RuleHead>,
    languages: &[String],
) -> Vec<FindingReply> {
    let reply = |id: &Id, satisfied: Option<bool>, hidden: bool| {
        let criterion = rule.and_then(|rule| rule.criterion(id));
        FindingReply {
            criterion: id.to_string(),
            satisfied,
            hidden,
            title: criterion.and_then(|criterion| criterion.titles.best(languages)).map(str::to_owned),
            provision: criterion.map(|criterion| provision_reply(&criterion.provision)),
        }
    };
    let visible = visible.map(|finding| reply(&finding.criterion, finding.satisfied, false));
    visible.chain(redacted_criteria.iter().map(|id| reply(id, None, true))).collect()
}

/// The numbers of a rule on a day.
fn parameter_replies(rule: Option<&RuleHead>, day: Date, languages: &[String]) -> Vec<ParameterReply> {
    let parameters = rule.map_or(&[][..], |rule| rule.parameters.as_slice());
    parameters.iter().map(|parameter| parameter_reply(parameter, parameter.on(day), languages)).collect()
}

/// A parameter with one of its values; without one while it is pending.
pub(crate) fn parameter_reply(
    parameter: &Parameter,
    dated: Option<&DatedValue>,
    languages: &[String],
) -> ParameterReply {
    ParameterReply {
        name: parameter.name.to_string(),
        title: parameter.titles.best(languages).map(str::to_owned),
        // The manifest writes a parameter as it is shown; its type only says how the rule reads it.
        value: dated.map_or(serde_json::Value::Null, |dated| value_reply(&dated.value, &FactType::Bool)),
        unit: parameter.unit.clone(),
        from: dated.map(|dated| dated.from.to_string()),
        pending: parameter.pending.clone(),
        provision: dated.and_then(|dated| dated.provision.as_ref()).map(provision_reply),
    }
}

pub(crate) fn violation_reply(violation: &Violation) -> ViolationReply {
    ViolationReply {
        subject: violation.subject.to_string(),
        bound: violation.bound.clone(),
        set_by: violation.set_by.as_ref().map(ToString::to_string),
        provision: provision_reply(&violation.provision),
    }
}

/// The grant; `None` for a service that grants nothing but the outcome.
fn grant_reply(contract: &Contract, grant: &Grant) -> Option<GrantReply> {
    let field = |field: &ordinance_domain::contract::GrantField| {
        let value =
            grant.get(&field.name).map_or(serde_json::Value::Null, |value| value_reply(value, &field.fact_type));
        (field.name.to_string(), value)
    };
    (!contract.grant.is_empty()).then(|| contract.grant.iter().map(field).collect())
}
