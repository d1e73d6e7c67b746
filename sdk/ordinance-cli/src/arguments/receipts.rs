//! The arguments of `ordinance receipt` and `ordinance replay`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct ReceiptArguments {
    #[command(subcommand)]
    pub(crate) command: ReceiptCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Check a receipt without a network: the commitment, its place in the log, and who published the law
    #[command(
        after_help = "Examples:\n  ordinance receipt verify receipt.json --trust CN.root.json\n  ordinance receipt verify receipt.json --log-key 'decisions.example/1+2f3a...'     # the log alone\n\nFILE is a receipt, or the reply that holds one. With the pinned root of the top authority the command also checks that each rule\nwas published by an authority that may, and that one of them lists the log. Exit 1 if the receipt doesn't hold."
    )]
    Verify(VerifyArguments),
    /// Write a receipt as a page to print, in Chinese or in English
    #[command(
        after_help = "Example:\n  ordinance receipt page receipt.json --language zh --out receipt.html\n\nThe QR code holds the id, the hash of the record, its number and the name of the log. The page is one file and needs no network."
    )]
    Page(PageArguments),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The receipt, or the reply that holds one; `-` for standard input
    pub(crate) file: PathBuf,
    /// The pinned root of the top authority, which names all others
    #[arg(long, value_name = "ROOT", required_unless_present = "log_key")]
    pub(crate) trust: Option<PathBuf>,
    /// The public key of the log, NAME+HASH+KEY, or its file; without it an authority must list the log
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PageArguments {
    /// The receipt, or the reply that holds one; `-` for standard input
    pub(crate) file: PathBuf,
    /// The language of the page
    #[arg(long, value_enum, default_value_t = PageLanguage::Zh)]
    pub(crate) language: PageLanguage,
    /// The file of the page
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// The languages of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageLanguage {
    Zh,
    En,
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
