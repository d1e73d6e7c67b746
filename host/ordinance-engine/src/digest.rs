//! SHA-256 digests of files, in hexadecimal.

use sha2::{Digest, Sha256};

/// The SHA-256 of the bytes, 64 hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
