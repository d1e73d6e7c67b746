//! The check of one repository, in the order of the client workflow of TUF (section 5.3 to 5.6). tough has the
//! formats and checks the signatures; its own loader fails as a whole when one delegated role has expired, so the
//! order is here.
//!
//! Expiry is checked apart, by [`VerifiedRepository::check_fresh`]: what has expired tells which rules have lapsed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use tough::schema::{DelegatedRole, Metafile, Role, RoleKeys, RoleType, Root, Signed, Snapshot, Target, Targets};

use crate::authority::Authority;
use crate::error::RepositoryError;
use crate::key::short_id;
use crate::metadata::{
    METADATA_BYTES_MAX, PINNED_ROOT, PUBLISHED_BYTES_MAX, ROOT_BYTES_MAX, ROOTS_MAX, SNAPSHOT_BYTES_MAX,
    TARGETS_BYTES_MAX, TARGETS_MAX, TARGETS_ROLE, TIMESTAMP_BYTES_MAX, TIMESTAMP_FILE, approval_role, approval_target,
    check_path, digest_of, expiry, metadata_path, parse, role_file, root_file, target_path,
};
use crate::repository_source::RepositorySource;

/// The versions of a repository that were trusted last. Older ones are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownVersions {
    /// Of the root.
    pub root: u64,
    /// Of the timestamp.
    pub timestamp: u64,
    /// Of the snapshot.
    pub snapshot: u64,
    /// Of the targets and of each role of approvals.
    pub roles: BTreeMap<String, u64>,
}

/// Why the approvals for a place aren't trusted.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ApprovalsError(String);

/// A repository whose signatures, thresholds, versions and digests are as they must be.
#[derive(Debug, Clone)]
pub struct VerifiedRepository {
    pub(crate) authority: Authority,
    pub(crate) root: Signed<Root>,
    pub(crate) targets: Signed<Targets>,
    /// The role of approvals of each lower place; or why it isn't trusted, which leaves the rest as it is.
    pub(crate) approvals: BTreeMap<String, Result<Signed<Targets>, ApprovalsError>>,
    pub(crate) versions: KnownVersions,
    /// The metadata as they were read, by file.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// When each file expires, but those of approvals, which expire alone.
    pub(crate) expiries: Vec<(String, Timestamp)>,
    /// The index that its authority published, once it was read.
    pub(crate) index: Option<String>,
}

