//! The thread that writes the file of the decision log. It writes lines that come together in one group, and makes
//! them leaves of the tree when they are written.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use ordinance_log::LogKey;
use ordinance_log::lines::{end_of_lines, numbered};
use tokio::sync::{mpsc, oneshot};

use crate::audit::record_proof::WrittenRecord;
use crate::audit::record_tree::{RecordTree, start_publisher};

/// The most lines of a group.
const GROUP_MAX: usize = 1024;
/// How long a group of several lines waits for more before it is synced, so that the disk's time is divided among more
/// of them. A line that comes alone doesn't wait.
const COMMIT_DELAY: Duration = Duration::from_micros(200);

/// A line for the writer, and where it says that the line is written.
pub(super) struct Entry {
    /// Empty to try whether a line can be written.
    pub(super) line: Vec<u8>,
    /// Whether the request wants what a proof is made of.
    pub(super) wants_proof: bool,
    pub(super) done: oneshot::Sender<Result<Option<WrittenRecord>, UnwritableError>>,
}

/// A line can't be written.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the decision log can't be written")]
pub(super) struct UnwritableError;

/// Opens the file, makes it if there is none (for its owner and group alone), and locks it for this process.
fn open_alone(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o640).open(path)?;
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::Error(error) => error,
        std::fs::TryLockError::WouldBlock => io::Error::other("another host writes to it"),
    })?;
    remove_cut_line(&mut file)?;
    Ok(file)
}

/// Removes the end of a log behind its last whole line: a line that a crash cut off was never answered for.
fn remove_cut_line(file: &mut File) -> io::Result<()> {
    let found = file.metadata()?;
    if !found.is_file() {
        return Ok(());
    }
    let end = end_of_lines(file)?;
    if end == found.len() { Ok(()) } else { file.set_len(end) }
}

/// Adds the lines that come within the delay to a group.
fn wait_for_more(group: &mut Vec<Entry>, entries: &mut mpsc::Receiver<Entry>) {
    std::thread::sleep(COMMIT_DELAY);
    while group.len() < GROUP_MAX
        && let Ok(entry) = entries.try_recv()
    {
        group.push(entry);
    }
}

/// The only writer of a file.
pub(super) struct LineWriter {
    path: PathBuf,
    file: File,
    /// The tree of a regular file, and what ends its publisher.
    tree: Option<(Arc<RecordTree>, Sender<()>)>,
    /// Whether a failed write may have left a part of a line.
    torn: bool,
    /// The bytes of a probe: as many as the longest line that failed since a line was last written.
    probe_bytes: usize,
    sync: bool,
    healthy: Arc<AtomicBool>,
}

impl LineWriter {
    /// Opens the file for this process alone. A regular file has a tree, whose checkpoints `key` signs.
    pub(super) fn open(path: &Path, sync: bool, key: impl FnOnce() -> io::Result<LogKey>) -> io::Result<Self> {
        let mut file = open_alone(path)?;
        let tree = if file.metadata()?.is_file() {
            let tree = Arc::new(RecordTree::open(path, &mut file, key()?, sync)?);
            let publisher = start_publisher(Arc::clone(&tree))?;
            Some((tree, publisher))
        } else {
            None
        };
        let healthy = Arc::new(AtomicBool::new(true));
        Ok(Self { path: path.to_owned(), file, tree, torn: false, probe_bytes: 1, sync, healthy })
    }

