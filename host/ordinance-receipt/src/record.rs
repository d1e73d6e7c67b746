//! What a receipt needs of a record of the log.

use ordinance_domain::digest::Digest;
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
    /// A level as an answer shows it, without the way in which it failed; `None` if it isn't written as one.
    pub(crate) fn of_answer(layer: &serde_json::Value) -> Option<Self> {
        let members = ["jurisdiction", "rule", "digest", "status", "published_by"];
        let kept = layer.as_object()?.iter().filter(|(name, _)| members.contains(&name.as_str()));
        serde_json::from_value(kept.map(|(name, value)| (name.clone(), value.clone())).collect()).ok()
    }

    /// Whether it failed, so that it decided nothing. Of a level its status says so too.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let has_reason = self.failure.as_ref().is_some_and(|failure| !failure.is_empty());
        has_reason && self.status.as_deref().is_none_or(|status| status == "failed")
    }

    /// The digest of its file, if it has one that is well formed.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        self.digest.as_ref()?.parse().ok()
    }
}
