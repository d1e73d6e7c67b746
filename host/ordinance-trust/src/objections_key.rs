//! The key to which objections are sealed: X25519 (age), its secret half in a file that a passphrase seals, its public
//! half beside it in a file of its own. Who has the secret half can also open objections by any other program for age.

use std::io::{self, Read as _, Write as _};
use std::path::Path;

use age::secrecy::{ExposeSecret as _, SecretString};

use crate::key::{SealedKeyError, create_key_files, open_key_file, read_public_file};

/// The secret half, with which an authority opens objections.
pub struct ObjectionsKey(age::x25519::Identity);

/// The public half, to which a host seals objections: `age1` and more letters.
#[derive(Clone, PartialEq, Eq)]
pub struct ObjectionsRecipient(age::x25519::Recipient);

/// A text is no public key for objections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no public key for objections: it begins with `age1`, as `ordinance objections key` writes it")]
pub struct NoRecipientError;

/// Why a sealed file can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// It is sealed to another key.
    #[error("it is sealed to another key")]
    OtherKey,
    /// It isn't as it was sealed.
    #[error("it is damaged, or nothing that was sealed")]
    Damaged,
}

impl ObjectionsKey {
    /// Makes a key and writes it: sealed to `path`, for its owner alone to read, and its public half to `path.pub`.
    ///
    /// # Errors
    /// [`SealedKeyError`] if a file exists already or can't be written.
    pub fn create(path: &Path, passphrase: SecretString) -> Result<Self, SealedKeyError> {
        let key = Self(age::x25519::Identity::generate());
        let secret = key.0.to_string();
        create_key_files(path, secret.expose_secret().as_bytes(), &key.recipient().to_text(), passphrase)?;
        Ok(key)
    }

    /// Opens a key.
    ///
    /// # Errors
    /// [`SealedKeyError`] if the file is no key or the passphrase is another one.
    pub fn open(path: &Path, passphrase: SecretString) -> Result<Self, SealedKeyError> {
        let secret = open_key_file(path, passphrase)?;
        let text = std::str::from_utf8(&secret).ok();
        let identity = text.and_then(|text| text.trim().parse().ok());
        identity.map(Self).ok_or_else(|| SealedKeyError::NoObjectionsKey(path.to_owned()))
    }

    /// Its public half.
    #[must_use]
    pub fn recipient(&self) -> ObjectionsRecipient {
        ObjectionsRecipient(self.0.to_public())
    }

    /// Opens what was sealed to its public half, of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// [`UnsealError`] if it is sealed to another key, too long, or not as it was sealed.
    pub fn unseal(&self, sealed: &[u8], bytes_max: u64) -> Result<Vec<u8>, UnsealError> {
        let decryptor = age::Decryptor::new(sealed).map_err(|_| UnsealError::Damaged)?;
        let reader =
            decryptor.decrypt(std::iter::once(&self.0 as &dyn age::Identity)).map_err(|error| match error {
                age::DecryptError::NoMatchingKeys => UnsealError::OtherKey,
                _ => UnsealError::Damaged,
            })?;
        let mut opened = Vec::new();
        let read = reader.take(bytes_max.saturating_add(1)).read_to_end(&mut opened);
        match read {
            Ok(length) if u64::try_from(length).is_ok_and(|length| length <= bytes_max) => Ok(opened),
            Ok(_) | Err(_) => Err(UnsealError::Damaged),
        }
    }
}

impl std::fmt::Debug for ObjectionsKey {
    /// The public half alone: a secret is in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ObjectionsKey").field(&self.recipient().to_text()).finish()
    }
}

impl ObjectionsRecipient {
    /// Reads a public half.
    ///
    /// # Errors
    /// [`NoRecipientError`] if the text is none.
    pub fn parse(text: &str) -> Result<Self, NoRecipientError> {
        text.trim().parse().map(Self).map_err(|_| NoRecipientError)
    }

    /// Reads it from its file, or from beside the sealed file of the key.
    ///
    /// # Errors
    /// [`SealedKeyError`] if there is none.
    pub fn read(path: &Path) -> Result<Self, SealedKeyError> {
        let (path, text) = read_public_file(path)?;
        Self::parse(&text).map_err(|_| SealedKeyError::NoObjectionsRecipient(path))
    }

    /// It as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.to_string()
    }

    /// Seals bytes, so that only the secret half opens them.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn seal(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&self.0 as &dyn age::Recipient));
        let encryptor = encryptor.map_err(|error| io::Error::other(error.to_string()))?;
        let mut sealed = Vec::with_capacity(bytes.len() + 512);
        let mut writer = encryptor.wrap_output(&mut sealed)?;
        writer.write_all(bytes)?;
        writer.finish()?;
        Ok(sealed)
    }
}

impl std::fmt::Debug for ObjectionsRecipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_alone_and_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let key = ObjectionsKey::create(&path, "long enough".to_owned().into()).unwrap();
        let recipient = ObjectionsRecipient::read(&path).unwrap();
        assert_eq!(recipient, key.recipient());
        let sealed = recipient.seal(b"I object.").unwrap();
        let opened = ObjectionsKey::open(&path, "long enough".to_owned().into()).unwrap();
        assert_eq!(opened.unseal(&sealed, 9).unwrap(), b"I object.");
        assert_eq!(opened.unseal(&sealed, 8), Err(UnsealError::Damaged));
        let other = ObjectionsKey::create(&folder.path().join("b"), "long enough".to_owned().into()).unwrap();
        assert_eq!(other.unseal(&sealed, 9), Err(UnsealError::OtherKey));
        for place in [0, sealed.len() / 2, sealed.len() - 1] {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1;
            assert_eq!(opened.unseal(&damaged, 9), Err(UnsealError::Damaged), "byte {place}");
        }
        assert_eq!(opened.unseal(&sealed[..sealed.len() - 1], 9), Err(UnsealError::Damaged));
        let wrong = ObjectionsKey::open(&path, "another one".to_owned().into()).unwrap_err();
        assert!(matches!(wrong, SealedKeyError::Passphrase(_)), "{wrong}");
    }

    #[test]
    fn a_key_that_signs_is_no_key_for_objections() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signs");
        crate::SigningKey::create(&path, "long enough".to_owned().into()).unwrap();
        let refused = ObjectionsKey::open(&path, "long enough".to_owned().into()).unwrap_err();
        assert!(matches!(refused, SealedKeyError::NoObjectionsKey(_)), "{refused}");
        let refused = ObjectionsRecipient::read(&path).unwrap_err();
        assert!(matches!(refused, SealedKeyError::NoObjectionsRecipient(_)), "{refused}");
    }
}
