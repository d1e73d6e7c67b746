//! What can be wrong with a log, a key, a checkpoint or a proof.

use std::io;
use std::path::PathBuf;

/// The files of a tree can't be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file can't be read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process writes the tree.
    #[error("another host writes to its tree {path}", path = path.display())]
    InUse {
        /// The folder of the tree.
        path: PathBuf,
    },
    /// A file can't be fetched.
    #[error("{url}: {reason}")]
    Fetch {
        /// Which.
        url: String,
        /// Why.
        reason: String,
    },
    /// A tile that the tree needs isn't there.
    #[error("the tile {0} is missing")]
    NoTile(String),
    /// A tile has too few hashes.
    #[error("the tile {0} is cut off")]
    CutTile(String),
    /// The tiles give another tree than the checkpoint says.
    #[error("the tiles give a tree of {size} records with another root than the checkpoint")]
    OtherRoot {
        /// The size of the tree.
        size: u64,
    },
    /// The checkpoint of the tree can't be used.
    #[error("the checkpoint of the tree can't be used: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The tree ends before a record or another tree.
    #[error("the tree has {size} records and none with the number {wanted}")]
    NotInTree {
        /// The size of the tree.
        size: u64,
        /// The number of the record, from 0, or the size of the other tree.
        wanted: u64,
    },
    /// The tree has no room.
    #[error("the tree is full")]
    Full,
}

/// A text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It isn't written as a key.
    #[error("a key is written as `NAME+ID+KEY` (c2sp.org/signed-note), the secret one with `PRIVATE+KEY+` before it")]
    Format,
    /// The name of a log has characters that it may not have.
    #[error("the name of a log is 1 to 200 characters without blanks and `+`, such as decisions.example.org/host-1")]
    Name,
}

/// A text is no checkpoint of the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It isn't written as one.
    #[error("it isn't written as a checkpoint (c2sp.org/tlog-checkpoint)")]
    Format,
    /// It is of another log.
    #[error("it is of the log `{found}`, not of `{expected}`")]
    OtherLog {
        /// The name in the checkpoint.
        found: String,
        /// The name of the key.
        expected: String,
    },
    /// No signature is by the key of the log.
    #[error("the key of the log `{0}` didn't sign it")]
    NotSigned(String),
    /// The signature is by the key's name and wrong.
    #[error("its signature by the key of the log `{0}` is wrong")]
    WrongSignature(String),
}

/// A proof doesn't show what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It doesn't show that the tree holds the record.
    #[error("the proof doesn't show that the tree holds this record at this place")]
    NotIncluded,
    /// It doesn't show that one tree continues the other.
    #[error("the proof doesn't show that the later tree continues the earlier one")]
    NotContinued,
}

/// The file of a log's records doesn't fit its tree.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// It can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A record is missing before another one.
    #[error(
        "the record {missing} is missing before the record {found}; restore the file of the log, or the folder of its tree"
    )]
    MissingRecord {
        /// The number of the first that is missing.
        missing: u64,
        /// The number of the one after it.
        found: u64,
    },
    /// Its last records are missing.
    #[error(
        "it ends before the record {records}, but its checkpoint is of {published} records; restore the file of the log"
    )]
    Cut {
        /// The number of the first that is missing.
        records: u64,
        /// The records of the checkpoint.
        published: u64,
    },
    /// It has a record that no tree has, from a host without trees.
    #[error(
        "its record {number} has no number and is in no tree; end the host and run `ordinance log adopt`, which makes such \
         records leaves as they are"
    )]
    Unnumbered {
        /// The number that it would have.
        number: u64,
    },
}

/// The key of a log can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The name of the log is none.
    #[error("decision-log.name: {0}")]
    Name(KeyError),
    /// Its file can't be read or made.
    #[error("its key {path}: {source}", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its file holds no key.
    #[error("its key {path}: {source}", path = path.display())]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// It is the key of another log.
    #[error("its key {path} is of the log `{found}`, not of decision-log.name `{expected}`", path = path.display())]
    OtherLog {
        /// Which.
        path: PathBuf,
        /// The name in the key.
        found: String,
        /// The name in the settings.
        expected: String,
    },
    /// The key is missing, and a new one would begin another log.
    #[error(
        "its key {path} is missing, but {tree} has checkpoints by it; restore the key, or move the log and its tree away to \
         begin another log",
        path = path.display(), tree = tree.display()
    )]
    Lost {
        /// Where it should be.
        path: PathBuf,
        /// The folder of the tree.
        tree: PathBuf,
    },
}
