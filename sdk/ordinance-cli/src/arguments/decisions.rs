//! The flags of the commands that decide one case or rule on one request for facts.

use std::path::PathBuf;

use clap::Args;

use crate::trust::TrustArguments;

#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// A folder with rulebook.toml, which is built first, or a built rulebook
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The code of the case's place
    #[arg(long)]
    pub(crate) jurisdiction: String,
    /// The id of the service
    #[arg(long)]
    pub(crate) service: String,
    /// The day for which the case is decided, as YYYY-MM-DD
    #[arg(long)]
    pub(crate) as_of: String,
    /// Use the law as it was published on this day, as YYYY-MM-DD [default: today, as it is in the place]
    #[arg(long)]
    pub(crate) known_at: Option<String>,
    /// A file with a JSON object of facts, or - for standard input
    #[arg(long)]
    pub(crate) facts: PathBuf,
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
    pub(crate) trust: TrustArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DiscloseArguments {
    /// A folder with rulebook.toml, which is built first, or a built rulebook
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// A file with the JSON object of a request as for POST /v1/disclosures, or - for standard input
    #[arg(long)]
    pub(crate) request: PathBuf,
    /// The language of titles
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
}
