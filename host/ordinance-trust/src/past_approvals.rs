//! What the approvers of an authority ever listed: rules of lower places, by the digests of their files.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use tough::TargetName;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::Key;
use tough::schema::{Delegations, Signed, Target, Targets};

use crate::error::RepositoryError;
use crate::listed_period::{CLOCK_DIFFERENCE, ListedPeriod, go_on};
use crate::metadata::{
    APPROVAL_ROLE_PREFIX, SIGNED_AT_MEMBER, TARGETS_BYTES_MAX, approval_role, approval_target, digest_of, expiry,
    metadata_path, parse, role_file, time_of,
};
use crate::repository_source::RepositorySource;

/// The most versions of one list of approvals that are read.
const VERSIONS_MAX: u64 = 10_000;

/// When each rule was approved, from when until when.
#[derive(Debug, Default)]
pub(crate) struct PastApprovals {
    rules: BTreeMap<(JurisdictionCode, Digest), Vec<ListedPeriod>>,
    /// The lists of which a version isn't there, or isn't signed by approvers of any time.
    pub(crate) incomplete: BTreeSet<String>,
}

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
        names.filter_map(|name| JurisdictionCode::new(name.strip_prefix(APPROVAL_ROLE_PREFIX)?).ok()).collect()
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
            let mut open = BTreeMap::new();
            for version in last.saturating_sub(VERSIONS_MAX).max(1)..=last {
                let file = role_file(version, &role);
                let bytes = source.read(&metadata_path(&file), TARGETS_BYTES_MAX)?;
                let listed = bytes.and_then(|bytes| parse::<Targets>(&file, &bytes).ok());
                let signed = listed
                    .filter(|listed| keys.0.iter().any(|delegations| delegations.verify_role(listed, &role).is_ok()));
                match signed {
                    Some(listed) => {
                        let signed_at = listed.signed._extra.get(SIGNED_AT_MEMBER);
                        let signed_at = signed_at.and_then(|at| at.as_str()?.parse().ok());
                        let times = (signed_at, Some(expiry(&listed.signed)));
                        go_on(&mut open, &named(&place, &listed), times, &mut approvals.rules);
                    }
                    None => drop(approvals.incomplete.insert(role.clone())),
                }
            }
            for (rule, period) in open {
                approvals.rules.entry(rule).or_default().push(period);
            }
        }
        Ok(approvals)
    }

    /// Whether a rule was approved at a moment, as far as the lists say when.
    pub(crate) fn has(&self, place: &JurisdictionCode, digest: Digest, at: Timestamp) -> bool {
        let is_in = |period: &ListedPeriod| {
            let has_begun = period.from.is_none_or(|from| from <= at.saturating_add(CLOCK_DIFFERENCE).unwrap_or(at));
            let has_ended = period.has_ended && period.until.is_some_and(|until| until < at);
            has_begun && !has_ended && period.lapsed.is_none_or(|lapsed| at <= lapsed)
        };
        self.rules.get(&(place.clone(), digest)).is_some_and(|periods| periods.iter().any(is_in))
    }
}

/// The rules that a list approves, each with the moment that it says.
fn named(
    place: &JurisdictionCode,
    listed: &Signed<Targets>,
) -> BTreeMap<(JurisdictionCode, Digest), Option<Timestamp>> {
    let rule = |(name, target): (&TargetName, &Target)| {
        let digest = digest_of(&target.hashes, name.raw()).ok()?;
        let is_of_digest = name.raw() == approval_target(place, digest);
        is_of_digest.then(|| ((place.clone(), digest), time_of(target, "approved").parse().ok()))
    };
    listed.signed.targets.iter().filter_map(rule).collect()
}
