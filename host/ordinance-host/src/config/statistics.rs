//! `[statistics]`: what the host publishes of its decision log.

use std::path::PathBuf;

use serde::Deserialize;

/// The statistics of the decision log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StatisticsConfig {
    /// Whether they are computed and served.
    pub enabled: bool,
    /// The least decisions of a cell.
    pub smallest_cell: u64,
    /// The folder of the published months; `None` is one beside the log.
    pub folder: Option<PathBuf>,
    /// Earlier files of the log.
    pub logs: Vec<PathBuf>,
}

impl Default for StatisticsConfig {
    fn default() -> Self {
        Self { enabled: true, smallest_cell: 10, folder: None, logs: Vec::new() }
    }
}
