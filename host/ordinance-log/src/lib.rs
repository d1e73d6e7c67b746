//! A transparency log: an append-only Merkle tree (RFC 6962, section 2.1) of records, whose tiles
//! (<https://c2sp.org/tlog-tiles>) are static files and whose heads are signed checkpoints
//! (<https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/signed-note>).
//!
//! The tree holds hashes of records alone. Whoever has a record, its proof and a checkpoint can tell that the log holds
//! it; whoever has two checkpoints and the tiles can tell that the later tree continues the earlier one.

mod checkpoint;
mod edge;
mod error;
mod key;
mod proof;
mod proof_reader;
mod tile_folder;
mod tree;

pub use self::checkpoint::{Checkpoint, TreeHead};
pub use self::error::{CheckpointError, KeyError, LogError, ProofError};
pub use self::key::{LogKey, LogName, LogVerifier};
pub use self::proof::{ConsistencyProof, InclusionProof};
pub use self::tile_folder::{CHECKPOINT_FILE, TileFolder};
pub use self::tree::{LogTree, Publication};

use ordinance_domain::digest::Digest;

/// The most records of a tree.
pub const RECORDS_MAX: u64 = 1 << 48;

/// The hash of a record, with which it is a leaf of the tree: SHA-256 of a zero byte and the record.
#[must_use]
pub fn leaf_hash(record: &[u8]) -> Digest {
    Digest::new(tlog_tiles::record_hash(record).0)
}
