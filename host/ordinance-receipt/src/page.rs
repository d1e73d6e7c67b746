//! A receipt that holds as a page to print, in Chinese or in English.

use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};
use maud::{Markup, PreEscaped, html};
use ordinance_log::leaf_hash;
use ordinance_pages::Frame;

use crate::reading::{ReadableBlock, ReadableReceipt, ReadableSection, Words};
use crate::receipt::DecisionReceipt;
use crate::verify::VerifiedReceipt;

/// Why a receipt has no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The QR code would be too large.
    #[error("the name of the log is too long for a QR code")]
    Qr,
}

/// The page of a receipt that was checked: a file by itself, to read and to print.
///
/// # Errors
/// [`PageError`] if its QR code would be too large.
pub fn receipt_page(
    receipt: &DecisionReceipt,
    verified: &VerifiedReceipt,
    readable: &ReadableReceipt,
) -> Result<String, PageError> {
    let words = Words::of(readable.language);
    let frame = Frame {
        language: readable.language,
        title: &format!("{} {}", words.title, receipt.id),
        style: None,
        skip: words.skip,
        header: html! {},
        above: html! {},
        footer: html! {},
    };
    Ok(frame.page(&receipt_markup(receipt, verified, readable)?))
}

/// What the page of a receipt that was checked says, for a page that has more around it.
///
/// # Errors
/// [`PageError`] if its QR code would be too large.
pub fn receipt_markup(
    receipt: &DecisionReceipt,
    verified: &VerifiedReceipt,
    readable: &ReadableReceipt,
) -> Result<Markup, PageError> {
    let words = Words::of(readable.language);
    let hash = leaf_hash(receipt.leaf.as_bytes());
    let (index, log) = (verified.record.index, &verified.log);
    let qr = qr_code(&format!("{}\n{}\n{hash}\n{index}\n{log}", receipt.format, receipt.id))?;
    Ok(html! {
        div class="app-qr" { (PreEscaped(qr)) }
        h1 class="govuk-heading-l" { (words.title) }
        @if let Some(warning) = readable.warning { p class="govuk-body app-simulation warning" { strong { (warning) } } }
        @for section in &readable.sections { (section_markup(section)) }
        (how_to_check(words, readable))
        p class="govuk-body" { (words.how_to_object) }
    })
}

/// The command by which others check the same.
fn how_to_check(words: &Words, readable: &ReadableReceipt) -> Markup {
    let (says, option) = match readable.warning {
        None => (words.how_to_check, "--trust root.json"),
        Some(_) => (words.how_to_check_log, "--log-key KEY"),
    };
    html! { p class="govuk-body" { (says) br; code { "ordinance receipt verify receipt.json " (option) } } }
}

fn section_markup(section: &ReadableSection) -> Markup {
    html! {
        h2 class="govuk-heading-m" { (section.heading) }
        @for block in &section.blocks { (block_markup(block)) }
    }
}

fn block_markup(block: &ReadableBlock) -> Markup {
    html! {
        @if let Some(heading) = &block.heading { h3 class="govuk-heading-s" { (heading) } }
        dl class="govuk-summary-list app-block" {
            @for line in &block.lines {
                div class="govuk-summary-list__row" {
                    dt class="govuk-summary-list__key" { (line.label) }
                    dd class="govuk-summary-list__value" {
                        @if line.is_main { strong { (line.text) } } @else { (line.text) }
                    }
                }
            }
        }
    }
}

fn qr_code(content: &str) -> Result<String, PageError> {
    let code = QRBuilder::new(content).ecl(ECL::M).build().map_err(|_| PageError::Qr)?;
    Ok(SvgBuilder::default().to_str(&code))
}
