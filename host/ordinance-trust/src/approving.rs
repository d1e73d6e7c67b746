//! The word of an authority on rules of lower places: a list of digests, which enough approvers sign.

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use serde_json::json;
use tough::schema::{RoleKeys, Signed, Targets};

use crate::editor::RepositoryEditor;
use crate::error::RepositoryError;
use crate::key::SigningKey;
use crate::metadata::{SPEC_VERSION, approval_role, approval_target};
use crate::pending::{read_pending, write_pending};
use crate::signing::{Validity, days_after, expires_at, keys_needed, target_name, target_of, time_text, version};

/// The signatures on the approvals of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovalState {
    /// How many approvers signed.
    pub given: u64,
    /// How many must.
    pub needed: u64,
    /// Whether earlier signatures were removed, since the list changed.
    pub has_reset: bool,
}

/// What the list that waits for a place changes of the one in effect. Who signs it signs all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovalChanges {
    /// The rules that it adds.
    pub added: Vec<Digest>,
    /// The rules that it takes off.
    pub removed: Vec<Digest>,
}

impl RepositoryEditor {
    /// Lists a rule of a lower place as approved, and signs the list. A list with a rule more needs all signatures
    /// anew.
    ///
    /// # Errors
    /// [`RepositoryError::Refused`] if nobody approves for the place, or the key is no approver's.
    pub fn approve(
        &self,
        place: &JurisdictionCode,
        (digest, length): (Digest, u64),
        key: &SigningKey,
        validity: Validity,
        now: Timestamp,
    ) -> Result<ApprovalState, RepositoryError> {
        let name = target_name(&approval_target(place, digest))?;
        self.change_list(place, key, (validity, now), |list| {
            let is_new = !list.targets.contains_key(&name);
            if is_new {
                let custom = [("approved".to_owned(), json!(time_text(now)))];
                list.targets.insert(name, target_of(digest, length, custom.into()));
            }
            is_new
        })
    }

    /// Takes a rule off the list of approved ones, and signs the list. A list with a rule less needs all signatures
    /// anew.
    ///
    /// # Errors
    /// [`RepositoryError::Refused`] if nobody approves for the place, or the key is no approver's.
    pub fn withdraw_approval(
        &self,
        place: &JurisdictionCode,
        digest: Digest,
        key: &SigningKey,
        validity: Validity,
        now: Timestamp,
    ) -> Result<ApprovalState, RepositoryError> {
        let name = target_name(&approval_target(place, digest))?;
        self.change_list(place, key, (validity, now), |list| list.targets.remove(&name).is_some())
    }

    /// The rules that are approved, in effect or on a list that waits, each with its place.
    ///
    /// # Errors
    /// [`RepositoryError`] if a list can't be read.
    pub fn approved_rules(&self) -> Result<Vec<(JurisdictionCode, Digest)>, RepositoryError> {
        let mut rules = Vec::new();
        for known in self.approvers() {
            let mut digests = self.approved(&approval_role(&known.place)).map(digests_of).unwrap_or_default();
            digests.extend(self.waiting_list(&known.place)?.as_ref().map(digests_of).unwrap_or_default());
            rules.extend(digests.into_iter().map(|digest| (known.place.clone(), digest)));
        }
        Ok(rules)
    }

    /// What the list that waits for a place changes of the one in effect; nothing if none waits.
    ///
    /// # Errors
    /// [`RepositoryError`] if the list can't be read.
    pub fn waiting_changes(&self, place: &JurisdictionCode) -> Result<ApprovalChanges, RepositoryError> {
        let Some(waiting) = self.waiting_list(place)? else { return Ok(ApprovalChanges::default()) };
        let waiting = digests_of(&waiting);
        let in_effect = self.approved(&approval_role(place)).map(digests_of).unwrap_or_default();
        Ok(ApprovalChanges {
            added: waiting.difference(&in_effect).copied().collect(),
            removed: in_effect.difference(&waiting).copied().collect(),
        })
    }

    /// The list that waits and would follow the one in effect.
    fn waiting_list(&self, place: &JurisdictionCode) -> Result<Option<Signed<Targets>>, RepositoryError> {
        let role = approval_role(place);
        let waiting: Option<Signed<Targets>> = read_pending(self.folder(), &format!("{role}.json"))?;
        Ok(waiting.filter(|waiting| waiting.signed.version.get() == self.version_of(&role) + 1))
    }

    /// Changes the list that waits, or the one in effect, and signs it. `change` says whether it changed anything.
    fn change_list(
        &self,
        place: &JurisdictionCode,
        key: &SigningKey,
        (validity, now): (Validity, Timestamp),
        change: impl FnOnce(&mut Targets) -> bool,
    ) -> Result<ApprovalState, RepositoryError> {
        let role = approval_role(place);
        let keys = approvers(self.targets(), &role)?;
        if !keys.keyids.contains(key.public().id()) {
            return Err(RepositoryError::Refused(format!(
                "the key {} doesn't approve the rules of {place}; {}",
                key.public().short_id(),
                keys_needed(&role, &keys, 0)
            )));
        }
        let number = version(self.version_of(&role) + 1)?;
        let mut list = match self.waiting_list(place)? {
            Some(waiting) => waiting,
            None => self.next_list(&role, number, days_after(now, validity.targets_days)?)?,
        };
        let mut has_reset = false;
        if change(&mut list.signed) {
            has_reset = !list.signatures.is_empty();
            list.signatures.clear();
        }
        key.sign(&mut list).map_err(|error| RepositoryError::Refused(error.to_string()))?;
        write_pending(self.folder(), &format!("{role}.json"), &list)?;
        let given = u64::try_from(list.signatures.len()).unwrap_or_default();
        Ok(ApprovalState { given, needed: keys.threshold.get(), has_reset })
    }

    /// The list of approvals in effect, to be signed anew.
    fn next_list(
        &self,
        role: &str,
        number: NonZeroU64,
        expires: Timestamp,
    ) -> Result<Signed<Targets>, RepositoryError> {
        let mut list = Targets::new(SPEC_VERSION.to_owned(), number, expires_at(expires)?);
        if let Some(known) = self.approved(role) {
            list.targets.clone_from(&known.signed.targets);
        }
        list.delegations = None;
        Ok(Signed { signed: list, signatures: Vec::new() })
    }
}

/// The rules on a list.
fn digests_of(list: &Signed<Targets>) -> BTreeSet<Digest> {
    let names = list.signed.targets.keys();
    names.filter_map(|name| name.raw().rsplit('/').next()?.parse().ok()).collect()
}

/// The keys that approve, with their threshold.
fn approvers(targets: &Targets, role: &str) -> Result<RoleKeys, RepositoryError> {
    let delegated =
        targets.delegations.iter().flat_map(|delegations| &delegations.roles).find(|known| known.name == role);
    let delegated = delegated.ok_or_else(|| {
        RepositoryError::Refused(format!(
            "this repository has no role `{role}`; `ordinance trust approvers` names who approves"
        ))
    })?;
    Ok(RoleKeys { keyids: delegated.keyids.clone(), threshold: delegated.threshold, _extra: Default::default() })
}
