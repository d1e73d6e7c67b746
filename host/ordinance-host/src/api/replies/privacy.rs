//! The rulings on facts as JSON: each fact with who ruled so, by which criterion and article.

use ordinance_domain::calendar::Date;
use ordinance_domain::digest::Digest;
use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{
    Disclosure, Obligation, PrivacyLayer, PrivacyRulings, RuledFact, RulingReason, Rulings,
};
use ordinance_domain::redaction::RedactedDecision;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::value::Value;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::replies::fragments::{CitedTexts, Fragment, RuleTexts};
use crate::api::replies::provision::{ProvisionReply, provision_reply};
use crate::api::replies::publisher::PublisherReply;
use crate::api::replies::rule_failure::FailureReply;
use crate::api::replies::value::{NamesReply, value_reply};
use crate::shown::Shown;

/// What became of the facts of a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrivacyReply<'a> {
    /// Who requests, for what, on which basis.
    #[serde(flatten)]
    pub(crate) processing: ProcessingReply<'a>,
    /// The facts that reached a rule. Where facts are hidden from the recipient, those that rules could be explained.
    #[schema(value_type = Vec<String>)]
    pub(crate) used: NamesReply<'a>,
    /// The facts that were sent and that rules may use only in a masked form, with who ruled so.
    pub(crate) masked: Vec<RulingReply>,
    /// The facts that no rule was allowed to see, with who ruled so; they count as missing.
    pub(crate) withheld: Vec<RulingReply>,
    /// The facts that rules may use and that the recipient may not be shown, or only masked, with who ruled so: what
    /// rests on them, or on their absence, is left out of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) hidden: Vec<RulingReply>,
    /// The facts that were sent and that no rule of this place reads: send them no more.
    #[schema(value_type = Vec<String>)]
    pub(crate) undeclared: NamesReply<'a>,
    /// What the recipient must do with the facts that were used, and with what it is shown of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) obligations: Vec<ObligationsReply<'a>>,
    /// Whether no level of the place has privacy law in force, and the rulebook lets facts be used there all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) ungoverned: bool,
    /// The privacy rules that ruled, top first; none where no level has privacy law and the rulebook allows for that.
    pub(crate) layers: Vec<PrivacyLayerReply<'a>>,
}

/// Who requests, for what, on which basis.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProcessingReply<'a> {
    pub(crate) recipient: RecipientReply<'a>,
    /// What for.
    pub(crate) purpose: &'a str,
    /// On which basis.
    pub(crate) basis: &'static str,
    /// The day whose privacy law counts.
    #[schema(value_type = String)]
    pub(crate) processed_on: Shown<Date>,
    /// Another day whose privacy law counts as well, because the request names it: the stricter ruling on each fact
    /// counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) also_on: Option<Shown<Date>>,
}

/// The recipient of facts or of a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecipientReply<'a> {
    /// What kind of recipient.
    pub(crate) kind: &'static str,
    /// Which one.
    pub(crate) id: &'a str,
}

/// What is ruled on a fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulingReply {
    /// The fact.
    pub(crate) fact: String,
    /// `permit`, `mask` or `withhold`.
    pub(crate) ruling: &'static str,
    /// The form in which it may be used or seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mask: Option<String>,
    /// Its value, in that form, where it is handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = crate::api::schema::any_value, required = false)]
    pub(crate) value: Option<serde_json::Value>,
    /// The levels that decided that; empty where it would tell an age that the recipient may not be shown.
    pub(crate) decided_by: Vec<RulingReasonReply>,
    /// What the recipient must do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) obligations: Vec<ObligationReply>,
}

/// Why it is ruled so.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulingReasonReply {
    /// `ruling`; `no-ruling` (a level with privacy law is silent); `failed-rule`; `not-shared` (the catalogue of
    /// facts); `no-privacy-law`; `ungoverned` (no level has privacy law, and the rulebook allows the use).
    pub(crate) reason: &'static str,
    /// Whose law.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jurisdiction: Option<String>,
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<String>,
    /// The criterion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) criterion: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provision: Option<ProvisionReply>,
}

