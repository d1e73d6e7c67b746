//! A tree as it is published: its checkpoint and what its tiles prove, wherever the files are. Nothing of the files is
//! trusted: what they prove is checked against a head that the log signed.

use ordinance_domain::digest::Digest;
use tlog_tiles::{HASH_SIZE, Hash, Tile};

use crate::checkpoint::TreeHead;
use crate::edge::{Edge, TILE_HASHES, TILE_HEIGHT, bytes_of, whole};
use crate::error::{CheckpointError, LogError};
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::proof_reader::{ProofReader, TileSource};

/// The name of the file of the newest checkpoint.
pub const CHECKPOINT_FILE: &str = "checkpoint";
/// The most bytes of a checkpoint that are read.
const CHECKPOINT_BYTES_MAX: u64 = 1 << 16;
/// The bytes of a full tile.
const TILE_BYTES: u64 = (TILE_HASHES * HASH_SIZE) as u64;

/// Where the files of a tree are: in a folder, or on a web server.
pub trait TileFiles {
    /// The content of a file; `None` if there is none of this name, such as `checkpoint` or `tile/0/000`.
    ///
    /// # Errors
    /// [`LogError`] if it can't be read, or has more bytes than `bytes_max`.
    fn read(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, LogError>;
}

/// A published tree.
#[derive(Clone, Copy)]
pub struct PublishedTree<'f> {
    files: &'f dyn TileFiles,
}

/// A tree that grows again from the records of a file, to be compared with a head.
#[derive(Debug, Clone)]
pub struct RegrownTree(Edge);

impl<'f> PublishedTree<'f> {
    /// The tree of these files.
    #[must_use]
    pub fn new(files: &'f dyn TileFiles) -> Self {
        Self { files }
    }

    /// The newest checkpoint that was published, unchecked; `None` if there is none.
    ///
    /// # Errors
    /// [`LogError`] if it can't be read, is too long or is no text.
    pub fn read_checkpoint(&self) -> Result<Option<String>, LogError> {
        let content = self.files.read(CHECKPOINT_FILE, CHECKPOINT_BYTES_MAX)?;
        let text = content.map(String::from_utf8).transpose();
        text.map_err(|_| LogError::Checkpoint(CheckpointError::Format))
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

    /// The tree of the first `size` records of a head, to which the following ones are to be added.
    ///
    /// # Errors
    /// [`LogError`] as by [`Self::prove_consistency`].
    pub fn regrow(&self, size: u64, head: TreeHead) -> Result<RegrownTree, LogError> {
        let (then, _) = self.prove_consistency(size, head)?;
        let regrown = RegrownTree(self.edge(size, head.size)?);
        if regrown.head() == then { Ok(regrown) } else { Err(LogError::OtherRoot { size }) }
    }

    /// The hashes of the leaves of a full or partial tile of the lowest level in a tree of this size. They are not
    /// checked: they tell which record differs, where a root differs.
    ///
    /// # Errors
    /// [`LogError`] if the tile is missing or cut off.
    pub fn leaves(&self, number: u64, size: u64) -> Result<Vec<Digest>, LogError> {
        let width = (size - (number << TILE_HEIGHT).min(size)).min(1 << TILE_HEIGHT);
        let tile = Tile::new(TILE_HEIGHT, 0, number, u32::try_from(width).unwrap_or_default(), false);
        let hashes = self.hashes_of(&tile)?;
        Ok(hashes.chunks_exact(HASH_SIZE).filter_map(|hash| hash.try_into().ok()).map(Digest::new).collect())
    }

    /// The edge of the tree of the first `size` records, in files of a tree of `within` records.
    pub(crate) fn edge(&self, size: u64, within: u64) -> Result<Edge, LogError> {
        let read = |tile: Option<Tile>| -> Result<Vec<u8>, LogError> {
            let Some(tile) = tile else { return Ok(Vec::new()) };
            let count = within >> (TILE_HEIGHT * tile.level());
            let width = (count - (tile.level_index() << TILE_HEIGHT).min(count)).min(1 << TILE_HEIGHT);
            let width = u32::try_from(width).unwrap_or_default();
            let published = Tile::new(TILE_HEIGHT, tile.level(), tile.level_index(), width, false);
            let mut hashes = self.hashes_of(&published)?;
            hashes.truncate(bytes_of(&tile));
            Ok(hashes)
        };
        let levels = Edge::partial_tiles(size).into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Edge::new(size, levels))
    }
}

impl RegrownTree {
    /// Adds a record with this leaf hash.
    ///
    /// # Errors
    /// [`LogError::Full`] if the tree has no room.
    pub fn append(&mut self, leaf: Digest) -> Result<(), LogError> {
        self.0.append(Hash(*leaf.bytes())).map(drop)
    }

    /// Its size and its root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.0.size(), root: Digest::new(self.0.root().0) }
    }
}

impl TileSource for PublishedTree<'_> {
    /// The hashes in the file of the tile, or the first ones in that of the whole tile.
    fn hashes_of(&self, tile: &Tile) -> Result<Vec<u8>, LogError> {
        for candidate in [tile, &whole(tile)] {
            let name = tile_path(candidate);
            if let Some(hashes) = self.files.read(&name, TILE_BYTES)? {
                return match hashes.get(..bytes_of(tile)) {
                    Some(hashes) => Ok(hashes.to_vec()),
                    None => Err(LogError::CutTile(name)),
                };
            }
        }
        Err(LogError::NoTile(tile_path(tile)))
    }
}

/// The path of a tile in its folder. The library's paths name the height too.
pub(crate) fn tile_path(tile: &Tile) -> String {
    tile.path().replacen(&format!("tile/{TILE_HEIGHT}/"), "tile/", 1)
}
