//! Who published a rule, in a record.

use ordinance_domain::rule_head::RulePublisher;
use serde::Serialize;

/// Who published a rule, and who approved it.
#[derive(PartialEq, Serialize)]
pub(super) struct PublisherRecord<'a> {
    authority: &'a str,
    at: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    approved_by: Vec<ApprovalRecord<'a>>,
}

#[derive(PartialEq, Serialize)]
struct ApprovalRecord<'a> {
    authority: &'a str,
    at: &'a str,
}

pub(super) fn publisher_record(publisher: &RulePublisher) -> PublisherRecord<'_> {
    let approvals = publisher.approvals.iter();
    PublisherRecord {
        authority: publisher.authority.as_str(),
        at: &publisher.at,
        approved_by: approvals
            .map(|approval| ApprovalRecord { authority: approval.authority.as_str(), at: &approval.at })
            .collect(),
    }
}
