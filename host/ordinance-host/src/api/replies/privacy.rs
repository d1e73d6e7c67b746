//! What privacy law made of the facts, as it travels: each fact with who ruled so, by which criterion and article.

use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{
    Disclosure, Obligation, PrivacyLayer, PrivacyRulings, RuledFact, RulingReason, Rulings,
};
use ordinance_domain::redaction::RedactedDecision;
use ordinance_domain::value::Value;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::replies::provision::{ProvisionReply, provision_reply};
use crate::api::replies::rule_failure::FailureReply;
use crate::api::replies::value::{names, value_reply};

/// What became of the facts of a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrivacyReply {
    /// Who asked, for what, on which basis.
    #[serde(flatten)]
    pub asking: AskingReply,
    /// The facts that reached a rule. Where facts are hidden from the recipient, those that rules could be told.
    pub used: Vec<String>,
    /// The facts that were sent and that rules may use only in a masked form, with who ruled so.
    pub masked: Vec<RuledReply>,
    /// The facts that no rule was allowed to see, with who ruled so; they count as missing.
    pub withheld: Vec<RuledReply>,
    /// The facts that rules may use and that the recipient may not be shown, or only masked, with who ruled so: what
    /// rests on them, or on their absence, is left out of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<RuledReply>,
    /// The facts that were sent and that no rule of this place reads: send them no more.
    pub undeclared: Vec<String>,
    /// What the recipient must do with the facts that were used, and with what it is shown of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<ObligationsReply>,
    /// Whether no level of the place has privacy law in force, and the rulebook lets facts be used there all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ungoverned: bool,
    /// The privacy rules that ruled, top first; none where no level has privacy law and the rulebook allows for that.
    pub layers: Vec<PrivacyLayerReply>,
}

/// Who asks, for what, on which basis.
#[derive(Debug, Serialize, ToSchema)]
pub struct AskingReply {
    /// Who asks.
    pub recipient: RecipientReply,
    /// What for.
    pub purpose: String,
    /// On which basis.
    pub basis: &'static str,
    /// The day whose privacy law counts.
    pub processed_on: String,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecipientReply {
    /// What kind of recipient.
    pub kind: &'static str,
    /// Which one.
    pub id: String,
}

/// What is ruled on a fact.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuledReply {
    /// The fact.
    pub fact: String,
    /// `permit`, `mask` or `withhold`.
    pub ruling: &'static str,
    /// The form in which it may be used or seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// Its value, in that form, where it is handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = crate::api::schema::any_value, required = false)]
    pub value: Option<serde_json::Value>,
    /// The levels that decided that; empty where it would tell an age that the recipient may not be shown.
    pub decided_by: Vec<BecauseReply>,
    /// What the recipient must do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub obligations: Vec<ObligationReply>,
}

/// Why it is ruled so.
#[derive(Debug, Serialize, ToSchema)]
pub struct BecauseReply {
    /// `ruling`; `no-ruling` (a level with privacy law is silent); `failed-rule`; `not-shared` (the catalogue of
    /// facts);
    /// `no-privacy-law`; `ungoverned` (no level has privacy law, and the rulebook allows the use).
    pub reason: &'static str,
    /// Whose law.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The criterion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criterion: Option<String>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provision: Option<ProvisionReply>,
}

/// What a recipient must do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObligationReply {
    /// `retain-at-most-days`, `notify-subject`, `log-access`, `no-onward-transfer` or `ask-separate-consent`.
    pub obligation: &'static str,
    /// For how many days, where it is about a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// An obligation and the facts that bear it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObligationsReply {
    /// What must be done.
    #[serde(flatten)]
    pub obligation: ObligationReply,
    /// With which facts.
    pub facts: Vec<String>,
}

/// A privacy rule that was asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrivacyLayerReply {
    /// Whose law.
    pub jurisdiction: String,
    /// The rule, as `id@version`.
    pub rule: String,
    /// Its title.
    pub title: Option<String>,
    /// The digest of its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// `ruled` or `failed`; a failed rule withholds every fact.
    pub status: &'static str,
    /// How it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReply>,
}

