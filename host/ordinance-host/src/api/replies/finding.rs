//! A finding as JSON.

use ordinance_domain::manifest::Criterion;
use ordinance_domain::name::FieldName;
use ordinance_domain::visible_finding::{FindingState, VisibleFinding};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::replies::provision::{ProvisionReply, provision_reply};
use crate::shown::Shown;

/// One criterion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingReply<'a> {
    /// Its id.
    pub(crate) criterion: &'a str,
    /// The item of a list that the finding is on, such as `members[1]`; none if it is on the whole case.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) item: Option<Shown<FieldName>>,
    /// `null` if a fact that it needs is missing, or if it is redacted.
    pub(crate) satisfied: Option<bool>,
    /// Whether it is redacted, because it rests on a fact that the recipient may not be shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) hidden: bool,
    /// Its title.
    pub(crate) title: Option<&'a str>,
    /// Where it is written.
    pub(crate) provision: Option<ProvisionReply>,
}

impl<'a> FindingReply<'a> {
    /// The finding on a criterion, if the rule has it, with the title in the first of `languages` that there is.
    pub(crate) fn new(finding: VisibleFinding<'a>, criterion: Option<&'a Criterion>, languages: &[String]) -> Self {
        Self {
            criterion: finding.criterion.as_str(),
            item: finding.item.map(Shown),
            satisfied: finding.state.satisfied(),
            hidden: finding.state == FindingState::Hidden,
            title: criterion.and_then(|criterion| criterion.titles.best(languages)),
            provision: criterion.map(|criterion| provision_reply(&criterion.provision)),
        }
    }
}
