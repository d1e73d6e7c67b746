//! The check of a receipt by this host: with the pinned root if the law is signed, else by the key of its own log.

use jiff::Timestamp;
use maud::Markup;
use ordinance_engine::Rulebook;
use ordinance_engine::definitions::parse_definitions;
use ordinance_pages::ReadingLanguage;
use ordinance_receipt::{
    CheckedBy, DecisionReceipt, PageError, ReadableReceipt, ReceiptError, RecordedDecision, receipt_markup,
};
use ordinance_trust::{RepositoryError, RootOverview};

use crate::app::App;

/// A receipt that this host has checked: with the pinned root if the law is signed, else by the key of its own log.
pub(crate) struct CheckedReceipt {
    pub(crate) record: RecordedDecision,
    /// What it says, to read and to print.
    pub(crate) markup: Markup,
}

/// Checks a receipt.
///
/// # Errors
/// [`ReceiptCheckError`] says what doesn't hold, or why it can't be checked here.
pub(crate) fn check_receipt(
    app: &App,
    rulebook: &Rulebook,
    receipt: &DecisionReceipt,
    language: ReadingLanguage,
) -> Result<CheckedReceipt, ReceiptCheckError> {
    let is_signed = app.loader.as_ref().is_some_and(|loader| loader.signed().is_some());
    let root = app.config.rulebook.root.as_ref().filter(|_| is_signed);
    let root = root.map(std::fs::read).transpose().map_err(ReceiptCheckError::Root)?;
    let own_log = app.log.tree().map(|tree| tree.verifier()).filter(|_| root.is_none());
    let verified = receipt.verify(root.as_deref(), own_log)?;
    let overview = root.as_deref().map(RootOverview::read).transpose()?;
    let by = CheckedBy { root: overview.as_ref(), names_log: own_log.is_some(), at: Timestamp::now() };
    let of_receipt = receipt.publication.as_ref().filter(|_| root.is_some());
    let of_receipt = of_receipt.and_then(|publication| parse_definitions(&publication.definitions).ok());
    // Where nobody signed the law, this host's own definitions name what they know.
    let definitions = of_receipt.as_ref().or_else(|| root.is_none().then(|| rulebook.definitions()));
    let readable = ReadableReceipt::new(receipt, &verified, by, (definitions, language));
    let markup = receipt_markup(receipt, &verified, &readable)?;
    Ok(CheckedReceipt { record: verified.record, markup })
}

/// Why a receipt doesn't hold, or can't be checked here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiptCheckError {
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    #[error("the pinned root of this host can't be read: {0}")]
    Root(std::io::Error),
    #[error(transparent)]
    Overview(#[from] RepositoryError),
    #[error(transparent)]
    Page(#[from] PageError),
}
