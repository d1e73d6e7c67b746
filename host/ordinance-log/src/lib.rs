//! A transparency log: an append-only Merkle tree (RFC 6962, section 2.1) of records, whose tiles
//! (<https://c2sp.org/tlog-tiles>) are static files and whose heads are signed checkpoints
//! (<https://c2sp.org/tlog-checkpoint>, <https://c2sp.org/signed-note>).
//!
//! The tree holds hashes of records alone; the records are lines of a file beside it. Whoever has a record, its proof
//! and a checkpoint can tell that the log holds it; whoever has two checkpoints and the tiles can tell that the later
//! tree continues the earlier one.

mod checkpoint;
mod edge;
mod error;
mod key;
mod key_file;
pub mod lines;
mod proof;
mod proof_reader;
mod published_tree;
mod record;
mod tile_folder;
mod tree;

pub use self::checkpoint::{Checkpoint, TreeHead};
pub use self::error::{CheckpointError, KeyError, KeyFileError, LinesError, LogError, ProofError};
pub use self::key::{LogKey, LogName, LogVerifier};
pub use self::key_file::{key_path, open_key_file, read_key_file, tree_path};
pub use self::proof::{ConsistencyProof, InclusionProof};
pub use self::published_tree::{CHECKPOINT_FILE, PublishedTree, RegrownTree, TileFiles};
pub use self::record::{RECORDS_MAX, leaf_hash};
pub use self::tile_folder::TileFolder;
pub use self::tree::{LogTree, Publication, TreeSnapshot};
