//! The files of a tree, as c2sp.org/tlog-tiles lays them out: `checkpoint`, and `tile/LEVEL/NUMBER` with up to 256
//! hashes each, a partial one as `tile/LEVEL/NUMBER.p/WIDTH`. Any web server or object store can hold them.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use tlog_tiles::Tile;

use crate::error::LogError;
use crate::published_tree::{CHECKPOINT_FILE, TileFiles, tile_path};

/// A folder of tiles and a checkpoint.
#[derive(Debug, Clone)]
pub struct TileFolder {
    path: PathBuf,
}

impl TileFolder {
    /// A folder, which needn't exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Locks the folder for this process, which alone writes to it until the file is closed. Makes it if there is
    /// none.
    ///
    /// # Errors
    /// [`LogError::InUse`] if another process has it, [`LogError::Io`] if it can't be made.
    pub fn lock(&self) -> Result<fs::File, LogError> {
        let path = self.path.join(LOCK_FILE);
        let failed = |source| LogError::Io { path: path.clone(), source };
        fs::create_dir_all(&self.path).map_err(failed)?;
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o644).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(LogError::InUse { path: self.path.clone() }),
            Err(fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Writes the newest checkpoint.
    pub(crate) fn write_checkpoint(&self, text: &str) -> Result<(), LogError> {
        self.name_all(vec![UnnamedFile::write(self.path.join(CHECKPOINT_FILE), text.as_bytes())?])
    }

    /// Writes tiles and makes them durable, so that the checkpoint after them never stands for tiles that a crash
    /// lost.
    pub(crate) fn write_tiles<'t>(&self, tiles: impl Iterator<Item = (Tile, &'t [u8])>) -> Result<(), LogError> {
        let mut tiles = tiles.peekable();
        while tiles.peek().is_some() {
            // Written first and synced then, they share the time of the disk.
            let mut files = Vec::with_capacity(FILES_MAX);
            for (tile, hashes) in tiles.by_ref().take(FILES_MAX) {
                files.push(UnnamedFile::write(self.path.join(tile_path(&tile)), hashes)?);
            }
            self.name_all(files)?;
        }
        Ok(())
    }

    /// Removes the partial files of a tile that is full.
    pub(crate) fn remove_partial(&self, full: &Tile) {
        // What stays is never read again.
        let _ = fs::remove_dir_all(self.path.join(format!("{}.p", tile_path(full))));
    }

    /// Makes files durable, then gives them their names, then makes these durable.
    fn name_all(&self, files: Vec<UnnamedFile>) -> Result<(), LogError> {
        files.iter().try_for_each(UnnamedFile::sync)?;
        let mut folders = BTreeSet::new();
        for file in files {
            let path = file.name()?;
            // A new folder is an entry of the one above it.
            folders.extend(
                path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.path)).map(PathBuf::from),
            );
        }
        let above = self.path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let sync = |folder: &Path| fs::File::open(folder).and_then(|opened| opened.sync_all());
        for folder in folders.iter().map(PathBuf::as_path).chain([above]) {
            sync(folder).map_err(|source| LogError::Io { path: folder.to_owned(), source })?;
        }
        Ok(())
    }
}

/// The file that is locked.
const LOCK_FILE: &str = "lock";
/// The most files that are open at once.
const FILES_MAX: usize = 64;

/// A file that is written beside the one that it replaces.
struct UnnamedFile {
    path: PathBuf,
    beside: PathBuf,
    file: fs::File,
}

impl UnnamedFile {
    fn write(path: PathBuf, content: &[u8]) -> Result<Self, LogError> {
        let mut beside = path.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let write = || -> io::Result<fs::File> {
            beside.parent().map_or(Ok(()), fs::create_dir_all)?;
            // One that a crash left is written anew; a link isn't followed.
            let removed = fs::remove_file(&beside);
            removed.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&beside)?;
            file.write_all(content)?;
            Ok(file)
        };
        match write() {
            Ok(file) => Ok(Self { path, beside, file }),
            Err(source) => Err(LogError::Io { path, source }),
        }
    }

    fn sync(&self) -> Result<(), LogError> {
        self.file.sync_data().map_err(|source| LogError::Io { path: self.beside.clone(), source })
    }

    fn name(self) -> Result<PathBuf, LogError> {
        match fs::rename(&self.beside, &self.path) {
            Ok(()) => Ok(self.path),
            Err(source) => Err(LogError::Io { path: self.path, source }),
        }
    }
}

impl TileFiles for TileFolder {
    fn read(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, LogError> {
        let path = self.path.join(name);
        let read = || -> io::Result<Vec<u8>> {
            let file = fs::File::open(&path)?;
            let mut content = Vec::new();
            file.take(bytes_max.saturating_add(1)).read_to_end(&mut content)?;
            if u64::try_from(content.len()).is_ok_and(|bytes| bytes > bytes_max) {
                return Err(ErrorKind::FileTooLarge.into());
            }
            Ok(content)
        };
        match read() {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LogError::Io { path, source }),
        }
    }
}
