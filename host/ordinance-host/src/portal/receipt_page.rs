//! An official decision: its receipt, to read, to print and to keep. The host has no copy of it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use maud::{Markup, html};
use ordinance_engine::Rulebook;
use ordinance_engine::definitions::parse_definitions;
use ordinance_pages::ReadingLanguage;
use ordinance_receipt::{
    CheckedBy, DecisionReceipt, PageError, ReadableReceipt, ReceiptError, RecordedDecision, receipt_markup,
};
use ordinance_trust::{RepositoryError, RootOverview};

use super::login_page::VERIFY;
use crate::api::problem::{InternalError, RequestError};
use crate::app::App;
use crate::error::with_causes;
use ordinance_dialogue::case_page::CasePage;

/// A receipt that this host has checked: with the pinned root if the law is signed, else by the key of its own log.
pub(super) struct CheckedReceipt {
    pub(super) record: RecordedDecision,
    /// What it says, to read and to print.
    pub(super) markup: Markup,
}

/// Checks a receipt.
///
/// # Errors
/// [`ReceiptCheckError`] says what doesn't hold, or why it can't be checked here.
pub(super) fn check_receipt(
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
pub(super) enum ReceiptCheckError {
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    #[error("the pinned root of this host can't be read: {0}")]
    Root(std::io::Error),
    #[error(transparent)]
    Overview(#[from] RepositoryError),
    #[error(transparent)]
    Page(#[from] PageError),
}

/// The page of a decision that was just made, with its receipt. A receipt that this host can't check or show is handed
/// out as a file all the same: there is no other copy.
///
/// # Errors
/// If the receipt can't be written.
pub(super) fn receipt_page(app: &App, shown: &CasePage<'_>, receipt: &DecisionReceipt) -> Result<String, RequestError> {
    let unwritable = |error: serde_json::Error| InternalError::Receipt { reason: error.to_string() };
    let json = serde_json::to_vec(receipt).map_err(unwritable)?;
    let checked = app.concurrency_limit.run(u64::MAX, || check_receipt(app, shown.rulebook, receipt, shown.language()));
    let markup = match checked {
        Ok(CheckedReceipt { markup, .. }) => markup,
        Err(error) => {
            tracing::error!(error = with_causes(&error), "the receipt of a decision can't be shown");
            html! { p class="govuk-body" { (shown.words().receipt_unshown) } }
        }
    };
    let file = format!("data:application/json;base64,{}", BASE64_STANDARD.encode(json));
    let words = shown.words();
    Ok(shown.page(
        words.decided,
        &html! {
            div class="app-no-print" {
                p class="govuk-body-l" { (words.decided_text) }
                p class="govuk-body" {
                    a class="govuk-button" role="button" draggable="false" download={ "receipt-" (receipt.id) ".json" }
                        href=(file) { (words.save_receipt) }
                }
                p class="govuk-body" { (words.print_receipt) }
                p class="govuk-body" { a class="govuk-link" href=(VERIFY) { (words.verify_later) } }
            }
            (markup)
        },
    ))
}
