//! The frame of every page: its head, the link that skips to what it says, and its style.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::language::ReadingLanguage;

/// The style of all pages: 70 KB, 9 KB packed.
pub const STYLE: &str = include_str!("style.css");

/// The picture of a page in the tab of a browser: a page with lines. It asks no server for anything.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%2314375a' \
    d='M2 0h12v16H2z'/%3E%3Cpath stroke='%23fff' d='M4 4.5h8M4 8.5h8M4 12.5h5'/%3E%3C/svg%3E";

/// A page without what it says.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The language that most of it is in.
    pub language: ReadingLanguage,
    /// What browsers and screen readers call it.
    pub title: &'a str,
    /// Where its style is; `None` for a page that is a file by itself and has its style in it.
    pub style: Option<&'a str>,
    /// The words of the link to `main`.
    pub skip: &'a str,
    /// What stands above `main`, such as the name of the platform.
    pub header: Markup,
    /// What stands between the header and `main`, such as the way here.
    pub above: Markup,
    /// What stands below `main`.
    pub footer: Markup,
}

impl Frame<'_> {
    /// The page that says this.
    #[must_use]
    pub fn page(&self, main: &Markup) -> String {
        let page = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) class="govuk-template" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    @if self.style.is_none() { meta http-equiv="Content-Security-Policy" content=(policy_of_file()); }
                    title { (self.title) }
                    link rel="icon" href=(ICON);
                    @match self.style {
                        Some(address) => link rel="stylesheet" href=(address);,
                        None => style { (PreEscaped(STYLE)) },
                    }
                }
                body class="govuk-template__body" {
                    a class="govuk-skip-link" href="#main" { (self.skip) }
                    (self.header)
                    div class="govuk-width-container" {
                        (self.above)
                        main class="govuk-main-wrapper" id="main" tabindex="-1" { (main) }
                    }
                    (self.footer)
                }
            }
        };
        page.into_string()
    }
}

/// The policy of a page that is a file by itself: its own style applies, by the digest, and nothing is loaded. Even if
/// words of an author became markup, no script would run and nothing would be sent.
fn policy_of_file() -> String {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(style: Option<&str>) -> String {
        let (header, above, footer) = (html! {}, html! {}, html! {});
        let frame =
            Frame { language: ReadingLanguage::Zh, title: "<i>", style, skip: "跳到正文", header, above, footer };
        frame.page(&html! { p { "<script>" } })
    }

    #[test]
    fn a_page_names_its_language_and_escapes_its_texts() {
        let page = page(Some("/style.css"));
        assert!(page.contains("<html lang=\"zh\""), "{page}");
        assert!(page.contains("<title>&lt;i&gt;</title>"), "{page}");
        assert!(page.contains("<p>&lt;script&gt;</p>"), "{page}");
        assert!(!page.contains("<style>"), "{page}");
    }

    #[test]
    fn a_page_by_itself_has_its_style_in_it() {
        let page = page(None);
        assert!(page.contains("<style>/*!"), "{}", &page[..400]);
        assert!(!page.contains("rel=\"stylesheet\""));
    }

    #[test]
    fn only_a_page_by_itself_says_its_policy() {
        let policy = "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-";
        assert!(page(None).contains(policy), "{}", &page(None)[..400]);
        assert!(!page(Some("/style.css")).contains("Content-Security-Policy"));
    }
}
