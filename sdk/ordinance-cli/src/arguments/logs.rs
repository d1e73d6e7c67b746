//! The flags of the commands of the decision log.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

/// What `ordinance log audit` needs and checks.
const LOG_AUDIT_HELP: &str = "\
Examples:
  ordinance log audit decisions.ndjson --key KEY --rulebook rulebook --rulebook rulebook-of-june
  ordinance log audit decisions.ndjson --key KEY --repository https://law.example/CN --trust 1.root.json

It needs the files of the log, which their operator has, and the tree that the host writes beside them (LOGFILE.tree), or its copy
elsewhere (--tiles); and the public key of the log, which `ordinance log key LOGFILE.key` prints and `ordinance trust show` names.
It checks that
  each line is a record of a host, with its members; ids are unique, and times follow each other and are those of the ids
  the numbers have no gap, each record is its leaf of the tree, and all give the root that the log signed
  with --rulebook, the digests of rulebooks and rules are those of these built rulebooks
  with --repository and --trust, the authority that a record names had published each rule before the decision, was delegated then,
  and neither's word had lapsed. All versions of the metadata count, so a later revocation, other keys or a new rule change nothing.
Several files of one log are checked in their order. The last records may be younger than the checkpoint. --trust names the root that
you pinned; an earlier one shows more of the past, best the first.
Not shown: times are the word of whoever signed, so who stole keys can date back; of a repository that is gone nothing is known.
Exit codes: 0 nothing is wrong, 1 a finding, 2 a file or a key can't be used.";

/// What to do with a decision log.
#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Check a checkpoint of a log, and that one tree continues another
    #[command(
        after_help = "Examples:\n  ordinance log verify --key 'log.example/1+8c1e7a3b+AX...' --tiles https://log.example/1\n  ordinance log verify --key KEY --tiles decisions.ndjson.tree --older checkpoint-of-june\n\nWithout --newer it takes the checkpoint that is published beside the tiles. With --older it also checks that the newer tree begins\nwith every record of the older one. Keep the checkpoints that you check, and show them to each other: two checkpoints of one size\nwith two roots are signed proof that the log was forked."
    )]
    Verify(LogVerifyArguments),
    /// Prove that a log holds a record, and check the proof
    #[command(
        after_help = "Examples:\n  ordinance log prove --key KEY --tiles https://log.example/1 --index 4711\n  ordinance log prove --key KEY --tiles decisions.ndjson.tree --log decisions.ndjson --id 019a0f3e-...\n\nPrints the proof as JSON, as GET /v1/receipts/{id} of a host does. An id is looked for in the file of the log; a number needs only\ntiles. With --log the record of the number is compared with its leaf."
    )]
    Prove(LogProveArguments),
    /// Check every record of a log, and that its tree holds them and nothing else
    #[command(
        after_help = LOG_AUDIT_HELP
    )]
    Audit(LogAuditArguments),
    /// Make the records of a log without a tree the first leaves of one
    #[command(
        after_help = "Example:\n  ordinance log adopt decisions.ndjson\n\nFor a log that a host without trees wrote. The file stays as it is: each line becomes a leaf, and its number is its place in the\nfile. The tree is written beside it (decisions.ndjson.tree), with a key if there is none (decisions.ndjson.key). No host may run\nmeanwhile. If the command is stopped, run it again."
    )]
    Adopt(LogAdoptArguments),
    /// Print the public key of a log, which verifies its checkpoints
    #[command(after_help = "Example:\n  ordinance log key decisions.ndjson.key")]
    Key(LogKeyArguments),
}

/// Where a published tree is, and who signs its checkpoints.
#[derive(Debug, Args)]
pub(crate) struct TreeArguments {
    /// The public key of the log, as NAME+ID+KEY
    #[arg(long, value_name = "VKEY")]
    pub(crate) key: String,
    /// The folder or the address of the checkpoint and the tiles
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) tiles: String,
}

#[derive(Debug, Args)]
pub(crate) struct LogVerifyArguments {
    #[command(flatten)]
    pub(crate) tree: TreeArguments,
    /// A checkpoint that the newer tree must continue
    #[arg(long, value_name = "FILE")]
    pub(crate) older: Option<PathBuf>,
    /// The checkpoint to check [default: the published one]
    #[arg(long, value_name = "FILE")]
    pub(crate) newer: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("record").required(true).args(["index", "id"])))]
pub(crate) struct LogProveArguments {
    #[command(flatten)]
    pub(crate) tree: TreeArguments,
    /// The number of the record, from 0
    #[arg(long)]
    pub(crate) index: Option<u64>,
    /// The id of the record
    #[arg(long, requires = "log")]
    pub(crate) id: Option<String>,
    /// The file of the log
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LogAuditArguments {
    /// The files of the log, the oldest first
    #[arg(required = true, value_name = "LOGFILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The public key of the log, as NAME+ID+KEY
    #[arg(long, value_name = "VKEY")]
    pub(crate) key: String,
    /// The folder or the address of the checkpoint and the tiles [default: LOGFILE.tree of the last file]
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) tiles: Option<String>,
    /// A built rulebook whose digests are known; may be given several times
    #[arg(long, value_name = "DIR")]
    pub(crate) rulebook: Vec<PathBuf>,
    /// The repository of the top authority, a folder or a URL: each rule must have been published before by an
    /// authority that was delegated then
    #[arg(long, value_name = "DIR|URL", requires = "trust")]
    pub(crate) repository: Option<String>,
    /// The pinned root of the top authority
    #[arg(long, value_name = "ROOT", requires = "repository")]
    pub(crate) trust: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct LogAdoptArguments {
    /// The file of the log
    #[arg(value_name = "LOGFILE")]
    pub(crate) file: PathBuf,
    /// The file of the key [default: LOGFILE.key], as decision-log.key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The name of the log, for a new key [default: one that no other log has], as decision-log.name
    #[arg(long)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LogKeyArguments {
    /// The file of the key
    #[arg(value_name = "KEYFILE")]
    pub(crate) file: PathBuf,
}
