//! Who published a rule, as it travels.

use ordinance_domain::rule_head::RulePublisher;
use serde::Serialize;
use utoipa::ToSchema;

/// Who published a rule, as the signed repository of that authority says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublisherReply<'a> {
    /// The code of the authority's place.
    authority: &'a str,
    /// When it published the rule first, in UTC.
    at: &'a str,
    /// The upper levels that approved it, as the service's contract asks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    approved_by: Vec<ApprovalReply<'a>>,
}

/// The word of an upper level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalReply<'a> {
    /// The code of the authority's place.
    authority: &'a str,
    /// When, in UTC.
    at: &'a str,
}

impl<'a> From<&'a RulePublisher> for PublisherReply<'a> {
    fn from(publisher: &'a RulePublisher) -> Self {
        let approvals = publisher.approvals.iter();
        Self {
            authority: publisher.authority.as_str(),
            at: &publisher.at,
            approved_by: approvals
                .map(|approval| ApprovalReply { authority: approval.authority.as_str(), at: &approval.at })
                .collect(),
        }
    }
}
