//! The flags of the commands that serve a rulebook, and of a host's compiler.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::folder::FolderArguments;
use crate::source_trust::SourceTrustArguments;

#[derive(Debug, Args)]
pub(crate) struct ListenArguments {
    /// The settings file; `host.toml` in the host's folder explains every key
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// The address of the API [default: 127.0.0.1:8080]
    #[arg(long)]
    pub(crate) listen: Option<SocketAddr>,
    /// The address of health checks and metrics [default: 127.0.0.1:9090]
    #[arg(long)]
    pub(crate) operations: Option<SocketAddr>,
    /// Accept every call from this machine without a key: for trials only, never in production
    #[arg(long)]
    pub(crate) open_door: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// Check the settings, the rulebook and its cases, and exit without serving
    #[arg(long)]
    pub(crate) check_config: bool,
    #[command(flatten)]
    pub(crate) listen: ListenArguments,
}

/// The arguments of `ordinance rollout`.
#[derive(Debug, Args)]
pub(crate) struct RolloutArguments {
    /// The operations address of each host, as http://HOST:PORT
    #[arg(required = true, value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    /// The file with the token of the operations addresses
    #[arg(long)]
    pub(crate) token: Option<PathBuf>,
    /// Only let all hosts load and test what is published, and activate nothing
    #[arg(long)]
    pub(crate) prepare: bool,
}

/// The arguments of the compiler process of a host.
#[derive(Debug, Args)]
pub(crate) struct CompileArguments {
    /// The memory limit of one call of a rule in bytes; the code layout depends on it
    #[arg(long)]
    pub(crate) rule_memory_bytes: usize,
    /// The number of rules that run at the same time
    #[arg(long)]
    pub(crate) slots: u32,
    /// The memory limit of this process in bytes
    #[arg(long)]
    pub(crate) memory_bytes: u64,
    /// Trust the folders above the code cache
    #[arg(long)]
    pub(crate) trust_cache_parents: bool,
    /// Compile code whose traps have a backtrace
    #[arg(long)]
    pub(crate) trap_backtrace: bool,
    /// The folder of the code cache
    pub(crate) code_cache: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DevArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    #[command(flatten)]
    pub(crate) listen: ListenArguments,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}
