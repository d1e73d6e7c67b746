//! The copy of a repository that was trusted last. It is what an authority's law is taken from while its repository
//! can't be had or isn't as it must be, and what tells an older state from a newer one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use ordinance_engine::digest::sha256;
use tempfile::NamedTempFile;

use crate::error::RepositoryError;
use crate::metadata::{TARGETS_FOLDER, TIMESTAMP_FILE, metadata_path, target_path};
use crate::repository_source::RepositorySource;
use crate::source::FolderSource;
use crate::verify::{KnownVersions, VerifiedRepository, verify};

/// The file that names the root from which the copy was checked.
const PINNED_FILE: &str = "pinned";

/// The file of the versions that were trusted last.
const VERSIONS_FILE: &str = "versions.json";

/// The folder of a copy.
pub(crate) struct KeptCopy {
    folder: PathBuf,
}

impl KeptCopy {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The copy as a repository.
    pub(crate) fn source(&self) -> FolderSource {
        FolderSource::new(self.folder.clone())
    }

    /// The copy, checked again, if it was checked from this root. An authority whose root the level above replaced
    /// begins anew.
    pub(crate) fn read(&self, pinned_root: &[u8]) -> Option<VerifiedRepository> {
        if !self.is_of(pinned_root) {
            return None;
        }
        verify(&self.source(), pinned_root, &KnownVersions::default()).ok()
    }

    /// Whether the copy has every file of a repository, in its length; a file is checked against its digest when it
    /// is read.
    pub(crate) fn is_whole(&self, repository: &VerifiedRepository) -> bool {
        repository.target_names().all(|name| {
            repository.target(name).is_some_and(|(target, digest)| {
                let kept = fs::metadata(self.folder.join(target_path(name, digest)));
                kept.is_ok_and(|kept| kept.len() == target.length)
            })
        })
    }

    /// The versions that were trusted last, also if the copy itself is damaged.
    pub(crate) fn known(&self, pinned_root: &[u8]) -> KnownVersions {
        if !self.is_of(pinned_root) {
            return KnownVersions::default();
        }
        let text = fs::read(self.folder.join(VERSIONS_FILE)).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Whether the copy was checked from this root.
    fn is_of(&self, pinned_root: &[u8]) -> bool {
        let pinned = fs::read_to_string(self.folder.join(PINNED_FILE));
        pinned.is_ok_and(|pinned| pinned.trim() == sha256(pinned_root).hex())
    }

    /// Copies a repository with all its targets. What was there stays until everything new is; of an authority whose
    /// root the level above replaced, nothing stays.
    pub(crate) fn write(
        &self,
        repository: &VerifiedRepository,
        source: &dyn RepositorySource,
        pinned_root: &[u8],
    ) -> Result<(), RepositoryError> {
        if !self.is_of(pinned_root) && self.folder.exists() {
            let removed = fs::remove_dir_all(&self.folder);
            let file = self.folder.display().to_string();
            removed.map_err(|source| RepositoryError::Unwritable { file, source })?;
        }
        let mut named = BTreeSet::new();
        for name in repository.target_names() {
            let Some((_, digest)) = repository.target(name) else { continue };
            let path = target_path(name, digest);
            named.insert(self.folder.join(&path));
            let is_kept = fs::read(self.folder.join(&path)).is_ok_and(|kept| sha256(&kept) == digest);
            if !is_kept {
                self.replace(&path, &repository.read_target(source, name)?)?;
            }
        }
        for (file, bytes) in repository.files.iter().filter(|(file, _)| *file != TIMESTAMP_FILE) {
            self.replace(&metadata_path(file), bytes)?;
        }
        // The timestamp puts the rest into effect.
        if let Some(bytes) = repository.files.get(TIMESTAMP_FILE) {
            self.replace(&metadata_path(TIMESTAMP_FILE), bytes)?;
        }
        let versions = serde_json::to_vec(&repository.versions).unwrap_or_default();
        self.replace(VERSIONS_FILE, &versions)?;
        self.replace(PINNED_FILE, sha256(pinned_root).hex().as_bytes())?;
        remove_others(&self.folder.join(TARGETS_FOLDER), &named);
        Ok(())
    }

    fn replace(&self, path: &str, bytes: &[u8]) -> Result<(), RepositoryError> {
        write_atomically(&self.folder.join(path), bytes)
    }
}

/// Writes a file so that it is there as a whole or not at all.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), RepositoryError> {
    let write = || -> io::Result<()> {
        let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        // A temporary file is for its owner alone; a repository is read by a web server too.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        file.as_file().set_permissions(mode)?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| RepositoryError::Unwritable { file: path.display().to_string(), source })
}

/// Removes the files beneath a folder that nothing names any longer. What can't be removed stays and does no harm.
fn remove_others(folder: &Path, named: &BTreeSet<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            remove_others(&path, named);
        } else if !named.contains(&path) {
            drop(fs::remove_file(&path));
        }
    }
}
