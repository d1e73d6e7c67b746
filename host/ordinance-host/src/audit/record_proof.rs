//! The proof that a record is in the log, as the reply to its request has it.

use std::sync::Arc;

use ordinance_domain::digest::Digest;
use ordinance_log::LogError;

use crate::audit::record_tree::SignedTree;

/// That the log holds a record: an inclusion proof in the tree right after it was written, whose head the log signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordProof {
    /// The record, which is the leaf: its line without the end.
    pub(crate) line: Vec<u8>,
    /// Its number, from 0.
    pub(crate) index: u64,
    /// The hashes beside the way from the leaf to the root, the lowest first.
    pub(crate) hashes: Vec<Digest>,
    /// The signed head of the tree (c2sp.org/tlog-checkpoint).
    pub(crate) checkpoint: String,
}

/// What a proof is made of, as the writer leaves it: the request computes the proof, so that no other line waits for
/// it.
pub(super) struct WrittenRecord {
    pub(super) line: Vec<u8>,
    pub(super) index: u64,
    pub(super) signed: Arc<SignedTree>,
}

impl WrittenRecord {
    /// Computes the proof, from memory alone.
    pub(super) fn prove(self) -> Result<RecordProof, LogError> {
        let (_, proof) = self.signed.tree.prove_inclusion(self.index)?;
        let mut line = self.line;
        line.pop_if(|last| *last == b'\n');
        let checkpoint = self.signed.checkpoint.text().to_owned();
        Ok(RecordProof { line, index: self.index, hashes: proof.hashes, checkpoint })
    }
}
