//! A citation of law as JSON.

use ordinance_domain::provision::Provision;
use serde::Serialize;
use utoipa::ToSchema;

/// A citation of law.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProvisionReply {
    /// The document.
    pub(crate) document: String,
    /// The article.
    pub(crate) article: String,
    /// Where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

pub(crate) fn provision_reply(provision: &Provision) -> ProvisionReply {
    ProvisionReply {
        document: provision.document.clone(),
        article: provision.article.clone(),
        url: provision.url.clone(),
    }
}
