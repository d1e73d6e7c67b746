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
    /// The old rules: a folder with rulebook.toml, or the folder of one rule in such
    pub(crate) old: PathBuf,
    /// The new rules
    pub(crate) new: PathBuf,
    /// The language of titles, as BCP 47 has it, such as zh; headings are in English or Chinese
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
    /// Only the rules of this place, of this service, or of CODE/SERVICE
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// Write a page in HTML about the one rule that changes to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Told only what to use instead
    #[arg(long, value_name = "FILE", hide = true)]
    pub(crate) population: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ImpactArguments {
    /// The old rulebook: a folder with rulebook.toml, which is built first, or a built one
    pub(crate) old: PathBuf,
    /// The new rulebook
    pub(crate) new: PathBuf,
    /// The people: a file (NDJSON, CSV, a sheet, Parquet, Arrow), or a folder of files of Parquet and Arrow
    #[arg(long, value_name = "PATH")]
    pub(crate) population: PathBuf,
    /// The place of each person whose row names none
    #[arg(long)]
    pub(crate) jurisdiction: Option<String>,
    /// The service of each person whose row names none
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// The day of each person whose row names none, as YYYY-MM-DD
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// Group by this fact or column too; may be given several times. In the files of --out people are grouped by what
    /// is named here alone, `jurisdiction` and `service` too; if nothing is, by service, or by place where there is one
    /// service
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Vec<String>,
    /// The column that says how many people each one stands for
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weight: Option<String>,
    /// A column that belongs to no case; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub(crate) ignore: Vec<String>,
    /// What may be granted of a field in all, as FIELD=AMOUNT; may be given several times
    #[arg(long, value_name = "FIELD=AMOUNT")]
    pub(crate) budget: Vec<String>,
    /// Write a page, CSV, JSON and (feature `parquet`) Parquet without small cells into this folder; a run over Parquet
    /// or Arrow that was interrupted goes on from there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// The fewest people of a number in the files of --out; 1 leaves all numbers as they are
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) smallest_cell: u64,
    /// Write the outcome of each person into DIR/people too, which is not for publication; of Parquet or Arrow only
    #[arg(long, requires = "out")]
    pub(crate) rows: bool,
    /// A column that stands beside the outcome of each person; may be given several times
    #[arg(long, value_name = "COLUMN", requires = "rows")]
    pub(crate) keep: Vec<String>,
    /// Look for the reasons in at most so many of the people of Parquet or Arrow whose outcome changes
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub(crate) reasons: u32,
    /// Begin anew where an earlier run was interrupted
    #[arg(long, requires = "out")]
    pub(crate) restart: bool,
    /// How many threads work on Parquet or Arrow [default: as many as there are cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZero<usize>>,
    /// Write each case that changes, with its reasons, as a line of NDJSON; reads people one by one
    #[arg(long, value_name = "FILE", conflicts_with = "rows")]
    pub(crate) changed: Option<PathBuf>,
    /// The language of the page
    #[arg(long, value_enum, default_value = "en")]
    pub(crate) language: PageLanguage,
    /// Print one JSON object, with all numbers as they are
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
