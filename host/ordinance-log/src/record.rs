//! Records, as the tree has them: the hash of each is a leaf.

use ordinance_domain::digest::Digest;

/// The most records of a tree.
pub const RECORDS_MAX: u64 = 1 << 48;

/// The hash of a record, with which it is a leaf of the tree: SHA-256 of a zero byte and the record.
#[must_use]
pub fn leaf_hash(record: &[u8]) -> Digest {
    Digest::new(tlog_tiles::record_hash(record).0)
}
