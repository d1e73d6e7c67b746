//! The folder of objections: who writes a file writes it whole, so that no reader finds a part of one.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::answer::ObjectionAnswer;
use super::notice::ObjectionNotice;

/// The end of the name of each file.
const SEALED: &str = ".age";
const NOTICE: &str = ".json";
const ANSWER: &str = ".answer.json";
/// The most bytes of a file that are read.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// A folder of objections.
#[derive(Debug, Clone)]
pub struct ObjectionFolder(PathBuf);

/// Why a file of the folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It can't be read, written or removed.
    #[error("`{}` can't be {action}", path.display())]
    Io {
        /// What was done.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason of the operating system.
        #[source]
        source: io::Error,
    },
    /// It isn't what it should be. What it says instead isn't repeated.
    #[error("`{}` isn't as it must be: line {line}, column {column}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where reading stopped, from 1.
        line: usize,
        /// The same.
        column: usize,
    },
    /// There is an answer already.
    #[error("the objection {0} is answered already; an answer is final")]
    Answered(Uuid),
}

impl ObjectionFolder {
    /// The folder at a path, which needn't exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn file(&self, id: Uuid, end: &str) -> PathBuf {
        self.0.join(format!("{id}{end}"))
    }

    /// Writes a new objection: on the disk when this returns.
    ///
    /// # Errors
    /// [`FolderError::Io`]; nothing of it is left then.
    pub fn write(&self, notice: &ObjectionNotice, sealed: &[u8]) -> Result<(), FolderError> {
        let written = self
            .make()
            .and_then(|()| self.replace(&self.file(notice.id, SEALED), sealed))
            .and_then(|()| self.write_notice(notice));
        if written.is_err() {
            // What can't be removed is no objection without its notice.
            drop(self.remove(notice.id));
        }
        written
    }

    /// Writes what is known of an objection, in place of what was.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn write_notice(&self, notice: &ObjectionNotice) -> Result<(), FolderError> {
        let path = self.file(notice.id, NOTICE);
        self.replace(&path, &to_json(notice, &path)?)
    }

    /// Writes the answer to an objection.
    ///
    /// # Errors
    /// [`FolderError::Answered`] if there is one; [`FolderError::Io`].
    pub fn write_answer(&self, answer: &ObjectionAnswer) -> Result<(), FolderError> {
        let path = self.file(answer.objection, ANSWER);
        let bytes = to_json(answer, &path)?;
        let failed = |source| FolderError::Io { action: "written", path: path.clone(), source };
        let file = self.unnamed(&bytes).map_err(failed)?;
        match file.persist_noclobber(&path) {
            Ok(_) => self.sync().map_err(failed),
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                Err(FolderError::Answered(answer.objection))
            }
            Err(error) => Err(failed(error.error)),
        }
    }

    /// The ids of objections whose files have this end.
    fn ids(&self, end: &str) -> Result<Vec<Uuid>, FolderError> {
        let failed = |source| FolderError::Io { action: "read", path: self.0.clone(), source };
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(end)).and_then(|id| Uuid::try_parse(id).ok());
            ids.extend(id);
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// The ids of all objections, the first one first. There is none in a folder that isn't there.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn objections(&self) -> Result<Vec<Uuid>, FolderError> {
        self.ids(NOTICE)
    }

    /// The ids of those that have an answer.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn answers(&self) -> Result<Vec<Uuid>, FolderError> {
        self.ids(ANSWER)
    }

    /// What is known of an objection; `None` if there is none.
    ///
    /// # Errors
    /// [`FolderError`] if its file can't be used.
    pub fn read_notice(&self, id: Uuid) -> Result<Option<ObjectionNotice>, FolderError> {
        let path = self.file(id, NOTICE);
        read(&path)?.map(|bytes| parse(&bytes, &path)).transpose()
    }

    /// The sealed file of an objection; `None` if there is none.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn read_sealed(&self, id: Uuid) -> Result<Option<Vec<u8>>, FolderError> {
        read(&self.file(id, SEALED))
    }

    /// The answer to an objection with the digest of its file; `None` if there is none.
    ///
    /// # Errors
    /// [`FolderError`] if its file can't be used.
    pub fn read_answer(&self, id: Uuid) -> Result<Option<(ObjectionAnswer, Digest)>, FolderError> {
        let path = self.file(id, ANSWER);
        let Some(bytes) = read(&path)? else { return Ok(None) };
        Ok(Some((parse(&bytes, &path)?, sha256(&bytes))))
    }

    /// How many bytes the files of an objection have.
    #[must_use]
    pub fn bytes_of(&self, id: Uuid) -> u64 {
        let length = |end| fs::metadata(self.file(id, end)).map_or(0, |file| file.len());
        [SEALED, NOTICE, ANSWER].into_iter().map(length).sum()
    }

    /// Removes all files of an objection, the notice last, so that what a crash leaves is found again.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn remove(&self, id: Uuid) -> Result<(), FolderError> {
        for end in [SEALED, ANSWER, NOTICE] {
            let path = self.file(id, end);
            match fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(source) => return Err(FolderError::Io { action: "removed", path, source }),
            }
        }
        self.sync().map_err(|source| FolderError::Io { action: "written", path: self.0.clone(), source })
    }

    /// Makes the folder. Its group, such as that of the authority, may write to it if the umask lets it.
    fn make(&self) -> Result<(), FolderError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o770).create(&self.0);
        made.map_err(|source| FolderError::Io { action: "made", path: self.0.clone(), source })
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
        let write = || {
            self.unnamed(bytes)?.persist(path).map_err(|error| error.error)?;
            self.sync()
        };
        write().map_err(|source| FolderError::Io { action: "written", path: path.to_owned(), source })
    }

    /// A file with these bytes, on the disk, that has no name of an objection's yet.
    fn unnamed(&self, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        let mut file = builder.prefix(".new").permissions(Permissions::from_mode(0o640)).tempfile_in(&self.0)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let length = File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
        if u64::try_from(length).is_ok_and(|length| length > FILE_BYTES_MAX) {
            return Err(ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FolderError::Io { action: "read", path: path.to_owned(), source }),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T, FolderError> {
    serde_json::from_slice(bytes).map_err(|error| FolderError::Malformed {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
    })
}

fn to_json(value: &impl Serialize, path: &Path) -> Result<Vec<u8>, FolderError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| FolderError::Io {
        action: "written",
        path: path.to_owned(),
        source: io::Error::other(error),
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
