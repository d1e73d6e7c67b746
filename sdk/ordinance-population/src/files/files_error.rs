//! Why a population in files isn't compared.

use std::io;
use std::path::{Path, PathBuf};

use crate::table_options::TableError;

/// Why a population in files isn't compared.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file can't be opened, read or written.
    #[error("`{}` can't be {doing}: {source}", .path.display())]
    Io {
        /// What wasn't possible, such as `read`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file isn't what its ending says, or it is damaged.
    #[error("`{}` can't be read{place}: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where, in words after a blank; empty for the file as a whole.
        place: String,
        /// Why.
        reason: String,
    },
    /// The columns of a file, or one of its rows, are no cases.
    #[error("`{}`: {error}", .path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Why.
        error: TableError,
    },
    /// A column is to be kept that a file doesn't have.
    #[error("`{}` has no column `{column}` to keep", .path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A column is to be kept whose name the outcomes have.
    #[error("the column `{0}` can't be kept: the outcomes of people have a column of this name, or it is kept twice")]
    TakenName(String),
    /// The folder holds the state of another run.
    #[error("the run that was begun in `{}` is another one: {difference}", .folder.display())]
    OtherRun {
        /// The folder.
        folder: PathBuf,
        /// What differs.
        difference: String,
    },
    /// Another run is at work in the folder.
    #[error("another run is at work in `{}`", .folder.display())]
    AtWork {
        /// The folder.
        folder: PathBuf,
    },
    /// The state of a run in the folder can't be read.
    #[error("the state of the run in `{}` can't be read: {reason}", .folder.display())]
    State {
        /// The folder.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// The caller stopped the work.
    #[error("the work was stopped")]
    Stopped,
}

impl FilesError {
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { doing, path: path.to_owned(), source }
    }

    pub(super) fn damaged(path: &Path, place: String, reason: String) -> Self {
        Self::Damaged { path: path.to_owned(), place, reason }
    }

    pub(super) fn table(path: &Path, error: TableError) -> Self {
        match error {
            TableError::Stopped => Self::Stopped,
            error => Self::Table { path: path.to_owned(), error },
        }
    }
}
