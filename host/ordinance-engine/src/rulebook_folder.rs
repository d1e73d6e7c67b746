//! Reads the files of a rulebook: regular files beneath one folder, of bounded size and number.
//!
//! Somebody else may have written the folder. A link in it could lead to any file that this process may read, and a
//! pipe or a device never ends. Therefore every file of a rulebook, source or built, is opened here: part by part from
//! the folder down, without following a link, and never one that isn't regular. The folder itself may be reached by a
//! link, since whoever names it chooses it.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, fstat, openat, statat};

pub use crate::rulebook_files::FILE_BYTES_MAX;
use crate::rulebook_files::RulebookFiles;

/// The most files and folders that are listed or read through one [`RulebookFolder`].
const ENTRIES_MAX: u32 = 200_000;
/// The most bytes that are read through one [`RulebookFolder`].
const TOTAL_BYTES_MAX: u64 = 4 << 30;
/// How deep folders may be nested.
const DEPTH_MAX: usize = 32;

/// A folder whose files are read. It counts what is read, so that the sum is bounded too.
#[derive(Debug)]
pub struct RulebookFolder {
    path: PathBuf,
    descriptor: OwnedFd,
    entries: Cell<u32>,
    bytes: Cell<u64>,
}

/// What stands under a name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// What no rulebook holds.
    Special(SpecialFile),
}

/// A file that isn't regular, nor a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialFile {
    /// A symbolic link.
    Link,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device, or what this system doesn't name.
    Device,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// Why a file of a rulebook is refused. It is the inner error of an [`io::Error`] of the kind `InvalidInput`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedFileError {
    /// It is a link, a pipe, a socket or a device.
    #[error("it is {0}, and a rulebook holds only regular files and folders; put a copy of the file in its place")]
    Special(SpecialFile),
    /// A folder where a file is expected.
    #[error("it is a folder, not a file")]
    Folder,
    /// Its path leads out of the folder.
    #[error("it is outside the rulebook; name a file beneath the rulebook's folder")]
    Outside,
    /// It is too large.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// Folders are nested too deeply.
    #[error("folders are nested more than {DEPTH_MAX} deep")]
    TooDeep,
    /// The folder has too many files.
    #[error("the folder has more than {ENTRIES_MAX} files, or more than {TOTAL_BYTES_MAX} bytes")]
    TooMany,
    /// The name or the text isn't UTF-8.
    #[error("{0} is not UTF-8; save it as UTF-8")]
    NotUtf8(&'static str),
}

impl From<RefusedFileError> for io::Error {
    fn from(error: RefusedFileError) -> Self {
        Self::new(ErrorKind::InvalidInput, error)
    }
}

impl fmt::Display for SpecialFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "a symbolic link",
            Self::Pipe => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
        })
    }
}

impl RulebookFiles for RulebookFolder {
    fn path(&self) -> &Path {
        &self.path
    }

    fn read(&self, name: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        self.read(name, bytes_max)
    }
}

