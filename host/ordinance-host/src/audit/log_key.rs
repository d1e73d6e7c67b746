//! The key that signs the checkpoints of the decision log.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use ordinance_log::{LogKey, LogName};
use uuid::Uuid;

/// Reads the key of a log. If there is no file, it makes one that its owner alone may read: with this name of the log, or
/// with one that no other log has.
pub(crate) fn open_log_key(path: &Path, name: Option<&str>) -> io::Result<LogKey> {
    let name = name.map(LogName::new).transpose().map_err(|error| {
        io::Error::other(format!("decision-log.name: {error}"))
    })?;
    let in_file = |error: io::Error| io::Error::new(error.kind(), format!("its key {}: {error}", path.display()));
    match fs::read_to_string(path) {
        Ok(text) => {
            let key = LogKey::parse(&text).map_err(|error| in_file(io::Error::other(error)))?;
            match name.filter(|name| name != key.name()) {
                Some(name) => Err(in_file(io::Error::other(format!(
                    "it is of the log `{}`, not of decision-log.name `{name}`",
                    key.name()
                )))),
                None => Ok(key),
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => make_log_key(path, name).map_err(in_file),
        Err(error) => Err(in_file(error)),
    }
}

fn make_log_key(path: &Path, name: Option<LogName>) -> io::Result<LogKey> {
    let made = format!("ordinance/{}", Uuid::now_v7().simple());
    let name = name.map_or_else(|| LogName::new(&made).map_err(io::Error::other), Ok)?;
    let key = LogKey::generate(&name)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(format!("{}\n", key.to_text()).as_bytes())?;
    file.sync_all()?;
    tracing::info!(log = key.verifier().to_text(), "the decision log has a new key; publish its public part");
    Ok(key)
}
