//! The keys of authorities: Ed25519, each in a file that a passphrase seals (age, with scrypt), with its public key
//! beside it in a file of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::secrecy::SecretString;
use aws_lc_rs::pkcs8::Document;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde::Serialize;
use tough::schema::decoded::{Decoded, Encode as _, Hex};
use tough::schema::key::{Ed25519Key, Ed25519Scheme, Key};
use tough::schema::{Role, Signature, Signed};

/// The binary logarithm of the work by which a passphrase is stretched (scrypt's N): 2^17 is what OWASP asks for, a
/// fraction of a second.
const WORK_LOG2: u8 = 17;
/// The most work that opening a file may take, some seconds: whoever made the file chose it.
const WORK_LOG2_MAX: u8 = 20;
/// The largest file of a key, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 16;
/// The end of the name of a public key's file.
const PUBLIC_SUFFIX: &str = ".pub";

/// Why the file of a key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SealedKeyError {
    /// It can't be read or written.
    #[error("the key `{}` can't be {action}", path.display())]
    Io {
        /// What was done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason of the operating system.
        #[source]
        source: io::Error,
    },
    /// There is a file already.
    #[error("`{}` exists; a key is never overwritten, so name another file", .0.display())]
    Exists(PathBuf),
    /// The passphrase doesn't open it.
    #[error("the passphrase doesn't open the key `{}`", .0.display())]
    Passphrase(PathBuf),
    /// It isn't a sealed key.
    #[error("`{}` is no key that `ordinance trust key` made", .0.display())]
    NoKey(PathBuf),
    /// It isn't a public key.
    #[error("`{}` is no public key: it must have 64 hexadecimal digits, as `ordinance trust key` writes them", .0.display())]
    NoPublicKey(PathBuf),
    /// It is sealed, and no key for objections.
    #[error("`{}` is no key that `ordinance objections key` made", .0.display())]
    NoObjectionsKey(PathBuf),
    /// It isn't the public half of a key for objections.
    #[error("`{}` is no public key for objections: it begins with `age1`, as `ordinance objections key` writes it", .0.display())]
    NoObjectionsRecipient(PathBuf),
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// A key that signs metadata.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

/// A public key, as metadata name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: Key,
    id: Decoded<Hex>,
}

impl SigningKey {
    /// Makes a key and writes it: sealed to `path`, for its owner alone to read, and its public key to `path.pub`.
    ///
    /// # Errors
    /// [`SealedKeyError`] if a file exists already or can't be written.
    pub fn create(path: &Path, passphrase: SecretString) -> Result<Self, SealedKeyError> {
        let key = Self::generate()?;
        let der = key.to_pkcs8()?;
        create_key_files(path, der.as_ref(), &key.public.to_text(), passphrase)?;
        Ok(key)
    }

    /// Makes a key that no file holds.
    ///
    /// # Errors
    /// [`SealedKeyError::Random`] if the system has no random numbers.
    pub fn generate() -> Result<Self, SealedKeyError> {
        Ed25519KeyPair::generate().map(Self::of).map_err(|_| SealedKeyError::Random)
    }

    /// Opens a key.
    ///
    /// # Errors
    /// [`SealedKeyError`] if the file is no key or the passphrase is another one.
    pub fn open(path: &Path, passphrase: SecretString) -> Result<Self, SealedKeyError> {
        let der = open_key_file(path, passphrase)?;
        Self::of_pkcs8(&der).ok_or_else(|| SealedKeyError::NoKey(path.to_owned()))
    }

    /// The secret key (RFC 5208).
    pub(crate) fn to_pkcs8(&self) -> Result<Document, SealedKeyError> {
        self.pair.to_pkcs8v1().map_err(|_| SealedKeyError::Random)
    }

    pub(crate) fn of_pkcs8(der: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_pkcs8(der).ok().map(Self::of)
    }

    fn of(pair: Ed25519KeyPair) -> Self {
        let public = PublicKey::of(pair.public_key().as_ref());
        Self { pair, public }
    }

    /// Its public key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs metadata, in place of an earlier signature by this key.
    pub(crate) fn sign<T: Role + Serialize>(&self, metadata: &mut Signed<T>) -> Result<(), tough::schema::Error> {
        let sig = self.pair.sign(&metadata.signed.canonical_form()?).as_ref().to_vec().into();
        metadata.signatures.retain(|signature| signature.keyid != self.public.id);
        metadata.signatures.push(Signature { keyid: self.public.id.clone(), sig });
        Ok(())
    }
}

impl std::fmt::Debug for SigningKey {
    /// The public key alone: a secret is in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl PublicKey {
    fn of(bytes: &[u8]) -> Self {
        let keyval = Ed25519Key { public: bytes.to_vec().into(), _extra: Default::default() };
        let key = Key::Ed25519 { keyval, scheme: Ed25519Scheme::Ed25519, _extra: Default::default() };
        // Only a key that can't be written as JSON has no id, and this one can.
        let id = key.key_id().unwrap_or_else(|_| Vec::new().into());
        Self { key, id }
    }

    /// Reads a public key: from its file, or from beside the sealed file of the key.
    ///
    /// # Errors
    /// [`SealedKeyError`] if there is none.
    pub fn read(path: &Path) -> Result<Self, SealedKeyError> {
        let (path, text) = read_public_file(path)?;
        match text.trim().parse() {
            Ok(Key::Ed25519 { keyval, .. }) => Ok(Self::of(&keyval.public)),
            Ok(Key::Rsa { .. } | Key::Ecdsa { .. } | Key::EcdsaOld { .. }) | Err(_) => {
                Err(SealedKeyError::NoPublicKey(path))
            }
        }
    }