/// Checks a repository from its pinned root on.
///
/// # Errors
/// [`RepositoryError`] says which file is not as it must be, and why.
pub fn verify(
    source: &dyn RepositorySource,
    pinned_root: &[u8],
    known: &KnownVersions,
) -> Result<VerifiedRepository, RepositoryError> {
    let mut reader = MetadataReader::new(source);
    let (root, known) = reader.root(pinned_root, known)?;
    let root_name = root_file(root.signed.version.get());
    let authority = Authority::of_root(&root.signed, &root_name)?;

    let timestamp_bytes = reader.required(TIMESTAMP_FILE, TIMESTAMP_BYTES_MAX)?;
    let timestamp: Signed<tough::schema::Timestamp> = parse(TIMESTAMP_FILE, &timestamp_bytes)?;
    check_signatures(&root.signed, &timestamp, TIMESTAMP_FILE)?;
    check_version(TIMESTAMP_FILE, timestamp.signed.version.get(), known.timestamp)?;

    let named = timestamp.signed.meta.get("snapshot.json").ok_or_else(|| RepositoryError::Malformed {
        file: TIMESTAMP_FILE.to_owned(),
        reason: "it names no snapshot.json".to_owned(),
    })?;
    let snapshot_name = role_file(named.version.get(), "snapshot");
    let snapshot_bytes = reader.named(&snapshot_name, TIMESTAMP_FILE, named, SNAPSHOT_BYTES_MAX)?;
    let snapshot: Signed<Snapshot> = parse(&snapshot_name, &snapshot_bytes)?;
    check_signatures(&root.signed, &snapshot, &snapshot_name)?;
    check_named_version(&snapshot_name, TIMESTAMP_FILE, snapshot.signed.version.get(), named)?;
    check_version(&snapshot_name, snapshot.signed.version.get(), known.snapshot)?;
    check_nothing_dropped(&snapshot_name, &snapshot.signed, &known)?;

    let (targets_name, targets) = reader.targets(&snapshot_name, &snapshot.signed, TARGETS_ROLE)?;
    check_signatures(&root.signed, &targets, &targets_name)?;
    check_targets(&targets_name, &targets.signed)?;
    let mut approvals = BTreeMap::new();
    for role in targets.signed.delegations.iter().flat_map(|delegations| &delegations.roles) {
        let read = reader.approvals(&snapshot_name, &snapshot.signed, &targets.signed, role);
        approvals.insert(role.name.clone(), read.map_err(|error| ApprovalsError(error.to_string())));
    }
    let expiries = vec![
        (root_name, expiry(&root.signed)),
        (TIMESTAMP_FILE.to_owned(), expiry(&timestamp.signed)),
        (snapshot_name, expiry(&snapshot.signed)),
        (targets_name, expiry(&targets.signed)),
    ];
    let roles = snapshot
        .signed
        .meta
        .iter()
        .filter_map(|(file, meta)| file.strip_suffix(".json").map(|role| (role.to_owned(), meta.version.get())));
    let versions = KnownVersions {
        root: root.signed.version.get(),
        timestamp: timestamp.signed.version.get(),
        snapshot: snapshot.signed.version.get(),
        roles: roles.collect(),
    };
    let (files, index) = (reader.files, None);
    Ok(VerifiedRepository { authority, root, targets, approvals, versions, files, expiries, index })
}

/// The newest root of a repository.
pub(crate) fn verify_root(source: &dyn RepositorySource, pinned_root: &[u8]) -> Result<Signed<Root>, RepositoryError> {
    MetadataReader::new(source).root(pinned_root, &KnownVersions::default()).map(|(root, _)| root)
}

/// The versions that count as known of a repository of which the level above pins another root than before; `None` if
/// neither root leads to the other.
pub(crate) fn known_by_other_root(
    source: &dyn RepositorySource,
    (before, known): (&[u8], KnownVersions),
    pinned_root: &[u8],
) -> Option<KnownVersions> {
    let follow = |from: &[u8], to: &[u8], known: &KnownVersions| {
        let mut reader = MetadataReader::new(source);
        let (_, known) = reader.root(from, known).ok()?;
        reader.files.values().any(|root| root == to).then_some(known)
    };
    follow(before, pinned_root, &known)
        .or_else(|| follow(pinned_root, before, &KnownVersions::default()).map(|_| known.clone()))
}

impl VerifiedRepository {
    /// Whose repository it is.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The versions of its metadata.
    #[must_use]
    pub fn versions(&self) -> &KnownVersions {
        &self.versions
    }

