//! The state of a run in its folder, by which an interrupted run goes on.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::files_error::FilesError;
use crate::comparer::ComparedPart;

/// The name of the file.
const STATE_FILE: &str = "state.json";

/// How the names of files begin that aren't whole.
const UNFINISHED: &str = ".unfinished-";
/// The name of the file that a run at work holds.
const LOCK_FILE: &str = ".lock";

/// A file that gets its name once it is whole.
pub(super) fn unfinished_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)
}

/// Holds a folder for one run, and removes what interrupted runs left unfinished.
///
/// # Errors
/// [`FilesError::AtWork`] if another run holds it.
pub(super) fn hold(folder: &Path) -> Result<File, FilesError> {
    let path = folder.join(LOCK_FILE);
    let unusable = |source| FilesError::io("written", &path, source);
    let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(FilesError::AtWork { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(unusable(source)),
    }
    for entry in fs::read_dir(folder).map_err(|source| FilesError::io("read", folder, source))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_file(entry.path()).map_err(|source| FilesError::io("removed", &entry.path(), source))?;
        }
    }
    Ok(lock)
}

/// What a run computes: with other members it is another run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunIdentity {
    /// The version of this file.
    pub(super) format: u32,
    /// Each member with its name in words, in the order in which differences are told.
    pub(super) members: Vec<(String, String)>,
    /// Each file with what tells it from another one.
    pub(super) files: Vec<(PathBuf, String)>,
}

impl RunIdentity {
    /// What differs from the run in a folder, in words.
    fn difference(&self, begun: &Self) -> Option<String> {
        for ((name, own), (_, theirs)) in self.members.iter().zip(&begun.members) {
            if own != theirs {
                return Some(format!("{name} was {theirs}, now it is {own}"));
            }
        }
        if self.files.len() != begun.files.len() {
            return Some(format!("the population had {} files, now it has {}", begun.files.len(), self.files.len()));
        }
        let differs = self.files.iter().zip(&begun.files).find(|(own, theirs)| own != theirs);
        let ((own, is), (theirs, was)) = differs?;
        Some(match own == theirs {
            true => format!("`{}` was another file ({was}; now {is})", own.display()),
            false => format!("it had the file `{}`, now `{}`", theirs.display(), own.display()),
        })
    }
}

/// The version of a state, whatever else it has.
#[derive(Deserialize)]
struct StateFormat {
    identity: IdentityFormat,
}

#[derive(Deserialize)]
struct IdentityFormat {
    format: u32,
}

/// How far a run is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RunState {
    pub(super) identity: RunIdentity,
    /// The moment of the run, in seconds since 1970: cases without a day of knowledge have that of this moment.
    pub(super) now: i64,
    /// The numbers of the parts that are compared.
    pub(super) done: Vec<bool>,
    pub(super) whole: ComparedPart,
}

impl RunState {
    /// The state of the run that was begun in a folder; `None` if there is none.
    ///
    /// # Errors
    /// [`FilesError::OtherRun`] if it is another run, and [`FilesError::State`] if it can't be read.
    pub(super) fn read(folder: &Path, identity: &RunIdentity) -> Result<Option<Self>, FilesError> {
        let path = folder.join(STATE_FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(FilesError::io("read", &path, source)),
        };
        let unreadable =
            |error: serde_json::Error| FilesError::State { folder: folder.to_owned(), reason: error.to_string() };
        let StateFormat { identity: IdentityFormat { format } } = serde_json::from_slice(&text).map_err(unreadable)?;
        if format != identity.format {
            let difference = "it was begun by another version of this command".to_owned();
            return Err(FilesError::OtherRun { folder: folder.to_owned(), difference });
        }
        let state: Self = serde_json::from_slice(&text).map_err(unreadable)?;
        match identity.difference(&state.identity) {
            Some(difference) => Err(FilesError::OtherRun { folder: folder.to_owned(), difference }),
            None => Ok(Some(state)),
        }
    }

    /// Writes the state, whole or not at all.
    ///
    /// # Errors
    /// [`FilesError::Io`].
    pub(super) fn write(&self, folder: &Path) -> Result<(), FilesError> {
        let path = folder.join(STATE_FILE);
        let written = |source| FilesError::io("written", &path, source);
        let mut file = unfinished_file(folder).map_err(written)?;
        let text = serde_json::to_vec(self).map_err(|error| written(std::io::Error::other(error)))?;
        file.write_all(&text).and_then(|()| file.as_file().sync_all()).map_err(written)?;
        file.persist(&path).map_err(|error| written(error.error))?;
        Ok(())
    }

    /// Removes what a run left in a folder.
    ///
    /// # Errors
    /// [`FilesError::Io`].
    pub(super) fn remove(folder: &Path, rows: &Path) -> Result<(), FilesError> {
        let path = folder.join(STATE_FILE);
        let removed = |path: &Path, result: std::io::Result<()>| match result {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(FilesError::io("removed", path, error)),
            Ok(()) | Err(_) => Ok(()),
        };
        removed(&path, fs::remove_file(&path))?;
        let Ok(entries) = fs::read_dir(rows) else { return Ok(()) };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("part-") && name.ends_with(".parquet") {
                removed(&entry.path(), fs::remove_file(entry.path()))?;
            }
        }
        Ok(())
    }
}
