//! The arguments of `ordinance objections`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use super::authorities::PassphraseArguments;

/// The flags of `ordinance objections`.
#[derive(Debug, Args)]
pub(crate) struct ObjectionsArguments {
    #[command(subcommand)]
    pub(crate) command: ObjectionsCommand,
}

/// What `ordinance objections` does.
#[derive(Debug, Subcommand)]
pub(crate) enum ObjectionsCommand {
    /// Make the key to which objections are sealed: FILE for the authority alone, FILE.pub for hosts
    #[command(
        after_help = "Example:\n  ordinance objections key ~/keys/sd-objections\n  ordinance trust objections-key ~/keys/sd-objections.pub --to repositories/CN-37 --key sd-publish\n\nThe passphrase is asked for twice and has at least 12 letters. Who has the file and the passphrase reads every objection; who\nloses either reads none, so keep a copy in another place."
    )]
    Key(ObjectionsKeyArguments),
    /// List the objections of a host's folder: those that are overdue first, then by the day to answer
    #[command(
        after_help = "Example:\n  ordinance objections list --dir /var/lib/ordinance/objections\n\nNo key is needed. What is overdue counts by the day in UTC. With --key the command also says which objections the key doesn't open. Exit codes: 0 none is overdue, 1 some are\noverdue or can't be opened."
    )]
    List(ListObjectionsArguments),
    /// Open one objection: the reason, the contact, and what was decided on which facts
    #[command(
        after_help = "Examples:\n  ordinance objections show 01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b --dir objections --key sd-objections\n  ordinance objections show 01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b --dir objections --key sd-objections --receipt receipt.json\n\nWith the receipt, `ordinance receipt verify` checks who published the law, and `ordinance replay` decides the case again. Exit 1 if\nthe file isn't the one whose digest the log has, or the receipt in it doesn't hold."
    )]
    Show(ShowObjectionArguments),
    /// Answer an objection, once: the host records the answer and tells the person
    #[command(
        after_help = "Example:\n  ordinance objections answer 01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b --dir objections --outcome changed --text answer.txt \\\n    --decision 01980d77-0c1d-7b43-8f7e-52d4a8a9b6c1\n\nThe new decision names the objection (`\"objection\"` of POST /v1/decisions). The answer isn't sealed: whoever holds the receipt, or\nmay read the folder, reads it. It can't be changed."
    )]
    Answer(AnswerArguments),
}

/// The flags of `ordinance objections key`.
#[derive(Debug, Args)]
pub(crate) struct ObjectionsKeyArguments {
    /// The file of the sealed key; its public key goes to FILE.pub
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArguments,
}

/// The flags of `ordinance objections list`.
#[derive(Debug, Args)]
pub(crate) struct ListObjectionsArguments {
    /// The folder of the host's objections, `[objections] folder` of its settings
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: PathBuf,
    /// The sealed key: says which objections it doesn't open
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArguments,
}

/// The flags of `ordinance objections show`.
#[derive(Debug, Args)]
pub(crate) struct ShowObjectionArguments {
    /// The id of the objection
    pub(crate) id: Uuid,
    /// The folder of the host's objections
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: PathBuf,
    /// The sealed key of the authority
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Write the receipt to this new file
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArguments,
}

/// The flags of `ordinance objections answer`.
#[derive(Debug, Args)]
pub(crate) struct AnswerArguments {
    /// The id of the objection
    pub(crate) id: Uuid,
    /// The folder of the host's objections
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: PathBuf,
    /// What becomes of the decision
    #[arg(long, value_enum)]
    pub(crate) outcome: AnswerOutcome,
    /// The file with the answer in words; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) text: PathBuf,
    /// The id of the decision that replaces the one that was objected to
    #[arg(long, value_name = "ID")]
    pub(crate) decision: Option<Uuid>,
}

/// What becomes of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerOutcome {
    /// It stands
    Upheld,
    /// It stands, since the objection couldn't be examined
    Dismissed,
    /// Another decision replaces it
    Changed,
}
