//! A repository whose keys that publish were replaced: until it is signed anew, what it holds is signed by the keys
//! of an earlier root.

use std::time::Instant;

use crate::error::SourceError;
use crate::metadata::{metadata_path, root_file};
use crate::repository_source::RepositorySource;
use crate::source::FolderSource;
use crate::verify::{KnownVersions, VerifiedRepository, verify};

/// A repository without the roots from a version on.
#[derive(Debug, Clone)]
struct EarlierRoots {
    source: FolderSource,
    last: u64,
}

impl RepositorySource for EarlierRoots {
    fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, SourceError> {
        if path == metadata_path(&root_file(self.last + 1)) {
            return Ok(None);
        }
        self.source.read(path, bytes_max)
    }

    fn at(&self, address: &str) -> Result<Box<dyn RepositorySource>, SourceError> {
        self.source.at(address)
    }

    fn until(&self, _deadline: Instant) -> Box<dyn RepositorySource> {
        Box::new(self.clone())
    }

    fn address(&self) -> String {
        self.source.address()
    }
}

/// What the keys of an earlier root published: of the newest one whose keys signed what is there. `None` if none did.
pub(crate) fn verify_before_rotation(
    source: &FolderSource,
    first_root: &[u8],
    newest: u64,
) -> Option<VerifiedRepository> {
    let before =
        |last: u64| verify(&EarlierRoots { source: source.clone(), last }, first_root, &KnownVersions::default()).ok();
    (1..newest).rev().find_map(before)
}
