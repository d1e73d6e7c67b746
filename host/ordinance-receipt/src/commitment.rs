//! The commitment of a record to a request and its answer.

use std::io;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;

/// The length of a salt, in bytes.
const SALT_BYTES: usize = 32;

/// What keeps a commitment from being guessed. It is handed out with the receipt and kept nowhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; SALT_BYTES]);

impl Salt {
    /// A new one, of the system's random numbers.
    ///
    /// # Errors
    /// If the system has none.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; SALT_BYTES];
        let filled = SystemRandom::new().fill(&mut bytes);
        filled.map_err(|_| io::Error::other("the system gives no random numbers"))?;
        Ok(Self(bytes))
    }

    /// Reads one in base64; `None` if it hasn't 32 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        BASE64_STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> &[u8; SALT_BYTES] {
        &self.0
    }

    /// It in base64.
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }
}

impl std::fmt::Debug for Salt {
    /// No salt is in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt")
    }
}

/// The commitment to a request and its answer.
#[must_use]
pub fn commitment(salt: &Salt, request: &str, answer: &str) -> Digest {
    let (request, answer) = (sha256(request.as_bytes()), sha256(answer.as_bytes()));
    sha256(&[&salt.0[..], request.bytes(), answer.bytes()].concat())
}

/// A hash of a proof as receipts write it: in base64.
#[must_use]
pub fn hash_text(hash: Digest) -> String {
    BASE64_STANDARD.encode(hash.bytes())
}
