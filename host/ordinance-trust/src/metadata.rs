//! The files of a repository: their names, their sizes, and how one is read.

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use serde::de::DeserializeOwned;
use tough::schema::{Role, Signed, Target};

use crate::error::RepositoryError;

/// The version of the TUF specification that repositories follow.
pub(crate) const SPEC_VERSION: &str = "1.0.31";
/// The role of the files that an authority publishes; also the name of its metadata.
pub(crate) const TARGETS_ROLE: &str = "targets";
/// The file that names the current state.
pub(crate) const TIMESTAMP_FILE: &str = "timestamp.json";
/// The folder of metadata in a repository.
pub(crate) const METADATA_FOLDER: &str = "metadata";
/// The folder of files that metadata name.
pub(crate) const TARGETS_FOLDER: &str = "targets";
/// The file of what an authority publishes of a rulebook.
pub(crate) const INDEX_TARGET: &str = "index.json";
/// How the names of roles begin that approve the rules of a lower place.
pub(crate) const APPROVAL_ROLE_PREFIX: &str = "approved-";
/// How the names of targets begin that are definition files.
pub(crate) const DEFINITIONS_PREFIX: &str = "definitions/";
/// The file with the key to which objections for the authority are sealed.
pub(crate) const OBJECTIONS_TARGET: &str = "objections/recipient.txt";

/// The member of a delegation that says where the repository of the lower authority is.
pub(crate) const ADDRESS_MEMBER: &str = "repository";

/// The member of the targets that says when they were signed, in UTC. TUF lets them have members of their own.
pub(crate) const SIGNED_AT_MEMBER: &str = "signed_at";

/// How messages name the root that somebody pinned.
pub(crate) const PINNED_ROOT: &str = "the pinned root";

/// The largest files of metadata, in bytes.
pub(crate) const ROOT_BYTES_MAX: u64 = 1 << 18;
pub(crate) const TIMESTAMP_BYTES_MAX: u64 = 1 << 16;
pub(crate) const SNAPSHOT_BYTES_MAX: u64 = 1 << 20;
pub(crate) const TARGETS_BYTES_MAX: u64 = 6 << 20;
/// The most bytes of all metadata of a repository that are read at once: they are in memory.
pub(crate) const METADATA_BYTES_MAX: u64 = 8 << 20;
/// The most bytes of all files that an authority publishes.
pub(crate) const PUBLISHED_BYTES_MAX: u64 = 1 << 30;
/// The most files that metadata list.
pub(crate) const TARGETS_MAX: usize = 20_000;
/// The most versions of a root that are read after the pinned one.
pub(crate) const ROOTS_MAX: u64 = 1024;

/// The file of a version of the root.
pub(crate) fn root_file(version: u64) -> String {
    format!("{version}.root.json")
}

/// The file of a version of another role.
pub(crate) fn role_file(version: u64, role: &str) -> String {
    format!("{version}.{role}.json")
}

/// The path of a file of metadata in a repository.
pub(crate) fn metadata_path(file: &str) -> String {
    format!("{METADATA_FOLDER}/{file}")
}

/// The path of a target's file: its digest stands before the last part of its name, so that a file never changes.
pub(crate) fn target_path(name: &str, digest: Digest) -> String {
    match name.rsplit_once('/') {
        Some((folder, last)) => format!("{TARGETS_FOLDER}/{folder}/{}.{last}", digest.hex()),
        None => format!("{TARGETS_FOLDER}/{}.{name}", digest.hex()),
    }
}

/// The role that approves the rules of a lower place.
pub(crate) fn approval_role(place: &JurisdictionCode) -> String {
    format!("{APPROVAL_ROLE_PREFIX}{place}")
}

/// The target by which a rule of a lower place is approved.
pub(crate) fn approval_target(place: &JurisdictionCode, digest: Digest) -> String {
    format!("approved/{place}/{}", digest.hex())
}

/// The target that holds the root of a lower authority.
pub(crate) fn authority_target(place: &JurisdictionCode) -> String {
    format!("authorities/{place}/root.json")
}

/// The lower authority whose root a target holds, if it is such a target.
pub(crate) fn delegated_place(target: &str) -> Option<Result<JurisdictionCode, RepositoryError>> {
    let rest = target.strip_prefix("authorities/")?;
    let place = rest.strip_suffix("/root.json").and_then(|place| JurisdictionCode::new(place).ok());
    Some(
        place.ok_or_else(|| RepositoryError::BeyondDelegation {
            role: TARGETS_ROLE.to_owned(),
            target: target.to_owned(),
        }),
    )
}

