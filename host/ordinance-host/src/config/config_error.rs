//! Why the settings can't be used.

use std::path::PathBuf;

/// Why the settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("`{}` can't be read", path.display())]
    Io {
        /// The file of settings.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A line is wrong.
    #[error("{file}:{line}:{column}: {message}")]
    Line {
        /// The file of settings.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong, and what is expected.
        message: String,
    },
    /// A number is out of its range.
    #[error("`{key}` is {number}; it is a number from {least} to {most}")]
    OutOfRange {
        /// The setting, as `table.key`.
        key: &'static str,
        /// The number in the file.
        number: u64,
        /// The least number that is valid.
        least: u64,
        /// The greatest number that is valid.
        most: u64,
    },
    /// The sample ratio is no ratio.
    #[error("`telemetry.sample-ratio` is a number from 0 to 1")]
    SampleRatio,
    /// The name of the decision log is none.
    #[error("`decision-log.name` is none")]
    LogName(#[source] ordinance_log::KeyError),
    /// A key for objections is none, or its place is none.
    #[error("`objections.recipients`: `{place}` has no public key of an authority; write CODE = \"age1...\"")]
    ObjectionsRecipient {
        /// What stands for the code of the place.
        place: String,
    },
    /// Two files of the decision log are one.
    #[error("`decision-log.key` is the file of `decision-log.path`; name another file")]
    LogKey,
}
