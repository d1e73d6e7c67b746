//! The folder of a build's artifacts. Cargo runs what it finds there: compiled macros and build scripts. The author of
//! untrusted sources could put programs into a `target` folder beside them, so theirs is built in a folder of the
//! user's cache.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ordinance_engine::digest::sha256;

use super::build_record::is_in_use;
use crate::exit::CommandError;
use crate::source::{io_error, make_parent};
use crate::source_trust::SourceTrust;

/// The most builds that the cache keeps; older ones are removed.
const BUILDS_MAX: usize = 16;

/// The folder for the artifacts of the sources in a folder, which is canonical.
///
/// # Errors
/// If the user has no cache folder, or another user can write to it.
pub(super) fn target_root(folder: &Path, trust: SourceTrust) -> Result<PathBuf, CommandError> {
    match trust {
        SourceTrust::Trusted => Ok(folder.join("target")),
        SourceTrust::Untrusted => {
            let builds = cache_folder("ordinance-builds")?;
            let name = sha256(folder.as_os_str().as_encoded_bytes()).hex();
            let target = builds.join(&name);
            make_private(&target)?;
            // The time of the last build decides which builds are removed.
            let touched = fs::File::open(&target).and_then(|target| target.set_modified(SystemTime::now()));
            touched.map_err(|source| io_error("written", &target, source))?;
            remove_oldest(&builds, &name);
            Ok(target)
        }
    }
}

/// A folder beside the code cache, which only this user can write to.
///
/// # Errors
/// If the user has no cache folder, or another user can write to it.
pub(super) fn cache_folder(name: &str) -> Result<PathBuf, CommandError> {
    let cache = ordinance_sandbox::default_code_cache().filter(|cache| cache.is_absolute()).ok_or_else(|| {
        CommandError::bad_use(
            "there is no folder for the build: neither XDG_CACHE_HOME nor HOME is set",
            "set one of them to an absolute path",
        )
    })?;
    let folder = cache.with_file_name(name);
    make_parent(&folder)?;
    make_private(&folder)?;
    Ok(folder)
}

/// Makes a folder that only this user can write to, or checks that it is one.
fn make_private(folder: &Path) -> Result<(), CommandError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(io_error("made", folder, source)),
    }
    let found = folder.symlink_metadata().map_err(|source| io_error("read", folder, source))?;
    if found.is_dir() && is_own(&found) {
        return Ok(());
    }
    Err(CommandError::bad_use(
        format!("`{}` is no folder that only you can write to", folder.display()),
        "remove it, or name another cache in XDG_CACHE_HOME: a build takes the programs and rules that it finds there",
    ))
}

/// Whether what was found belongs to this user, and no other can write to it.
pub(super) fn is_own(found: &fs::Metadata) -> bool {
    found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0
}

/// Removes the builds that are older than the newest [`BUILDS_MAX`] and not in use. What can't be removed takes room
/// and nothing else.
fn remove_oldest(builds: &Path, kept: &str) {
    let Ok(entries) = fs::read_dir(builds) else { return };
    let mut found: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let is_other = entry.file_name() != kept;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path())).filter(|_| is_other)
        })
        .collect();
    found.sort_unstable();
    let surplus = (found.len() + 1).saturating_sub(BUILDS_MAX);
    for (_, build) in found.into_iter().take(surplus) {
        if !is_in_use(&build) {
            let _ = fs::remove_dir_all(&build);
        }
    }
}
