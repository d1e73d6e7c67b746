//! What a repository is read through.

use std::fmt;
use std::time::Instant;

use crate::error::SourceError;

/// A repository whose files are read. Nothing that it gives is trusted before it is checked.
pub trait RepositorySource: fmt::Debug + Send + Sync {
    /// The bytes of a file, by its path with `/` between the parts; `None` if there is no such file.
    ///
    /// # Errors
    /// [`SourceError`] if the file can't be read, or has more than `bytes_max` bytes.
    fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, SourceError>;

    /// The repository at an address that a file of this one gives: a URL, or a path from this repository's address.
    ///
    /// # Errors
    /// [`SourceError::Address`] if the address can't be of a repository.
    fn at(&self, address: &str) -> Result<Box<dyn RepositorySource>, SourceError>;

    /// The same repository, of which nothing is read after a moment.
    fn until(&self, deadline: Instant) -> Box<dyn RepositorySource>;

    /// Its address, for messages.
    fn address(&self) -> String;
}
