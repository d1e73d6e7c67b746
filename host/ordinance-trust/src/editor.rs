//! Writes the repository of an authority. Metadata of the whole are made anew for each publication, and the
//! timestamp, which puts it into effect, is written last.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use serde::Serialize;
use tough::TargetName;
use tough::schema::{
    DelegatedRole, Delegations, Metafile, PathPattern, PathSet, Role, RoleType, Root, Signed, Snapshot, Target, Targets,
};

use crate::authority::Authority;
use crate::error::RepositoryError;
use crate::kept_copy::write_atomically;
use crate::key::{PublicKey, SigningKey};
use crate::metadata::{
    SIGNED_AT_MEMBER, SPEC_VERSION, TARGETS_ROLE, TIMESTAMP_FILE, approval_role, metadata_path, parse, role_file,
    root_file, target_path,
};
use crate::pending;
use crate::repository_source::RepositorySource;
use crate::rotation::verify_before_rotation;
use crate::signing::{
    Validity, add_signatures, checked_threshold, days_after, expires_at, keys_needed, meta_of, set_role, target_name,
    target_of, time_text, to_json, version,
};
use crate::source::FolderSource;
use crate::verify::{KnownVersions, VerifiedRepository, verify, verify_root};

/// What a new repository is to be.
#[derive(Debug, Clone)]
pub struct RepositoryPlan {
    /// Whose it is.
    pub authority: Authority,
    /// The keys of the root, which name all other keys.
    pub root_keys: Vec<PublicKey>,
    /// How many of them must sign a root.
    pub root_threshold: u64,
    /// The keys that publish.
    pub publishers: Vec<PublicKey>,
    /// How many of them must sign what is published.
    pub publish_threshold: u64,
}

/// The repository of an authority, in its folder.
#[derive(Debug)]
pub struct RepositoryEditor {
    folder: PathBuf,
    root: Signed<Root>,
    targets: Targets,
    /// The versions that are there.
    versions: KnownVersions,
    approvals: BTreeMap<String, Signed<Targets>>,
    /// Everything that a snapshot ever named must stay in it.
    snapshot: BTreeMap<String, Metafile>,
}

impl RepositoryEditor {
    /// Makes a repository: the root, signed by those of `keys` that are keys of it. Where they are too few, the root
    /// waits for the others in the folder `pending`.
    ///
    /// # Errors
    /// [`RepositoryError`] if there is a repository already, the thresholds can't be met or the folder can't be
    /// written.
    pub fn create(
        folder: &Path,
        plan: &RepositoryPlan,
        keys: &[SigningKey],
        validity: Validity,
        now: Timestamp,
    ) -> Result<pending::RootState, RepositoryError> {
        if folder.join("metadata").exists() || folder.join("pending").exists() {
            return Err(RepositoryError::Refused(format!(
                "there is a repository in {} already; name another folder",
                folder.display()
            )));
        }
        let mut root = new_root(plan, days_after(now, validity.root_days)?)?;
        set_role(&mut root, &[RoleType::Root], &plan.root_keys, plan.root_threshold)?;
        let others = [RoleType::Targets, RoleType::Snapshot, RoleType::Timestamp];
        set_role(&mut root, &others, &plan.publishers, plan.publish_threshold)?;
        pending::propose_root(folder, None, root, keys)
    }

    /// Opens the repository of a folder, whatever has expired in it.
    ///
    /// # Errors
    /// [`RepositoryError`] if it isn't as it must be.
    pub fn open(folder: &Path) -> Result<Self, RepositoryError> {
        let source = FolderSource::new(folder.to_owned());
        let first = source.read(&metadata_path(&root_file(1)), crate::metadata::ROOT_BYTES_MAX)?;
        let first = first.ok_or_else(|| {
            RepositoryError::Refused(format!(
                "{} has no root that enough keys signed; `ordinance trust init` makes one, `ordinance trust sign` adds a \
                 signature",
                folder.display()
            ))
        })?;
        if source.read(&metadata_path(TIMESTAMP_FILE), crate::metadata::TIMESTAMP_BYTES_MAX)?.is_none() {
            let root = verify_root(&source, &first)?;
            return Self::of(folder, root, None);
        }
        match verify(&source, &first, &KnownVersions::default()) {
            Ok(verified) => Self::of(folder, verified.root.clone(), Some(verified)),
            // The keys that publish may have been replaced since: then what is there is signed anew from here.
            Err(error @ RepositoryError::NotSigned { .. }) => {
                let root = verify_root(&source, &first)?;
                let verified = verify_before_rotation(&source, &first, root.signed.version.get()).ok_or(error)?;
                Self::of(folder, root, Some(verified))
            }
            Err(error) => Err(error),
        }
    }

