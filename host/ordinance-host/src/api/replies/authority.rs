//! An authority whose repository a host reads, as it travels.

use ordinance_trust::AuthorityReport;
use serde::Serialize;
use utoipa::ToSchema;

use crate::rulebook::repository::FoundAuthorities;

/// An authority.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthorityReply {
    /// The code of its place.
    jurisdiction: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The authority that delegates it; none of the top one.
    #[serde(skip_serializing_if = "Option::is_none")]
    delegated_by: Option<String>,
    /// `current`; `kept`: its repository isn't as it must be, and what it published last holds until `expires`;
    /// `lapsed`: that has expired too, so none of its rules may be used; `unknown`: nothing of it was ever had.
    state: &'static str,
    /// Why it isn't current.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Until when what it published holds, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

pub(crate) fn authority_replies(found: &FoundAuthorities) -> Vec<AuthorityReply> {
    found.authorities.reports.iter().map(authority_reply).collect()
}

fn authority_reply(report: &AuthorityReport) -> AuthorityReply {
    AuthorityReply {
        jurisdiction: report.jurisdiction.to_string(),
        name: report.name.clone(),
        delegated_by: report.delegated_by.as_ref().map(ToString::to_string),
        state: report.state.as_str(),
        reason: report.state.reason().map(str::to_owned),
        expires: report.repository.as_ref().map(|repository| repository.expires().to_string()),
    }
}