/// What a recipient must do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ObligationReply {
    /// `retain-at-most-days`, `notify-subject`, `log-access`, `no-onward-transfer` or `ask-separate-consent`.
    pub(crate) obligation: &'static str,
    /// For how many days, where it is about a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) days: Option<u32>,
}

/// An obligation and the facts that bear it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObligationsReply<'a> {
    /// What must be done.
    #[serde(flatten)]
    pub(crate) obligation: ObligationReply,
    /// With which facts.
    pub(crate) facts: Vec<&'a str>,
}

/// A privacy rule that ruled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrivacyLayerReply<'a> {
    /// Whose law.
    pub(crate) jurisdiction: &'a str,
    /// The rule, as `id@version`.
    #[schema(value_type = String)]
    pub(crate) rule: Fragment<'a, Shown<&'a RuleHead>>,
    /// Its title.
    #[schema(value_type = Option<String>)]
    pub(crate) title: Option<Fragment<'a, &'a str>>,
    /// The digest of its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) digest: Option<Fragment<'a, Shown<Digest>>>,
    /// Who published the rule; none if the rulebook isn't signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = PublisherReply, required = false)]
    pub(crate) published_by: Option<Fragment<'a, PublisherReply<'a>>>,
    /// `ruled` or `failed`; a failed rule withholds every fact.
    pub(crate) status: &'static str,
    /// How it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<FailureReply>,
}

impl<'a> PrivacyReply<'a> {
    /// What became of the facts of a decision. Titles are in the first of the wanted languages that there is.
    pub(crate) fn new(decision: &'a RedactedDecision<'_>, texts: &'a CitedTexts) -> Self {
        let languages = texts.languages();
        let rulings = decision.rulings();
        let reasons = decision.explained_rulings();
        Self {
            processing: processing_reply(rulings.disclosure(), rulings.also_on()),
            used: NamesReply(decision.used()),
            masked: decision
                .masked_rulings()
                .map(|ruled| explained_reply(ruled, reasons.for_rules(), None, languages))
                .collect(),
            withheld: withheld(decision, languages),
            hidden: decision
                .hidden()
                .map(|ruled| explained_reply(ruled, reasons.for_recipient(), None, languages))
                .collect(),
            undeclared: NamesReply(decision.undeclared()),
            obligations: obligations(reasons, decision.used()),
            ungoverned: rulings.for_rules().are_ungoverned(),
            layers: rulings.layers().map(|layer| layer_reply(layer, texts.of(&layer.rule))).collect(),
        }
    }
}

/// The facts that no rule was allowed to see.
pub(crate) fn withheld(decision: &RedactedDecision<'_>, languages: &[String]) -> Vec<RulingReply> {
    let rulings = &decision.explained_rulings().for_rules();
    decision.withheld().map(|ruled| explained_reply(ruled, rulings, None, languages)).collect()
}

/// The ruling on a fact, with the reasons that the recipient may see; without reasons if these lead to another ruling.
/// `value` is its value and type if it is handed over.
pub(crate) fn explained_reply(
    ruled: &RuledFact,
    reasons: &Rulings,
    value: Option<(&Value, &FactType)>,
    languages: &[String],
) -> RulingReply {
    match reasons.ruling_on(&ruled.fact).filter(|explained| explained.verdict == ruled.verdict) {
        Some(explained) => ruling_reply(explained, reasons, value, languages),
        None => RulingReply {
            decided_by: Vec::new(),
            obligations: Vec::new(),
            ..ruling_reply(ruled, reasons, value, languages)
        },
    }
}

