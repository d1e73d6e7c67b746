//! Why a host can't start.

use std::net::SocketAddr;
use std::path::PathBuf;

use ordinance_engine::LoadError;
use ordinance_sandbox::SandboxError;

/// Why a host can't start.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The settings can't be read.
    #[error("`{}` can't be read", path.display())]
    ConfigIo {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The settings are wrong.
    #[error("{file}:{line}:{column}: {message}")]
    Config {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A number of the settings is out of its range.
    #[error("`{key}` is {number}; it is a number from {least} to {most}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// What is written.
        number: u64,
        /// The least.
        least: u64,
        /// The greatest.
        most: u64,
    },
    /// A share that is none.
    #[error("`telemetry.sample-ratio` is a number from 0 to 1")]
    SampleRatio,
    /// A caller is written wrongly.
    #[error("caller `{id}`: {reason}")]
    Caller {
        /// Its id.
        id: String,
        /// What is wrong.
        reason: String,
    },
    /// Nobody could call.
    #[error(
        "nobody could call this host: add [[callers]] to host.toml (`ordinance key` makes a key), or let everybody on this machine in with --open-door"
    )]
    NoCallers,
    /// An open door that others could reach.
    #[error("--open-door lets everybody in without asking, so it takes only an address of this machine, not {address}")]
    OpenDoorToOthers {
        /// The address.
        address: SocketAddr,
    },
    /// Tokens can't be checked.
    #[error("the keys of tokens `{}` can't be used: {reason}", path.display())]
    Jwt {
        /// The JWKS.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A certificate or key can't be used.
    #[error("`{}` can't be used: {reason}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The key of pseudonyms can't be used.
    #[error("the key of pseudonyms `{}` can't be used: {reason}", path.display())]
    PseudonymKey {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
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
        /// The address.
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
    /// The runtime can't be started.
    #[error("the runtime can't be started")]
    Runtime(#[source] std::io::Error),
}

impl HostError {
    /// Whether the operator can mend it in the settings or the flags.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::ConfigIo { .. }
            | Self::OutOfRange { .. }
            | Self::SampleRatio
            | Self::Caller { .. }
            | Self::NoCallers
            | Self::OpenDoorToOthers { .. }
            | Self::Jwt { .. }
            | Self::Tls { .. }
            | Self::PseudonymKey { .. }
            | Self::Collector { .. }
            | Self::Config { .. }
            | Self::Listen { .. }
            | Self::DecisionLog { .. }
            | Self::Load(_) => true,
            Self::Sandbox(SandboxError::Cache(_)) => true,
            Self::Sandbox(_) | Self::Runtime(_) => false,
        }
    }
}
