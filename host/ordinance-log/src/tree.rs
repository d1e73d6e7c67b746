//! The tree of a log, as its only writer has it: it appends records, signs heads, publishes tiles and proves.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinance_domain::digest::Digest;
use tlog_tiles::{Hash, Tile};

use crate::checkpoint::{Checkpoint, TreeHead};
use crate::edge::{Edge, bytes_of};
use crate::error::{CheckpointError, LogError};
use crate::key::{LogKey, LogVerifier};
use crate::proof::InclusionProof;
use crate::proof_reader::{ProofReader, TileSource};
use crate::published_tree::PublishedTree;
use crate::tile_folder::TileFolder;

/// A tree in a folder.
#[derive(Debug)]
pub struct LogTree {
    now: TreeSnapshot,
    /// The size of the published tree.
    published: u64,
}

/// A tree at one size: its edge and the tiles that weren't published then are in memory. It proves beside the writer.
#[derive(Debug, Clone)]
pub struct TreeSnapshot {
    folder: TileFolder,
    edge: Edge,
    full: FullTiles,
}

/// Full tiles by level and number.
type FullTiles = BTreeMap<(u8, u64), (Tile, Arc<[u8]>)>;

impl LogTree {
    /// Opens the tree that was published in a folder, or an empty one, and checks that its tiles give the root of its
    /// checkpoint.
    ///
    /// # Errors
    /// [`LogError`] if a file can't be read, the checkpoint isn't by this log or the tiles don't fit it.
    pub fn open(folder: TileFolder, verifier: &LogVerifier) -> Result<Self, LogError> {
        let head = match PublishedTree::new(&folder).read_checkpoint()? {
            Some(text) => Checkpoint::verify(&text, verifier)?.head(),
            None => {
                let now = TreeSnapshot { folder, edge: Edge::default(), full: BTreeMap::new() };
                return Ok(Self { now, published: 0 });
            }
        };
        let edge = PublishedTree::new(&folder).edge(head.size, head.size)?;
        if edge.root().0 != *head.root.bytes() {
            return Err(LogError::OtherRoot { size: head.size });
        }
        Ok(Self { now: TreeSnapshot { folder, edge, full: BTreeMap::new() }, published: head.size })
    }

    /// The number of records.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.now.edge.size()
    }

    /// The number of records of the published tree.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.published
    }

    /// The size and the root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.now.head()
    }

    /// The tree as it is now.
    #[must_use]
    pub fn snapshot(&self) -> TreeSnapshot {
        self.now.clone()
    }

    /// Appends a record with this leaf hash. Returns its number, from 0.
    ///
    /// # Errors
    /// [`LogError::Full`] if the tree has no room.
    pub fn append(&mut self, leaf: Digest) -> Result<u64, LogError> {
        let index = self.size();
        for full in self.now.edge.append(Hash(*leaf.bytes()))? {
            self.now.full.insert((full.tile.level(), full.tile.level_index()), (full.tile, full.hashes));
        }
        Ok(index)
    }

    /// Signs the head and takes what has to be written for it, so that records can be appended while it is written.
    ///
    /// # Errors
    /// [`LogError`] if the key can't sign.
    pub fn begin_publication(&self, key: &LogKey) -> Result<Publication, LogError> {
        let tree = self.snapshot();
        let checkpoint = tree.sign(key)?;
        Ok(Publication { tree, checkpoint })
    }

    /// Notes that a publication was written.
    pub fn end_publication(&mut self, written: &Publication) {
        self.now.full.retain(|place, _| !written.tree.full.contains_key(place));
        self.published = self.published.max(written.checkpoint.head().size);
    }

    /// Publishes the tree. What can't be written is written by the next publication.
    ///
    /// # Errors
    /// [`LogError`] if a file can't be written or the key can't sign.
    pub fn publish(&mut self, key: &LogKey) -> Result<Checkpoint, LogError> {
        let publication = self.begin_publication(key)?;
        publication.write()?;
        self.end_publication(&publication);
        Ok(publication.checkpoint)
    }
}

impl TreeSnapshot {
    /// The size and the root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.edge.size(), root: Digest::new(self.edge.root().0) }
    }

    /// Signs the head.
    ///
    /// # Errors
    /// [`CheckpointError`] if the key can't sign.
    pub fn sign(&self, key: &LogKey) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::sign(self.head(), key)
    }

    /// Proves that the tree holds the record of this number, and tells the hash of its leaf. Of a record that wasn't
    /// published when the snapshot was taken it reads no file.
    ///
    /// # Errors
    /// [`LogError`] if the record isn't in the tree, or published tiles don't give its root.
    pub fn prove_inclusion(&self, index: u64) -> Result<(Digest, InclusionProof), LogError> {
        ProofReader::new(self, self.head()).prove_inclusion(index)
    }

    /// The tiles that are as wide as this tree makes them.
    fn partial_tiles(&self) -> impl Iterator<Item = (Tile, &[u8])> {
        let partial = Edge::partial_tiles(self.edge.size()).into_iter().flatten();
        partial.filter_map(|tile| self.edge.hashes_of(&tile).map(|hashes| (tile, hashes)))
    }
}

/// What has to be written so that the files have a tree up to a checkpoint.
#[derive(Debug)]
pub struct Publication {
    tree: TreeSnapshot,
    checkpoint: Checkpoint,
}

impl Publication {
    /// Writes the tiles and then the checkpoint, and makes each durable.
    ///
    /// # Errors
    /// [`LogError::Io`] if a file can't be written. The files then still have the tree of an earlier checkpoint.
    pub fn write(&self) -> Result<(), LogError> {
        let (folder, full) = (&self.tree.folder, &self.tree.full);
        let tiles = full.values().map(|(tile, hashes)| (*tile, hashes.as_ref()));
        folder.write_tiles(tiles.chain(self.tree.partial_tiles()))?;
        folder.write_checkpoint(self.checkpoint.text())?;
        // Readers of an older checkpoint take the full tile in place of its parts.
        full.values().for_each(|(tile, _)| folder.remove_partial(tile));
        Ok(())
    }
}

impl TileSource for TreeSnapshot {
    fn hashes_of(&self, tile: &Tile) -> Result<Vec<u8>, LogError> {
        if let Some(hashes) = self.edge.hashes_of(tile) {
            return Ok(hashes.to_vec());
        }
        match self.full.get(&(tile.level(), tile.level_index())) {
            Some((_, hashes)) => Ok(hashes.get(..bytes_of(tile)).unwrap_or(hashes).to_vec()),
            None => PublishedTree::new(&self.folder).hashes_of(tile),
        }
    }
}
