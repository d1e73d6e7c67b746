//! The flags of the commands that decide one case or rule on one request for facts.

use std::path::PathBuf;

use clap::Args;

use super::folder::FolderArguments;
use crate::source_trust::SourceTrustArguments;

#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// The place and the service as CODE/SERVICE, then the facts as NAME=VALUE, of their types in facts.toml: a number,
    /// a word, a day as YYYY-MM-DD, yes or no; a record or a list as JSON. With --jurisdiction and --service, a word
    /// without `=` is the folder of the rulebook
    #[arg(value_name = "WORD")]
    pub(crate) words: Vec<String>,
    /// The folder of the rulebook: with rulebook.toml, which is built first, or a built one [default: .]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// The code of the case's place, if no CODE/SERVICE names it
    #[arg(long, requires = "service")]
    pub(crate) jurisdiction: Option<String>,
    /// The id of the service, if no CODE/SERVICE names it
    #[arg(long, requires = "jurisdiction")]
    pub(crate) service: Option<String>,
    /// The day for which the case is decided, as YYYY-MM-DD [default: today, as it is in the place]
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// Use the law as it was published on this day, as YYYY-MM-DD [default: today, as it is in the place]
    #[arg(long)]
    pub(crate) known_at: Option<String>,
    /// A file with a JSON object of facts, or - for standard input; the reply is JSON, as with --json
    #[arg(long)]
    pub(crate) facts: Option<PathBuf>,
    /// Print the whole reply of a server as JSON [default: with --facts]
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the short answer [default: without --facts]
    #[arg(long, conflicts_with = "json")]
    pub(crate) short: bool,
    /// The kind of the recipient
    #[arg(long, default_value = "portal")]
    pub(crate) recipient_kind: String,
    /// The id of the recipient
    #[arg(long, default_value = "command-line")]
    pub(crate) recipient: String,
    /// The legal basis, as a name or as the JSON object of a request [default: the basis of the service]
    #[arg(long)]
    pub(crate) basis: Option<String>,
    /// The data subject, a JSON object such as '{"age_band":"adult"}'
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Other people of the case, the JSON array of a request such as
    /// '[{"person":"members[1]","subject":{"age_band":"age13"}}]'
    #[arg(long)]
    pub(crate) people: Option<String>,
    /// The language of titles
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DiscloseArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// A file with the JSON object of a request as for POST /v1/disclosures, or - for standard input
    #[arg(long)]
    pub(crate) request: PathBuf,
    /// The language of titles
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}
