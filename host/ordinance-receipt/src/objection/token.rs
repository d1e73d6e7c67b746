//! What only the holder of a receipt can compute.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;

use crate::commitment::Salt;

/// What the token is a hash of, before the salt.
const TOKEN_WORD: &[u8] = b"objection";
/// What the fingerprint is a hash of, before the salt.
const FINGERPRINT_WORD: &[u8] = b"objection content";

/// The secret by which the holder of a receipt asks how the objection stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ObjectionToken(Digest);

impl ObjectionToken {
    /// The token of a receipt with this salt.
    #[must_use]
    pub fn of(salt: &Salt) -> Self {
        Self(sha256(&[TOKEN_WORD, salt.bytes()].concat()))
    }

    /// Reads one; `None` if the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        Some(Self(Digest::new(bytes)))
    }

    /// It as text: 43 letters.
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.bytes())
    }

    /// Its hash, by which it is known again. The hash opens nothing.
    #[must_use]
    pub fn hash(&self) -> Digest {
        sha256(self.0.bytes())
    }
}

impl std::fmt::Debug for ObjectionToken {
    /// No token is in a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ObjectionToken")
    }
}

/// What tells whether the same is objected once more. Without the salt nobody can find the reason by trying likely
/// ones.
#[must_use]
pub fn fingerprint(salt: &Salt, reason: &str, contact: Option<&str>) -> Digest {
    let (reason, contact) = (sha256(reason.as_bytes()), sha256(contact.unwrap_or_default().as_bytes()));
    sha256(&[FINGERPRINT_WORD, salt.bytes(), reason.bytes(), contact.bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_the_documented_hash_of_the_salt() {
        let salt = Salt::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let token = ObjectionToken::of(&salt);
        // printf 'objection' and the bytes 00 to 1f, by sha256sum and basenc --base64url
        assert_eq!(token.to_text(), "aejK2iXILgmykUwr28uu30crsV58x1U5ROLOtOyM08s");
        assert_eq!(ObjectionToken::parse(&token.to_text()), Some(token));
        assert_eq!(ObjectionToken::parse("AAAA"), None);
    }

    #[test]
    fn a_fingerprint_tells_reasons_and_contacts_apart() {
        let salt = Salt::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        let one = fingerprint(&salt, "a", None);
        assert_eq!(one, fingerprint(&salt, "a", Some("")));
        assert_ne!(one, fingerprint(&salt, "b", None));
        assert_ne!(one, fingerprint(&salt, "a", Some("x")));
    }
}
