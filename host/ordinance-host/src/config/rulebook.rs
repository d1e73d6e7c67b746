//! Where the rulebook comes from.

use std::path::PathBuf;

use serde::Deserialize;

/// Where the rulebook comes from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RulebookConfig {
    /// The repository of the top authority: a folder or a URL. None serves the folder that the command names.
    pub repository: Option<String>,
    /// The file of its pinned root.
    pub root: Option<PathBuf>,
    /// The folder of what was trusted last.
    pub state: PathBuf,
    /// How long the host waits between two readings of the repositories, in seconds.
    pub update_s: u64,
    /// Whether to serve a folder that nobody signed.
    pub unsigned: bool,
}

impl Default for RulebookConfig {
    fn default() -> Self {
        Self { repository: None, root: None, state: PathBuf::from("trusted"), update_s: 60, unsigned: false }
    }
}
