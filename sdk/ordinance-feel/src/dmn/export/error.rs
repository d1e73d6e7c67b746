//! What can't be exported.

/// What of a rule a model of DMN can't say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct ExportError {
    /// Which part of the rule.
    pub what: String,
    /// Why.
    pub reason: String,
}

impl ExportError {
    pub(super) fn new(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { what: what.into(), reason: reason.into() }
    }
}
