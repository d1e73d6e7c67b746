//! The frame of the page of a rule in words: one HTML file for screen and print, which needs no network.

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use ordinance_domain::plain_text::visible;
use ordinance_engine::digest::sha256;

const STYLE: &str = "
body { font: 16px/1.5 Georgia, 'Noto Serif CJK SC', serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #111 }
h1, h2, h3 { font-weight: 600; line-height: 1.2 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; font-size: .9rem }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .5rem; text-align: left; vertical-align: top }
code { font: .85em ui-monospace, monospace } .bad { color: #a00; font-weight: 600 } .good { color: #060 } .quiet { color: #666 }
pre { font: .8rem/1.4 ui-monospace, monospace; white-space: pre-wrap; background: #f6f6f6; padding: .5rem }
section.part { break-inside: avoid; margin: 1rem 0 1.5rem } section.part p { margin: .3rem 0; white-space: pre-wrap } p.lead { white-space: pre-wrap }
pre.written { background: none; color: #666; margin: .2rem 0 .6rem 1.5rem; padding: 0 }
pre.written code { font: inherit } p.lead + pre.written { margin-top: -.8rem }
table.grid { width: auto } table.grid th { white-space: pre-line }
table.grid td, table.grid thead th { text-align: right; font-variant-numeric: tabular-nums }
table.grid th[scope=row] { font-weight: 400 } table.grid thead th.key { text-align: left } table.grid thead th { vertical-align: bottom }
section.case { break-inside: avoid; border-left: 3px solid #a00; padding-left: 1rem; margin: 1rem 0 }
@media print { body { margin: 0; max-width: none } a { color: inherit; text-decoration: none } }
";

/// The page as HTML in a language (BCP 47).
pub(super) fn explanation_frame(language: &str, title: &str, body: &Markup) -> String {
    let policy =
        format!("default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'", base64_of_style());
    let page = markup! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                // Even if words of a rule became markup, no script would run and nothing would be sent.
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    visible(&page.into_string()).into_owned()
}

/// The digest of the style sheet, which alone the policy lets apply.
fn base64_of_style() -> String {
    base64(sha256(STYLE.as_bytes()).bytes())
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |bits: u32| DIGITS.get(bits as usize & 63).map_or('=', |digit| char::from(*digit));
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| group.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            text.push(if at <= group.len() { digit(bits >> shift) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
