//! Exit codes, and the errors that end a command.

use std::path::PathBuf;
use std::process::ExitCode;

use ordinance_engine::definitions::DefinitionError;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::rulebook::LoadError;
use ordinance_sandbox::{PureModuleError, SandboxError};
use ordinance_trust::{RepositoryError, SealedKeyError};

/// The exit code of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The command found nothing wrong.
    Good = 0,
    /// The command found something wrong in the rulebook, such as a failing case or a rule that doesn't build.
    Findings = 1,
    /// The arguments are wrong, or a file that they name can't be used.
    BadUse = 2,
    /// Something else failed: a disk, a port, this program.
    Internal = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("{message}")]
    BadUse { message: String, help: String },
    #[error("`{}` can't be {action}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Definitions(DefinitionError),
    #[error("{} in the rulebook's definitions", crate::count::counted(.0.len(), "error", "errors"))]
    Diagnostics(Vec<Diagnostic>),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Modules(#[from] PureModuleError),
    #[error(transparent)]
    Host(#[from] ordinance_host::HostError),
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    #[error(transparent)]
    Key(#[from] SealedKeyError),
    #[error("{0}")]
    Cargo(String),
}

impl From<DefinitionError> for CommandError {
    fn from(error: DefinitionError) -> Self {
        match error {
            DefinitionError::Diagnostic(diagnostic) => Self::Diagnostics(vec![*diagnostic]),
            io @ DefinitionError::Io { .. } => Self::Definitions(io),
        }
    }
}

impl CommandError {
    pub(crate) fn bad_use(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::BadUse { message: message.into(), help: help.into() }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::BadUse { .. } | Self::Definitions(_) => Exit::BadUse,
            Self::Diagnostics(_) | Self::Load(_) | Self::Cargo(_) => Exit::Findings,
            Self::Io { action: "read", .. } => Exit::BadUse,
            Self::Io { source, .. } if is_path_error(source) => Exit::BadUse,
            Self::Sandbox(SandboxError::Cache(_)) => Exit::BadUse,
            Self::Io { .. } | Self::Sandbox(_) | Self::Modules(_) => Exit::Internal,
            Self::Host(error) if error.is_configuration() => Exit::BadUse,
            Self::Host(_) => Exit::Internal,
            Self::Repository(RepositoryError::Unwritable { source, .. }) if !is_path_error(source) => Exit::Internal,
            Self::Key(SealedKeyError::Random) => Exit::Internal,
            Self::Repository(_) | Self::Key(_) => Exit::BadUse,
        }
    }
}

/// Whether the path is at fault, so that another path would work.
fn is_path_error(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::AlreadyExists
            | ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
    )
}
