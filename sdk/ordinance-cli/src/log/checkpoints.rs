//! Checkpoints and public keys as a command reads them, and what it says of a log that isn't as it must be.

use std::fs;
use std::io;
use std::path::Path;

use ordinance_log::{Checkpoint, LogError, LogVerifier, PublishedTree, TileFiles};

use crate::exit::CommandError;
use crate::source::io_error;
use crate::terminal;

/// What is wrong with a log, and what it means or how to mend it.
#[derive(Debug)]
pub(super) struct Finding {
    message: String,
    help: &'static str,
}

impl Finding {
    pub(super) fn new(message: impl Into<String>, help: &'static str) -> Self {
        Self { message: message.into(), help }
    }

    pub(super) fn print(&self) {
        terminal::print_error(&self.message, Some(self.help));
    }
}

/// Why a check of a log ends without success.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuditError {
    /// The log isn't as it must be; each finding is printed.
    #[error("the log isn't as it must be")]
    Findings,
    /// The log isn't as it must be, and nothing more can be checked.
    #[error("{}", .0.message)]
    Finding(Finding),
    /// The check can't be done.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl From<Finding> for AuditError {
    fn from(finding: Finding) -> Self {
        Self::Finding(finding)
    }
}

impl AuditError {
    /// What an error of a published tree means: of its content it is a finding.
    pub(super) fn of_tree(error: LogError) -> Self {
        let message = error.to_string();
        let finding = |help| Self::Finding(Finding::new(&message, help));
        let bad_use = |help: &str| Self::Command(CommandError::bad_use(&message, help));
        match error {
            LogError::Io { .. } => bad_use("name the folder that has the file `checkpoint` and the folder `tile`"),
            LogError::InUse { .. } => bad_use("end the host, and start it again afterwards"),
            LogError::Fetch { .. } => bad_use("name the address below which `checkpoint` and `tile/0/000` are"),
            LogError::NotInTree { .. } => bad_use("numbers begin with 0; a younger record needs a newer checkpoint"),
            LogError::NoTile(_) => {
                finding("the log doesn't publish what it signed: fetch the tile from the log or a mirror")
            }
            LogError::CutTile(_) => finding("the tile lacks hashes: fetch it again from the log or a mirror"),
            LogError::OtherRoot { .. } => finding(
                "a tile was altered, or the checkpoint is of another tree: fetch the tiles from the log or a mirror; if that \
                 doesn't mend it, the log doesn't hold what it signed",
            ),
            LogError::Checkpoint(_) => {
                finding("take the checkpoint of this log, as it was published, and its public key")
            }
            LogError::Full => finding("no log has so many records"),
        }
    }
}

/// Reads the public key of a log.
pub(super) fn read_verifier(text: &str) -> Result<LogVerifier, CommandError> {
    if text.starts_with("PRIVATE+KEY+") {
        return Err(CommandError::bad_use(
            "--key is the secret key of the log",
            "give the public one, which `ordinance log key KEYFILE` prints; who has the secret one can sign as the log",
        ));
    }
    LogVerifier::parse(text).map_err(|error| {
        let help = "the host says its public key when it starts, and `ordinance log key KEYFILE` prints it";
        CommandError::bad_use(format!("--key: {error}"), help)
    })
}

/// Checks the text of a checkpoint, which comes from `place`.
fn check_checkpoint(text: &str, place: &str, verifier: &LogVerifier) -> Result<Checkpoint, AuditError> {
    Checkpoint::verify(text, verifier).map_err(|error| {
        let help = "take a checkpoint of this log as it was published, or give the public key of its log";
        AuditError::from(Finding::new(format!("{place} is no checkpoint of this log: {error}"), help))
    })
}

/// Reads and checks the checkpoint of a file.
pub(super) fn read_checkpoint_file(path: &Path, verifier: &LogVerifier) -> Result<Checkpoint, AuditError> {
    let text = fs::read_to_string(path);
    let text = text.map_err(|source| io_error("read", path, source))?;
    check_checkpoint(&text, &format!("`{}`", path.display()), verifier)
}

/// Reads and checks the checkpoint that is published beside tiles.
pub(super) fn read_published(files: &dyn TileFiles, verifier: &LogVerifier) -> Result<Checkpoint, AuditError> {
    match PublishedTree::new(files).read_checkpoint().map_err(AuditError::of_tree)? {
        Some(text) => check_checkpoint(&text, "the published file `checkpoint`", verifier),
        None => Err(CommandError::bad_use(
            "there is no file `checkpoint`",
            "--tiles names the folder or address that has `checkpoint` and `tile/`, for a host's log LOGFILE.tree",
        )
        .into()),
    }
}

impl From<io::Error> for AuditError {
    fn from(source: io::Error) -> Self {
        io_error("read", Path::new("the file of the log"), source).into()
    }
}
