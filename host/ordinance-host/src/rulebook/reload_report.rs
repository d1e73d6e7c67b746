//! What came of a reload.

use jiff::Timestamp;
use ordinance_engine::Rulebook;
use serde::Serialize;
use utoipa::ToSchema;

/// The report of a reload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReloadReport {
    /// When, in UTC.
    pub at: String,
    /// The outcome.
    pub outcome: ReloadOutcome,
    /// The digest of the rulebook that was loaded; none if it can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rulebook: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// The outcome of a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReloadOutcome {
    /// The folder holds the rulebook in use.
    Unchanged,
    /// The new rulebook is in use.
    InUse,
    /// The new rulebook is in use, and keeps some rules of the one before it.
    InUseInPart,
    /// The new rulebook waits to be activated, and the one before it stays in use until then.
    Prepared,
    /// The rulebook before it stays in use.
    #[serde(rename = "refused")]
    Rejected,
}

impl ReloadOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Unchanged, Self::InUse, Self::InUseInPart, Self::Prepared, Self::Rejected];

    /// The word in JSON and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::InUse => "in-use",
            Self::InUseInPart => "in-use-in-part",
            Self::Prepared => "prepared",
            Self::Rejected => "refused",
        }
    }
}

impl ReloadReport {
    /// The report of this moment; `reasons` is what is wrong with the rulebook.
    pub(super) fn new(outcome: ReloadOutcome, rulebook: Option<&Rulebook>, reasons: Vec<String>) -> Self {
        let rulebook = rulebook.map(|rulebook| rulebook.digest().to_string());
        Self { at: Timestamp::now().to_string(), outcome, rulebook, reasons }
    }
}
