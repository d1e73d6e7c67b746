//! The keys that sign the checkpoints of a log, as texts of c2sp.org/signed-note.

use std::fmt;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use signed_note::{Signer, StandardSigner, StandardVerifier, Verifier, is_key_name_valid, key_id};

use crate::error::KeyError;

/// The first byte of an Ed25519 key.
const ED25519: u8 = 1;
/// The longest name of a log, in characters.
const NAME_CHARACTERS_MAX: usize = 200;

/// The name of a log, such as `decisions.example.org/host-1`. No two logs have one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogName(String);

impl LogName {
    /// Checks a name.
    ///
    /// # Errors
    /// [`KeyError::Name`] if it is empty or too long, or has a blank, a `+` or a control character.
    pub fn new(name: &str) -> Result<Self, KeyError> {
        let is_short = name.chars().count() <= NAME_CHARACTERS_MAX;
        if is_short && is_key_name_valid(name) && !name.chars().any(char::is_control) {
            Ok(Self(name.to_owned()))
        } else {
            Err(KeyError::Name)
        }
    }

    /// The name as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The secret key of a log.
pub struct LogKey {
    name: LogName,
    signer: StandardSigner,
    verifier: LogVerifier,
    text: String,
}

impl LogKey {
    /// Makes a key for a log of this name, from the system's random numbers.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn generate(name: &LogName) -> std::io::Result<Self> {
        let mut seed = [0; 32];
        let filled = SystemRandom::new().fill(&mut seed);
        filled.map_err(|_| std::io::Error::other("the system gives no random numbers"))?;
        Self::from_seed(name, seed).map_err(std::io::Error::other)
    }

    /// The Ed25519 key of a seed (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// [`KeyError`] if the seed gives no key.
    pub fn from_seed(name: &LogName, seed: [u8; 32]) -> Result<Self, KeyError> {
        use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::Format)?;
        let tagged = |key: &[u8]| [&[ED25519], key].concat();
        let public = tagged(pair.public_key().as_ref());
        let id = key_id(name.as_str(), &public);
        let secret = BASE64_STANDARD.encode(tagged(&seed));
        let text = format!("PRIVATE+KEY+{name}+{id:08x}+{secret}");
        let verifier = format!("{name}+{id:08x}+{}", BASE64_STANDARD.encode(public));
        Ok(Self {
            name: name.clone(),
            signer: StandardSigner::new(&text).map_err(|_| KeyError::Format)?,
            verifier: LogVerifier::parse(&verifier)?,
            text,
        })
    }

    /// Reads a secret key.
    ///
    /// # Errors
    /// [`KeyError`] if the text is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let inside = text.strip_prefix("PRIVATE+KEY+").ok_or(KeyError::Format)?;
        let mut parts = inside.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Format);
        };
        let key = BASE64_STANDARD.decode(key).map_err(|_| KeyError::Format)?;
        let seed = key.strip_prefix(&[ED25519]).and_then(|seed| seed.try_into().ok()).ok_or(KeyError::Format)?;
        let read = Self::from_seed(&LogName::new(name)?, seed)?;
        // The id in the text is that of the key.
        if read.text == text { Ok(read) } else { Err(KeyError::Format) }
    }

    /// The key as a text, which is secret.
    #[must_use]
    pub fn to_text(&self) -> &str {
        &self.text
    }

    /// The name of its log.
    #[must_use]
    pub fn name(&self) -> &LogName {
        &self.name
    }

    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> &LogVerifier {
        &self.verifier
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        &self.signer
    }
}

impl fmt::Debug for LogKey {
    /// The name alone: a secret is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The public key of a log, with which everybody checks its checkpoints.
#[derive(Clone)]
pub struct LogVerifier {
    name: LogName,
    verifier: StandardVerifier,
    text: String,
}

impl LogVerifier {
    /// Reads a public key.
    ///
    /// # Errors
    /// [`KeyError`] if the text is none.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let verifier = StandardVerifier::new(text).map_err(|_| KeyError::Format)?;
        Ok(Self { name: LogName::new(verifier.name())?, verifier, text: text.to_owned() })
    }

    /// The key as a text, which is public.
    #[must_use]
    pub fn to_text(&self) -> &str {
        &self.text
    }

    /// The name of the log.
    #[must_use]
    pub fn name(&self) -> &LogName {
        &self.name
    }

    pub(crate) fn verifier(&self) -> &StandardVerifier {
        &self.verifier
    }
}

impl fmt::Debug for LogVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for LogVerifier {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for LogVerifier {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = LogKey::generate(&LogName::new("log.example/1").unwrap()).unwrap();
        let read = LogKey::parse(&format!("{}\n", key.to_text())).unwrap();
        assert_eq!(read.to_text(), key.to_text());
        assert_eq!(read.verifier(), key.verifier());
        assert_eq!(LogVerifier::parse(key.verifier().to_text()).unwrap().name(), key.name());
        assert!(!format!("{key:?}").contains(key.to_text()));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let key = LogKey::generate(&LogName::new("log.example/1").unwrap()).unwrap();
        let altered_name = key.to_text().replace("log.example/1", "log.example/2");
        let cut = key.to_text().get(..key.to_text().len() - 4).unwrap_or_default();
        for text in ["", "PRIVATE+KEY+", "PRIVATE+KEY+a+b+c", key.verifier().to_text(), &altered_name, cut] {
            assert_eq!(LogKey::parse(text).err(), Some(KeyError::Format), "{text}");
        }
        for name in ["", "a b", "a+b", "a\u{7}", &"a".repeat(201)] {
            assert_eq!(LogName::new(name), Err(KeyError::Name), "{name}");
        }
    }
}
