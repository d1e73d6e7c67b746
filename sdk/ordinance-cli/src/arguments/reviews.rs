//! The flags of the commands that compare rulebooks and review one before publication.

use std::path::PathBuf;

use clap::Args;

use super::folder::FolderArguments;
use super::page_language::PageLanguage;
use crate::source_trust::SourceTrustArguments;
use crate::study_progress::BudgetArguments;

#[derive(Debug, Args)]
pub(crate) struct ReviewArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// The rulebook in force: a folder with rulebook.toml, which is built first, or a built one; for a first
    /// publication there is none
    #[arg(long, value_name = "RULEBOOK")]
    pub(crate) against: Option<PathBuf>,
    /// Take the rules of DIR from this built rulebook instead of building them, so that no code of their author runs
    /// outside a rule's sandbox
    #[arg(long, value_name = "BUILT", conflicts_with = "trust_sources")]
    pub(crate) prebuilt: Option<PathBuf>,
    /// The folder of the reports; created if it does not exist
    #[arg(long, value_name = "DIR", default_value = "review")]
    pub(crate) out: PathBuf,
    /// Only the rules of this place, of this service, or of CODE/SERVICE
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// The people, as NDJSON, CSV or Parquet, each with a place, a service and a day [default: the cases beside the
    /// rules]
    #[arg(long, value_name = "FILE", requires = "against")]
    pub(crate) population: Option<PathBuf>,
    /// Group the people by this fact too; may be given several times
    #[arg(long, value_name = "FACT", requires = "population")]
    pub(crate) by: Vec<String>,
    /// The language of report.html
    #[arg(long, value_enum, default_value = "en")]
    pub(crate) language: PageLanguage,
    /// Print the summary as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Fail if the cases cover less than this percentage of the law
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) threshold: Option<u8>,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
    #[command(flatten)]
    pub(crate) budget: BudgetArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The old rulebook: a folder with rulebook.toml, which is built first, or a built one
    pub(crate) old: PathBuf,
    /// The new rulebook
    pub(crate) new: PathBuf,
    /// The people, as NDJSON, CSV or Parquet; read line by line
    #[arg(long, alias = "cases", value_name = "FILE", required_unless_present = "explain")]
    pub(crate) population: Option<PathBuf>,
    /// Say in words what changes in the rules instead; both are folders with rulebook.toml, or folders of one rule in
    /// such
    #[arg(
        long,
        conflicts_with_all = ["population", "jurisdiction", "service", "as_of", "by", "changed", "json", "trust_sources"]
    )]
    pub(crate) explain: bool,
    /// The language of the page, en or zh; with --explain that of titles, as BCP 47 has it, and headings are in English
    /// or Chinese
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
    /// With --explain, only the rules of this place, of this service, or of CODE/SERVICE
    #[arg(long, requires = "explain")]
    pub(crate) rule: Option<String>,
    /// The place of each person whose line names none
    #[arg(long)]
    pub(crate) jurisdiction: Option<String>,
    /// The service of each person whose line names none
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// The day of each person whose line names none, as YYYY-MM-DD
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// Group by this fact too; may be given several times
    #[arg(long, value_name = "FACT")]
    pub(crate) by: Vec<String>,
    /// Write each case that changes as a line of NDJSON
    #[arg(long, value_name = "FILE")]
    pub(crate) changed: Option<PathBuf>,
    /// Write an HTML page that needs no network
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The rule, as CODE/SERVICE
    pub(crate) rule: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The language of titles, as BCP 47 has it, such as zh; headings are in English or Chinese
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
    /// Only what is in force on this day, as YYYY-MM-DD: one value of each number, and the version of that day
    #[arg(long, value_name = "DAY")]
    pub(crate) as_of: Option<String>,
    /// Write a page in HTML to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}
