//! The flags of the commands by which authorities publish: their keys, their repositories, whom they delegate.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::source_trust::SourceTrustArguments;

/// The flags of `ordinance trust`.
#[derive(Debug, Args)]
pub(crate) struct TrustArguments {
    #[command(subcommand)]
    pub(crate) command: TrustCommand,
}

/// What `ordinance trust` does.
#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Make a key, sealed by a passphrase: FILE for its holder alone, FILE.pub for everybody
    #[command(
        after_help = "Example:\n  ordinance trust key ~/keys/cn-root-1\n\nThe passphrase is asked for twice and has at least 12 letters. Who has the file and the passphrase signs as the authority: keep the\nkeys of a root offline, each with another person, and a copy of each in another place."
    )]
    Key(NewKeyArguments),
    /// Make the repository of an authority: whose it is, its keys and how many of them must sign
    #[command(
        after_help = "Example:\n  ordinance trust init CN --name 'State Council' --to repositories/CN \\\n    --root-key cn-root-1.pub cn-root-2.pub cn-root-3.pub --root-threshold 2 --publish-key cn-publish.pub \\\n    --key cn-root-1\n\nThe keys of the root name all other keys; they are needed to replace keys and once in --root-days, and stay offline. The keys\nthat publish sign each publication. Where --key gives too few signatures the root waits in REPOSITORY/pending."
    )]
    Init(InitArguments),
    /// Sign the root that waits in a repository, after it is shown
    #[command(after_help = "Example:\n  ordinance trust sign repositories/CN --key cn-root-2")]
    Sign(SignArguments),
    /// Let a lower authority make the law of its place, by listing its root
    #[command(
        after_help = "Examples:\n  ordinance trust delegate CN-37 --to repositories/CN --root repositories/CN-37 --key cn-publish\n  ordinance trust delegate CN-37 --to repositories/CN --root 1.root.json --address https://law.shandong.example \\\n    --key cn-publish\n\nCompare the keys that are shown with those that the lower authority tells you on another way. The address is a URL, or a path\nfrom this repository's own address [default: that of the delegation before, else ../CODE]. Run it again to renew a delegation, such\nas with a newer root."
    )]
    Delegate(DelegateArguments),
    /// Take over the definitions that the levels above publish, to write the rules of a lower authority against them
    #[command(
        after_help = "Examples:\n  ordinance trust fetch CN-37 --from https://law.example/CN --trust 1.root.json --to shandong\n  ordinance trust fetch CN-37 --from repositories/CN --trust 1.root.json --to shandong      # again: what changed since\n\nEverything is checked from the pinned root on. The folder gets rulebook.toml, tables of places, facts.toml, the files of services and\nthe bounds that levels above set; the rules and the bounds of CODE and of lower places stay as they are. It keeps in .ordinance what\nit took over, so that a file that somebody changed by hand is never overwritten unsaid, and so that `ordinance publish` can say\nwhether what is published has changed."
    )]
    Fetch(FetchArguments),
    /// Name who approves the rules of a lower place that upper law reserves
    #[command(
        after_help = "Example:\n  ordinance trust approvers CN-3706 --to repositories/CN-37 --approver reviewer-1.pub reviewer-2.pub reviewer-3.pub \\\n    --threshold 2 --key sd-publish\n\nWhich rules need an approval, the contract of the service says:\n  [[approvals]]\n  by = \"CN-37\"\n  provision = { document = \"...\", article = \"...\" }"
    )]
    Approvers(ApproversArguments),
    /// Replace keys or thresholds, or let the same keys hold for a longer time
    #[command(
        after_help = "Examples:\n  ordinance trust rotate repositories/CN --publish-key cn-publish-2.pub --key cn-root-1 cn-root-2 cn-publish-2\n  ordinance trust rotate repositories/CN --key cn-root-1 cn-root-2      # the same keys, for a longer time\n\nA new root is signed by enough keys of the old root and by enough of its own. Where the keys that publish change, all that is\npublished is signed anew with them, if --key gives them."
    )]
    Rotate(RotateArguments),
    /// End the delegation of a lower authority: its place's law is the upper authority's again
    #[command(
        after_help = "Example:\n  ordinance trust revoke CN-37 --from repositories/CN --key cn-publish\n\nIt says first which published rules are no longer in force then, those of lower authorities that CN-37 delegated among them, and who\nmakes the law of each place from then on. Publish what shall hold instead before: a place whose rules are gone has no law, and\ndecisions go on without it. Decisions of before stay lawful (`ordinance log audit --repository`)."
    )]
    Revoke(RevokeArguments),
    /// Sign everything anew for a longer time, and put complete approvals into effect
    #[command(
        after_help = "Example:\n  ordinance trust refresh repositories/CN --key cn-publish\n\nRun it more often than --timestamp-days, such as weekly from a timer: what isn't signed again lapses, and its rules count no longer."
    )]
    Refresh(RefreshArguments),
    /// List the public key of a decision log, so that everybody can tell its checkpoints from others
    #[command(
        after_help = "Example:\n  ordinance trust log log.yantai.example.pub --to repositories/CN-3706 --key yantai-publish\n\nThe key has the form NAME+HASH+KEY (C2SP signed-note)."
    )]
    Log(LogArguments),
    /// List the key to which hosts seal objections for this authority
    #[command(
        after_help = "Example:\n  ordinance trust objections-key sd-objections.pub --to repositories/CN-37 --key sd-publish\n\nIt takes the place of the key that was listed before; keep that one for the objections that are sealed to it. Which authority\nreviews the decisions on a service, the service's contract says:\n  [objections]\n  by = \"CN-37\""
    )]
    ObjectionsKey(ListObjectionsKeyArguments),
    /// Show who may make which law until when, as a tree
    #[command(
        after_help = "Examples:\n  ordinance trust show repositories/CN\n  ordinance trust show https://law.example --root cn-root.json\n\nExit codes: 0 everything is as it must be, 1 something has lapsed, is unknown or refused, or, with --state,\nis kept from before because what is newer can't be used."
    )]
    Show(ShowArguments),
}

