//! The file of the secret key of a log.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

use crate::error::KeyFileError;
use crate::key::{LogKey, LogName};
use crate::published_tree::CHECKPOINT_FILE;
use crate::tile_folder::TileFolder;

/// The folder of the tiles of a log, by its file of records.
#[must_use]
pub fn tree_path(log: &Path) -> PathBuf {
    with_suffix(log, ".tree")
}

/// The file of the key of a log, where no other one is named.
#[must_use]
pub fn key_path(log: &Path) -> PathBuf {
    with_suffix(log, ".key")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(suffix);
    PathBuf::from(path)
}

/// Reads the key of a log; `None` if there is no file.
///
/// # Errors
/// [`KeyFileError`] if the file can't be read, or holds no key or that of a log with another name.
pub fn read_key_file(path: &Path, name: Option<&str>) -> Result<Option<LogKey>, KeyFileError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(KeyFileError::Io { path: path.to_owned(), source }),
    };
    let key = LogKey::parse(&text).map_err(|source| KeyFileError::Key { path: path.to_owned(), source })?;
    match name.filter(|name| *name != key.name().as_str()) {
        Some(name) => Err(KeyFileError::OtherLog {
            path: path.to_owned(),
            found: key.name().to_string(),
            expected: name.to_owned(),
        }),
        None => Ok(Some(key)),
    }
}

/// Reads the key of a log. Of a log without a tree it makes one, in a file that its owner alone may read: with this
/// name of the log, or with one that no other log has. Two processes must not do that at once.
///
/// # Errors
/// Those of [`read_key_file`]; also if the name is none, or the key is missing though the tree has a checkpoint.
pub fn open_key_file(path: &Path, name: Option<&str>, tree: &TileFolder) -> Result<LogKey, KeyFileError> {
    if let Some(key) = read_key_file(path, name)? {
        return Ok(key);
    }
    if tree.path().join(CHECKPOINT_FILE).exists() {
        return Err(KeyFileError::Lost { path: path.to_owned(), tree: tree.path().to_owned() });
    }
    let name = name.map(LogName::new).transpose().map_err(KeyFileError::Name)?;
    make_key(path, name).map_err(|source| KeyFileError::Io { path: path.to_owned(), source })
}

fn make_key(path: &Path, name: Option<LogName>) -> io::Result<LogKey> {
    let name = name.map_or_else(make_name, Ok)?;
    let key = LogKey::generate(&name)?;
    // A crash leaves no file with a part of a key.
    let beside = with_suffix(path, ".new");
    if let Err(error) = fs::remove_file(&beside)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(format!("{}\n", key.to_text()).as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()?;
    Ok(key)
}

fn make_name() -> io::Result<LogName> {
    let mut random = [0; 16];
    SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    LogName::new(&format!("ordinance/{:032x}", u128::from_be_bytes(random))).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_never_instead_of_a_lost_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("decisions.ndjson");
        let (path, tree) = (key_path(&log), TileFolder::new(tree_path(&log)));
        let made = open_key_file(&path, Some("log.example/1"), &tree).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = open_key_file(&path, None, &tree).unwrap();
        assert_eq!(read.to_text(), made.to_text());
        let other = open_key_file(&path, Some("log.example/2"), &tree);
        assert!(matches!(other, Err(KeyFileError::OtherLog { .. })), "{other:?}");
        fs::create_dir(tree.path()).unwrap();
        fs::write(tree.path().join(CHECKPOINT_FILE), "").unwrap();
        fs::remove_file(&path).unwrap();
        let lost = open_key_file(&path, None, &tree);
        assert!(matches!(lost, Err(KeyFileError::Lost { .. })), "{lost:?}");
        assert!(!path.exists(), "no other key takes its place");
        fs::write(&path, "no key").unwrap();
        let none = open_key_file(&path, None, &tree);
        assert!(matches!(none, Err(KeyFileError::Key { .. })), "{none:?}");
        fs::remove_dir_all(tree.path()).unwrap();
        fs::remove_file(&path).unwrap();
        let named_anew = open_key_file(&path, None, &tree).unwrap();
        assert!(named_anew.name().as_str().starts_with("ordinance/"));
        let blank = open_key_file(&folder.path().join("another.key"), Some("a b"), &tree);
        assert!(matches!(blank, Err(KeyFileError::Name(_))), "{blank:?}");
    }
}
