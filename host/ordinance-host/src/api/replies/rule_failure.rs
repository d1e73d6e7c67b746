//! A rule's failure as JSON.

use ordinance_domain::answer::RuleError;
use serde::Serialize;
use utoipa::ToSchema;

/// How a rule failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FailureReply {
    /// Stable for machines.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) detail: String,
}

impl From<&RuleError> for FailureReply {
    fn from(failure: &RuleError) -> Self {
        Self { code: failure.code.as_str(), detail: failure.detail.clone() }
    }
}
