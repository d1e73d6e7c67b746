//! The cache of compiled rules: the core module of each rule that was built, by the digest of everything that it was
//! compiled from. A copy of a rulebook in another folder takes its rules from here.
//!
//! Only this user can write to the folder and its files, and each file begins with a checksum over its key and its
//! content, so a damaged file, or that of another rule, counts as none. What a module is compiled from names it only if
//! no file outside the packages' folders was read and none changed meanwhile. Builds that trust their sources, whose
//! build scripts may read anything, neither read the cache nor write to it.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;

use super::target_folder::{cache_folder, is_own};
use super::write::write_atomically;
use crate::exit::CommandError;

/// The folder in the user's cache.
const FOLDER: &str = "ordinance-modules";
/// The most files in the cache; those used least recently are removed.
const FILES_MAX: usize = 4096;
/// The most bytes of all files together.
const BYTES_MAX: u64 = 256 << 20;
/// The length of the checksum in hexadecimal digits.
const CHECKSUM_BYTES: usize = 64;

/// The cache of this user.
pub(super) struct ModuleCache {
    folder: PathBuf,
}

impl ModuleCache {
    /// Opens the cache.
    ///
    /// # Errors
    /// If the user has no cache folder, or another user can write to it.
    pub(super) fn open() -> Result<Self, CommandError> {
        Ok(Self { folder: cache_folder(FOLDER)? })
    }

    /// The module that was compiled from these sources, if the cache has an undamaged one.
    pub(super) fn load(&self, sources: Digest) -> Option<Vec<u8>> {
        let path = self.path(sources);
        let found = path.symlink_metadata().ok()?;
        if !found.is_file() || !is_own(&found) || found.len() > FILE_BYTES_MAX {
            return None;
        }
        let mut file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        file.by_ref().take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        let (checksum, module) = bytes.split_at_checked(CHECKSUM_BYTES)?;
        if checksum != checksum_of(sources, module).as_bytes() {
            return None;
        }
        // Marks it as used now. If that fails, it is removed sooner.
        let _ = file.set_modified(SystemTime::now());
        Some(module.to_vec())
    }

    /// Keeps the modules that were compiled from these sources. What can't be written is compiled again another time.
    pub(super) fn store(&self, modules: &[(Digest, Vec<u8>)]) {
        for (sources, module) in modules {
            let mut bytes = checksum_of(*sources, module).into_bytes();
            bytes.extend_from_slice(module);
            let _ = write_atomically(&self.folder, &self.path(*sources), &bytes);
        }
        if !modules.is_empty() {
            remove_surplus(&self.folder, FILES_MAX, BYTES_MAX);
        }
    }

    fn path(&self, sources: Digest) -> PathBuf {
        self.folder.join(sources.hex())
    }
}

fn checksum_of(sources: Digest, module: &[u8]) -> String {
    sha256(format!("{sources} {}", sha256(module)).as_bytes()).hex()
}

/// Removes the files that were used least recently, until no more than `files_max` files and `bytes_max` bytes are
/// left.
fn remove_surplus(folder: &Path, files_max: usize, bytes_max: u64) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut found: Vec<(SystemTime, PathBuf, u64)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok()?;
            Some((metadata.modified().ok()?, entry.path(), metadata.size()))
        })
        .collect();
    found.sort_unstable_by(|one, other| other.cmp(one));
    let mut bytes = 0_u64;
    for (index, (_, path, size)) in found.iter().enumerate() {
        bytes = bytes.saturating_add(*size);
        if index >= files_max || bytes > bytes_max {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (tempfile::TempDir, ModuleCache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = ModuleCache { folder: folder.path().to_owned() };
        (folder, cache)
    }

    #[test]
    fn a_module_is_found_by_what_it_was_compiled_from_alone() {
        let (_folder, cache) = cache();
        let (one, other) = (sha256(b"one"), sha256(b"other"));
        cache.store(&[(one, b"module".to_vec())]);
        assert_eq!(cache.load(one).unwrap(), b"module");
        assert_eq!(cache.load(other), None);
    }

    #[test]
    fn a_damaged_file_and_the_file_of_another_rule_count_as_none() {
        let (_folder, cache) = cache();
        let (one, other) = (sha256(b"one"), sha256(b"other"));
        cache.store(&[(one, b"module".to_vec())]);
        fs::copy(cache.path(one), cache.path(other)).unwrap();
        assert_eq!(cache.load(other), None);
        let mut bytes = fs::read(cache.path(one)).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(cache.path(one), bytes).unwrap();
        assert_eq!(cache.load(one), None);
        fs::write(cache.path(one), b"short").unwrap();
        assert_eq!(cache.load(one), None);
    }

    #[test]
    fn the_files_used_least_recently_are_removed_first() {
        let (folder, cache) = cache();
        let keys: Vec<Digest> = (0..4_u8).map(|number| sha256(&[number])).collect();
        for (age, key) in (0..).zip(&keys) {
            cache.store(&[(*key, vec![0; 10])]);
            let day = SystemTime::now() - std::time::Duration::from_secs(1000 * (4 - age));
            File::open(cache.path(*key)).unwrap().set_modified(day).unwrap();
        }
        assert!(cache.load(keys[0]).is_some());
        remove_surplus(folder.path(), 2, 1000);
        let kept: Vec<bool> = keys.iter().map(|key| cache.load(*key).is_some()).collect();
        assert_eq!(kept, [true, false, false, true]);
        remove_surplus(folder.path(), 2, 100);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_counts_as_none() {
        let (folder, cache) = cache();
        let (one, other) = (sha256(b"one"), sha256(b"other"));
        cache.store(&[(one, b"module".to_vec())]);
        fs::rename(cache.path(one), folder.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), cache.path(one)).unwrap();
        assert_eq!(cache.load(one), None);
        assert_eq!(cache.load(other), None);
    }
}
