//! The approvals of upper levels that a rule needs, and those that it has.

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::index::IndexedRule;

use crate::metadata::time_of;
use crate::report::{Authorities, AuthorityState};

/// The authorities that approved a rule, each with the time.
pub type Approvals = Vec<(JurisdictionCode, String)>;

/// A rule lacks an approval that upper law reserves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule} needs the approval of {by} ({provision}), which doesn't list {digest}; `ordinance approve` lists it")]
pub(crate) struct MissingApprovalError {
    rule: String,
    by: JurisdictionCode,
    provision: String,
    digest: Digest,
}

/// The approvals that a rule has; or the first one that its service's contract asks for and it lacks.
pub(crate) fn approvals(
    authorities: &Authorities,
    rule: &IndexedRule,
    digest: Digest,
    now: Timestamp,
) -> Result<Approvals, MissingApprovalError> {
    let definitions = &authorities.definitions;
    let service = rule.service.as_ref().and_then(|service| Id::new(service).ok());
    let contract = service.and_then(|service| definitions.contracts.get(&service));
    let (Some(contract), Ok(place)) = (contract, JurisdictionCode::new(&rule.jurisdiction)) else {
        return Ok(Vec::new());
    };
    let mut given = Vec::new();
    for required in contract.approvals_of(&place, definitions.places.all_published()) {
        let approver = authorities.reports.iter().find(|report| report.jurisdiction == required.by);
        let listed = approver
            .filter(|report| !matches!(report.state, AuthorityState::Lapsed(_) | AuthorityState::Unknown(_)))
            .and_then(|report| report.repository.as_ref()?.approval(&place, digest, now));
        let Some(target) = listed else {
            return Err(MissingApprovalError {
                rule: format!("{}/{} {}", rule.jurisdiction, contract.service, rule.version),
                by: required.by.clone(),
                provision: format!("{} {}", required.provision.document, required.provision.article),
                digest,
            });
        };
        given.push((required.by.clone(), time_of(&target, "approved")));
    }
    Ok(given)
}
