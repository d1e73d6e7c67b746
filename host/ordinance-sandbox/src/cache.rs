//! Compiled code on disk, keyed by the component's digest and the engine's settings.
//!
//! Loading compiled code means running it, so a file is used only if nobody else could have written it: the folder
//! and the file belong to this user, neither can be written by others, and no folder above it can be exchanged by
//! others. A checksum beside each file catches damage. A file that doesn't match is compiled anew and replaced. What was used
//! longest ago is removed where all together is more than may be kept.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A cache folder that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It can't be made or read.
    #[error("the code cache `{}` can't be used", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody else could put code into it.
    #[error("the code cache `{}` is not safe: others can write to `{}`; run `chmod go-w` on it, or name a folder of your own", cache.display(), path.display())]
    OthersCanWrite {
        /// The cache folder.
        cache: PathBuf,
        /// The folder that others can write to.
        path: PathBuf,
    },
}

/// A folder that passed the trust check.
#[derive(Debug)]
pub(crate) struct CodeCache {
    folder: PathBuf,
    settings: u64,
    bytes_max: u64,
}

/// A file that is no code's is being written no longer after this time.
const LEFT_AFTER: Duration = Duration::from_secs(60 * 60);
/// How the name of a file of code ends.
const CODE: &str = "cwasm";
const WRITE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;

impl CodeCache {
    /// Makes the folder if there is none and checks who can write to it.
    /// With `trusts_parents` the folders above it aren't looked at: in a container whose volumes anybody may write to, and nobody else is.
    pub(crate) fn open(
        folder: &Path,
        engine: &Engine,
        trusts_parents: bool,
        bytes_max: u64,
    ) -> Result<Self, CacheError> {
        let io_error = |source| CacheError::Io { path: folder.to_owned(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io_error)?;
        let folder = folder.canonicalize().map_err(io_error)?;
        check_folder(&folder, trusts_parents)?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        Ok(Self { folder, settings: hasher.finish(), bytes_max })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The compiled component of these bytes, if a trusted and undamaged copy is there.
    #[expect(
        unsafe_code,
        reason = "mapping compiled code is what the cache is for; only this user could have written it"
    )]
    pub(crate) fn load(&self, engine: &Engine, bytes: &[u8]) -> Option<Component> {
        let path = self.path(bytes);
        if !only_ours(&path) || fs::read(sum_path(&path)).ok()? != checksum(&fs::read(&path).ok()?) {
            return None;
        }
        // What can't be marked is removed sooner, and compiled anew.
        let _ = fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        // SAFETY: the file was written by `store` of this user's process, in a folder and with a mode that keep
        // everybody else from writing it (checked above and in `open`), and its checksum holds. The runtime itself
        // refuses code of another version or other settings.
        unsafe { Component::deserialize_file(engine, &path) }.ok()
    }

    /// Keeps the compiled component. It is written beside and renamed, so that no reader sees half a file.
    pub(crate) fn store(&self, bytes: &[u8], component: &Component) -> io::Result<()> {
        let code = component.serialize().map_err(io::Error::other)?;
        let path = self.path(bytes);
        self.replace(&sum_path(&path), &checksum(&code))?;
        self.replace(&path, &code)
    }

    /// Removes what was used longest ago, of whatever settings, until all together is no more than may be kept, and what a process that
    /// was killed has left. Code that is in use stays in memory. Another process may remove the same: what is gone is gone.
    pub(crate) fn prune(&self) -> io::Result<()> {
        let mut codes = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let Ok(found) = fs::metadata(&path) else { continue };
            let (used, is_code) = (found.modified()?, path.extension().and_then(OsStr::to_str) == Some(CODE));
            if is_code {
                codes.push((used, found.len(), path));
            } else if !path.with_extension(CODE).exists() && used.elapsed().is_ok_and(|age| age > LEFT_AFTER) {
                let _ = fs::remove_file(&path);
            }
        }
        codes.sort();
        let mut bytes: u64 = codes.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, of_file, path) in codes {
            if bytes <= self.bytes_max {
                break;
            }
            let _ = (fs::remove_file(&path), fs::remove_file(sum_path(&path)));
            bytes -= of_file;
        }
        Ok(())
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(content)?;
        file.persist(path)?;
        Ok(())
    }

    fn path(&self, bytes: &[u8]) -> PathBuf {
        let digest = Sha256::digest(bytes);
        self.folder.join(format!("{digest:x}-{:016x}.{CODE}", self.settings))
    }
}

fn sum_path(path: &Path) -> PathBuf {
    path.with_extension("sha256")
}

fn checksum(code: &[u8]) -> Vec<u8> {
    Sha256::digest(code).to_vec()
}

fn check_folder(cache: &Path, trusts_parents: bool) -> Result<(), CacheError> {
    let me = rustix::process::geteuid().as_raw();
    let looked_at = if trusts_parents { 1 } else { usize::MAX };
    for (depth, path) in cache.ancestors().enumerate().take(looked_at) {
        let metadata = fs::metadata(path).map_err(|source| CacheError::Io { path: path.to_owned(), source })?;
        let owner_ok = metadata.uid() == me || (depth > 0 && metadata.uid() == 0);
        // In a sticky folder others may write, but not rename or remove what isn't theirs.
        let mode_ok = metadata.mode() & WRITE_BY_OTHERS == 0 || (depth > 0 && metadata.mode() & STICKY != 0);
        if !(owner_ok && mode_ok) {
            return Err(CacheError::OthersCanWrite { cache: cache.to_owned(), path: path.to_owned() });
        }
    }
    Ok(())
}

fn only_ours(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| {
        metadata.is_file()
            && metadata.uid() == rustix::process::geteuid().as_raw()
            && metadata.mode() & WRITE_BY_OTHERS == 0
    })
}