    fn of(folder: &Path, root: Signed<Root>, verified: Option<VerifiedRepository>) -> Result<Self, RepositoryError> {
        let empty = Targets::new(SPEC_VERSION.to_owned(), NonZeroU64::MIN, expires_at(Timestamp::now())?);
        let Some(verified) = verified else {
            let (versions, approvals, snapshot) = Default::default();
            return Ok(Self { folder: folder.to_owned(), root, targets: empty, versions, approvals, snapshot });
        };
        let snapshot_name = role_file(verified.versions.snapshot, "snapshot");
        let bytes = verified.files.get(&snapshot_name).map(Vec::as_slice).unwrap_or_default();
        let snapshot: Signed<Snapshot> = crate::metadata::parse(&snapshot_name, bytes)?;
        Ok(Self {
            folder: folder.to_owned(),
            root,
            targets: verified.targets.signed,
            versions: verified.versions,
            approvals: verified.approvals.into_iter().filter_map(|(role, read)| Some((role, read.ok()?))).collect(),
            snapshot: snapshot.signed.meta.into_iter().collect(),
        })
    }

    /// Whose repository it is.
    ///
    /// # Errors
    /// [`RepositoryError::Malformed`] if the root doesn't say.
    pub fn authority(&self) -> Result<Authority, RepositoryError> {
        Authority::of_root(&self.root.signed, "the root")
    }

    /// The root in effect.
    #[must_use]
    pub fn root(&self) -> &Signed<Root> {
        &self.root
    }