    /// The first moment at which a part of it has expired.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expiries.iter().map(|(_, expires)| *expires).min().unwrap_or(Timestamp::MIN)
    }

    /// Every moment at which a part of it expires, also of approvals.
    pub(crate) fn all_expiries(&self) -> impl Iterator<Item = Timestamp> {
        let approvals = self.approvals.values().filter_map(|role| role.as_ref().ok());
        self.expiries.iter().map(|(_, expires)| *expires).chain(approvals.map(|role| expiry(&role.signed)))
    }

    /// Checks that nothing of it has expired at a moment.
    ///
    /// # Errors
    /// [`RepositoryError::Expired`] names the file.
    pub fn check_fresh(&self, at: Timestamp) -> Result<(), RepositoryError> {
        match self.expiries.iter().find(|(_, expires)| *expires <= at) {
            Some((file, expired)) => Err(RepositoryError::Expired { file: file.clone(), expired: *expired }),
            None => Ok(()),
        }
    }

    /// Whether a source has this very state: then nothing else of it needs to be read.
    pub(crate) fn is_unchanged_in(&self, source: &dyn RepositorySource) -> bool {
        let next_root = metadata_path(&root_file(self.versions.root.saturating_add(1)));
        let has_next_root = !matches!(source.read(&next_root, ROOT_BYTES_MAX), Ok(None));
        let timestamp = source.read(&metadata_path(TIMESTAMP_FILE), TIMESTAMP_BYTES_MAX);
        !has_next_root && matches!(timestamp, Ok(Some(bytes)) if self.files.get(TIMESTAMP_FILE) == Some(&bytes))
    }

    /// The target of a name, with its digest.
    pub(crate) fn target(&self, name: &str) -> Option<(&Target, Digest)> {
        let name = tough::TargetName::new(name).ok()?;
        let target = self.targets.signed.targets.get(&name)?;
        digest_of(&target.hashes, name.raw()).ok().map(|digest| (target, digest))
    }

    /// The names of all targets.
    pub(crate) fn target_names(&self) -> impl Iterator<Item = &str> {
        self.targets.signed.targets.keys().map(tough::TargetName::raw)
    }

    /// The bytes of a target, which have the length and the digest that the metadata say.
    ///
    /// # Errors
    /// [`RepositoryError::Missing`] or [`RepositoryError::Mixed`].
    pub(crate) fn read_target(&self, source: &dyn RepositorySource, name: &str) -> Result<Vec<u8>, RepositoryError> {
        let targets_name = role_file(self.targets.signed.version.get(), TARGETS_ROLE);
        let (target, digest) = self.target(name).ok_or_else(|| RepositoryError::Missing(name.to_owned()))?;
        let path = target_path(name, digest);
        let bytes = source.read(&path, target.length)?.ok_or_else(|| RepositoryError::Missing(path.clone()))?;
        if sha256(&bytes) != digest {
            return Err(RepositoryError::Mixed {
                file: path,
                named_by: targets_name,
                reason: "its digest is another one".to_owned(),
            });
        }
        Ok(bytes)
    }

    /// The approval of a rule, if the approvers of this authority listed the rule's digest and neither their word nor
    /// that of the authority has expired.
    pub(crate) fn approval(&self, place: &JurisdictionCode, digest: Digest, at: Timestamp) -> Option<Target> {
        self.check_fresh(at).ok()?;
        let role = self.approvals.get(&approval_role(place))?.as_ref().ok()?;
        let name = tough::TargetName::new(approval_target(place, digest)).ok()?;
        let target = role.signed.targets.get(&name)?;
        let is_of_digest = digest_of(&target.hashes, name.raw()).ok()? == digest;
        (expiry(&role.signed) > at && is_of_digest).then(|| target.clone())
    }

    /// The names of the keys that signed the targets.
    #[must_use]
    pub fn signers(&self) -> Vec<String> {
        self.targets.signatures.iter().map(|signature| short_id(&signature.keyid)).collect()
    }
}

/// Reads metadata and keeps what it read.
struct MetadataReader<'a> {
    source: &'a dyn RepositorySource,
    files: BTreeMap<String, Vec<u8>>,
    /// How many bytes it may still read.
    bytes_left: u64,
}

impl<'a> MetadataReader<'a> {
    fn new(source: &'a dyn RepositorySource) -> Self {
        Self { source, files: BTreeMap::new(), bytes_left: METADATA_BYTES_MAX }
    }

