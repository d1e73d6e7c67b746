//! The files of a built rulebook, wherever they are: in a folder, or in the memory of a page.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The largest file, in bytes. A component has a lower limit.
pub const FILE_BYTES_MAX: u64 = 64 << 20;

/// Where the files of a built rulebook are read.
pub trait RulebookFiles {
    /// What messages name the rulebook by.
    fn path(&self) -> &Path;

    /// The bytes of a file, by its path in the rulebook with `/` between its parts.
    ///
    /// # Errors
    /// If there is no such file, it can't be read, or it has more than `bytes_max` bytes.
    fn read(&self, name: &str, bytes_max: u64) -> io::Result<Vec<u8>>;
}

/// The files of a rulebook in memory, by their paths.
#[derive(Debug, Default)]
pub struct FilesInMemory(pub BTreeMap<String, Vec<u8>>);

impl RulebookFiles for FilesInMemory {
    fn path(&self) -> &Path {
        Path::new("the rulebook")
    }

    fn read(&self, name: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        let bytes = self.0.get(name).ok_or_else(|| io::Error::from(ErrorKind::NotFound))?;
        match u64::try_from(bytes.len()).is_ok_and(|length| length <= bytes_max) {
            true => Ok(bytes.clone()),
            false => Err(io::Error::from(ErrorKind::FileTooLarge)),
        }
    }
}
