//! What the approvers of an authority ever listed: rules of lower places, by the digests of their files.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::Key;
use tough::schema::{Delegations, Signed, Targets};

use crate::error::RepositoryError;
use crate::metadata::{
    TARGETS_BYTES_MAX, approval_role, approval_target, digest_of, metadata_path, parse, role_file, time_of,
};
use crate::repository_source::RepositorySource;

/// The most versions of one list of approvals that are read.
const VERSIONS_MAX: u64 = 10_000;

/// When each rule was first approved, if the approvers said it.
#[derive(Debug, Default)]
pub(crate) struct PastApprovals(BTreeMap<(JurisdictionCode, Digest), Option<Timestamp>>);

/// The lists of approvals that versions of the targets delegate, each with those who may sign it.
#[derive(Debug, Default)]
pub(crate) struct ApproverKeys(Vec<Delegations>);

impl ApproverKeys {
    /// Notes whom a version of the targets delegates.
    pub(crate) fn add(&mut self, targets: &Targets) {
        let Some(delegations) = targets.delegations.as_ref().filter(|delegations| !delegations.roles.is_empty()) else {
            return;
        };
        let keys = |delegations: &Delegations| -> BTreeMap<Decoded<Hex>, Key> {
            delegations.keys.iter().map(|(id, key)| (id.clone(), key.clone())).collect()
        };
        let is_same = |known: &Delegations| known.roles == delegations.roles && keys(known) == keys(delegations);
        if !self.0.iter().any(is_same) {
            self.0.push(delegations.clone());
        }
    }

    /// The places whose rules somebody was ever to approve.
    fn places(&self) -> BTreeSet<JurisdictionCode> {
        let names = self.0.iter().flat_map(|delegations| &delegations.roles).map(|role| role.name.as_str());
        names.filter_map(|name| JurisdictionCode::new(name.strip_prefix("approved-")?).ok()).collect()
    }
}

impl PastApprovals {
    /// Reads every version of every list. `newest` has the newest version of each, by its role.
    ///
    /// # Errors
    /// [`RepositoryError`] if the repository can't be read.
    pub(crate) fn read(
        source: &dyn RepositorySource,
        keys: &ApproverKeys,
        newest: &BTreeMap<String, u64>,
    ) -> Result<Self, RepositoryError> {
        let mut approvals = Self::default();
        for place in keys.places() {
            let role = approval_role(&place);
            let last = newest.get(&role).copied().unwrap_or_default();
            for version in last.saturating_sub(VERSIONS_MAX).max(1)..=last {
                let file = role_file(version, &role);
                let Some(bytes) = source.read(&metadata_path(&file), TARGETS_BYTES_MAX)? else { continue };
                let Ok(listed) = parse::<Targets>(&file, &bytes) else { continue };
                if keys.0.iter().any(|delegations| delegations.verify_role(&listed, &role).is_ok()) {
                    approvals.add(&place, &listed);
                }
            }
        }
        Ok(approvals)
    }

    fn add(&mut self, place: &JurisdictionCode, listed: &Signed<Targets>) {
        for (name, target) in &listed.signed.targets {
            let Ok(digest) = digest_of(&target.hashes, name.raw()) else { continue };
            if name.raw() != approval_target(place, digest) {
                continue;
            }
            let at = time_of(target, "approved").parse().ok();
            let first = self.0.entry((place.clone(), digest)).or_insert(at);
            *first = (*first).min(at);
        }
    }

    /// Whether a rule was approved by a moment, or nobody said when.
    pub(crate) fn has(&self, place: &JurisdictionCode, digest: Digest, by: Timestamp) -> bool {
        self.0.get(&(place.clone(), digest)).is_some_and(|at| at.is_none_or(|at| at <= by))
    }
}