impl PrivacyReply {
    /// What became of the facts of a decision. Titles are in the first of the wanted languages that there is.
    #[must_use]
    pub fn new(decision: &RedactedDecision<'_>, languages: &[String]) -> Self {
        let (gate, reasons) = (decision.rulings(), decision.explained_rulings());
        Self {
            asking: asking_reply(&gate.disclosure),
            used: names(decision.used()),
            masked: decision.masked_rulings().map(|ruled| told_reply(ruled, &reasons.for_rules, languages)).collect(),
            withheld: withheld(decision, languages),
            hidden: decision.hidden().map(|ruled| told_reply(ruled, &reasons.for_recipient, languages)).collect(),
            undeclared: names(decision.undeclared()),
            obligations: obligations(reasons, decision.used()),
            ungoverned: gate.for_rules.are_ungoverned(),
            layers: gate.layers().map(|layer| layer_reply(layer, languages)).collect(),
        }
    }
}

/// The facts that no rule was allowed to see.
#[must_use]
pub fn withheld(decision: &RedactedDecision<'_>, languages: &[String]) -> Vec<RuledReply> {
    let rulings = &decision.explained_rulings().for_rules;
    decision.withheld().map(|ruled| told_reply(ruled, rulings, languages)).collect()
}

/// What is ruled on a fact of a decision, with the reasons that may be told; none where those lead to something else.
fn told_reply(ruled: &RuledFact, reasons: &Rulings, languages: &[String]) -> RuledReply {
    match reasons.ruling_on(&ruled.fact).filter(|told| told.verdict == ruled.verdict) {
        Some(told) => ruled_reply(told, reasons, None, languages),
        None => RuledReply {
            decided_by: Vec::new(),
            obligations: Vec::new(),
            ..ruled_reply(ruled, reasons, None, languages)
        },
    }
}

/// Who asks, as it travels.
#[must_use]
pub fn asking_reply(disclosure: &Disclosure) -> AskingReply {
    let Disclosure { recipient, purpose, basis, subject: _, on } = disclosure;
    AskingReply {
        recipient: RecipientReply { kind: recipient.kind.as_str(), id: recipient.id.clone() },
        purpose: purpose.to_string(),
        basis: basis.kind().as_str(),
        processed_on: on.to_string(),
    }
}

/// What is ruled on a fact, as it travels, with its value and type where that is handed over.
#[must_use]
pub fn ruled_reply(
    ruled: &RuledFact,
    rulings: &Rulings,
    value: Option<(&Value, &FactType)>,
    languages: &[String],
) -> RuledReply {
    RuledReply {
        fact: ruled.fact.to_string(),
        ruling: ruled.verdict.as_str(),
        mask: ruled.verdict.mask().map(|mask| mask.to_string()),
        value: value.map(|(value, fact_type)| value_reply(value, fact_type)),
        decided_by: ruled.reasons.iter().map(|because| because_reply(because, rulings, Some(languages))).collect(),
        obligations: ruled.obligations.iter().map(|obligation| obligation_reply(*obligation)).collect(),
    }
}

/// Why it is ruled so, as it travels; the title in the first of the wanted languages, if any is wanted.
pub(crate) fn because_reply(because: &RulingReason, rulings: &Rulings, languages: Option<&[String]>) -> BecauseReply {
    let (layer, criterion, provision) = match because {
        RulingReason::Ruled { layer, criterion } => (rulings.layers.get(*layer), Some(criterion), None),
        RulingReason::Silent { layer } | RulingReason::Failed { layer } => (rulings.layers.get(*layer), None, None),
        RulingReason::Catalogue(provision) => (None, None, Some(provision)),
        RulingReason::NoLaw | RulingReason::Ungoverned => (None, None, None),
    };
    let declared = layer.zip(criterion).and_then(|(layer, criterion)| layer.rule.criterion(criterion));
    let provision = provision.or(declared.map(|declared| &declared.provision));
    BecauseReply {
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
pub(crate) fn obligations(rulings: &PrivacyRulings, used: &[FieldName]) -> Vec<ObligationsReply> {
    let reply = |(obligation, facts): (Obligation, Vec<&FieldName>)| ObligationsReply {
        obligation: obligation_reply(obligation),
        facts: facts.into_iter().map(ToString::to_string).collect(),
    };
    rulings.obligations_on(used).into_iter().map(reply).collect()
}

/// A privacy rule that was asked, as it travels.
#[must_use]
pub fn layer_reply(layer: &PrivacyLayer, languages: &[String]) -> PrivacyLayerReply {
    PrivacyLayerReply {
        jurisdiction: layer.jurisdiction.to_string(),
        rule: layer.rule.to_string(),
        title: layer.rule.titles.best(languages).map(str::to_owned),
        digest: layer.rule.digest.map(|digest| digest.to_string()),
        status: if layer.result.is_ok() { "ruled" } else { "failed" },
        failure: layer.result.as_ref().err().map(FailureReply::from),
    }
}