pub(crate) fn processing_reply(disclosure: &Disclosure, also_on: Option<Date>) -> ProcessingReply<'_> {
    let Disclosure { recipient, purpose, basis, subject: _, on, known_at: _ } = disclosure;
    ProcessingReply {
        recipient: RecipientReply { kind: recipient.kind.as_str(), id: recipient.id.as_str() },
        purpose: purpose.as_str(),
        basis: basis.kind().as_str(),
        processed_on: Shown(*on),
        also_on: also_on.map(Shown),
    }
}

/// The ruling on a fact; `value` is its value and type if it is handed over.
pub(crate) fn ruling_reply(
    ruled: &RuledFact,
    rulings: &Rulings,
    value: Option<(&Value, &FactType)>,
    languages: &[String],
) -> RulingReply {
    RulingReply {
        fact: ruled.fact.to_string(),
        ruling: ruled.verdict.as_str(),
        mask: ruled.verdict.mask().map(|mask| mask.to_string()),
        value: value.map(|(value, fact_type)| value_reply(value, fact_type)),
        decided_by: ruled
            .reasons
            .iter()
            .map(|because| ruling_reason_reply(because, rulings, Some(languages)))
            .collect(),
        obligations: ruled.obligations.iter().map(|obligation| obligation_reply(*obligation)).collect(),
    }
}

/// The reason of a ruling; without `languages` it has no title.
pub(crate) fn ruling_reason_reply(
    because: &RulingReason,
    rulings: &Rulings,
    languages: Option<&[String]>,
) -> RulingReasonReply {
    let (layer, criterion, provision) = match because {
        RulingReason::Ruled { layer, criterion } => (rulings.layers().get(*layer), Some(criterion), None),
        RulingReason::Silent { layer } | RulingReason::Failed { layer } => (rulings.layers().get(*layer), None, None),
        RulingReason::Catalogue(provision) => (None, None, Some(provision)),
        RulingReason::NoLaw | RulingReason::Ungoverned => (None, None, None),
    };
    let declared = layer.zip(criterion).and_then(|(layer, criterion)| layer.rule.criterion(criterion));
    let provision = provision.or(declared.map(|declared| &declared.provision));
    RulingReasonReply {
        reason: because.as_str(),
        jurisdiction: layer.map(|layer| layer.jurisdiction.to_string()),
        rule: layer.map(|layer| layer.rule.to_string()),
        criterion: criterion.map(ToString::to_string),
        title: declared.and_then(|declared| declared.titles.best(languages?)).map(str::to_owned),
        provision: provision.map(provision_reply),
    }
}

pub(crate) fn obligation_reply(obligation: Obligation) -> ObligationReply {
    let days = match obligation {
        Obligation::RetainAtMostDays(days) => Some(days),
        Obligation::NotifySubject
        | Obligation::LogAccess
        | Obligation::NoOnwardTransfer
        | Obligation::AskSeparateConsent => None,
    };
    ObligationReply { obligation: obligation.as_str(), days }
}

/// The obligations that the facts bear that were used or may be shown, each with its facts.
pub(crate) fn obligations<'a>(rulings: &'a PrivacyRulings, used: &[FieldName]) -> Vec<ObligationsReply<'a>> {
    let reply = |(obligation, facts): (Obligation, Vec<&'a FieldName>)| ObligationsReply {
        obligation: obligation_reply(obligation),
        facts: facts.into_iter().map(FieldName::as_str).collect(),
    };
    rulings.obligations_on(used).into_iter().map(reply).collect()
}

pub(crate) fn layer_reply<'a>(layer: &'a PrivacyLayer, texts: RuleTexts<'a>) -> PrivacyLayerReply<'a> {
    PrivacyLayerReply {
        jurisdiction: layer.jurisdiction.as_str(),
        rule: texts.rule(),
        title: texts.title(),
        digest: texts.digest(),
        published_by: texts.published_by(),
        status: if layer.result.is_ok() { "ruled" } else { "failed" },
        failure: layer.result.as_ref().err().map(FailureReply::from),
    }
}
