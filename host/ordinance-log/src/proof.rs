//! Proofs: that a tree holds a record, and that one tree continues another (RFC 6962, sections 2.1.1 and 2.1.2).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ordinance_domain::digest::Digest;
use tlog_tiles::{Hash, check_record, check_tree};

use crate::checkpoint::TreeHead;
use crate::error::ProofError;

/// The longest proof: one hash for each level of a tree.
const HASHES_MAX: usize = 64;

/// That a tree holds a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The number of the record, from 0.
    pub index: u64,
    /// The hashes beside the way from the leaf to the root, the lowest first.
    pub hashes: Vec<Digest>,
}

/// That one tree continues an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The hashes, in the order of RFC 6962.
    pub hashes: Vec<Digest>,
}

impl InclusionProof {
    /// Its hashes in Base64.
    #[must_use]
    pub fn to_texts(&self) -> Vec<String> {
        self.hashes.iter().map(|hash| BASE64_STANDARD.encode(hash.bytes())).collect()
    }

    /// The proof whose hashes these are in Base64; `None` if one is none.
    #[must_use]
    pub fn from_texts(index: u64, hashes: &[String]) -> Option<Self> {
        let hash = |text: &String| Some(Digest::new(BASE64_STANDARD.decode(text).ok()?.try_into().ok()?));
        Some(Self { index, hashes: hashes.iter().map(hash).collect::<Option<_>>()? })
    }

    /// Checks that the tree of a head holds a record with this leaf hash.
    ///
    /// # Errors
    /// [`ProofError::NotIncluded`] otherwise.
    pub fn verify(&self, leaf: Digest, head: TreeHead) -> Result<(), ProofError> {
        if self.hashes.len() > HASHES_MAX {
            return Err(ProofError::NotIncluded);
        }
        let proof: Vec<Hash> = self.hashes.iter().map(|hash| Hash(*hash.bytes())).collect();
        let checked = check_record(&proof, head.size, Hash(*head.root.bytes()), self.index, Hash(*leaf.bytes()));
        checked.map_err(|_| ProofError::NotIncluded)
    }
}

impl ConsistencyProof {
    /// Checks that the tree of `later` begins with all records of that of `earlier`.
    ///
    /// # Errors
    /// [`ProofError::NotContinued`] otherwise, also if `later` is the smaller one.
    pub fn verify(&self, earlier: TreeHead, later: TreeHead) -> Result<(), ProofError> {
        let failed = Err(ProofError::NotContinued);
        if self.hashes.len() > HASHES_MAX || earlier.size > later.size {
            return failed;
        }
        // The library takes no empty tree, which every tree continues, and no two trees of one size.
        if earlier.size == 0 || earlier.size == later.size {
            let is_same = earlier.size == 0 || earlier.root == later.root;
            return if is_same && self.hashes.is_empty() { Ok(()) } else { failed };
        }
        let proof: Vec<Hash> = self.hashes.iter().map(|hash| Hash(*hash.bytes())).collect();
        let (later_root, earlier_root) = (Hash(*later.root.bytes()), Hash(*earlier.root.bytes()));
        check_tree(&proof, later.size, later_root, earlier.size, earlier_root).or(failed)
    }
}
