//! Writes files packed by gzip.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::bundle_error::BundleError;

/// A folder of packed files.
pub(crate) struct Packed(PathBuf);

impl Packed {
    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Writes a file under a name with `/` between its parts, and `.gz` after it; its packed size in bytes. The same
    /// content gives the same bytes.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> Result<usize, BundleError> {
        let path = self.0.join(format!("{name}.gz"));
        let in_path = |source| BundleError::io("written", &path, source);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).map_err(in_path)?;
        let packed = encoder.finish().map_err(in_path)?;
        fs::create_dir_all(path.parent().unwrap_or(&self.0)).map_err(in_path)?;
        // A host may be reading the file: it sees the old one or the new one.
        let half = path.with_extension("gz.new");
        fs::write(&half, &packed).and_then(|()| fs::rename(&half, &path)).map_err(in_path)?;
        Ok(packed.len())
    }
}
