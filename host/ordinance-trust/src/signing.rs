//! What every metadata file is made of: signatures, keys of roles, versions, days of expiry, files by their digests.

use std::num::NonZeroU64;

use jiff::{SignedDuration, Timestamp};
use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tough::TargetName;
use tough::schema::{Hashes, Metafile, Role, RoleKeys, RoleType, Root, Signed, Target};

use crate::error::RepositoryError;
use crate::key::{PublicKey, SigningKey, short_id};

/// For how many days each kind of metadata holds after it was signed.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    /// The root.
    pub root_days: u32,
    /// What is published, and what is approved.
    pub targets_days: u32,
    /// The timestamp and the snapshot: how long a server can hold back what is newer.
    pub timestamp_days: u32,
}

impl Default for Validity {
    fn default() -> Self {
        Self { root_days: 3 * 365, targets_days: 365, timestamp_days: 90 }
    }
}

/// The signatures of those keys that a role names.
pub(crate) fn add_signatures<T: Role + Serialize>(
    signed: &mut Signed<T>,
    role: &RoleKeys,
    keys: &[SigningKey],
) -> Result<(), RepositoryError> {
    for key in keys.iter().filter(|key| role.keyids.contains(key.public().id())) {
        key.sign(signed).map_err(|error| RepositoryError::Refused(error.to_string()))?;
    }
    Ok(())
}

pub(crate) fn keys_needed(name: &str, role: &RoleKeys, given: u64) -> RepositoryError {
    RepositoryError::KeysNeeded {
        role: name.to_owned(),
        needed: role.threshold.get(),
        given,
        keys: role.keyids.iter().map(short_id).collect::<Vec<_>>().join(", "),
    }
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, RepositoryError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| RepositoryError::Refused(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub(crate) fn target_name(name: &str) -> Result<TargetName, RepositoryError> {
    TargetName::new(name).map_err(|error| RepositoryError::Refused(error.to_string()))
}

pub(crate) fn target_of(
    digest: Digest,
    length: u64,
    custom: std::collections::HashMap<String, serde_json::Value>,
) -> Target {
    Target { length, hashes: hashes_of(digest), custom, _extra: Default::default() }
}

fn hashes_of(digest: Digest) -> Hashes {
    Hashes { sha256: digest.bytes().to_vec().into(), _extra: Default::default() }
}

pub(crate) fn meta_of(number: u64, bytes: &[u8]) -> Result<Metafile, RepositoryError> {
    Ok(Metafile {
        length: u64::try_from(bytes.len()).ok(),
        hashes: Some(hashes_of(sha256(bytes))),
        version: version(number)?,
        _extra: Default::default(),
    })
}

pub(crate) fn version(number: u64) -> Result<NonZeroU64, RepositoryError> {
    NonZeroU64::new(number).ok_or_else(|| RepositoryError::Refused("a version is at least 1".to_owned()))
}

/// A moment of this many days later, without a part of a second.
pub(crate) fn days_after(now: Timestamp, days: u32) -> Result<Timestamp, RepositoryError> {
    let later = now.checked_add(SignedDuration::from_hours(24 * i64::from(days)));
    let later = later.and_then(|later| Timestamp::from_second(later.as_second()));
    later.map_err(|_| RepositoryError::Refused(format!("{days} days from now is too late; give fewer days")))
}

/// A moment as metadata write it, in UTC.
pub(crate) fn time_text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment in the type of the schema's crate, which has another version of it.
pub(crate) fn expires_at<T: DeserializeOwned>(moment: Timestamp) -> Result<T, RepositoryError> {
    serde_json::from_value(json!(time_text(moment))).map_err(|error| RepositoryError::Refused(error.to_string()))
}

/// Gives a role its keys.
pub(crate) fn set_role(
    root: &mut Root,
    roles: &[RoleType],
    keys: &[PublicKey],
    threshold: u64,
) -> Result<(), RepositoryError> {
    for role in roles {
        let threshold = checked_threshold(&role.to_string(), keys, threshold)?;
        let keyids = keys.iter().map(|key| key.id().clone()).collect();
        root.roles.insert(*role, RoleKeys { keyids, threshold, _extra: Default::default() });
    }
    for key in keys {
        root.keys.insert(key.id().clone(), key.schema().clone());
    }
    let named: Vec<_> = root.roles.values().flat_map(|role| role.keyids.clone()).collect();
    root.keys.retain(|id, _| named.contains(id));
    Ok(())
}

pub(crate) fn checked_threshold(role: &str, keys: &[PublicKey], threshold: u64) -> Result<NonZeroU64, RepositoryError> {
    let mut ids: Vec<&[u8]> = keys.iter().map(|key| &**key.id()).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    if ids.len() < count {
        return Err(RepositoryError::Refused(format!("a key of the role `{role}` is given twice")));
    }
    match NonZeroU64::new(threshold) {
        Some(threshold) if usize::try_from(threshold.get()).is_ok_and(|threshold| threshold <= count) => Ok(threshold),
        Some(_) | None => Err(RepositoryError::Refused(format!(
            "the role `{role}` has {count} keys, so its threshold is 1 to {count}, not {threshold}"
        ))),
    }
}
