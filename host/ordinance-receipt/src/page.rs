//! A receipt that holds as a page to print, in Chinese or in English.

use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use ordinance_log::leaf_hash;

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

const STYLE: &str = "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#111}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.4rem 0 .3rem}h3{font-size:1rem;margin:.9rem 0 .2rem}\
dl{display:grid;grid-template-columns:minmax(7rem,12rem) 1fr;gap:.2rem 1rem;margin:0}\
dt{color:#555;overflow-wrap:anywhere}dd{margin:0;overflow-wrap:anywhere}code{font-size:.85rem;overflow-wrap:anywhere}\
.qr{float:right;width:11rem;margin:0 0 1rem 1rem}.qr svg{width:100%;height:auto}\
.warning{border:2px solid #b00;padding:.5rem .8rem;font-weight:bold;overflow:hidden}.block{break-inside:avoid}\
@media(max-width:30rem){dl{display:block}dd{margin:0 0 .4rem}.qr{float:none;margin:0 auto 1rem}}\
@media print{body{margin:0;max-width:none}}";

/// The page of a receipt that was checked.
///
/// # Errors
/// [`PageError`] if its QR code would be too large.
pub fn receipt_page(
    receipt: &DecisionReceipt,
    verified: &VerifiedReceipt,
    readable: &ReadableReceipt,
) -> Result<String, PageError> {
    let words = Words::of(readable.language);
    let hash = leaf_hash(receipt.leaf.as_bytes());
    let (index, log) = (verified.record.index, &verified.log);
    let qr = qr_code(&format!("{}\n{}\n{hash}\n{index}\n{log}", receipt.format, receipt.id))?;
    let page = html! {
        (DOCTYPE)
        html lang=(readable.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (words.title) " " (receipt.id) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                div class="qr" { (PreEscaped(qr)) }
                h1 { (words.title) }
                @if let Some(warning) = readable.warning { p class="warning" { (warning) } }
                @for section in &readable.sections { (section_markup(section)) }
                (how_to_check(words, readable))
                p { (words.how_to_object) }
            }
        }
    };
    Ok(page.into_string())
}

/// The command by which others check the same.
fn how_to_check(words: &Words, readable: &ReadableReceipt) -> Markup {
    let (says, option) = match readable.warning {
        None => (words.how_to_check, "--trust root.json"),
        Some(_) => (words.how_to_check_log, "--log-key KEY"),
    };
    html! { p { (says) br; code { "ordinance receipt verify receipt.json " (option) } } }
}

fn section_markup(section: &ReadableSection) -> Markup {
    html! {
        h2 { (section.heading) }
        @for block in &section.blocks { (block_markup(block)) }
    }
}

fn block_markup(block: &ReadableBlock) -> Markup {
    html! {
        div class="block" {
            @if let Some(heading) = &block.heading { h3 { (heading) } }
            dl {
                @for line in &block.lines {
                    dt { (line.label) }
                    dd { @if line.is_main { strong { (line.text) } } @else { (line.text) } }
                }
            }
        }
    }
}

fn qr_code(content: &str) -> Result<String, PageError> {
    let code = QRBuilder::new(content).ecl(ECL::M).build().map_err(|_| PageError::Qr)?;
    Ok(SvgBuilder::default().to_str(&code))
}