    fn read(&mut self, file: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, RepositoryError> {
        let bytes = self.source.read(&metadata_path(file), bytes_max.min(self.bytes_left))?;
        if let Some(bytes) = &bytes {
            self.bytes_left = self.bytes_left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            self.files.insert(file.to_owned(), bytes.clone());
        }
        Ok(bytes)
    }

    /// The newest root: each version is signed by the keys of the one before and by its own. Also the versions that
    /// count as known: where the keys that publish were replaced since, the old ones may have signed any version.
    fn root(&mut self, pinned: &[u8], known: &KnownVersions) -> Result<(Signed<Root>, KnownVersions), RepositoryError> {
        let mut known = known.clone();
        let mut root: Signed<Root> = parse(PINNED_ROOT, pinned)?;
        let mut name = root_file(root.signed.version.get());
        check_signatures(&root.signed, &root, &name)?;
        self.files.insert(name.clone(), pinned.to_owned());
        let first = root.signed.version.get();
        for version in first.saturating_add(1)..=first.saturating_add(ROOTS_MAX) {
            let next_name = root_file(version);
            let Some(bytes) = self.read(&next_name, ROOT_BYTES_MAX)? else { break };
            let next: Signed<Root> = parse(&next_name, &bytes)?;
            check_signatures(&root.signed, &next, &next_name)?;
            check_signatures(&next.signed, &next, &next_name)?;
            if next.signed.version.get() != version {
                return Err(RepositoryError::Mixed {
                    file: next_name,
                    named_by: name,
                    reason: format!("it has version {}", next.signed.version),
                });
            }
            let (before, after) =
                (Authority::of_root(&root.signed, &name)?, Authority::of_root(&next.signed, &next_name)?);
            if before.jurisdiction != after.jurisdiction {
                return Err(RepositoryError::OtherAuthority {
                    found: after.jurisdiction,
                    expected: before.jurisdiction,
                });
            }
            if version > known.root && publishers_of(&root.signed) != publishers_of(&next.signed) {
                known = KnownVersions { root: known.root, ..KnownVersions::default() };
            }
            (root, name) = (next, next_name);
        }
        check_version(&name, root.signed.version.get(), known.root)?;
        Ok((root, known))
    }

    fn required(&mut self, file: &str, bytes_max: u64) -> Result<Vec<u8>, RepositoryError> {
        self.read(file, bytes_max)?.ok_or_else(|| RepositoryError::Missing(metadata_path(file)))
    }

    /// A file of the digest that another file says.
    fn named(
        &mut self,
        file: &str,
        named_by: &str,
        meta: &Metafile,
        bytes_max: u64,
    ) -> Result<Vec<u8>, RepositoryError> {
        let bytes = self.required(file, bytes_max)?;
        let hashes = meta.hashes.as_ref().ok_or_else(|| RepositoryError::Malformed {
            file: named_by.to_owned(),
            reason: format!("it gives no digest of `{file}`"),
        })?;
        if sha256(&bytes) != digest_of(hashes, named_by)? {
            return Err(RepositoryError::Mixed {
                file: file.to_owned(),
                named_by: named_by.to_owned(),
                reason: "its digest is another one".to_owned(),
            });
        }
        Ok(bytes)
    }

    fn targets(
        &mut self,
        snapshot_name: &str,
        snapshot: &Snapshot,
        role: &str,
    ) -> Result<(String, Signed<Targets>), RepositoryError> {
        let meta = snapshot.meta.get(&format!("{role}.json")).ok_or_else(|| RepositoryError::Malformed {
            file: snapshot_name.to_owned(),
            reason: format!("it names no {role}.json"),
        })?;
        let name = role_file(meta.version.get(), role);
        let bytes = self.named(&name, snapshot_name, meta, TARGETS_BYTES_MAX)?;
        let targets: Signed<Targets> = parse(&name, &bytes)?;
        check_named_version(&name, snapshot_name, targets.signed.version.get(), meta)?;
        Ok((name, targets))
    }

    /// The approvals of a lower place, which list nothing else.
    fn approvals(
        &mut self,
        snapshot_name: &str,
        snapshot: &Snapshot,
        targets: &Targets,
        role: &DelegatedRole,
    ) -> Result<Signed<Targets>, RepositoryError> {
        let beyond =
            |target: &str| RepositoryError::BeyondDelegation { role: role.name.clone(), target: target.to_owned() };
        let place = role.name.strip_prefix("approved-").ok_or_else(|| beyond("any file"))?;
        let (name, approved) = self.targets(snapshot_name, snapshot, &role.name)?;
        let delegations = targets.delegations.as_ref().ok_or_else(|| beyond("any file"))?;
        delegations.verify_role(&approved, &role.name).map_err(|error| not_signed(&name, &role.name, &error))?;
        if approved.signed.delegations.as_ref().is_some_and(|delegations| !delegations.roles.is_empty()) {
            return Err(beyond("a role of its own"));
        }
        check_targets(&name, &approved.signed)?;
        let own = format!("approved/{place}/");
        match approved.signed.targets.keys().find(|target| !target.raw().starts_with(&own)) {
            Some(target) => Err(beyond(target.raw())),
            None => Ok(approved),
        }
    }
}

/// Checks what somebody else wrote of files, before any is fetched: their number, their sizes and their paths.
fn check_targets(file: &str, targets: &Targets) -> Result<(), RepositoryError> {
    let malformed = |reason: String| RepositoryError::Malformed { file: file.to_owned(), reason };
    if targets.targets.len() > TARGETS_MAX {
        return Err(malformed(format!("it lists more than {TARGETS_MAX} files")));
    }
    for (name, target) in &targets.targets {
        check_path(name.raw(), file)?;
        if target.length > FILE_BYTES_MAX {
            return Err(malformed(format!("it lists a file of more than {FILE_BYTES_MAX} bytes")));
        }
    }
    let bytes: u64 = targets.targets.values().map(|target| target.length).fold(0, u64::saturating_add);
    if bytes > PUBLISHED_BYTES_MAX {
        return Err(malformed(format!("it lists files of {bytes} bytes together, more than {PUBLISHED_BYTES_MAX}")));
    }
    Ok(())
}

/// The keys that publish.
fn publishers_of(root: &Root) -> Vec<&RoleKeys> {
    [RoleType::Timestamp, RoleType::Snapshot, RoleType::Targets]
        .iter()
        .filter_map(|role| root.roles.get(role))
        .collect()
}

fn check_signatures<T: Role + Serialize>(root: &Root, role: &Signed<T>, file: &str) -> Result<(), RepositoryError> {
    root.verify_role(role).map_err(|error| not_signed(file, &T::TYPE.to_string(), &error))
}

fn not_signed(file: &str, role: &str, error: &tough::schema::Error) -> RepositoryError {
    RepositoryError::NotSigned { file: file.to_owned(), role: role.to_owned(), reason: error.to_string() }
}

fn check_version(file: &str, found: u64, known: u64) -> Result<(), RepositoryError> {
    if found < known {
        return Err(RepositoryError::RolledBack { file: file.to_owned(), found, known });
    }
    Ok(())
}

fn check_named_version(file: &str, named_by: &str, found: u64, meta: &Metafile) -> Result<(), RepositoryError> {
    if found != meta.version.get() {
        return Err(RepositoryError::Mixed {
            file: file.to_owned(),
            named_by: named_by.to_owned(),
            reason: format!("it has version {found}"),
        });
    }
    Ok(())
}

/// Checks that a snapshot names everything that was known, in no older version.
fn check_nothing_dropped(file: &str, snapshot: &Snapshot, known: &KnownVersions) -> Result<(), RepositoryError> {
    for (role, version) in &known.roles {
        let named = snapshot.meta.get(&format!("{role}.json")).map_or(0, |meta| meta.version.get());
        if named < *version {
            let file = format!("{role}.json in {file}");
            return Err(RepositoryError::RolledBack { file, found: named, known: *version });
        }
    }
    Ok(())
}
