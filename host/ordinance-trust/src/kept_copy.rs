//! The copy of a repository that was trusted last. It is what an authority's law is taken from while its repository
//! can't be had or isn't as it must be, and what tells an older state from a newer one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use ordinance_engine::digest::sha256;
use tempfile::NamedTempFile;

use crate::error::RepositoryError;
use crate::metadata::{METADATA_FOLDER, TARGETS_FOLDER, TIMESTAMP_FILE, metadata_path, target_path};
use crate::repository_source::RepositorySource;
use crate::source::FolderSource;
use crate::verify::{KnownVersions, VerifiedRepository, known_by_other_root, verify};

/// The root from which the copy was checked.
const PINNED_FILE: &str = "pinned.json";

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

    /// The copy, checked again from this root; `None` if it isn't as it must be, or of another root.
    pub(crate) fn read(&self, pinned_root: &[u8]) -> Option<VerifiedRepository> {
        verify(&self.source(), pinned_root, &KnownVersions::default()).ok()
    }

    /// Whether the copy was checked from this root the last time.
    pub(crate) fn is_of(&self, pinned_root: &[u8]) -> bool {
        fs::read(self.folder.join(PINNED_FILE)).is_ok_and(|before| before == pinned_root)
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

    /// The versions that were trusted last, also if the copy itself is damaged. Where the level above pins another root
    /// than before, `source` tells whether it leads on from the earlier one.
    pub(crate) fn known(&self, pinned_root: &[u8], source: &dyn RepositorySource) -> KnownVersions {
        let Ok(before) = fs::read(self.folder.join(PINNED_FILE)) else { return KnownVersions::default() };
        let text = fs::read(self.folder.join(VERSIONS_FILE)).ok();
        let known = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        if before == pinned_root {
            return known;
        }
        // A server may hide the roots that lead from the one to the other; the copy has those that were seen. Where
        // none leads on, the authority begins anew.
        known_by_other_root(&self.source(), (&before, known.clone()), pinned_root)
            .or_else(|| known_by_other_root(source, (&before, known), pinned_root))
            .unwrap_or_default()
    }

    /// Copies the files of a repository that aren't there yet. They count for nothing until [`Self::commit`].
    pub(crate) fn fetch(
        &self,
        repository: &VerifiedRepository,
        source: &dyn RepositorySource,
    ) -> Result<(), RepositoryError> {
        for name in repository.target_names() {
            let Some((_, digest)) = repository.target(name) else { continue };
            let path = target_path(name, digest);
            let is_kept = fs::read(self.folder.join(&path)).is_ok_and(|kept| sha256(&kept) == digest);
            if !is_kept {
                self.replace(&path, &repository.read_target(source, name)?)?;
            }
        }
        Ok(())
    }

    /// Makes the copy that of a repository whose files were fetched.
    pub(crate) fn commit(&self, repository: &VerifiedRepository, pinned_root: &[u8]) -> Result<(), RepositoryError> {
        for (file, bytes) in repository.files.iter().filter(|(file, _)| *file != TIMESTAMP_FILE) {
            self.replace(&metadata_path(file), bytes)?;
        }
        let remove_others = |is_of_kind: &dyn Fn(&str) -> bool| {
            remove_files(&self.folder.join(METADATA_FOLDER), &|path| {
                let name = path.file_name().and_then(|name| name.to_str());
                name.is_some_and(|name| is_of_kind(name) && !repository.files.contains_key(name))
            });
        };
        // Roots of another chain would be taken for the next versions of this one.
        remove_others(&|name| name.ends_with(".root.json"));
        // The timestamp puts the rest into effect.
        if let Some(bytes) = repository.files.get(TIMESTAMP_FILE) {
            self.replace(&metadata_path(TIMESTAMP_FILE), bytes)?;
        }
        remove_others(&|_| true);
        let versions = serde_json::to_vec(&repository.versions).unwrap_or_default();
        self.replace(VERSIONS_FILE, &versions)?;
        self.replace(PINNED_FILE, pinned_root)?;
        let path_of = |name: &str| Some(self.folder.join(target_path(name, repository.target(name)?.1)));
        let named: BTreeSet<PathBuf> = repository.target_names().filter_map(path_of).collect();
        remove_files(&self.folder.join(TARGETS_FOLDER), &|path| !named.contains(path));
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

/// Writes a file that hasn't these bytes already.
pub(crate) fn write_changed(path: &Path, bytes: &[u8]) -> Result<(), RepositoryError> {
    if fs::read(path).is_ok_and(|known| known == bytes) { Ok(()) } else { write_atomically(path, bytes) }
}

/// Removes files beneath a folder that are no longer needed. What can't be removed stays.
pub(crate) fn remove_files(folder: &Path, is_unused: &dyn Fn(&Path) -> bool) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            remove_files(&path, is_unused);
        } else if is_unused(&path) {
            drop(fs::remove_file(&path));
        }
    }
}
