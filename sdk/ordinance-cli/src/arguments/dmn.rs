//! The flags of the commands for models of DMN.

use std::path::PathBuf;

use clap::Args;

/// The flags of `ordinance tck`.
#[derive(Debug, Args)]
pub(crate) struct TckArguments {
    /// The folder whose folders have a model (.dmn) and files of test cases (-test-*.xml)
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Print each expected result and how it came out
    #[arg(long)]
    pub(crate) list: bool,
    /// Print each expected result, and the totals, as a line of JSON
    #[arg(long, conflicts_with = "list")]
    pub(crate) json: bool,
}

/// The flags of `ordinance import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The model
    #[arg(value_name = "FILE.dmn")]
    pub(crate) file: PathBuf,
    /// The id of the service, which has the facts and the grant
    #[arg(long)]
    pub(crate) service: String,
    /// The code of the place whose law the rule is
    #[arg(long, value_name = "CODE")]
    pub(crate) jurisdiction: String,
    /// What of the model is what of the rule, as TOML [default: by their names]
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
}

/// The flags of `ordinance export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The place and the service, as CODE/SERVICE
    pub(crate) rule: String,
    /// As a model of DMN 1.5
    #[arg(long, required = true)]
    pub(crate) dmn: bool,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Write the model to this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
