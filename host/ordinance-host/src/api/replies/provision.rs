//! A citation of law as JSON.

use ordinance_domain::provision::Provision;
use serde::Serialize;
use utoipa::ToSchema;

/// A citation of law.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProvisionReply {
    /// The document.
    pub document: String,
    /// The article.
    pub article: String,
    /// Where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A citation as it travels.
#[must_use]
pub fn provision_reply(provision: &Provision) -> ProvisionReply {
    ProvisionReply {
        document: provision.document.clone(),
        article: provision.article.clone(),
        url: provision.url.clone(),
    }
}
