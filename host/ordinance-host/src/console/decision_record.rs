//! A record of the decision log, as the console reads it. The log holds names of facts and never a value.

use ordinance_domain::jurisdiction::JurisdictionCode;
use serde::Deserialize;
use uuid::Uuid;

/// The record of a decision.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LoggedChain {
    pub(super) id: Uuid,
    /// How it was decided, where it wasn't an official decision.
    pub(super) mode: Option<String>,
    pub(super) time: jiff::Timestamp,
    pub(super) rulebook: String,
    pub(super) service: String,
    pub(super) jurisdiction: String,
    pub(super) as_of: String,
    pub(super) outcome: String,
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) at_least: bool,
    #[serde(default)]
    pub(super) missing: Vec<String>,
    pub(super) layers: Vec<LoggedLevel>,
    #[serde(default)]
    pub(super) withheld: Vec<LoggedRuling>,
    #[serde(default)]
    pub(super) masked: Vec<LoggedRuling>,
    #[serde(default)]
    hidden: Vec<LoggedRuling>,
    #[serde(default)]
    used: Vec<String>,
    #[serde(default)]
    undeclared: Vec<String>,
    #[serde(default)]
    regardless_of: Vec<String>,
}

/// What one level said.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LoggedLevel {
    pub(super) jurisdiction: String,
    pub(super) rule: Option<String>,
    pub(super) digest: Option<String>,
    pub(super) published_by: Option<LoggedPublisher>,
    pub(super) status: String,
    pub(super) failure: Option<String>,
    #[serde(default)]
    pub(super) violations: Vec<String>,
    #[serde(default)]
    pub(super) refused_by: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct LoggedPublisher {
    pub(super) authority: String,
}

/// The ruling on a fact, by its name.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct LoggedRuling {
    pub(super) fact: String,
    #[serde(default)]
    pub(super) decided_by: Vec<LoggedReason>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct LoggedReason {
    pub(super) reason: String,
    pub(super) jurisdiction: Option<String>,
    pub(super) rule: Option<String>,
    pub(super) provision: Option<LoggedProvision>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct LoggedProvision {
    pub(super) document: String,
    pub(super) article: String,
}

impl LoggedChain {
    /// Reads a line of the log; `None` for a record of something else.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// The paths of all facts that the record names.
    pub(super) fn facts(&self) -> impl Iterator<Item = &str> {
        let ruled = self.withheld.iter().chain(&self.masked).chain(&self.hidden).map(|ruling| &ruling.fact);
        let sent = self.used.iter().chain(&self.undeclared);
        ruled.chain(sent).chain(&self.missing).chain(&self.regardless_of).map(String::as_str)
    }

    /// The codes of its levels, top first.
    pub(super) fn codes(&self) -> Vec<JurisdictionCode> {
        let place = [self.jurisdiction.as_str()];
        let levels = self.layers.iter().map(|level| level.jurisdiction.as_str()).chain(place);
        levels.filter_map(|code| JurisdictionCode::new(code).ok()).collect()
    }
}
