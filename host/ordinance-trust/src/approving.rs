//! The word of an authority on rules of lower places: a list of digests, which enough approvers sign.

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
use crate::signing::{Validity, days_after, expires_at, keys_needed, target_name, target_of, version};

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
        let role = approval_role(place);
        let keys = approvers(self.targets(), &role)?;
        if !keys.keyids.contains(key.public().id()) {
            return Err(RepositoryError::Refused(format!(
                "the key {} doesn't approve the rules of {place}; {}",
                key.public().short_id(),
                keys_needed(&role, &keys, 0)
            )));
        }
        let file = format!("{role}.json");
        let number = version(self.version_of(&role) + 1)?;
        let waiting: Option<Signed<Targets>> = read_pending(self.folder(), &file)?;
        let known = waiting.filter(|waiting: &Signed<Targets>| waiting.signed.version == number);
        let mut list = match known {
            Some(known) => known,
            None => self.next_list(&role, number, days_after(now, validity.targets_days)?)?,
        };
        let name = target_name(&approval_target(place, digest))?;
        let mut has_reset = false;
        if !list.signed.targets.contains_key(&name) {
            let custom = [("approved".to_owned(), json!(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()))];
            list.signed.targets.insert(name, target_of(digest, length, custom.into()));
            has_reset = !list.signatures.is_empty();
            list.signatures.clear();
        }
        key.sign(&mut list).map_err(|error| RepositoryError::Refused(error.to_string()))?;
        write_pending(self.folder(), &file, &list)?;
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
