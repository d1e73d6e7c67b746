//! The files of a tree, as c2sp.org/tlog-tiles lays them out: `checkpoint`, and `tile/LEVEL/NUMBER` with up to 256 hashes
//! each, a partial one as `tile/LEVEL/NUMBER.p/WIDTH`. Any web server or object store can hold them.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tlog_tiles::Tile;

use crate::checkpoint::TreeHead;
use crate::edge::{TILE_HEIGHT, bytes_of, whole};
use crate::error::LogError;
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::proof_reader::{ProofReader, TileSource};

/// The name of the file of the newest checkpoint.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The most bytes of a checkpoint that are read.
const CHECKPOINT_BYTES_MAX: u64 = 1 << 16;

/// A folder of tiles and a checkpoint.
#[derive(Debug, Clone)]
pub struct TileFolder {
    path: PathBuf,
}

impl TileFolder {
    /// A folder, which needn't exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The newest checkpoint that was published; `None` if there is none.
    ///
    /// # Errors
    /// [`LogError::Io`] if it can't be read or is too long.
    pub fn read_checkpoint(&self) -> Result<Option<String>, LogError> {
        let path = self.path.join(CHECKPOINT_FILE);
        let failed = |source| LogError::Io { path: path.clone(), source };
        match fs::metadata(&path) {
            Ok(found) if found.len() > CHECKPOINT_BYTES_MAX => Err(failed(ErrorKind::FileTooLarge.into())),
            Ok(_) => fs::read_to_string(&path).map(Some).map_err(failed),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes the newest checkpoint.
    pub(crate) fn write_checkpoint(&self, text: &str) -> Result<(), LogError> {
        self.write(Path::new(CHECKPOINT_FILE), text.as_bytes())
    }

    /// Proves that the published tree of a head holds a record.
    ///
    /// # Errors
    /// [`LogError`] if the record isn't in that tree, or the tiles don't give its root.
    pub fn prove_inclusion(&self, index: u64, head: TreeHead) -> Result<InclusionProof, LogError> {
        ProofReader::new(self, head).prove_inclusion(index)
    }

    /// Proves that the published tree of a head continues its own first `earlier` records, and tells the head that it had
    /// then. Another checkpoint of that size is of a fork.
    ///
    /// # Errors
    /// [`LogError`] if the tree is smaller, or the tiles don't give its root.
    pub fn prove_consistency(&self, earlier: u64, head: TreeHead) -> Result<(TreeHead, ConsistencyProof), LogError> {
        ProofReader::new(self, head).prove_consistency(earlier)
    }

    pub(crate) fn write_tile(&self, tile: &Tile, hashes: &[u8]) -> Result<(), LogError> {
        self.write(Path::new(&tile_path(tile)), hashes)
    }

    /// Removes the partial files of a tile that is full.
    pub(crate) fn remove_partial(&self, full: &Tile) {
        // What stays is never read again.
        let _ = fs::remove_dir_all(self.path.join(format!("{}.p", tile_path(full))));
    }

    /// Makes what was written into the folder durable, so that the checkpoint never stands for tiles that a crash lost.
    fn write(&self, name: &Path, content: &[u8]) -> Result<(), LogError> {
        let path = self.path.join(name);
        let write = || -> io::Result<()> {
            let folder = path.parent().unwrap_or(&self.path);
            fs::create_dir_all(folder)?;
            let mut file = tempfile::Builder::new().permissions(mode(0o644)).tempfile_in(folder)?;
            file.write_all(content)?;
            file.as_file().sync_data()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|source| LogError::Io { path: path.clone(), source })
    }
}

impl TileSource for TileFolder {
    /// The hashes in the file of the tile, or the first ones in that of the whole tile.
    fn hashes_of(&self, tile: &Tile) -> Result<Vec<u8>, LogError> {
        for candidate in [tile, &whole(tile)] {
            let name = tile_path(candidate);
            let path = self.path.join(&name);
            match fs::read(&path) {
                Ok(hashes) => match hashes.get(..bytes_of(tile)) {
                    Some(hashes) => return Ok(hashes.to_vec()),
                    None => return Err(LogError::CutTile(name)),
                },
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(LogError::Io { path, source }),
            }
        }
        Err(LogError::NoTile(tile_path(tile)))
    }
}

fn mode(bits: u32) -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(bits)
}

/// The path of a tile in its folder. The library's paths name the height too.
pub(crate) fn tile_path(tile: &Tile) -> String {
    tile.path().replacen(&format!("tile/{TILE_HEIGHT}/"), "tile/", 1)
}
