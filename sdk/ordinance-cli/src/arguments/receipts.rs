//! The arguments of `ordinance receipt` and `ordinance replay`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::page_language::PageLanguage;

#[derive(Debug, Args)]
pub(crate) struct ReceiptArguments {
    #[command(subcommand)]
    pub(crate) command: ReceiptCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Check a receipt without a network, and say in words what was decided, on which facts and by whose law
    #[command(
        after_help = "Examples:\n  ordinance receipt verify receipt.json --trust CN.root.json\n  ordinance receipt verify reply.json --trust CN.root.json --language zh\n  ordinance receipt verify receipt.json --log-key 'decisions.example/1+2f3a...'     # the log alone\n\nFILE is a receipt, or the whole reply that holds one, whose other members must be the receipt's answer. With the pinned root of the\ntop authority the command also checks that each rule was published by an authority that may, and that one of them lists the log.\nExit 1 if the receipt doesn't hold, or the reply around it was altered."
    )]
    Verify(VerifyArguments),
    /// Check a receipt, and write it as a page to print, in Chinese or in English
    #[command(
        after_help = "Examples:\n  ordinance receipt page receipt.json --trust CN.root.json --language zh --out receipt.html\n  ordinance receipt page receipt.json --log-key 'decisions.example/1+2f3a...' --out receipt.html     # of unsigned law\n\nThe page says what was checked, when and by which root. Without --trust it says that nobody vouches for the law; so a receipt of a\nhost whose rulebook nobody signed has a page only with --log-key. The QR code holds the id, the hash of the record, its number and\nthe name of the log. The page is one file and needs no network. Exit 1, without a page, if the receipt doesn't hold."
    )]
    Page(PageArguments),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub(crate) check: ReceiptCheckArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PageArguments {
    #[command(flatten)]
    pub(crate) check: ReceiptCheckArguments,
    /// The file of the page
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// By what a receipt is checked, and in which language it is read.
#[derive(Debug, Args)]
pub(crate) struct ReceiptCheckArguments {
    /// The receipt, or the reply that holds one; `-` for standard input
    pub(crate) file: PathBuf,
    /// The pinned root of the top authority, which names all others
    #[arg(long, value_name = "ROOT", required_unless_present = "log_key")]
    pub(crate) trust: Option<PathBuf>,
    /// The public key of the log, NAME+HASH+KEY, or its file; without it an authority must list the log
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
    /// In which language to say it; without it in that of the receipt, else in English
    #[arg(long, value_enum)]
    pub(crate) language: Option<PageLanguage>,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// The receipt, or the reply that holds one; `-` for standard input
    pub(crate) file: PathBuf,
    /// The repository of the top authority, a folder or a URL: the rules of the receipt are taken from there and from
    /// the repositories of the other authorities
    #[arg(long, value_name = "REPOSITORY", required_unless_present = "rulebook")]
    pub(crate) repository: Option<String>,
    /// The pinned root of the top authority: the addresses of repositories are taken of metadata that it leads to
    #[arg(long, value_name = "ROOT", required_unless_present = "rulebook")]
    pub(crate) trust: Option<PathBuf>,
    /// The folder of the built rulebook that decided, where nobody signed it
    #[arg(long, value_name = "DIR", conflicts_with = "repository")]
    pub(crate) rulebook: Option<PathBuf>,
}