    /// The folder of the repository.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn targets(&self) -> &Targets {
        &self.targets
    }

    pub(crate) fn approved(&self, role: &str) -> Option<&Signed<Targets>> {
        self.approvals.get(role)
    }

    pub(crate) fn version_of(&self, role: &str) -> u64 {
        self.versions.roles.get(role).copied().unwrap_or_default()
    }

    /// The target of a name, if there is one.
    #[must_use]
    pub fn target(&self, name: &str) -> Option<&Target> {
        self.targets.targets.get(&TargetName::new(name).ok()?)
    }

    /// The names of all targets.
    pub fn target_names(&self) -> impl Iterator<Item = &str> {
        self.targets.targets.keys().map(TargetName::raw)
    }

    /// Adds a file, or replaces it. One with the same bytes keeps what it says of itself, such as its time.
    ///
    /// # Errors
    /// [`RepositoryError`] if the file can't be written.
    pub fn set_target(
        &mut self,
        name: &str,
        bytes: &[u8],
        custom: serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), RepositoryError> {
        let digest = sha256(bytes);
        let kept = self.target(name).filter(|target| target.hashes.sha256.to_vec() == digest.bytes());
        let custom = kept.map_or_else(|| custom.into_iter().collect(), |kept| kept.custom.clone());
        let path = self.folder.join(target_path(name, digest));
        if !path.exists() {
            write_atomically(&path, bytes)?;
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.targets.targets.insert(target_name(name)?, target_of(digest, length, custom));
        Ok(())
    }

    /// Removes a file from what is published. Its bytes stay, for those who read an older state.
    pub fn remove_target(&mut self, name: &str) -> bool {
        TargetName::new(name).is_ok_and(|name| self.targets.targets.remove(&name).is_some())
    }

    /// Sets who approves the rules of a lower place, and how many of them must.
    ///
    /// # Errors
    /// [`RepositoryError::Refused`] if the threshold can't be met.
    pub fn set_approvers(
        &mut self,
        place: &JurisdictionCode,
        approvers: &[PublicKey],
        threshold: u64,
    ) -> Result<(), RepositoryError> {
        let role = approval_role(place);
        let threshold = checked_threshold(&role, approvers, threshold)?;
        let delegations = self.targets.delegations.get_or_insert_with(Delegations::new);
        delegations.roles.retain(|known| known.name != role);
        let pattern = PathPattern::new(format!("approved/{place}/*"));
        let pattern = pattern.map_err(|error| RepositoryError::Refused(error.to_string()))?;
        delegations.roles.push(DelegatedRole {
            name: role,
            keyids: approvers.iter().map(|key| key.id().clone()).collect(),
            threshold,
            paths: PathSet::Paths(vec![pattern]),
            terminating: true,
            targets: None,
        });
        for key in approvers {
            delegations.keys.insert(key.id().clone(), key.schema().clone());
        }
        let named: Vec<_> = delegations.roles.iter().flat_map(|role| role.keyids.clone()).collect();
        delegations.keys.retain(|id, _| named.contains(id));
        Ok(())
    }

    /// Keeps other commands from writing the repository, and checks that none did since it was opened: what they
    /// signed would be lost.
    fn lock_unchanged(&self) -> Result<File, RepositoryError> {
        let unwritable = |source| RepositoryError::Unwritable { file: self.folder.display().to_string(), source };
        let folder = File::open(&self.folder).map_err(unwritable)?;
        folder.lock().map_err(unwritable)?;
        let path = self.folder.join(metadata_path(TIMESTAMP_FILE));
        let found = match std::fs::read(&path) {
            Ok(bytes) => parse::<tough::schema::Timestamp>(TIMESTAMP_FILE, &bytes)?.signed.version.get(),
            Err(error) if error.kind() == ErrorKind::NotFound => 0,
            Err(source) => return Err(unwritable(source)),
        };
        if found != self.versions.timestamp {
            return Err(RepositoryError::Refused(format!(
                "another command has written {} meanwhile; run this one again",
                self.folder.display()
            )));
        }
        Ok(folder)
    }

    /// Signs everything anew and writes it: what is published, the approvals that enough approvers signed, the
    /// snapshot and the timestamp.
    ///
    /// # Errors
    /// [`RepositoryError::KeysNeeded`] if the keys are too few; [`RepositoryError::Unwritable`].
    pub fn publish(&mut self, keys: &[SigningKey], validity: Validity, now: Timestamp) -> Result<(), RepositoryError> {
        let _alone = self.lock_unchanged()?;
        let complete = pending::complete_approvals(&self.folder, &self.targets, &self.versions)?;
        self.approvals.extend(complete.clone());
        let targets_version = self.version_of(TARGETS_ROLE) + 1;
        self.targets.version = version(targets_version)?;
        self.targets.expires = expires_at(days_after(now, validity.targets_days)?)?;
        self.targets._extra.insert(SIGNED_AT_MEMBER.to_owned(), time_text(now).into());
        let targets = self.sign(self.targets.clone(), RoleType::Targets, keys)?;

        let mut snapshot = Snapshot::new(
            SPEC_VERSION.to_owned(),
            version(self.versions.snapshot + 1)?,
            expires_at(days_after(now, validity.timestamp_days)?)?,
        );
        snapshot.meta = self.snapshot.clone().into_iter().collect();
        let targets_bytes = to_json(&targets)?;
        snapshot.meta.insert("targets.json".to_owned(), meta_of(targets_version, &targets_bytes)?);
        let mut written = vec![(role_file(targets_version, TARGETS_ROLE), targets_bytes)];
        for (role, approved) in &self.approvals {
            let number = approved.signed.version.get();
            let bytes = to_json(approved)?;
            snapshot.meta.insert(format!("{role}.json"), meta_of(number, &bytes)?);
            written.push((role_file(number, role), bytes));
        }
        let snapshot = self.sign(snapshot, RoleType::Snapshot, keys)?;
        let snapshot_number = snapshot.signed.version.get();
        let snapshot_bytes = to_json(&snapshot)?;
        let mut timestamp = tough::schema::Timestamp::new(
            SPEC_VERSION.to_owned(),
            version(self.versions.timestamp + 1)?,
            expires_at(days_after(now, validity.timestamp_days)?)?,
        );
        timestamp.meta.insert("snapshot.json".to_owned(), meta_of(snapshot_number, &snapshot_bytes)?);
        let timestamp = self.sign(timestamp, RoleType::Timestamp, keys)?;
        written.push((role_file(snapshot_number, "snapshot"), snapshot_bytes));
        written.push((TIMESTAMP_FILE.to_owned(), to_json(&timestamp)?));
        for (file, bytes) in &written {
            write_atomically(&self.folder.join(metadata_path(file)), bytes)?;
        }
        for role in complete.keys() {
            pending::remove_pending_list(&self.folder, role)?;
        }
        *self = Self::open(&self.folder)?;
        Ok(())
    }

    /// Checks before long work that keys suffice to publish.
    ///
    /// # Errors
    /// [`RepositoryError::KeysNeeded`] if they don't.
    pub fn check_publishers(&self, keys: &[SigningKey]) -> Result<(), RepositoryError> {
        let Some(needed) = self.root.signed.roles.get(&RoleType::Targets) else { return Ok(()) };
        let given = keys.iter().filter(|key| needed.keyids.contains(key.public().id())).count();
        let given = u64::try_from(given).unwrap_or_default();
        if given < needed.threshold.get() { Err(keys_needed("targets", needed, given)) } else { Ok(()) }
    }

    fn sign<T: Role + Serialize>(
        &self,
        role: T,
        kind: RoleType,
        keys: &[SigningKey],
    ) -> Result<Signed<T>, RepositoryError> {
        let mut signed = Signed { signed: role, signatures: Vec::new() };
        let needed = self.root.signed.roles.get(&kind);
        let needed = needed.ok_or_else(|| RepositoryError::Refused(format!("the root names no role {kind}")))?;
        add_signatures(&mut signed, needed, keys)?;
        let given = u64::try_from(signed.signatures.len()).unwrap_or_default();
        if given < needed.threshold.get() {
            return Err(keys_needed(&kind.to_string(), needed, given));
        }
        Ok(signed)
    }
}

fn new_root(plan: &RepositoryPlan, expires: Timestamp) -> Result<Root, RepositoryError> {
    Ok(Root {
        spec_version: SPEC_VERSION.to_owned(),
        consistent_snapshot: true,
        version: NonZeroU64::MIN,
        expires: expires_at(expires)?,
        keys: Default::default(),
        roles: Default::default(),
        _extra: [plan.authority.as_member()].into(),
    })
}
