//! The right edge of a growing tree: the hashes of the tiles that aren't full yet. It is all that is needed to append
//! a record and to tell the root.

use std::sync::Arc;

use tlog_tiles::{EMPTY_HASH, HASH_SIZE, Hash, Tile, node_hash};

use crate::error::LogError;
use crate::record::RECORDS_MAX;

/// The levels of hashes that a tile has above its own.
pub(crate) const TILE_HEIGHT: u8 = 8;
/// The hashes of a full tile.
pub(crate) const TILE_HASHES: usize = 1 << TILE_HEIGHT;

/// The edge of a tree.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edge {
    size: u64,
    /// The hashes of the last tile of each level of tiles, the lowest first; less than a full tile of each.
    levels: Vec<Vec<u8>>,
}

/// A tile that became full.
#[derive(Debug, Clone)]
pub(crate) struct FullTile {
    pub(crate) tile: Tile,
    pub(crate) hashes: Arc<[u8]>,
}

impl Edge {
    /// The edge of a tree of this size, whose partial tiles have these hashes, the lowest first.
    pub(crate) fn new(size: u64, levels: Vec<Vec<u8>>) -> Self {
        Self { size, levels }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The partial tiles of a tree of this size, the lowest first; `None` for a level whose last tile is full or that
    /// has none.
    pub(crate) fn partial_tiles(size: u64) -> Vec<Option<Tile>> {
        let mut tiles = Vec::new();
        let mut count = size;
        while count > 0 {
            let level = u8::try_from(tiles.len()).unwrap_or(u8::MAX);
            let width = u32::try_from(count % (1 << TILE_HEIGHT)).unwrap_or_default();
            tiles.push((width > 0).then(|| Tile::new(TILE_HEIGHT, level, count >> TILE_HEIGHT, width, false)));
            count >>= TILE_HEIGHT;
        }
        tiles
    }

    /// The hashes of a partial tile of the edge, if they are these or more.
    pub(crate) fn hashes_of(&self, tile: &Tile) -> Option<&[u8]> {
        let is_last = self.size >> (TILE_HEIGHT * tile.level()) >> TILE_HEIGHT == tile.level_index();
        let hashes = self.levels.get(usize::from(tile.level())).filter(|_| is_last)?;
        hashes.get(..bytes_of(tile))
    }

    /// Appends a leaf. Returns the tiles that became full, the lowest first.
    ///
    /// # Errors
    /// [`LogError::Full`] if the tree has no room.
    pub(crate) fn append(&mut self, leaf: Hash) -> Result<Vec<FullTile>, LogError> {
        if self.size >= RECORDS_MAX {
            return Err(LogError::Full);
        }
        let mut full = Vec::new();
        let mut hash = leaf;
        let mut index = self.size;
        for level in 0..=u8::MAX / TILE_HEIGHT {
            if self.levels.len() <= usize::from(level) {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(usize::from(level)) else { break };
            hashes.extend_from_slice(&hash.0);
            if hashes.len() < TILE_HASHES * HASH_SIZE {
                break;
            }
            let hashes = std::mem::take(hashes);
            hash = Tile::subtree_hash(&hashes);
            index >>= TILE_HEIGHT;
            full.push(FullTile {
                tile: Tile::new(TILE_HEIGHT, level, index, 1 << TILE_HEIGHT, false),
                hashes: hashes.into(),
            });
        }
        self.size += 1;
        Ok(full)
    }

    /// The root of the tree: the roots of the complete subtrees of the edge, joined from the smallest to the largest.
    pub(crate) fn root(&self) -> Hash {
        let mut root = None;
        for hashes in &self.levels {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                // The last complete subtree has as many hashes as the lowest bit of the count says.
                let hashes = 1 << (rest.len() / HASH_SIZE).trailing_zeros();
                let (before, subtree) = rest.split_at(rest.len() - hashes * HASH_SIZE);
                let hash = Tile::subtree_hash(subtree);
                root = Some(root.map_or(hash, |right| node_hash(hash, right)));
                rest = before;
            }
        }
        root.unwrap_or(EMPTY_HASH)
    }
}

/// The same tile when it is full.
pub(crate) fn whole(tile: &Tile) -> Tile {
    Tile::new(TILE_HEIGHT, tile.level(), tile.level_index(), 1 << TILE_HEIGHT, false)
}

/// The bytes of the hashes of a tile.
pub(crate) fn bytes_of(tile: &Tile) -> usize {
    usize::try_from(tile.width()).unwrap_or_default() * HASH_SIZE
}
