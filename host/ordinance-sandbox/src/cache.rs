//! The code cache: compiled code on disk, keyed by the component's digest and the engine's settings.
//!
//! Loading compiled code means running it, so the cache uses a file only if nobody else could have written it: the
//! folder and the file belong to this user, others can write to neither, and others can't exchange a folder above
//! them. A checksum beside each file, over its name and its content, reveals damage and code of another component; the
//! cache compiles such a file anew and replaces it. Where the files exceed the size limit, it evicts those used least
//! recently.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Why a folder can't be the code cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The system can't make or read the folder.
    #[error("the code cache `{}` can't be used", path.display())]
    Io {
        /// The folder, or one above it.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// Others could put code into the folder.
    #[error(
        "the code cache `{}` is not safe: others can write to `{}`; run `chmod go-w` on it, or name a folder \
         of your own",
        cache.display(),
        path.display()
    )]
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
    /// The highest number of an open file that may stay open for code.
    file_number_max: i32,
}

/// A process writes a file in less than this time. What is older and belongs to no code is the rest of a killed
/// process.
const LEFTOVER_AGE: Duration = Duration::from_secs(60 * 60);
/// The extension of a file of compiled code.
const CODE_EXTENSION: &str = "cwasm";
const WRITE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// `ordinance` in the user's cache folder.
#[must_use]
pub fn default_code_cache() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache"))).map(|cache| cache.join("ordinance"))
}

impl CodeCache {
    /// Makes the folder if there is none and rejects one that other users can write to. With `trusts_parents` it
    /// doesn't check the folders above: for a container whose volumes are writable for all and used by nobody else.
    /// `open_files_max` is how many files the process may have open.
    pub(crate) fn open(
        folder: &Path,
        engine: &Engine,
        trusts_parents: bool,
        bytes_max: u64,
        open_files_max: i32,
    ) -> Result<Self, CacheError> {
        let io_error = |source| CacheError::Io { path: folder.to_owned(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io_error)?;
        let folder = folder.canonicalize().map_err(io_error)?;
        check_folder(&folder, trusts_parents)?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        // The other half is for connections and files.
        Ok(Self { folder, settings: hasher.finish(), bytes_max, file_number_max: open_files_max / 2 })
    }

    /// The folder, with all symbolic links resolved.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The compiled component of these bytes, if the cache has a trusted and undamaged copy. Its code is mapped from
    /// the file, which stays open; where the process has many files open, the code is copied into memory, so that files
    /// and connections can still be opened.
    #[expect(
        unsafe_code,
        reason = "mapping compiled code is what the cache is for; only this user could have written it"
    )]
    pub(crate) fn load(&self, engine: &Engine, bytes: &[u8]) -> Option<Component> {
        let path = self.path(bytes);
        if !is_only_ours(&path) {
            return None;
        }
        let mut file = fs::File::open(&path).ok()?;
        let mut code = Vec::new();
        file.read_to_end(&mut code).ok()?;
        if fs::read(checksum_path(&path)).ok()? != checksum(&path, &code) {
            return None;
        }
        // Marks the file as used now. If that fails, the cache evicts the file sooner.
        let _ = file.set_modified(SystemTime::now());
        // The system gives a file the lowest free number, so the number tells how many are open.
        let must_copy = file.as_raw_fd() > self.file_number_max;
        drop(file);
        // SAFETY: the file was written by `store` of this user's process, in a folder and with a mode that keep
        // everybody else from writing it (checked above and in `open`), and its checksum holds. The runtime itself
        // refuses code of another version or other settings.
        unsafe {
            if must_copy { Component::deserialize(engine, &code) } else { Component::deserialize_file(engine, &path) }
        }
        .ok()
    }

    /// The component of the code that the worker process compiled, where the cache couldn't keep it.
    #[expect(unsafe_code, reason = "the worker process compiled the code, as it does that in the cache")]
    pub(crate) fn read_compiled(engine: &Engine, compiled: &[u8]) -> wasmtime::Result<Component> {
        // SAFETY: the code came through a pipe from a process of this user's own program, which serialized it a moment
        // ago; the cache maps what the same process wrote. The runtime itself refuses code of another version or other
        // settings.
        unsafe { Component::deserialize(engine, compiled) }
    }

    /// Writes the compiled component to another file and renames that, so that no reader sees half a file.
    pub(crate) fn store(&self, bytes: &[u8], component: &Component) -> io::Result<()> {
        let code = component.serialize().map_err(io::Error::other)?;
        let path = self.path(bytes);
        self.replace(&checksum_path(&path), &checksum(&path, &code))?;
        self.replace(&path, &code)
    }

    /// Evicts the code used least recently, whatever its settings, until the cache is within its size limit, and
    /// removes the rests of killed processes. Code in use stays in memory. Another process may remove the same files
    /// meanwhile, so a file that is gone is no error.
    pub(crate) fn prune(&self) -> io::Result<()> {
        let mut codes = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let Ok(found) = fs::metadata(&path) else { continue };
            let used = found.modified()?;
            let is_leftover = || used.elapsed().is_ok_and(|age| age > LEFTOVER_AGE);
            if path.extension().and_then(OsStr::to_str) == Some(CODE_EXTENSION) {
                codes.push((used, found.len(), path));
            } else if !path.with_extension(CODE_EXTENSION).exists() && is_leftover() {
                let _ = fs::remove_file(&path);
            }
        }
        codes.sort();
        let mut bytes: u64 = codes.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, file_bytes, path) in codes {
            if bytes <= self.bytes_max {
                break;
            }
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(checksum_path(&path));
            bytes -= file_bytes;
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
        self.folder.join(format!("{digest:x}-{:016x}.{CODE_EXTENSION}", self.settings))
    }
}

fn checksum_path(path: &Path) -> PathBuf {
    path.with_extension("sha256")
}

/// The checksum of code under a name. The name tells whose code it is, so code under the name of another component
/// fails the check.
fn checksum(path: &Path, code: &[u8]) -> Vec<u8> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    Sha256::new().chain_update(name).chain_update([0]).chain_update(code).finalize().to_vec()
}

fn check_folder(cache: &Path, trusts_parents: bool) -> Result<(), CacheError> {
    let me = rustix::process::geteuid().as_raw();
    let depth_max = if trusts_parents { 1 } else { usize::MAX };
    for (depth, path) in cache.ancestors().enumerate().take(depth_max) {
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

fn is_only_ours(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| {
        metadata.is_file()
            && metadata.uid() == rustix::process::geteuid().as_raw()
            && metadata.mode() & WRITE_BY_OTHERS == 0
    })
}
