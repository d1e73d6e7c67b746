//! The build record of a target folder: the digest of each package's inputs at the last build.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::HexDigest;
use serde::{Deserialize, Serialize};

use super::cargo_command::{Profile, target_of};
use super::input_files::{InputFile, input_file};
use super::inputs::{Inputs, Snapshot};
use crate::exit::CommandError;
use crate::source::io_error;
use crate::terminal::print_status;

/// The file in the target folder.
const RECORD_FILE: &str = "ordinance-inputs.json";
/// The cache directory tag (bford.info/cachedir), by which backup programs recognise a folder that can be made again.
const CACHE_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n";

/// The record of a target folder. It holds the folder's lock: no other build may compile between the removal of stale
/// artifacts and their compilation.
pub(super) struct BuildRecord {
    file: File,
    path: PathBuf,
    /// The inputs of each package, by the id of the package.
    packages: BTreeMap<String, RecordedInputs>,
}

/// The inputs from which a package was compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RecordedInputs {
    /// The digest of the inputs of the package and its dependencies.
    digest: HexDigest,
    /// The digests of further files that the compiler read, by their paths.
    beyond: BTreeMap<PathBuf, HexDigest>,
}

impl BuildRecord {
    /// Waits until no other build uses a target folder, and reads its record. A record that can't be parsed is empty,
    /// so that every package is stale.
    pub(super) fn lock(target: &Path) -> Result<Self, CommandError> {
        let path = target.join(RECORD_FILE);
        let mut file = open(target, &path).map_err(|source| io_error("written", &path, source))?;
        match file.try_lock() {
            Ok(()) => {}
            // Without locks in the file system, nothing keeps builds apart.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(source)) => return Err(io_error("locked", &path, source)),
            Err(TryLockError::WouldBlock) => {
                print_status!("waiting for another build of this folder");
                file.lock().map_err(|source| io_error("locked", &path, source))?;
            }
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|source| io_error("read", &path, source))?;
        Ok(Self { file, path, packages: serde_json::from_slice(&bytes).unwrap_or_default() })
    }

    /// Returns the packages whose inputs differ from those of the last build, and removes them from the record.
    pub(super) fn take_stale(&mut self, snapshot: &Snapshot) -> Result<Vec<String>, CommandError> {
        let mut stale = Vec::new();
        for (id, digest) in &snapshot.digests {
            let is_current = match self.packages.get(id) {
                Some(recorded) => recorded.digest.0 == *digest && are_unchanged(&recorded.beyond)?,
                None => false,
            };
            if !is_current {
                stale.push(id.clone());
                self.packages.remove(id);
            }
        }
        if !stale.is_empty() {
            self.save()?;
        }
        Ok(stale)
    }

    /// Records the packages that were compiled, by their ids, and returns the digest of the inputs of each. A package
    /// whose inputs changed since the snapshot has no digest, and is stale at the next build.
    pub(super) fn record(
        &mut self,
        inputs: &Inputs<'_>,
        snapshot: &Snapshot,
        compiled: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Digest>, CommandError> {
        let now = inputs.snapshot()?;
        let is_unchanged = |id: &String| snapshot.digests.get(id) == now.digests.get(id);
        let before = self.packages.clone();
        let mut digests = BTreeMap::new();
        self.packages.retain(|id, _| is_unchanged(id));
        for (id, digest) in snapshot.digests.iter().filter(|(id, _)| compiled.contains(*id) && is_unchanged(id)) {
            let files = files_with_digests(inputs.files_beyond(id, snapshot)?)?;
            digests.insert(id.clone(), with_beyond(*digest, &files, &inputs.variables_read(id)?));
            let beyond = files.into_iter().map(|file| (file.path, HexDigest(file.digest))).collect();
            self.packages.insert(id.clone(), RecordedInputs { digest: HexDigest(*digest), beyond });
        }
        if self.packages != before {
            self.save()?;
        }
        Ok(digests)
    }

    fn save(&mut self) -> Result<(), CommandError> {
        let bytes = serde_json::to_vec_pretty(&self.packages).unwrap_or_default();
        let file = &mut self.file;
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(&bytes));
        written.map_err(|source| io_error("written", &self.path, source))
    }
}

/// Whether a build uses a target folder, or that of its debug information, now.
pub(super) fn is_in_use(target: &Path) -> bool {
    let is_locked = |target: PathBuf| {
        let file = File::open(target.join(RECORD_FILE));
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    };
    [Profile::Release, Profile::WithLines, Profile::Unoptimised]
        .into_iter()
        .any(|profile| is_locked(target_of(target, profile)))
}

/// Opens the record. Creates the target folder if it doesn't exist.
fn open(target: &Path, path: &Path) -> std::io::Result<File> {
    let tag = target.join("CACHEDIR.TAG");
    if !tag.exists() {
        fs::create_dir_all(target)?;
        fs::write(tag, CACHE_TAG)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn are_unchanged(files: &BTreeMap<PathBuf, HexDigest>) -> Result<bool, CommandError> {
    for (path, digest) in files {
        if input_file(path, String::new())?.is_none_or(|file| file.digest != digest.0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The files that exist, each named by its file name only, so that digests don't depend on folders.
fn files_with_digests(paths: BTreeSet<PathBuf>) -> Result<Vec<InputFile>, CommandError> {
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.extend(input_file(&path, name)?);
    }
    files.sort_unstable_by(|a, b| (&a.name, &a.digest).cmp(&(&b.name, &b.digest)));
    Ok(files)
}

/// The digest of the inputs of a package for which the compiler reads no file beyond the folders of packages, and no
/// variable.
pub(super) fn without_beyond(digest: Digest) -> Digest {
    with_beyond(digest, &[], &BTreeSet::new())
}

fn with_beyond(digest: Digest, files: &[InputFile], variables: &BTreeSet<String>) -> Digest {
    let files = files.iter().map(|file| format!("{} {}", file.name, file.digest));
    let read: Vec<String> = files.chain(variables.iter().map(|variable| format!("variable {variable}"))).collect();
    sha256(format!("{digest}\n{}", read.join("\n")).as_bytes())
}
