//! Proofs from tiles. Every proof that is made of them is checked against the root: the library checks tiles against
//! it too, but leaves out some where several complete subtrees lie in one tile.

use std::cell::RefCell;

use ordinance_domain::digest::Digest;
use tlog_tiles::{
    Error as TileError, Hash, HashReader as _, Tile, TileHashReader, TileReader, prove_record, prove_tree,
    stored_hash_index, tree_hash,
};

use crate::checkpoint::TreeHead;
use crate::edge::TILE_HEIGHT;
use crate::error::{LogError, ProofError};
use crate::proof::{ConsistencyProof, InclusionProof};

/// Where the hashes of tiles come from.
pub(crate) trait TileSource {
    /// The hashes of a tile, as many as it is wide.
    fn hashes_of(&self, tile: &Tile) -> Result<Vec<u8>, LogError>;
}

/// Proves what the tree of a head holds.
pub(crate) struct ProofReader<'s, S> {
    head: TreeHead,
    source: &'s S,
    /// Why a tile couldn't be read, for the library passes on no error but its own.
    failure: RefCell<Option<LogError>>,
}

impl<'s, S: TileSource> ProofReader<'s, S> {
    pub(crate) fn new(source: &'s S, head: TreeHead) -> Self {
        Self { head, source, failure: RefCell::default() }
    }

    /// That the tree holds the record of this number, with the hash of its leaf.
    pub(crate) fn prove_inclusion(&self, index: u64) -> Result<(Digest, InclusionProof), LogError> {
        let size = self.head.size;
        if index >= size {
            return Err(LogError::NotInTree { size, wanted: index });
        }
        let (leaves, hashes) = self.read(|reader| {
            Ok((reader.read_hashes(&[stored_hash_index(0, index)])?, prove_record(size, index, reader)?))
        })?;
        let proof = InclusionProof { index, hashes: hashes.iter().map(digest).collect() };
        let leaf = leaves.first().map(digest).ok_or(LogError::OtherRoot { size })?;
        self.checked(proof.verify(leaf, self.head))?;
        Ok((leaf, proof))
    }

    /// That the tree continues its own first `earlier` records, with the head that it had then.
    pub(crate) fn prove_consistency(&self, earlier: u64) -> Result<(TreeHead, ConsistencyProof), LogError> {
        let size = self.head.size;
        if earlier > size {
            return Err(LogError::NotInTree { size, wanted: earlier });
        }
        let (root, hashes) = self.read(|reader| {
            // The library proves no tree by itself or by nothing.
            let is_short = earlier == 0 || earlier == size;
            let hashes = if is_short { Vec::new() } else { prove_tree(size, earlier, reader)? };
            Ok((tree_hash(earlier, reader)?, hashes))
        })?;
        let proof = ConsistencyProof { hashes: hashes.iter().map(digest).collect() };
        let then = TreeHead { size: earlier, root: digest(&root) };
        self.checked(proof.verify(then, self.head))?;
        Ok((then, proof))
    }

    fn checked(&self, proof: Result<(), ProofError>) -> Result<(), LogError> {
        proof.map_err(|_| LogError::OtherRoot { size: self.head.size })
    }

    fn read<T>(&self, read: impl FnOnce(&TileHashReader<'_>) -> Result<T, TileError>) -> Result<T, LogError> {
        let reader = TileHashReader::new(self.head.size, Hash(*self.head.root.bytes()), self);
        // The library names no tile that doesn't fit; a missing one is told by its path.
        read(&reader).map_err(|_| self.failure.take().unwrap_or(LogError::OtherRoot { size: self.head.size }))
    }
}

impl<S: TileSource> TileReader for ProofReader<'_, S> {
    fn height(&self) -> u8 {
        TILE_HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, TileError> {
        let read = |tile: &Tile| {
            self.source.hashes_of(tile).map_err(|error| {
                self.failure.replace(Some(error));
                TileError::InvalidTile
            })
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

fn digest(hash: &Hash) -> Digest {
    Digest::new(hash.0)
}
