//! What is known of an objection without the authority's key. No fact and no reason is in it.

use jiff::Timestamp;
use jiff::civil::Date;
use ordinance_domain::digest::Digest;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An objection, for those who count its days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionNotice {
    /// Its id.
    pub id: Uuid,
    /// The decision that it is against.
    pub decision: Uuid,
    /// The service.
    pub service: String,
    /// The place of the decision.
    pub jurisdiction: String,
    /// The place whose authority reviews it.
    pub by: String,
    /// When the host took it.
    pub received: Timestamp,
    /// The day of that in the place of the authority.
    pub received_on: Date,
    /// The last day to answer.
    pub answer_by: Date,
    /// For how many days after that of the answer both are kept.
    pub keep_days: u32,
    /// The digest of the sealed file, which the log has too.
    pub sealed: String,
    /// The hash of the token of its holder.
    pub token_hash: String,
    /// What tells whether the same is objected once more.
    pub fingerprint: String,
    /// Its record in the log; none until it is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Its answer, once the host has seen and recorded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<RecordedAnswer>,
}

/// An answer that is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAnswer {
    /// The day of the answer in the place of the authority.
    pub on: Date,
    /// The digest of its file, which the log has too.
    pub digest: String,
    /// Its record in the log.
    pub record: String,
}

impl ObjectionNotice {
    /// Whether a digest is that of its sealed file.
    #[must_use]
    pub fn is_sealed_as(&self, digest: Digest) -> bool {
        self.sealed == digest.to_string()
    }

    /// Whether nobody has answered it in time, on a day.
    #[must_use]
    pub fn is_overdue(&self, today: Date) -> bool {
        self.answered.is_none() && today > self.answer_by
    }
}
