//! Why a host can't start.

use std::net::SocketAddr;
use std::path::PathBuf;

use ordinance_engine::LoadError;
use ordinance_engine::pseudonyms::PseudonymKeyError;
use ordinance_sandbox::SandboxError;
use ordinance_trust::RepositoryError;

use crate::admission::callers_error::CallersError;
use crate::config::ConfigError;
use crate::connection::tls::TlsError;
use crate::statistics::publisher::StatisticsError;

/// Why a host can't start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The settings can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The callers can't be used.
    #[error(transparent)]
    Callers(#[from] CallersError),
    /// Nobody could sign in by the settings.
    #[error("[portal.login]: {reason}")]
    Login {
        /// What is wrong with them.
        reason: String,
    },
    /// A certificate or its key can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The key of pseudonyms can't be read.
    #[error("the key of pseudonyms `{}` can't be used: it can't be read: {source}", path.display())]
    UnreadablePseudonymKey {
        /// The file of `privacy.pseudonym-key`.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The key of pseudonyms is too short.
    #[error("the key of pseudonyms `{}` can't be used: {source}", path.display())]
    ShortPseudonymKey {
        /// The file of `privacy.pseudonym-key`.
        path: PathBuf,
        /// How long it is.
        source: PseudonymKeyError,
    },
    /// The token of the operations address can't be read.
    #[error("the token `{}` of operations.token can't be read: {source}", path.display())]
    UnreadableOperationsToken {
        /// The file of `operations.token`.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The token of the operations address is too short.
    #[error("the token `{}` of operations.token has {bytes} bytes; make one of {bytes_min} or more, such as by \
        `openssl rand -hex 32`", path.display())]
    ShortOperationsToken {
        /// The file of `operations.token`.
        path: PathBuf,
        /// How long the token is.
        bytes: usize,
        /// How long it has to be.
        bytes_min: usize,
    },
    /// The settings name a repository and no root.
    #[error(
        "rulebook.repository needs rulebook.root, the file of the root that this host trusts: the top authority hands it out"
    )]
    NoPinnedRoot,
    /// The pinned root can't be read.
    #[error("the root `{}` of rulebook.root can't be read", path.display())]
    UnreadablePinnedRoot {
        /// The file of `rulebook.root`.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The repository of the top authority isn't as it must be, and nothing of it was kept.
    #[error("no rulebook can be made of the repository `{address}`")]
    Repository {
        /// Where it is.
        address: String,
        /// Why.
        #[source]
        source: RepositoryError,
    },
    /// The rulebook can't be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The sandbox can't be set up.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// There can be no collector of traces.
    #[error("`{url}` is no address of a collector; write telemetry.otlp-endpoint = \"http://HOST:4318/v1/traces\"")]
    Collector {
        /// What is written.
        url: String,
    },
    /// An address can't be listened on.
    #[error("can't listen on {address}")]
    Listen {
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The decision log can't be opened.
    #[error("the decision log `{}` can't be opened", path.display())]
    DecisionLog {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder of objections can't be read.
    #[error("the folder of objections `{}` can't be read", path.display())]
    Objections {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The statistics can't be computed.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// The runtime can't be started.
    #[error("the runtime can't be started")]
    Runtime(#[source] std::io::Error),
}

impl HostError {
    /// Whether the operator can mend it in the settings or the flags.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Config(_)
            | Self::Callers(_)
            | Self::Login { .. }
            | Self::Tls(_)
            | Self::UnreadablePseudonymKey { .. }
            | Self::ShortPseudonymKey { .. }
            | Self::UnreadableOperationsToken { .. }
            | Self::ShortOperationsToken { .. }
            | Self::Collector { .. }
            | Self::Listen { .. }
            | Self::DecisionLog { .. }
            | Self::Objections { .. }
            | Self::NoPinnedRoot
            | Self::UnreadablePinnedRoot { .. }
            | Self::Repository { .. }
            | Self::Statistics(_)
            | Self::Load(_) => true,
            Self::Sandbox(SandboxError::Cache(_)) => true,
            Self::Sandbox(_) | Self::Runtime(_) => false,
        }
    }
}

/// An error with its causes.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(with_causes).filter(|cause| !error.to_string().contains(cause.as_str()));
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
