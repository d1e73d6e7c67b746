//! SHA-256 digests of bytes, and those that only the holder of a secret key can make.

use hmac::{Hmac, Mac};
use ordinance_domain::digest::Digest;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of the bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest::new(Sha256::digest(bytes).into())
}

/// A secret key of digests (HMAC-SHA-256, RFC 2104): who doesn't have it can neither make a digest nor confirm by one
/// what was digested. It is never shown.
#[derive(Clone)]
pub struct DigestKey(Vec<u8>);

impl DigestKey {
    /// Takes a secret key.
    #[must_use]
    pub fn new(key: Vec<u8>) -> Self {
        Self(key)
    }

    /// A new secret key that nobody knows and that no other process has.
    #[cfg(not(target_family = "wasm"))]
    #[must_use]
    pub fn random() -> Self {
        use uuid::Uuid;
        // Each UUID of version 4 has 122 random bits.
        let parts = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()];
        Self(parts.iter().flat_map(|part| *part.as_bytes()).collect())
    }

    /// The digest of several parts, in their order.
    #[must_use]
    pub fn digest(&self, parts: &[&[u8]]) -> Digest {
        // Any length of key is taken.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return Digest::new([0; 32]) };
        for part in parts {
            // With its length before it, no part can pass for the end of another.
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Digest::new(mac.finalize().into_bytes().into())
    }
}
