//! The flag that names the folder of the rulebook. Every command that reads one rulebook has it; where no other word
//! stands first, the folder may stand there without the flag.

use std::path::{Path, PathBuf};

use clap::Args;

/// The folder of the rulebook, with the flag or as the first word.
#[derive(Debug, Clone, Args)]
pub(crate) struct FolderArguments {
    /// The folder of the rulebook, as with --dir
    #[arg(value_name = "DIR", conflicts_with = "dir")]
    first_word: Option<PathBuf>,
    /// The folder of the rulebook: with rulebook.toml, or, where the command needs no sources, one that a build wrote
    /// [default: .]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl FolderArguments {
    /// The folder that is named, if one is.
    pub(crate) fn named(&self) -> Option<&Path> {
        self.first_word.as_deref().or(self.dir.as_deref())
    }

    pub(crate) fn path(&self) -> &Path {
        self.named().unwrap_or(Path::new("."))
    }
}
