//! The Merkle tree over the records of the decision log. A record is a leaf as soon as its line is on the disk; tiles
//! and checkpoint follow within a second. After a crash the tree is made up from the lines that came after the last
//! checkpoint, so that it never lacks a record that was answered.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ordinance_log::lines::leaves_after;
use ordinance_log::{
    Checkpoint, LogError, LogKey, LogTree, LogVerifier, PublishedTree, TileFolder, TreeSnapshot, leaf_hash, tree_path,
};

use crate::mutex::lock;

/// How old the published checkpoint may be while records come.
const PUBLICATION_INTERVAL: Duration = Duration::from_secs(1);
/// The most records whose tiles wait to be published: 32 bytes of memory each. Beyond it nothing is recorded.
const UNPUBLISHED_MAX: u64 = 1 << 20;

/// The tree of a log that this process writes.
pub(crate) struct RecordTree {
    tree: Mutex<LogTree>,
    key: LogKey,
    /// The file of the records, where a line isn't on the disk before its record is a leaf. A checkpoint must not be
    /// of records that a crash loses.
    unsynced: Option<Mutex<File>>,
    /// The lock on the folder: a host whose file was renamed may still publish there.
    _alone: File,
    /// Held while a checkpoint is written, so that no older one follows it.
    publishing: Mutex<()>,
}

/// A head that the log signed, with the tree that it is of.
pub(crate) struct SignedTree {
    pub(crate) tree: TreeSnapshot,
    pub(crate) checkpoint: Checkpoint,
}

impl RecordTree {
    /// Opens the tree beside a log, with the records that came after its checkpoint.
    pub(super) fn open(path: &Path, lines: &mut File, key: LogKey, sync: bool) -> io::Result<Self> {
        let folder = TileFolder::new(tree_path(path));
        let alone = folder.lock().map_err(io::Error::other)?;
        let is_new = PublishedTree::new(&folder).read_checkpoint().map_err(io::Error::other)?.is_none();
        let mut tree = LogTree::open(folder, key.verifier()).map_err(io::Error::other)?;
        for leaf in leaves_after(lines, tree.size()).map_err(io::Error::other)? {
            tree.append(leaf).map_err(io::Error::other)?;
        }
        let unsynced = if sync { None } else { Some(Mutex::new(lines.try_clone()?)) };
        let opened = Self { tree: Mutex::new(tree), key, unsynced, _alone: alone, publishing: Mutex::default() };
        if is_new {
            // Where the folder can't be written, the operator learns it now.
            opened.write_checkpoint().map_err(io::Error::other)?;
        }
        Ok(opened)
    }

    /// The public key of the log.
    pub(crate) fn verifier(&self) -> &LogVerifier {
        self.key.verifier()
    }

    /// The number of the next record, from 0.
    pub(super) fn size(&self) -> u64 {
        lock(&self.tree).size()
    }

    /// Whether the tree can take a group of records.
    pub(super) fn has_room(&self) -> bool {
        let tree = lock(&self.tree);
        tree.size() - tree.published() < UNPUBLISHED_MAX
    }

    /// Appends records whose lines are written, and signs the tree right after them if one of them asks for that.
    pub(super) fn append<'a>(
        &self,
        lines: impl Iterator<Item = &'a [u8]>,
        signs: bool,
    ) -> Result<Option<SignedTree>, LogError> {
        let grown = {
            let mut tree = lock(&self.tree);
            for line in lines {
                tree.append(leaf_hash(line.strip_suffix(b"\n").unwrap_or(line)))?;
            }
            // Taken before anything is published, so that what is appended is in memory.
            signs.then(|| tree.snapshot())
        };
        grown.map(|tree| self.sign(tree)).transpose()
    }

    /// The tree as it is now, signed.
    pub(crate) fn signed(&self) -> Result<SignedTree, LogError> {
        let tree = lock(&self.tree).snapshot();
        self.sign(tree)
    }

    fn sign(&self, tree: TreeSnapshot) -> Result<SignedTree, LogError> {
        let checkpoint = tree.sign(&self.key)?;
        Ok(SignedTree { tree, checkpoint })
    }

    /// Publishes the tree, if it grew. Records are appended meanwhile.
    pub(crate) fn publish(&self) -> Result<(), LogError> {
        let has_grown = {
            let tree = lock(&self.tree);
            tree.published() < tree.size()
        };
        if has_grown { self.write_checkpoint() } else { Ok(()) }
    }

    fn write_checkpoint(&self) -> Result<(), LogError> {
        let _alone = lock(&self.publishing);
        let publication = lock(&self.tree).begin_publication(&self.key)?;
        if let Some(lines) = &self.unsynced {
            let lines = lock(lines);
            lines.sync_data().map_err(|source| LogError::Io { path: "the file of the records".into(), source })?;
        }
        publication.write()?;
        lock(&self.tree).end_publication(&publication);
        Ok(())
    }

    /// Publishes what the log has in its file, before it goes on in another one: no earlier record is looked for
    /// there.
    pub(super) fn begin_file(&self, open: impl FnOnce() -> io::Result<File>) -> io::Result<File> {
        self.publish().map_err(io::Error::other)?;
        let file = open()?;
        if let Some(lines) = &self.unsynced {
            *lock(lines) = file.try_clone()?;
        }
        Ok(file)
    }
}

/// Starts the thread that publishes the tree once in each interval in which it grew, until the sender is dropped.
pub(super) fn start_publisher(tree: Arc<RecordTree>) -> io::Result<Sender<()>> {
    let (publisher, stop) = channel();
    let run = move || publish_until(&stop, &tree);
    std::thread::Builder::new().name("decision-log-tiles".to_owned()).spawn(run)?;
    Ok(publisher)
}

fn publish_until(stop: &Receiver<()>, tree: &RecordTree) {
    let mut is_told = false;
    while stop.recv_timeout(PUBLICATION_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        match tree.publish() {
            Ok(()) => is_told = false,
            Err(error) if !is_told => {
                tracing::error!(%error, "the tree of the decision log can't be published");
                is_told = true;
            }
            Err(_) => {}
        }
    }
}