impl RulebookFolder {
    /// Opens a folder.
    ///
    /// # Errors
    /// That of the operating system, if it isn't a folder that can be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let descriptor = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { path: path.to_owned(), descriptor, entries: Cell::new(0), bytes: Cell::new(0) })
    }

    /// The path by which it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of a file, by its path in the folder with `/` between its parts.
    ///
    /// # Errors
    /// That of the operating system, or a [`RefusedFileError`], such as for a file of more than `bytes_max` bytes.
    pub fn read(&self, name: &str, bytes_max: u64) -> io::Result<Vec<u8>> {
        self.count(1, 0)?;
        let (folder, last) = self.parent_of(name)?;
        let folder = self.or_root(folder.as_ref());
        // The kind is checked before the file is opened too: to open a device may have an effect.
        require_file(kind_at(folder, last)?)?;
        // A pipe that takes the file's place meanwhile doesn't block.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = openat(folder, last, flags, Mode::empty())?;
        require_file(kind_of(FileType::from_raw_mode(fstat(&file)?.st_mode)))?;
        let mut bytes = Vec::new();
        File::from(file).take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > bytes_max {
            return Err(RefusedFileError::TooLarge(bytes_max).into());
        }
        self.count(0, length)?;
        Ok(bytes)
    }

    /// The text of a file of at most [`FILE_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// As [`read`](Self::read), or if it isn't UTF-8.
    pub fn read_text(&self, name: &str) -> io::Result<String> {
        let bytes = self.read(name, FILE_BYTES_MAX)?;
        String::from_utf8(bytes).map_err(|_| RefusedFileError::NotUtf8("the file").into())
    }

    /// Whether a regular file has this path.
    ///
    /// # Errors
    /// That of the operating system, or a [`RefusedFileError`] for a link or a special file.
    pub fn has_file(&self, name: &str) -> io::Result<bool> {
        Ok(self.kind(name)? == Some(EntryKind::File))
    }

    /// Whether a folder has this path.
    ///
    /// # Errors
    /// As [`has_file`](Self::has_file).
    pub fn has_folder(&self, name: &str) -> io::Result<bool> {
        Ok(self.kind(name)? == Some(EntryKind::Folder))
    }

    /// A regular file or a folder; `None` if nothing has this path.
    fn kind(&self, name: &str) -> io::Result<Option<EntryKind>> {
        let found = self.parent_of(name).and_then(|(folder, last)| kind_at(self.or_root(folder.as_ref()), last));
        match found {
            Ok(EntryKind::Special(special)) => Err(RefusedFileError::Special(special).into()),
            Ok(kind) => Ok(Some(kind)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The entries of a folder, ordered by name. An empty path names the folder itself.
    ///
    /// # Errors
    /// That of the operating system, or a [`RefusedFileError`].
    pub fn entries(&self, name: &str) -> io::Result<Vec<FolderEntry>> {
        let inner = if name.is_empty() { None } else { Some(self.folder(self.descriptor.as_fd(), name)?) };
        let folder = self.or_root(inner.as_ref());
        let mut entries = Vec::new();
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_str().map_err(|_| RefusedFileError::NotUtf8("a file's name"))?;
            if name == "." || name == ".." {
                continue;
            }
            self.count(1, 0)?;
            let kind = match entry.file_type() {
                FileType::Unknown => kind_at(folder, name)?,
                known => kind_of(known),
            };
            entries.push(FolderEntry { name: name.to_owned(), kind });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// The paths of all files beneath a folder, in an order that doesn't depend on the file system. It doesn't enter
    /// the folders that `is_entered` leaves out. An empty path names the folder itself.
    ///
    /// # Errors
    /// The path, with the error of the operating system or a [`RefusedFileError`], such as for a link. A hidden link
    /// that leads nowhere, as editors make them to lock a file, is left out.
    pub fn files_beneath(
        &self,
        name: &str,
        is_entered: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<String>, (PathBuf, io::Error)> {
        let mut files = Vec::new();
        let mut pending = vec![name.to_owned()];
        while let Some(folder) = pending.pop() {
            let with_path = |error| (self.path.join(&folder), error);
            if folder.split('/').count() > DEPTH_MAX {
                return Err(with_path(RefusedFileError::TooDeep.into()));
            }
            for FolderEntry { name, kind } in self.entries(&folder).map_err(with_path)? {
                let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                match kind {
                    EntryKind::File => files.push(path),
                    EntryKind::Folder if is_entered(&path) => pending.push(path),
                    EntryKind::Folder => {}
                    EntryKind::Special(SpecialFile::Link) if name.starts_with('.') && self.is_dangling(&path) => {}
                    EntryKind::Special(special) => {
                        return Err((self.path.join(path), RefusedFileError::Special(special).into()));
                    }
                }
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    /// Whether a link leads nowhere.
    fn is_dangling(&self, name: &str) -> bool {
        let found = self
            .parent_of(name)
            .and_then(|(folder, last)| Ok(statat(self.or_root(folder.as_ref()), last, AtFlags::empty())?));
        found.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// The folder that holds a file, unless it is this one, and the last part of the path.
    fn parent_of<'n>(&self, name: &'n str) -> io::Result<(Option<OwnedFd>, &'n str)> {
        if !is_inside(name) {
            return Err(RefusedFileError::Outside.into());
        }
        match name.rsplit_once('/') {
            Some((folder, last)) => Ok((Some(self.folder(self.descriptor.as_fd(), folder)?), last)),
            None => Ok((None, name)),
        }
    }

    /// Opens a folder beneath another, part by part.
    fn folder(&self, from: BorrowedFd<'_>, name: &str) -> io::Result<OwnedFd> {
        if !is_inside(name) {
            return Err(RefusedFileError::Outside.into());
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let open = |from: BorrowedFd<'_>, part: &str| -> io::Result<OwnedFd> {
            if let EntryKind::Special(special) = kind_at(from, part)? {
                return Err(RefusedFileError::Special(special).into());
            }
            Ok(openat(from, part, flags, Mode::empty())?)
        };
        let mut parts = name.split('/');
        let mut folder = open(from, parts.next().unwrap_or_default())?;
        for part in parts {
            folder = open(folder.as_fd(), part)?;
        }
        Ok(folder)
    }

    fn or_root<'f>(&'f self, folder: Option<&'f OwnedFd>) -> BorrowedFd<'f> {
        folder.unwrap_or(&self.descriptor).as_fd()
    }

    fn count(&self, entries: u32, bytes: u64) -> io::Result<()> {
        self.entries.set(self.entries.get().saturating_add(entries));
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        if self.entries.get() > ENTRIES_MAX || self.bytes.get() > TOTAL_BYTES_MAX {
            return Err(RefusedFileError::TooMany.into());
        }
        Ok(())
    }
}

/// Whether a path with `/` between its parts names something beneath a folder by its words alone.
#[must_use]
pub fn is_inside(name: &str) -> bool {
    let is_part = |part: &str| {
        let mut components = Path::new(part).components();
        matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
    };
    name.split('/').all(is_part)
}

fn kind_at(folder: BorrowedFd<'_>, name: &str) -> io::Result<EntryKind> {
    Ok(kind_of(FileType::from_raw_mode(statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode)))
}

fn kind_of(file_type: FileType) -> EntryKind {
    match file_type {
        FileType::RegularFile => EntryKind::File,
        FileType::Directory => EntryKind::Folder,
        FileType::Symlink => EntryKind::Special(SpecialFile::Link),
        FileType::Fifo => EntryKind::Special(SpecialFile::Pipe),
        FileType::Socket => EntryKind::Special(SpecialFile::Socket),
        FileType::CharacterDevice | FileType::BlockDevice | FileType::Unknown => {
            EntryKind::Special(SpecialFile::Device)
        }
    }
}

fn require_file(kind: EntryKind) -> Result<(), RefusedFileError> {
    match kind {
        EntryKind::File => Ok(()),
        EntryKind::Folder => Err(RefusedFileError::Folder),
        EntryKind::Special(special) => Err(RefusedFileError::Special(special)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_inside_by_its_words() {
        for inside in ["a", "a/b.csv", "..data", "a/..b"] {
            assert!(is_inside(inside), "{inside}");
        }
        for outside in ["", "/", "/etc", "..", "a/../b", "./a", "a//b", "a/"] {
            assert!(!is_inside(outside), "{outside}");
        }
    }
}
