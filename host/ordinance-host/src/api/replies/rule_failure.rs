//! A rule's failure as JSON.

use ordinance_domain::answer::RuleFailure;
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

impl From<&RuleFailure> for FailureReply {
    fn from(failure: &RuleFailure) -> Self {
        Self { code: failure.code.as_str(), detail: failure.detail.clone() }
    }
}
