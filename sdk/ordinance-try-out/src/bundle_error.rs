//! Why the files can't be made.

use std::io;
use std::path::{Path, PathBuf};

/// Why the files can't be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BundleError {
    #[error("`{}` can't be {done}: {source}", path.display())]
    Io {
        done: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "`{}` is not the index of a built rulebook: {reason}; name a folder that `ordinance build` wrote",
        path.display()
    )]
    Index { path: PathBuf, reason: String },
    #[error("`{}` isn't as the index says; run `ordinance build` again", .0.display())]
    Changed(PathBuf),
    #[error("`{}` tells the type of no rule; run `ordinance build` again, of this version", .0.display())]
    NoTypes(PathBuf),
    #[error("the engine can't be built: {0}; `--engine FILE` takes one that was built before")]
    Engine(String),
    #[error("`{name}` can't be made a module of a browser: {reason}")]
    Module { name: String, reason: String },
}

impl BundleError {
    pub(crate) fn io(done: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { done, path: path.to_owned(), source }
    }
}
