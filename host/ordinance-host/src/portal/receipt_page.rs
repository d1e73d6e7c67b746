//! An official decision: its receipt, to read, to print and to keep. The host has no copy of it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use maud::html;
use ordinance_receipt::{CheckedBy, DecisionReceipt, ReadableReceipt, receipt_markup};
use ordinance_trust::RootOverview;

use super::case_page::CasePage;
use crate::api::problem::{InternalError, RequestError};
use crate::app::App;

/// The page of a decision that was just made, with its receipt.
///
/// # Errors
/// If the receipt doesn't hold: then the host has a defect, and hands out no page that says otherwise.
pub(super) fn receipt_page(app: &App, shown: &CasePage<'_>, receipt: &DecisionReceipt) -> Result<String, RequestError> {
    let failed = |reason: String| RequestError::from(InternalError::Receipt { reason });
    let root = app.config.rulebook.root.as_ref().filter(|_| receipt.publication.is_some());
    let root = root.map(std::fs::read).transpose().map_err(|error| failed(error.to_string()))?;
    let own_log = app.log.tree().map(|tree| tree.verifier()).filter(|_| root.is_none());
    let verified = receipt.verify(root.as_deref(), own_log).map_err(|error| failed(error.to_string()))?;
    let overview = root.as_deref().map(RootOverview::read).transpose().map_err(|error| failed(error.to_string()))?;
    let by = CheckedBy { root: overview.as_ref(), names_log: own_log.is_some(), at: Timestamp::now() };
    let definitions = Some(shown.rulebook.definitions());
    let readable = ReadableReceipt::new(receipt, &verified, by, (definitions, shown.language()));
    let receipt_text = receipt_markup(receipt, &verified, &readable).map_err(|error| failed(error.to_string()))?;
    let json = serde_json::to_vec(receipt).map_err(|error| failed(error.to_string()))?;
    let file = format!("data:application/json;base64,{}", BASE64_STANDARD.encode(json));
    let words = shown.words();
    Ok(shown.page(
        words.decided,
        &html! {
            div class="app-no-print" {
                p class="govuk-body-l" { (words.decided_text) }
                p class="govuk-body" {
                    a class="govuk-button" role="button" draggable="false" download={ "receipt-" (receipt.id) ".json" } href=(file) {
                        (words.save_receipt)
                    }
                }
                p class="govuk-body" { (words.print_receipt) }
            }
            (receipt_text)
        },
    ))
}
