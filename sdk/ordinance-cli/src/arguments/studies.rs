//! The flags of the commands that study rules by cases that they make.

use std::path::PathBuf;

use clap::Args;

use crate::study_progress::BudgetArguments;
use crate::trust::TrustArguments;

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The folder with rulebook.toml
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
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
    pub(crate) trust: TrustArguments,
}

#[derive(Debug, Args)]
pub(crate) struct MutateArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Fail if the cases detect less than this percentage of the mistakes [default: 100]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) threshold: Option<u8>,
    /// Print each mistake that no case detects, and the totals, as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    #[command(flatten)]
    pub(crate) budget: BudgetArguments,
}

#[derive(Debug, Args)]
pub(crate) struct BoundaryArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Write the cases to this file
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(crate) out: Option<PathBuf>,
    /// Print each pair as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    #[command(flatten)]
    pub(crate) budget: BudgetArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PropertyArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service [default: every rule]
    pub(crate) rule: Option<String>,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Print each violation, and the totals, as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    #[command(flatten)]
    pub(crate) budget: BudgetArguments,
}
