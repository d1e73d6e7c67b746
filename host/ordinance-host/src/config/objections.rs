//! The settings of objections.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// Objections to decisions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ObjectionsConfig {
    /// The folder of sealed objections and their answers. The host makes it with the first one.
    pub folder: PathBuf,
    /// The most bytes of all of them.
    pub bytes_max: u64,
    /// The most that are taken in an hour.
    pub per_hour: u32,
    /// The largest body of an objection.
    pub body_bytes_max: usize,
    /// Where nobody signed the rulebook: the key of each authority that reviews, by the code of its place.
    pub recipients: BTreeMap<String, String>,
}

impl Default for ObjectionsConfig {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("objections"),
            bytes_max: 1 << 30,
            per_hour: 1_000,
            body_bytes_max: 1 << 20,
            recipients: BTreeMap::new(),
        }
    }
}
