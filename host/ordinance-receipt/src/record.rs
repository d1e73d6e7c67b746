//! What a receipt needs of a record of the log.

use serde::Deserialize;
use uuid::Uuid;

/// A record of a decision, as far as receipts need it. A log may say more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedDecision {
    /// Its number in the log.
    pub index: u64,
    /// The id of the decision.
    pub id: Uuid,
    /// When it was recorded.
    pub time: jiff::Timestamp,
    /// How it was decided, where it wasn't an official decision.
    #[serde(default)]
    pub mode: Option<String>,
    /// The digest of the rulebook, `sha256:` and 64 hexadecimal digits.
    pub rulebook: String,
    /// The service.
    pub service: String,
    /// The place.
    pub jurisdiction: String,
    /// The code that the request named, where it is another one.
    pub asked: Option<String>,
    /// The day for which it was decided.
    pub as_of: String,
    /// The day whose knowledge counted.
    pub known_at: String,
    /// The day of the processing.
    pub processed_on: String,
    /// The outcome.
    pub outcome: String,
    /// The commitment to the request and the answer.
    pub commitment: String,
    /// Every level, top first.
    pub layers: Vec<RecordedLayer>,
    /// The privacy rules that ruled.
    #[serde(default)]
    pub privacy: Vec<RecordedLayer>,
}

/// The rule of a level.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedLayer {
    /// The place.
    pub jurisdiction: String,
    /// The rule, as `id@version`; none where the level has none.
    pub rule: Option<String>,
    /// The digest of its file.
    pub digest: Option<String>,
    /// What became of it; none of a privacy rule.
    pub status: Option<String>,
    /// How it failed, if it did.
    pub failure: Option<String>,
    /// Who published it.
    pub published_by: Option<RecordedPublisher>,
}

/// What a record names a rule for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleRole {
    /// A level that decides.
    Level,
    /// Privacy.
    Privacy,
}

/// Who published a rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RecordedPublisher {
    /// The code of the authority's place.
    pub authority: String,
    /// When.
    pub at: String,
    /// Who approved it.
    #[serde(default)]
    pub approved_by: Vec<Self>,
}

impl RecordedLayer {
    /// Whether it failed, so that it decided nothing, and says how. Of a level its status says so too; a privacy rule
    /// has none.
    #[must_use]
    pub fn has_failed(&self, kind: RuleRole) -> bool {
        let has_reason = self.failure.as_ref().is_some_and(|failure| !failure.is_empty());
        has_reason && self.status.as_deref() == (kind == RuleRole::Level).then_some("failed")
    }

    /// Whether the level has no rule, and nothing of one.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let has_part = self.rule.is_some() || self.digest.is_some() || self.published_by.is_some();
        self.status.as_deref() == Some("silent") && !has_part && self.failure.is_none()
    }

    /// Whether its rule was called, or waits for facts or for upper law.
    #[must_use]
    pub fn has_rule_that_works(&self) -> bool {
        let works = matches!(self.status.as_deref(), Some("applied" | "missing-facts" | "waiting"));
        works && self.rule.is_some() && self.failure.is_none()
    }
}
