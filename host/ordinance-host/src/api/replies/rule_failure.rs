//! A rule's failure as JSON.

use ordinance_domain::answer::RuleFailure;
use serde::Serialize;
use utoipa::ToSchema;

/// How a rule failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureReply {
    /// Stable for machines.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

impl From<&RuleFailure> for FailureReply {
    fn from(failure: &RuleFailure) -> Self {
        Self { code: failure.code.as_str(), detail: failure.detail.clone() }
    }
}
