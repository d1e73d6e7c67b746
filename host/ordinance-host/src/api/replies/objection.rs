//! How an objection stands, as JSON.

use ordinance_domain::calendar::Date;
use ordinance_receipt::LogProof;
use ordinance_receipt::objection::ObjectionNotice;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::shown::Shown;

/// An objection and how it stands
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectionReply {
    /// Its id.
    pub(crate) id: Uuid,
    /// `received`, `overdue` (the authority hasn't answered in time) or `answered`.
    pub(crate) state: &'static str,
    /// The decision that it is against.
    pub(crate) decision: Uuid,
    /// The service.
    pub(crate) service: String,
    /// The place of the decision.
    pub(crate) jurisdiction: String,
    /// The authority that reviews the decision.
    pub(crate) by: ReviewerReply,
    /// The day on which the host took it, in the place of the authority.
    #[schema(value_type = String)]
    pub(crate) received: Shown<Date>,
    /// The last day for the authority to answer.
    #[schema(value_type = String)]
    pub(crate) answer_by: Shown<Date>,
    /// What the state is asked with, in the header `Objection-Token`; in the reply to the objection alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    /// That the log holds the digest of the sealed objection.
    pub(crate) record: RecordProofReply,
    /// The answer, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<ObjectionAnswerReply>,
}

/// An authority that reviews decisions
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewerReply {
    /// The code of its place.
    pub(crate) jurisdiction: String,
    /// Its name, if its repository says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// That the log holds a record
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordProofReply {
    /// The record, a line of the log: a JSON text.
    pub(crate) leaf: String,
    /// The proof.
    pub(crate) log: LogProof,
}

/// The answer of an authority
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectionAnswerReply {
    /// `upheld` (the decision stands), `dismissed` (it stands, since the objection couldn't be examined) or `changed`.
    pub(crate) outcome: &'static str,
    /// The answer in words.
    pub(crate) text: String,
    /// The day of the answer, in the place of the authority.
    #[schema(value_type = String)]
    pub(crate) on: Shown<Date>,
    /// The decision that replaces the one that was objected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<Uuid>,
    /// That the log holds the digest of the answer.
    pub(crate) record: RecordProofReply,
}

impl ObjectionReply {
    pub(crate) fn new(
        notice: &ObjectionNotice,
        state: &'static str,
        by: ReviewerReply,
        record: RecordProofReply,
    ) -> Self {
        Self {
            id: notice.id,
            state,
            decision: notice.decision,
            service: notice.service.clone(),
            jurisdiction: notice.jurisdiction.clone(),
            by,
            received: Shown(notice.received_on),
            answer_by: Shown(notice.answer_by),
            token: None,
            record,
            answer: None,
        }
    }
}
