//! Where the files of a repository come from: a folder, a web server, or memory.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use ordinance_engine::rulebook_folder::RulebookFolder;

use crate::error::SourceError;
use crate::http_source::HttpSource;
use crate::repository_source::RepositorySource;

/// The repository at an address: a URL, or the path of a folder.
///
/// # Errors
/// [`SourceError::Address`] if a URL isn't one.
pub fn open_source(address: &str) -> Result<Box<dyn RepositorySource>, SourceError> {
    if address.contains("://") {
        return Ok(Box::new(HttpSource::new(address)?));
    }
    Ok(Box::new(FolderSource::new(PathBuf::from(address))))
}

/// A repository in a folder.
#[derive(Debug, Clone)]
pub struct FolderSource(PathBuf);

impl FolderSource {
    /// The repository in this folder, which needn't exist yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

impl RepositorySource for FolderSource {
    fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let unreadable = |error: std::io::Error| SourceError::Unreadable {
            file: self.0.join(path).display().to_string(),
            reason: error.to_string(),
        };
        let read = RulebookFolder::open(&self.0).and_then(|folder| folder.read(path, bytes_max));
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            // A folder that isn't there is told as such: without it nothing of the repository is there.
            Err(error) if error.kind() == ErrorKind::NotFound && self.0.is_dir() => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    fn at(&self, address: &str) -> Result<Box<dyn RepositorySource>, SourceError> {
        if address.contains("://") {
            return open_source(address);
        }
        let mut folder = self.0.clone();
        for part in Path::new(address).components() {
            match part {
                Component::ParentDir => {
                    folder = folder.parent().map(Path::to_owned).unwrap_or_else(|| folder.join(".."))
                }
                Component::Normal(part) => folder.push(part),
                Component::CurDir => {}
                Component::RootDir | Component::Prefix(_) => return Err(SourceError::Address(address.to_owned())),
            }
        }
        Ok(Box::new(Self(folder)))
    }

    fn until(&self, _deadline: Instant) -> Box<dyn RepositorySource> {
        // The disk answers at once, or the host has other worries.
        Box::new(self.clone())
    }

    fn address(&self) -> String {
        self.0.display().to_string()
    }
}

/// A repository in memory, such as the metadata that a receipt holds.
#[derive(Debug, Clone, Default)]
pub struct MemorySource {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemorySource {
    /// A repository of these files, by path.
    #[must_use]
    pub fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self { files }
    }
}

impl RepositorySource for MemorySource {
    fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let bytes = self.files.get(path);
        if bytes.is_some_and(|bytes| u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max)) {
            return Err(SourceError::TooLarge { file: path.to_owned(), bytes_max });
        }
        Ok(bytes.cloned())
    }

    fn at(&self, address: &str) -> Result<Box<dyn RepositorySource>, SourceError> {
        Err(SourceError::Address(address.to_owned()))
    }

    fn until(&self, _deadline: Instant) -> Box<dyn RepositorySource> {
        Box::new(self.clone())
    }

    fn address(&self) -> String {
        "memory".to_owned()
    }
}
