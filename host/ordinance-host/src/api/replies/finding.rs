//! A finding as JSON.

use ordinance_domain::manifest::Criterion;
use ordinance_domain::name::Id;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::replies::provision::{ProvisionReply, provision_reply};

/// What a finding on a criterion may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FindingState {
    Found(Option<bool>),
    /// It rests on a fact that the recipient may not be shown.
    Hidden,
}

impl FindingState {
    pub(crate) const ALL: [Self; 4] =
        [Self::Found(Some(true)), Self::Found(Some(false)), Self::Found(None), Self::Hidden];

    pub(crate) fn satisfied(self) -> Option<bool> {
        match self {
            Self::Found(satisfied) => satisfied,
            Self::Hidden => None,
        }
    }
}

/// One criterion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingReply<'a> {
    /// Its id.
    pub(crate) criterion: &'a str,
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
    pub(crate) fn new(id: &'a Id, state: FindingState, criterion: Option<&'a Criterion>, languages: &[String]) -> Self {
        Self {
            criterion: id.as_str(),
            satisfied: state.satisfied(),
            hidden: state == FindingState::Hidden,
            title: criterion.and_then(|criterion| criterion.titles.best(languages)),
            provision: criterion.map(|criterion| provision_reply(&criterion.provision)),
        }
    }
}