/// The keys that sign.
#[derive(Debug, Args)]
pub(crate) struct SigningArguments {
    /// The sealed keys that sign; the passphrase of each is asked for
    #[arg(long = "key", value_name = "FILE", num_args = 1..)]
    pub(crate) keys: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArguments,
}

/// Where passphrases come from.
#[derive(Debug, Args)]
pub(crate) struct PassphraseArguments {
    /// A file with the passphrase of all keys, for scripts [default: asked for at the terminal]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// For how long signatures hold.
#[derive(Debug, Args)]
pub(crate) struct ValidityArguments {
    /// For how many days what is published holds
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// After how many days without a new signature everything lapses: how long a server can hold back what is newer
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) timestamp_days: u32,
}

/// The flags of `ordinance trust key`.
#[derive(Debug, Args)]
pub(crate) struct NewKeyArguments {
    /// The file of the sealed key; its public key goes to FILE.pub
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArguments,
}

/// The flags of `ordinance trust init`.
#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The code of the place whose law the authority makes
    pub(crate) code: String,
    /// The name of the authority, for people
    #[arg(long)]
    pub(crate) name: String,
    /// The folder of the new repository
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) to: PathBuf,
    /// The keys of the root: FILE.pub, or the sealed key beside which it stands
    #[arg(long = "root-key", value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) root_keys: Vec<PathBuf>,
    /// How many keys of the root must sign a root
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) root_threshold: u64,
    /// The keys that publish
    #[arg(long = "publish-key", value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) publish_keys: Vec<PathBuf>,
    /// How many of them must sign what is published; one command takes them all
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) publish_threshold: u64,
    /// For how many days the root holds
    #[arg(long, value_name = "N", default_value_t = 1095, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) root_days: u32,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
}

/// The flags of `ordinance trust sign`.
#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    /// The folder of the repository
    pub(crate) repository: PathBuf,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
}

/// The flags of `ordinance trust delegate`.
#[derive(Debug, Args)]
pub(crate) struct DelegateArguments {
    /// The code of the lower place
    pub(crate) code: String,
    /// The repository of the upper authority
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) to: PathBuf,
    /// The root of the lower authority: its file, or the folder of its repository
    #[arg(long, value_name = "FILE_OR_REPOSITORY")]
    pub(crate) root: PathBuf,
    /// Where readers find the lower repository: a URL, or a path from the upper one [default: as before,
    /// at first ../CODE]
    #[arg(long, value_name = "URL_OR_PATH")]
    pub(crate) address: Option<String>,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) validity: ValidityArguments,
    /// A rulebook that says which places are below, where the repository publishes no definitions
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// The flags of `ordinance trust fetch`.
#[derive(Debug, Args)]
pub(crate) struct FetchArguments {
    /// The code of the place whose authority writes its rules in the folder
    pub(crate) code: String,
    /// The repository of the top authority, a folder or a URL
    #[arg(long, value_name = "REPOSITORY_OR_URL")]
    pub(crate) from: String,
    /// The pinned root of the top authority
    #[arg(long, value_name = "ROOT")]
    pub(crate) trust: PathBuf,
    /// The folder of the sources; created if it doesn't exist
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// Replace files that were changed by hand
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// The flags of `ordinance trust approvers`.
#[derive(Debug, Args)]
pub(crate) struct ApproversArguments {
    /// The code of the lower place
    pub(crate) code: String,
    /// The repository of the authority that approves
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) to: PathBuf,
    /// The keys of the approvers
    #[arg(long = "approver", value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) approvers: Vec<PathBuf>,
    /// How many of them must sign
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) threshold: u64,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) validity: ValidityArguments,
}