    /// Whether the last group was written.
    pub(super) fn healthy(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.healthy)
    }

    /// The tree; `None` where the log is no regular file.
    pub(super) fn tree(&self) -> Option<Arc<RecordTree>> {
        self.tree.as_ref().map(|(tree, _)| Arc::clone(tree))
    }

    /// Writes what comes, until nothing can come any more.
    pub(super) fn run(mut self, mut entries: mpsc::Receiver<Entry>) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        while entries.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
            if self.sync && (2..GROUP_MAX).contains(&group.len()) {
                wait_for_more(&mut group, &mut entries);
            }
            // A request that no longer waits got an error: its decision was not given and is not recorded.
            group.retain(|entry: &Entry| !entry.done.is_closed());
            let written = self.write(&group).map_err(|error| {
                tracing::error!(%error, "the decision log can't be written");
                UnwritableError
            });
            self.healthy.store(written.is_ok(), Ordering::Relaxed);
            let mut proofs = written.map(Vec::into_iter);
            for entry in group.drain(..) {
                let proof = proofs.as_mut().map(|proofs| proofs.next().flatten()).map_err(|error| *error);
                // A request may have given up meanwhile; its record then has no reply.
                let _ = entry.done.send(proof);
            }
        }
    }

    /// Writes all lines or none: what a failure left of them is cut off again. A group without a line is a probe,
    /// which is cut off in any case. Returns, in the order of the group, what proofs are made of.
    fn write(&mut self, group: &[Entry]) -> io::Result<Vec<Option<WrittenRecord>>> {
        self.follow_path()?;
        let longest = group.iter().map(|entry| entry.line.len()).max().unwrap_or_default();
        let is_probe = longest == 0;
        if let Some((tree, _)) = &self.tree
            && !tree.has_room()
        {
            return Err(io::Error::other("its tree can't be published for so long that it takes no more records"));
        }
        // Empty lines: whatever stays of a probe where it can't be cut off is no part of a record.
        let records = if is_probe { vec![vec![b'\n'; self.probe_bytes]] } else { self.number(group) };
        let written = self.write_lines(&records, is_probe);
        if !is_probe {
            self.probe_bytes = if written.is_ok() { 1 } else { self.probe_bytes.max(longest) };
        }
        written?;
        if is_probe { Ok(Vec::new()) } else { self.grow_tree(group, records) }
    }

    /// Writes lines, and cuts them off again if that fails or they are a probe.
    fn write_lines(&mut self, records: &[Vec<u8>], is_probe: bool) -> io::Result<()> {
        let was_torn = self.torn;
        let mut lines = if was_torn { b"\n".to_vec() } else { Vec::new() };
        records.iter().for_each(|record| lines.extend_from_slice(record));
        let before = self.file.metadata()?.len();
        let written = self.file.write_all(&lines).and_then(|()| if self.sync { self.file.sync_data() } else { Ok(()) });
        self.torn = false;
        if is_probe || written.is_err() {
            // A part that can't be cut off is ended before the next line, so that no line follows a part of another.
            self.torn = was_torn || self.file.set_len(before).is_err();
        }
        written
    }

    /// The lines of a group, with the numbers that their records have in the tree.
    fn number(&self, group: &[Entry]) -> Vec<Vec<u8>> {
        let Some((tree, _)) = &self.tree else { return group.iter().map(|entry| entry.line.clone()).collect() };
        // A line that is empty is a probe among lines.
        let lines = group.iter().map(|entry| entry.line.as_slice());
        let mut next = tree.size();
        let number = |line: &[u8]| {
            let numbered = numbered(line, next);
            next += 1;
            numbered
        };
        lines.filter(|line| !line.is_empty()).map(number).collect()
    }

    /// Makes the records of a group leaves of the tree.
    fn grow_tree(&self, group: &[Entry], records: Vec<Vec<u8>>) -> io::Result<Vec<Option<WrittenRecord>>> {
        let Some((tree, _)) = &self.tree else { return Ok(Vec::new()) };
        let first = tree.size();
        let signs = group.iter().any(|entry| entry.wants_proof);
        let signed = tree.append(records.iter().map(Vec::as_slice), signs).map_err(io::Error::other)?;
        let Some(signed) = signed.map(Arc::new) else { return Ok(Vec::new()) };
        let mut numbered = (first..).zip(records);
        let proofs = group.iter().map(|entry| {
            // An empty line is a probe, which is no record.
            let (index, line) = if entry.line.is_empty() { None } else { numbered.next() }?;
            entry.wants_proof.then(|| WrittenRecord { line, index, signed: Arc::clone(&signed) })
        });
        Ok(proofs.collect())
    }

    /// A file that was renamed or removed is no longer the log: the next line begins a new one at the path.
    fn follow_path(&mut self) -> io::Result<()> {
        let open = self.file.metadata()?;
        let same =
            std::fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == (open.dev(), open.ino()));
        if !same {
            let begin = || open_alone(&self.path);
            self.file = match &self.tree {
                Some((tree, _)) => tree.begin_file(begin)?,
                None => begin()?,
            };
            self.torn = false;
            tracing::info!("the decision log begins a new file");
        }
        Ok(())
    }
}
