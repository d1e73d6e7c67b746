//! The frame of every page: one HTML file for screen and print, which needs no network.

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

const STYLE: &str = "
body { font: 16px/1.5 Georgia, 'Noto Serif CJK SC', serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #111 }
h1, h2, h3 { font-weight: 600; line-height: 1.2 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; font-size: .9rem }
th, td { border-bottom: 1px solid #ccc; padding: .3rem .5rem; text-align: left; vertical-align: top }
code { font: .85em ui-monospace, monospace } .bad { color: #a00; font-weight: 600 } .good { color: #060 } .quiet { color: #666 }
pre { font: .8rem/1.4 ui-monospace, monospace; white-space: pre-wrap; background: #f6f6f6; padding: .5rem }
section.case { break-inside: avoid; border-left: 3px solid #a00; padding-left: 1rem; margin: 1rem 0 }
@media print { body { margin: 0; max-width: none } a { color: inherit; text-decoration: none } }
";

/// The page as HTML.
pub(super) fn page(title: &str, body: &Markup) -> String {
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}
