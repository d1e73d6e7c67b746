//! A decision with as much explanation as the request asks for. The shorter forms have members of the full reply alone,
//! with the same names and values, so that a client reads all of them by one type.
//!
//! `none` has what a portal acts on: the outcome, whether it is final, and what to ask for next; with it what a dispute
//! begins with: the record's id, and the digest of the rulebook, by which everybody can compute the rest again. `mode`
//! is in each form, since no reply may pass for an official one. `short` also has what a portal that knows the titles
//! by `GET /v1/rules/{digest}` needs to show the reasons: who decided, and the findings by the ids of their criteria.

use ordinance_domain::digest::Digest;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::{RedactedDecision, RedactedLayer};
use ordinance_domain::visible_finding::{FindingState, VisibleFinding};
use ordinance_engine::Rulebook;
use ordinance_engine::value_json::GrantJson;
use ordinance_receipt::DecisionReceipt;
use serde::{Serialize, Serializer};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::api::explain::Explain;
use crate::api::replies::decision::{AtLeastReply, DecisionReply, at_least, decided_by, granted, why_undetermined};
use crate::api::replies::fragments::ReplyTexts;
use crate::api::schema::{add_schema, forms_by_explain};
use crate::audit::reply_permit::ReplyPermit;
use crate::objections::reviewed::ReviewedDecision;
use crate::shown::Shown;

/// The decision without reasons: the reply with `"explain": "none"`
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeReply<'a> {
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
    /// `eligible`, `ineligible` or `undetermined`. With `at_least`, the person is eligible and the grant is open.
    outcome: &'static str,
    /// Why it is undetermined: `missing-facts`, `failed-rule`, `no-rule-in-force`, `unrecognised-value` or
    /// `rule-undetermined`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What is granted, if eligible and final, as in the full reply.
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantJson<'a>>,
    /// What is certain of a grant that isn't final.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<AtLeastReply<'a>>,
    /// The missing facts that can change the decision.
    missing: &'a [String],
    /// Whether `missing` may name facts that can't change the decision.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    missing_cut_short: bool,
    /// The digest of the rulebook that decided.
    #[schema(value_type = String)]
    rulebook: Shown<Digest>,
    /// The receipt, if the request asked for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'a DecisionReceipt>,
}

/// The decision with its reasons by their ids: the reply with `"explain": "short"`
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShortDecisionReply<'a> {
    #[serde(flatten)]
    outcome: OutcomeReply<'a>,
    /// The levels that decided. None is named where facts are hidden from the recipient.
    decided_by: Vec<&'a str>,
    /// Every level of the chain, top first.
    layers: Vec<ShortLayerReply<'a>>,
}

/// One level, in short
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShortLayerReply<'a> {
    /// The place.
    jurisdiction: &'a str,
    /// The digest of the rule's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    digest: Option<Shown<Digest>>,
    /// As in the full reply.
    status: &'static str,
    /// Its word on each criterion.
    findings: Vec<ShortFindingReply<'a>>,
}

/// One criterion, in short
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShortFindingReply<'a> {
    /// Its id.
    criterion: &'a str,
    /// The item of a list that the finding is on; none if it is on the whole case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    item: Option<Shown<FieldName>>,
    /// `null` if a fact that it needs is missing, or if it is redacted.
    satisfied: Option<bool>,
    /// Whether it is redacted, because it rests on a fact that the recipient may not be shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hidden: bool,
}

/// The reply to a decision in one of its forms.
pub(crate) struct ExplainedDecision;

impl PartialSchema for ExplainedDecision {
    fn schema() -> RefOr<Schema> {
        forms_by_explain(["DecisionReply", "ShortDecisionReply", "OutcomeReply"])
    }
}

impl ToSchema for ExplainedDecision {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        add_schema::<DecisionReply<'_>>(schemas);
        add_schema::<ShortDecisionReply<'_>>(schemas);
        add_schema::<OutcomeReply<'_>>(schemas);
        add_schema::<DecisionReceipt>(schemas);
    }
}

/// The reply to a decision, which is written in the form that was asked for. It is made of what its recipient may see
/// and of the proof that it may be sent.
pub(crate) struct ExplainedReply<'a> {
    /// The proof that it may be sent.
    pub(crate) recorded: &'a ReplyPermit,
    /// The receipt, if the request asked for one.
    pub(crate) receipt: Option<&'a DecisionReceipt>,
    pub(crate) decision: &'a RedactedDecision<'a>,
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) texts: &'a ReplyTexts,
    pub(crate) explain: Explain,
    /// The objection after which it was decided anew.
    pub(crate) reviewed: Option<ReviewedDecision>,
}

impl Serialize for ExplainedReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.explain {
            Explain::Full => {
                let texts = self.texts.cited(self.decision);
                DecisionReply::new(self.recorded, self.receipt, self.decision, self.rulebook, &texts)
                    .reviewing(self.reviewed)
                    .serialize(serializer)
            }
            Explain::Short => ShortDecisionReply::new(self).serialize(serializer),
            Explain::None => OutcomeReply::new(self).serialize(serializer),
        }
    }
}

impl<'a> OutcomeReply<'a> {
    fn new(parts: &ExplainedReply<'a>) -> Self {
        let decision = parts.decision;
        Self {
            id: parts.recorded.id(),
            mode: parts.recorded.mode().as_str(),
            objection: parts.reviewed.map(|reviewed| reviewed.objection),
            replaces: parts.reviewed.map(|reviewed| reviewed.replaces),
            outcome: decision.outcome().as_str(),
            reason: why_undetermined(decision.outcome()),
            grant: granted(decision),
            at_least: at_least(decision),
            missing: decision.outcome().missing_facts(),
            missing_cut_short: decision.may_name_irrelevant_facts(),
            rulebook: Shown(parts.rulebook.digest()),
            receipt: parts.receipt,
        }
    }
}

impl<'a> ShortDecisionReply<'a> {
    fn new(parts: &ExplainedReply<'a>) -> Self {
        Self {
            outcome: OutcomeReply::new(parts),
            decided_by: decided_by(parts.decision),
            layers: parts.decision.layers().iter().map(ShortLayerReply::new).collect(),
        }
    }
}

impl<'a> ShortLayerReply<'a> {
    fn new(layer: &'a RedactedLayer<'_>) -> Self {
        let finding = |finding: VisibleFinding<'a>| ShortFindingReply {
            criterion: finding.criterion.as_str(),
            item: finding.item.map(Shown),
            satisfied: finding.state.satisfied(),
            hidden: finding.state == FindingState::Hidden,
        };
        Self {
            jurisdiction: layer.jurisdiction.as_str(),
            digest: layer.rule.and_then(|rule| rule.digest).map(Shown),
            status: layer.status.as_str(),
            findings: layer.visible_findings().map(finding).collect(),
        }
    }
}
