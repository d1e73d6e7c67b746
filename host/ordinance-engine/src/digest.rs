//! SHA-256 digests of bytes.

use ordinance_domain::digest::Digest;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of the bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::new(Sha256::digest(bytes).into())
}
