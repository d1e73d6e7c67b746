//! The answer of an authority to an objection.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The longest answer, in letters.
pub const ANSWER_LETTERS_MAX: usize = 32_000;

/// What becomes of the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerOutcome {
    /// It stands.
    Upheld,
    /// It stands, since the objection couldn't be examined.
    Dismissed,
    /// Another decision replaces it.
    Changed,
}

impl AnswerOutcome {
    /// The word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
            Self::Changed => "changed",
        }
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionAnswer {
    /// The objection.
    pub objection: Uuid,
    /// When it was answered.
    pub time: Timestamp,
    /// What becomes of the decision.
    pub outcome: AnswerOutcome,
    /// The answer in words.
    pub text: String,
    /// The decision that replaces the one that was objected to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Uuid>,
}
