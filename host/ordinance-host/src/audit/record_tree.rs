//! The Merkle tree over the records of the decision log. A record is a leaf as soon as its line is on the disk; tiles and
//! checkpoint follow within a second. After a crash the tree is made up from the lines that came after the last
//! checkpoint, so that it never lacks a record that was answered.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ordinance_log::{LogError, LogKey, LogTree, TileFolder, leaf_hash};

/// How old the published checkpoint may be while records come.
const PUBLICATION_INTERVAL: Duration = Duration::from_secs(1);
/// The bytes of a log that are read first, from its end; then twice as many each time.
const BLOCK_BYTES: u64 = 1 << 16;
/// What a record begins with, before its number.
const NUMBER_MEMBER: &[u8] = b"{\"index\":";

/// The tree of a log that this process writes.
pub(super) struct RecordTree {
    tree: Arc<Mutex<LogTree>>,
    key: Arc<LogKey>,
    /// The publisher ends when this is dropped.
    _publisher: Sender<()>,
}

impl RecordTree {
    /// Opens the tree beside a log, with the records that came after its checkpoint, and starts the thread that publishes
    /// it.
    pub(super) fn open(path: &Path, lines: &mut File, key: LogKey) -> io::Result<Self> {
        let mut tree = LogTree::open(TileFolder::new(tree_path(path)), key.verifier()).map_err(io::Error::other)?;
        let published = tree.size();
        for record in records_from(lines, published)? {
            tree.append(leaf_hash(&record)).map_err(io::Error::other)?;
        }
        let (tree, key) = (Arc::new(Mutex::new(tree)), Arc::new(key));
        let (publisher, stop) = channel();
        let (published, signing) = (Arc::clone(&tree), Arc::clone(&key));
        let run = move || publish_until(&stop, &published, &signing);
        std::thread::Builder::new().name("decision-log-tiles".to_owned()).spawn(run)?;
        Ok(Self { tree, key, _publisher: publisher })
    }

    /// The number of the next record, from 0.
    pub(super) fn size(&self) -> u64 {
        lock(&self.tree).size()
    }

    /// Appends records whose lines are on the disk.
    pub(super) fn append<'a>(&self, lines: impl Iterator<Item = &'a [u8]>) -> Result<(), LogError> {
        let mut tree = lock(&self.tree);
        for line in lines {
            tree.append(leaf_hash(record_of(line)))?;
        }
        Ok(())
    }

    /// Publishes the tree now: before the log goes on in another file, in which no earlier record is looked for.
    pub(super) fn publish(&self) -> Result<(), LogError> {
        lock(&self.tree).publish(&self.key).map(drop)
    }
}

/// A record with its number, which makes the leaf say its own place.
pub(super) fn numbered(record: &[u8], number: u64) -> Vec<u8> {
    let members = record.strip_prefix(b"{").unwrap_or(record);
    let mut line = NUMBER_MEMBER.to_vec();
    line.extend_from_slice(number.to_string().as_bytes());
    line.push(b',');
    line.extend_from_slice(members);
    line
}

/// The folder of the tiles of a log.
pub(crate) fn tree_path(log: &Path) -> PathBuf {
    with_suffix(log, ".tree")
}

/// The file of the key of a log, where the settings name none.
pub(crate) fn key_path(log: &Path) -> PathBuf {
    with_suffix(log, ".key")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(suffix);
    PathBuf::from(path)
}

fn lock(tree: &Mutex<LogTree>) -> MutexGuard<'_, LogTree> {
    tree.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Publishes the tree once in each interval in which it grew, and a last time when it ends.
fn publish_until(stop: &Receiver<()>, tree: &Mutex<LogTree>, key: &LogKey) {
    let mut is_told = false;
    loop {
        let is_last = stop.recv_timeout(PUBLICATION_INTERVAL) == Err(RecvTimeoutError::Disconnected);
        match publish_grown(tree, key) {
            Ok(()) => is_told = false,
            Err(error) if !is_told => {
                tracing::error!(%error, "the tree of the decision log can't be published");
                is_told = true;
            }
            Err(_) => {}
        }
        if is_last {
            return;
        }
    }
}

fn publish_grown(tree: &Mutex<LogTree>, key: &LogKey) -> Result<(), LogError> {
    let publication = {
        let tree = lock(tree);
        if tree.published() == tree.size() {
            return Ok(());
        }
        tree.begin_publication(key)?
    };
    // Records are appended meanwhile.
    publication.write()?;
    lock(tree).end_publication(&publication);
    Ok(())
}

/// The records of a log from a number on, without their line ends. They are its last lines, so the file is read from its
/// end. Of two lines with one number the later one is the record: a write that failed may have left the other one.
fn records_from(lines: &mut File, first: u64) -> io::Result<Vec<Vec<u8>>> {
    let mut records: Vec<Vec<u8>> = Vec::new();
    let tail = tail_from(lines, first)?;
    for line in tail.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Some(number) = number_of(line).filter(|number| *number >= first) else { continue };
        let place = usize::try_from(number - first).unwrap_or(usize::MAX);
        if place > records.len() {
            return Err(io::Error::other(format!(
                "the record {} is missing before the record {number}; restore the file of the log",
                first + u64::try_from(records.len()).unwrap_or_default()
            )));
        }
        records.truncate(place);
        records.push(line.to_vec());
    }
    Ok(records)
}

/// The end of the log, from a line before the record of this number on.
fn tail_from(lines: &mut File, first: u64) -> io::Result<Vec<u8>> {
    let mut start = lines.metadata()?.len();
    let mut tail = Vec::new();
    let mut block = BLOCK_BYTES;
    while start > 0 {
        let read = start.min(block);
        start -= read;
        block = block.saturating_mul(2);
        let mut bytes = vec![0; usize::try_from(read).unwrap_or_default()];
        lines.seek(SeekFrom::Start(start))?;
        lines.read_exact(&mut bytes)?;
        bytes.append(&mut tail);
        tail = bytes;
        // The first line of the tail may be the end of one.
        let mut whole = tail.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty());
        if whole.next().is_some_and(|line| number_of(line).is_none_or(|number| number < first)) {
            break;
        }
    }
    check_last(&tail, first)?;
    Ok(tail)
}

/// Checks that a log wasn't cut behind its checkpoint, and isn't one from before there was a tree.
fn check_last(tail: &[u8], published: u64) -> io::Result<()> {
    let last = tail.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
    match last.map(number_of) {
        Some(Some(number)) if number + 1 < published => Err(io::Error::other(format!(
            "its last record has the number {number}, but its checkpoint is of {published} records; restore the file of \
             the log"
        ))),
        Some(None) if published == 0 => Err(io::Error::other(
            "it has records without a tree; `ordinance log adopt` makes them the first leaves of one",
        )),
        Some(_) | None => Ok(()),
    }
}

fn number_of(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(NUMBER_MEMBER)?;
    let digits = rest.split(|byte| *byte == b',').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn record_of(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}
