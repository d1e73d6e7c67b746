//! The flags of the commands that study rules by their cases and by cases that they make.

use std::path::PathBuf;

use clap::Args;

use super::folder::FolderArguments;
use crate::source_trust::SourceTrustArguments;
use crate::study_progress::BudgetArguments;

/// The flags that the commands of one rule, or of several, share.
#[derive(Debug, Args)]
pub(crate) struct StudyArguments {
    /// The folder of the rulebook, with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Print what is found, and the totals if there are any, as lines of JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// Only the rules of this place, of this service, or of CODE/SERVICE
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// The number of generated cases for each rule on each day on which its law changes
    #[arg(long, default_value_t = 128)]
    pub(crate) cases: u32,
    /// Print each finding, and the totals, as lines of JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}

#[derive(Debug, Args)]
pub(crate) struct MutateArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// Fail if the cases detect less than this percentage of the mistakes [default: 100]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) threshold: Option<u8>,
    #[command(flatten)]
    pub(crate) study: StudyArguments,
    #[command(flatten)]
    pub(crate) budget: BudgetArguments,
}

#[derive(Debug, Args)]
pub(crate) struct BoundaryArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// Write the cases to this file
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) study: StudyArguments,
    #[command(flatten)]
    pub(crate) budget: BudgetArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PropertyArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service [default: every rule]
    pub(crate) rule: Option<String>,
    #[command(flatten)]
    pub(crate) study: StudyArguments,
    #[command(flatten)]
    pub(crate) budget: BudgetArguments,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// The number of runs of each case; the shortest time counts
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) runs: u32,
    #[command(flatten)]
    pub(crate) study: StudyArguments,
}

#[derive(Debug, Args)]
pub(crate) struct TraceArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// The cases whose name contains this, of those beside the rule
    #[arg(long)]
    pub(crate) case: String,
    /// A file of cases (.ndjson, .json, .csv, .tsv, .xlsx, .ods or .parquet) instead of the cases beside the rule
    #[arg(long)]
    pub(crate) cases: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) study: StudyArguments,
}