/// The address of a lower authority's repository, where its delegation says none: beside that of the upper one.
#[must_use]
pub fn default_address(place: &JurisdictionCode) -> String {
    format!("../{place}")
}

/// The address that the delegation of a lower authority says, if it says one.
pub(crate) fn said_address(delegation: &Target) -> Option<&str> {
    delegation.custom.get(ADDRESS_MEMBER)?.as_str()
}

/// The target of a rule of a place.
pub(crate) fn rule_target(place: &str, digest: Digest) -> String {
    format!("rules/{place}/{}.wasm", digest.hex())
}

/// The target of a definition file.
pub(crate) fn definition_target(path: &str) -> String {
    format!("{DEFINITIONS_PREFIX}{path}")
}

/// Reads a signed file of metadata. Its signatures are not checked.
pub(crate) fn parse<T: Role + DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<Signed<T>, RepositoryError> {
    serde_json::from_slice(bytes)
        .map_err(|error| RepositoryError::Malformed { file: file.to_owned(), reason: error.to_string() })
}

/// The moment until which a file of metadata may be used.
pub(crate) fn expiry<T: Role>(role: &T) -> Timestamp {
    // The schema's crate has another version of the type.
    Timestamp::from_second(role.expires().as_second()).unwrap_or(Timestamp::MIN)
}

/// A digest as the schema has it.
pub(crate) fn digest_of(hashes: &tough::schema::Hashes, file: &str) -> Result<Digest, RepositoryError> {
    let bytes: Result<[u8; 32], _> = hashes.sha256.to_vec().try_into();
    bytes.map(Digest::new).map_err(|_| RepositoryError::Malformed {
        file: file.to_owned(),
        reason: "a `sha256` in it hasn't 32 bytes".to_owned(),
    })
}

/// The target that lists the key of a log, by the digest of the key's text.
pub(crate) fn log_target(key: &str) -> String {
    format!("logs/{}.txt", sha256(key.as_bytes()).hex())
}

/// A time that the metadata of a target say.
pub(crate) fn time_of(target: &tough::schema::Target, member: &str) -> String {
    target.custom.get(member).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

/// The place whose rules a role approves.
pub(crate) fn approved_place(role: &str) -> Option<JurisdictionCode> {
    JurisdictionCode::new(role.strip_prefix("approved-")?).ok()
}

/// The place and the digest of a target that is a rule.
pub(crate) fn rule_of_target(target: &str) -> Option<(JurisdictionCode, Digest)> {
    let (place, file) = target.strip_prefix("rules/")?.split_once('/')?;
    Some((JurisdictionCode::new(place).ok()?, file.strip_suffix(".wasm")?.parse().ok()?))
}

/// The place of a target that is a rule.
pub(crate) fn place_of_rule(target: &str) -> Option<&str> {
    target.strip_prefix("rules/")?.split_once('/').map(|(place, _)| place)
}

/// The digest of the key of a log that a target lists.
pub(crate) fn log_of_target(target: &str) -> Option<&str> {
    target.strip_prefix("logs/")?.strip_suffix(".txt")
}

/// The longest path of a file, in bytes.
const PATH_BYTES_MAX: usize = 500;
/// The longest part of a path, in bytes: a file's digest stands before its name, and file systems take 255.
const PATH_PART_BYTES_MAX: usize = 180;
/// The number of digits of a digest.
const DIGEST_DIGITS: usize = 64;

/// Checks that a path that somebody else wrote stays in its folder: plain parts with `/` between them.
pub(crate) fn check_path(path: &str, named_by: &str) -> Result<(), RepositoryError> {
    // A folder that is named like a file with its digest could be in the way of that file.
    let is_like_file = |part: &str| {
        let (digits, rest) = part.split_at_checked(DIGEST_DIGITS).unwrap_or_default();
        rest.starts_with('.') && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    let is_plain = |part: &str| {
        !matches!(part, "" | "." | "..") && part.len() <= PATH_PART_BYTES_MAX && !part.contains(['\\', ':'])
    };
    let has_file_for_folder = path.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(is_like_file));
    if path.len() <= PATH_BYTES_MAX
        && path.split('/').all(is_plain)
        && !has_file_for_folder
        && !path.chars().any(char::is_control)
    {
        return Ok(());
    }
    Err(RepositoryError::Malformed {
        file: named_by.to_owned(),
        reason: "it names a file by a path that could lead out of its folder, or that is too long".to_owned(),
    })
}
