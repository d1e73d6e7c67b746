//! Where the files of a published tree are: a folder, or an address.

use std::path::PathBuf;

use ordinance_log::{LogError, TileFiles, TileFolder};
use ordinance_trust::{RepositorySource, open_source};

use crate::exit::CommandError;

/// Opens the files at an address, or in a folder.
pub(super) fn open(place: &str) -> Result<Box<dyn TileFiles>, CommandError> {
    if place.contains("://") {
        let source = open_source(place).map_err(|error| {
            CommandError::bad_use(error.to_string(), "--tiles names the folder or the address of a tree")
        })?;
        return Ok(Box::new(WebFiles(source)));
    }
    let folder = PathBuf::from(place);
    if !folder.is_dir() {
        let help = "--tiles names the folder or the address of a tree, for a host's log LOGFILE.tree";
        return Err(CommandError::bad_use(format!("`{place}` is no folder"), help));
    }
    Ok(Box::new(TileFolder::new(folder)))
}

/// Files below an address.
struct WebFiles(Box<dyn RepositorySource>);

impl TileFiles for WebFiles {
    fn read(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, LogError> {
        let url = format!("{}/{name}", self.0.address());
        self.0.read(name, bytes_max).map_err(|error| LogError::Fetch { url, reason: error.to_string() })
    }
}
