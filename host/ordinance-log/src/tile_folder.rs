//! The files of a tree, as c2sp.org/tlog-tiles lays them out: `checkpoint`, and `tile/LEVEL/NUMBER` with up to 256
//! hashes each, a partial one as `tile/LEVEL/NUMBER.p/WIDTH`. Any web server or object store can hold them.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
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
        self.name_all(vec![UnnamedFile::write(self.path.join(CHECKPOINT_FILE), text.as_bytes())?])
    }

    /// Proves that the published tree of a head holds a record, and tells the hash of its leaf.
    ///
    /// # Errors
    /// [`LogError`] if the record isn't in that tree, or the tiles don't give its root.
    pub fn prove_inclusion(&self, index: u64, head: TreeHead) -> Result<(Digest, InclusionProof), LogError> {
        ProofReader::new(self, head).prove_inclusion(index)
    }

    /// Proves that the published tree of a head continues its own first `earlier` records, and tells the head that it
    /// had then. Another checkpoint of that size is of a fork.
    ///
    /// # Errors
    /// [`LogError`] if the tree is smaller, or the tiles don't give its root.
    pub fn prove_consistency(&self, earlier: u64, head: TreeHead) -> Result<(TreeHead, ConsistencyProof), LogError> {
        ProofReader::new(self, head).prove_consistency(earlier)
    }

    /// Writes tiles and makes them durable, so that the checkpoint after them never stands for tiles that a crash
    /// lost.
    pub(crate) fn write_tiles<'t>(&self, tiles: impl Iterator<Item = (Tile, &'t [u8])>) -> Result<(), LogError> {
        let mut tiles = tiles.peekable();
        while tiles.peek().is_some() {
            // Written first and synced then, they share the time of the disk.
            let mut files = Vec::with_capacity(FILES_MAX);
            for (tile, hashes) in tiles.by_ref().take(FILES_MAX) {
                files.push(UnnamedFile::write(self.path.join(tile_path(&tile)), hashes)?);
            }
            self.name_all(files)?;
        }
        Ok(())
    }

    /// Removes the partial files of a tile that is full.
    pub(crate) fn remove_partial(&self, full: &Tile) {
        // What stays is never read again.
        let _ = fs::remove_dir_all(self.path.join(format!("{}.p", tile_path(full))));
    }

    /// Makes files durable, then gives them their names, then makes these durable.
    fn name_all(&self, files: Vec<UnnamedFile>) -> Result<(), LogError> {
        files.iter().try_for_each(UnnamedFile::sync)?;
        let mut folders = BTreeSet::new();
        for file in files {
            let path = file.name()?;
            // A new folder is an entry of the one above it.
            folders.extend(
                path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.path)).map(PathBuf::from),
            );
        }
        let above = self.path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let sync = |folder: &Path| fs::File::open(folder).and_then(|opened| opened.sync_all());
        for folder in folders.iter().map(PathBuf::as_path).chain([above]) {
            sync(folder).map_err(|source| LogError::Io { path: folder.to_owned(), source })?;
        }
        Ok(())
    }
}

/// The most files that are open at once.
const FILES_MAX: usize = 64;

/// A file that is written beside the one that it replaces.
struct UnnamedFile {
    path: PathBuf,
    beside: PathBuf,
    file: fs::File,
}

impl UnnamedFile {
    fn write(path: PathBuf, content: &[u8]) -> Result<Self, LogError> {
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let write = || -> io::Result<fs::File> {
            beside.parent().map_or(Ok(()), fs::create_dir_all)?;
            // One that a crash left is written anew.
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&beside)?;
            file.write_all(content)?;
            Ok(file)
        };
        match write() {
            Ok(file) => Ok(Self { path, beside, file }),
            Err(source) => Err(LogError::Io { path, source }),
        }
    }

    fn sync(&self) -> Result<(), LogError> {
        self.file.sync_data().map_err(|source| LogError::Io { path: self.beside.clone(), source })
    }

    fn name(self) -> Result<PathBuf, LogError> {
        match fs::rename(&self.beside, &self.path) {
            Ok(()) => Ok(self.path),
            Err(source) => Err(LogError::Io { path: self.path, source }),
        }
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

/// The path of a tile in its folder. The library's paths name the height too.
pub(crate) fn tile_path(tile: &Tile) -> String {
    tile.path().replacen(&format!("tile/{TILE_HEIGHT}/"), "tile/", 1)
}
