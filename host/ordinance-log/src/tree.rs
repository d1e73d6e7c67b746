//! The tree of a log, as its only writer has it: it appends records, signs heads, publishes tiles and proves.

use std::collections::BTreeMap;

use ordinance_domain::digest::Digest;
use tlog_tiles::{Hash, Tile};

use crate::checkpoint::{Checkpoint, TreeHead};
use crate::edge::{Edge, bytes_of, whole};
use crate::error::LogError;
use crate::key::{LogKey, LogVerifier};
use crate::proof::InclusionProof;
use crate::proof_reader::{ProofReader, TileSource};
use crate::tile_folder::{TileFolder, tile_path};

/// A tree in a folder.
#[derive(Debug)]
pub struct LogTree {
    folder: TileFolder,
    edge: Edge,
    /// The full tiles that aren't published, by their paths.
    full: BTreeMap<String, (Tile, Vec<u8>)>,
    /// The size of the published tree.
    published: u64,
}

impl LogTree {
    /// Opens the tree that was published in a folder, or an empty one, and checks that its tiles give the root of its
    /// checkpoint.
    ///
    /// # Errors
    /// [`LogError`] if a file can't be read, the checkpoint isn't by this log or the tiles don't fit it.
    pub fn open(folder: TileFolder, verifier: &LogVerifier) -> Result<Self, LogError> {
        let head = match folder.read_checkpoint()? {
            Some(text) => Checkpoint::verify(&text, verifier)?.head(),
            None => return Ok(Self { folder, edge: Edge::default(), full: BTreeMap::new(), published: 0 }),
        };
        let read = |tile: Option<Tile>| tile.map_or_else(|| Ok(Vec::new()), |tile| folder.hashes_of(&tile));
        let levels = Edge::partial_tiles(head.size).into_iter().map(read).collect::<Result<_, _>>()?;
        let edge = Edge::new(head.size, levels);
        if edge.root().0 != *head.root.bytes() {
            return Err(LogError::OtherRoot { size: head.size });
        }
        Ok(Self { folder, edge, full: BTreeMap::new(), published: head.size })
    }

    /// The number of records.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The number of records of the published tree.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.published
    }

    /// The size and the root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.edge.size(), root: Digest::new(self.edge.root().0) }
    }

    /// Appends a record with this leaf hash. Returns its number, from 0.
    ///
    /// # Errors
    /// [`LogError::Full`] if the tree has no room.
    pub fn append(&mut self, leaf: Digest) -> Result<u64, LogError> {
        let index = self.edge.size();
        for full in self.edge.append(Hash(*leaf.bytes()))? {
            self.full.insert(tile_path(&full.tile), (full.tile, full.hashes));
        }
        Ok(index)
    }

    /// Signs the head and takes what has to be written for it, so that records can be appended while it is written.
    ///
    /// # Errors
    /// [`LogError`] if the key can't sign.
    pub fn begin_publication(&self, key: &LogKey) -> Result<Publication, LogError> {
        let checkpoint = Checkpoint::sign(self.head(), key)?;
        let partial = Edge::partial_tiles(self.size()).into_iter().flatten();
        let partial = partial.filter_map(|tile| self.edge.hashes_of(&tile).map(|hashes| (tile, hashes.to_vec())));
        let partial = partial.collect();
        Ok(Publication { folder: self.folder.clone(), full: self.full.clone(), partial, checkpoint })
    }

    /// Notes that a publication was written.
    pub fn end_publication(&mut self, written: &Publication) {
        self.full.retain(|path, _| !written.full.contains_key(path));
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

    /// Proves that the tree of a head, which this one continues, holds a record.
    ///
    /// # Errors
    /// [`LogError`] if the record isn't in that tree, or the tiles don't give its root.
    pub fn prove_inclusion(&self, index: u64, head: TreeHead) -> Result<InclusionProof, LogError> {
        if head.size > self.size() {
            return Err(LogError::NotInTree { size: self.size(), wanted: head.size });
        }
        ProofReader::new(self, head).prove_inclusion(index)
    }
}

/// What has to be written so that the files have a tree up to a checkpoint.
#[derive(Debug)]
pub struct Publication {
    folder: TileFolder,
    full: BTreeMap<String, (Tile, Vec<u8>)>,
    partial: Vec<(Tile, Vec<u8>)>,
    checkpoint: Checkpoint,
}

impl Publication {
    /// Writes the tiles and then the checkpoint, and makes each durable.
    ///
    /// # Errors
    /// [`LogError::Io`] if a file can't be written. The files then still have the tree of an earlier checkpoint.
    pub fn write(&self) -> Result<(), LogError> {
        for (tile, hashes) in self.full.values().chain(&self.partial) {
            self.folder.write_tile(tile, hashes)?;
        }
        self.folder.write_checkpoint(self.checkpoint.text())?;
        // Readers of an older checkpoint take the full tile in place of its parts.
        self.full.values().for_each(|(tile, _)| self.folder.remove_partial(tile));
        Ok(())
    }
}

impl TileSource for LogTree {
    fn hashes_of(&self, tile: &Tile) -> Result<Vec<u8>, LogError> {
        if let Some(hashes) = self.edge.hashes_of(tile) {
            return Ok(hashes.to_vec());
        }
        match self.full.get(&tile_path(&whole(tile))) {
            Some((_, hashes)) => Ok(hashes.get(..bytes_of(tile)).unwrap_or(hashes).to_vec()),
            None => self.folder.hashes_of(tile),
        }
    }
}
