//! An official decision: its receipt, to read, to print and to keep. The host has no copy of it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::html;
use ordinance_dialogue::case_page::CasePage;
use ordinance_receipt::DecisionReceipt;

use super::login_page::VERIFY;
use crate::api::problem::{InternalError, RequestError};
use crate::app::App;
use crate::error::with_causes;
use crate::pages::receipt_check::{CheckedReceipt, check_receipt};

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