    /// 64 hexadecimal digits.
    #[must_use]
    pub fn to_text(&self) -> String {
        match &self.key {
            Key::Ed25519 { keyval, .. } => Hex::encode(&keyval.public),
            Key::Rsa { .. } | Key::Ecdsa { .. } | Key::EcdsaOld { .. } => String::new(),
        }
    }

    /// The name of the key in metadata, its digest; the first digits of it are enough to tell the keys of one authority
    /// apart.
    #[must_use]
    pub fn short_id(&self) -> String {
        short_id(&self.id)
    }

    /// A key that metadata name, if it is of this kind.
    pub(crate) fn of_schema(key: &Key) -> Option<Self> {
        match key {
            Key::Ed25519 { keyval, .. } => Some(Self::of(&keyval.public)),
            Key::Rsa { .. } | Key::Ecdsa { .. } | Key::EcdsaOld { .. } => None,
        }
    }

    pub(crate) fn id(&self) -> &Decoded<Hex> {
        &self.id
    }

    pub(crate) fn schema(&self) -> &Key {
        &self.key
    }
}

/// The first digits of the id of a key, for people.
pub(crate) fn short_id(id: &Decoded<Hex>) -> String {
    Hex::encode(id).chars().take(12).collect()
}

fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PUBLIC_SUFFIX);
    PathBuf::from(name)
}

/// Writes a secret, sealed by a passphrase, to `path`, for its owner alone to read, and its public half to `path.pub`.
pub(crate) fn create_key_files(
    path: &Path,
    secret: &[u8],
    public: &str,
    passphrase: SecretString,
) -> Result<(), SealedKeyError> {
    let sealed = seal(secret, passphrase).map_err(|source| write_error(path, source))?;
    let public_path = public_path(path);
    if public_path.exists() {
        return Err(SealedKeyError::Exists(public_path));
    }
    write_new(path, &sealed, 0o600)?;
    write_new(&public_path, format!("{public}\n").as_bytes(), 0o644)
}

/// The secret in a file that a passphrase seals.
pub(crate) fn open_key_file(path: &Path, passphrase: SecretString) -> Result<Vec<u8>, SealedKeyError> {
    let sealed = read_bounded(path)?;
    unseal(path, &sealed, passphrase)
}

/// The text of a public key, from its file or from beside the sealed file of the key, and the file that it is in.
pub(crate) fn read_public_file(path: &Path) -> Result<(PathBuf, String), SealedKeyError> {
    let named = path.extension().is_some_and(|extension| extension == "pub");
    let path = if named { path.to_owned() } else { public_path(path) };
    let text = read_bounded(&path)?;
    // What is no text is no key either.
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok((path, text))
}

fn seal(secret: &[u8], passphrase: SecretString) -> io::Result<Vec<u8>> {
    let mut recipient = age::scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(WORK_LOG2);
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
    let encryptor = encryptor.map_err(|error| io::Error::other(error.to_string()))?;
    let mut sealed = Vec::new();
    let armor = ArmoredWriter::wrap_output(&mut sealed, Format::AsciiArmor)?;
    let mut writer = encryptor.wrap_output(armor)?;
    writer.write_all(secret)?;
    writer.finish()?.finish()?;
    Ok(sealed)
}

fn unseal(path: &Path, sealed: &[u8], passphrase: SecretString) -> Result<Vec<u8>, SealedKeyError> {
    let no_key = || SealedKeyError::NoKey(path.to_owned());
    let decryptor = age::Decryptor::new(ArmoredReader::new(sealed)).map_err(|_| no_key())?;
    let mut identity = age::scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(WORK_LOG2_MAX);
    let reader = decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|error| match error {
        age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed => {
            SealedKeyError::Passphrase(path.to_owned())
        }
        _ => no_key(),
    })?;
    let mut secret = Vec::new();
    reader.take(FILE_BYTES_MAX).read_to_end(&mut secret).map_err(|_| no_key())?;
    Ok(secret)
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, SealedKeyError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    read.map_err(|source| SealedKeyError::Io { action: "read", path: path.to_owned(), source })?;
    Ok(bytes)
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SealedKeyError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|source| {
        if source.kind() == io::ErrorKind::AlreadyExists {
            return SealedKeyError::Exists(path.to_owned());
        }
        // A part of a key is no key.
        drop(fs::remove_file(path));
        write_error(path, source)
    })
}

fn write_error(path: &Path, source: io::Error) -> SealedKeyError {
    SealedKeyError::Io { action: "written", path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_with_its_passphrase_and_with_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let made = SigningKey::create(&path, "long enough".to_owned().into()).unwrap();
        let opened = SigningKey::open(&path, "long enough".to_owned().into()).unwrap();
        assert_eq!(opened.public(), made.public());
        assert_eq!(&PublicKey::read(&path).unwrap(), made.public());
        let wrong = SigningKey::open(&path, "another one".to_owned().into()).unwrap_err();
        assert!(matches!(wrong, SealedKeyError::Passphrase(_)), "{wrong}");
        let again = SigningKey::create(&path, "long enough".to_owned().into()).unwrap_err();
        assert!(matches!(again, SealedKeyError::Exists(_)), "{again}");
        let public = SigningKey::open(&folder.path().join("a.key.pub"), "long enough".to_owned().into()).unwrap_err();
        assert!(matches!(public, SealedKeyError::NoKey(_)), "{public}");
    }
}