/// The flags of `ordinance trust rotate`.
#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    /// The folder of the repository
    pub(crate) repository: PathBuf,
    /// The keys of the root from now on [default: as before]
    #[arg(long = "root-key", value_name = "FILE", num_args = 1..)]
    pub(crate) root_keys: Vec<PathBuf>,
    /// How many of them must sign a root [default: as before]
    #[arg(long, value_name = "N")]
    pub(crate) root_threshold: Option<u64>,
    /// The keys that publish from now on [default: as before]
    #[arg(long = "publish-key", value_name = "FILE", num_args = 1..)]
    pub(crate) publish_keys: Vec<PathBuf>,
    /// How many of them must sign what is published [default: as before]
    #[arg(long, value_name = "N")]
    pub(crate) publish_threshold: Option<u64>,
    /// For how many days the root holds
    #[arg(long, value_name = "N", default_value_t = 1095, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) root_days: u32,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
}

/// The flags of `ordinance trust revoke`.
#[derive(Debug, Args)]
pub(crate) struct RevokeArguments {
    /// The code of the lower place
    pub(crate) code: String,
    /// The repository of the upper authority
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) from: PathBuf,
    /// End it without being asked; without a terminal nothing is done without this flag
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) validity: ValidityArguments,
}

/// The flags of `ordinance trust refresh`.
#[derive(Debug, Args)]
pub(crate) struct RefreshArguments {
    /// The folder of the repository
    pub(crate) repository: PathBuf,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) validity: ValidityArguments,
}

/// The flags of `ordinance trust log`.
#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// The key, NAME+HASH+KEY, or a file that holds it
    #[arg(value_name = "KEY_OR_FILE")]
    pub(crate) log: String,
    /// The repository of the authority that vouches for the log
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) to: PathBuf,
    /// Take the key off the list
    #[arg(long)]
    pub(crate) remove: bool,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) validity: ValidityArguments,
}

/// The flags of `ordinance trust objections-key`.
#[derive(Debug, Args)]
pub(crate) struct ListObjectionsKeyArguments {
    /// The public key, FILE.pub of `ordinance objections key`
    #[arg(value_name = "FILE.pub")]
    pub(crate) file: PathBuf,
    /// The repository of the authority that reviews
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) to: PathBuf,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) validity: ValidityArguments,
}

/// The flags of `ordinance trust show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// The folder or the URL of the repository
    #[arg(value_name = "REPOSITORY_OR_URL")]
    pub(crate) repository: String,
    /// The root to trust: a file from elsewhere [default: the first root of the repository itself]
    #[arg(long, value_name = "FILE")]
    pub(crate) root: Option<PathBuf>,
    /// A folder in which what was trusted last is kept, as a host does [default: nothing is kept]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

/// The flags of `ordinance publish`.
#[derive(Debug, Args)]
pub(crate) struct PublishArguments {
    /// The folder of the rulebook: with rulebook.toml, which is built first, or a built one
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The repository of the authority
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) to: PathBuf,
    /// The repositories of upper authorities in which to look for approvals: what lacks one isn't published
    #[arg(long, value_name = "REPOSITORY_OR_URL", num_args = 1..)]
    pub(crate) approved_in: Vec<String>,
    /// Withdraw the published rules and definitions that the rulebook hasn't; without this flag they are listed and
    /// nothing is published
    #[arg(long)]
    pub(crate) withdraw: bool,
    /// The repository of the top authority, whose definitions those of the rulebook are compared with [default: where
    /// `ordinance trust fetch` took them from]
    #[arg(long, value_name = "REPOSITORY_OR_URL", requires = "pinned")]
    pub(crate) definitions_of: Option<String>,
    /// The pinned root of the top authority
    #[arg(long = "trust", value_name = "ROOT", requires = "definitions_of")]
    pub(crate) pinned: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) signing: SigningArguments,
    #[command(flatten)]
    pub(crate) validity: ValidityArguments,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}

/// The flags of `ordinance approve`.
#[derive(Debug, Args)]
pub(crate) struct ApproveArguments {
    /// The digest of the rule (its first digits suffice), or CODE/SERVICE, or CODE/SERVICE@VERSION
    pub(crate) rule: String,
    /// Where the rule is: the repository of the lower authority (a folder or a URL), or a rulebook
    #[arg(long, value_name = "REPOSITORY_OR_RULEBOOK", required_unless_present = "withdraw")]
    pub(crate) from: Option<String>,
    /// Take the rule, by its digest, off the list of approved ones
    #[arg(long, conflicts_with = "from")]
    pub(crate) withdraw: bool,
    /// Sign a list that waits with all that others changed of it, which is shown without this flag
    #[arg(long)]
    pub(crate) also_waiting: bool,
    /// The repository of the authority that approves
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) to: PathBuf,
    /// The sealed keys of approvers
    #[arg(long = "key", value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) keys: Vec<PathBuf>,
    /// Keys that publish: with them a complete list of approvals takes effect at once
    #[arg(long = "publish-key", value_name = "FILE", num_args = 1..)]
    pub(crate) publish_keys: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArguments,
    #[command(flatten)]
    pub(crate) validity: ValidityArguments,
}

/// The flags of `ordinance rebuild`.
#[derive(Debug, Args)]
pub(crate) struct RebuildArguments {
    /// The rule's file
    #[arg(value_name = "RULE.wasm")]
    pub(crate) file: PathBuf,
    /// The folder of the sources
    #[arg(long, value_name = "DIR")]
    pub(crate) source: PathBuf,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}
