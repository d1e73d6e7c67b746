//! The approvals of upper levels that a rule needs, and those that it has.

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;

use crate::metadata::time_of;
use crate::published_rule::PublishedRule;
use crate::report::{Authorities, AuthorityState};

/// The approval of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    /// Who approved it.
    pub(crate) by: JurisdictionCode,
    /// When, in UTC.
    pub(crate) at: String,
}

/// The approvals of a rule.
pub(crate) type Approvals = Vec<Approval>;

/// A rule lacks an approval that upper law reserves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule} needs the approval of {by} ({provision}), which doesn't list {digest}; `ordinance approve` lists it")]
pub(crate) struct MissingApprovalError {
    rule: String,
    pub(crate) by: JurisdictionCode,
    provision: String,
    digest: Digest,
}

/// The approvals that a rule has; or the first one that its service's contract asks for and it lacks.
pub(crate) fn approvals(
    authorities: &Authorities,
    rule: &PublishedRule<'_>,
    now: Timestamp,
) -> Result<Approvals, MissingApprovalError> {
    let PublishedRule { place, service, version, digest } = *rule;
    let definitions = &authorities.definitions;
    let service = service.and_then(|service| Id::new(service).ok());
    let Some(contract) = service.and_then(|service| definitions.contracts.get(&service)) else {
        return Ok(Vec::new());
    };
    let mut given = Vec::new();
    for required in contract.approvals_of(place, definitions.places.all_published()) {
        let approver = authorities.find(&required.by);
        let listed = approver
            .filter(|report| !matches!(report.state, AuthorityState::Lapsed(_) | AuthorityState::Unknown(_)))
            .and_then(|report| report.repository.as_ref()?.approval(place, digest, now));
        let Some(target) = listed else {
            return Err(MissingApprovalError {
                rule: format!("{place}/{} {version}", contract.service),
                by: required.by.clone(),
                provision: format!("{} {}", required.provision.document, required.provision.article),
                digest,
            });
        };
        given.push(Approval { by: required.by.clone(), at: time_of(&target, "approved") });
    }
    Ok(given)
}
