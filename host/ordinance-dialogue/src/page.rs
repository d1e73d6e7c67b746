//! The frame of the portal's pages: the name of the platform, the switch of languages, and the way to the interface.

use std::sync::OnceLock;

use maud::{Markup, html};
use ordinance_engine::digest::sha256;
use ordinance_pages::{Frame, ReadingLanguage, STYLE};

use crate::words::PortalWords;

/// The parameter, and the cookie, that name a language.
pub const LANGUAGE: &str = "lang";

/// The address of the style. It names its digest, so that a browser never shows a page with the style of another
/// version.
#[must_use]
pub fn style_address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| format!("/assets/{}.css", sha256(STYLE.as_bytes()).hex().get(..16).unwrap_or_default()))
}

/// A page of the portal.
pub struct Page<'a> {
    pub language: ReadingLanguage,
    /// What stands first in its title.
    pub title: &'a str,
    /// What stands between the header and what it says: the way back.
    pub above: Markup,
    pub switch: LanguageSwitch<'a>,
}

/// How a reader gets the same page in another language.
#[derive(Debug, Clone, Copy)]
pub enum LanguageSwitch<'a> {
    /// Not at all: the page is there once.
    None,
    /// By a link to this address, which has no query.
    Link(&'a str),
    /// By a link to this address, which has a query.
    LinkWithQuery(&'a str),
    /// By sending the form of this id to this address, with this action.
    Form { id: &'a str, address: &'a str, action: &'a str },
}

impl Page<'_> {
    /// The page that says this.
    pub fn say(self, main: &Markup) -> String {
        let words = PortalWords::of(self.language);
        let title = format!("{} – {}", self.title, words.portal);
        let header = self.header(words);
        let frame = Frame {
            language: self.language,
            title: &title,
            style: Some(style_address()),
            skip: words.skip,
            header,
            above: self.above,
            footer: footer(words),
        };
        frame.page(main)
    }

    fn header(&self, words: &PortalWords) -> Markup {
        html! {
            header class="app-header" {
                div class="govuk-width-container" {
                    div class="app-header__name" { a href="/" { (words.portal) } }
                    nav aria-label=(words.parts) {
                        ul class="app-header__nav" {
                            li { a href="/places" { (words.all_places) } }
                            li { a href="/verify" { (words.verify) } }
                        }
                    }
                    nav class="app-header__languages" aria-label=(words.languages) {
                        @for language in ReadingLanguage::ALL {
                            @if language == self.language {
                                span lang=(language.tag()) aria-current="true" { (language.own_name()) }
                            } @else {
                                (self.switch.markup(language))
                            }
                        }
                    }
                }
            }
        }
    }
}

impl LanguageSwitch<'_> {
    fn markup(self, language: ReadingLanguage) -> Markup {
        let (tag, name) = (language.tag(), language.own_name());
        match self {
            Self::None => html! {},
            Self::Link(address) => html! { a href={ (address) "?" (LANGUAGE) "=" (tag) } lang=(tag) { (name) } },
            Self::LinkWithQuery(address) => {
                html! { a href={ (address) "&" (LANGUAGE) "=" (tag) } lang=(tag) { (name) } }
            }
            Self::Form { id, address, action } => html! {
                button type="submit" form=(id) formaction={ (address) "?" (LANGUAGE) "=" (tag) } name="action"
                    value=(action) lang=(tag) { (name) }
            },
        }
    }
}

fn footer(words: &PortalWords) -> Markup {
    html! {
        footer class="app-footer" {
            div class="govuk-width-container" {
                p class="govuk-body-s" { (words.footer) }
                p class="govuk-body-s" { a class="govuk-link" href="/docs/" { (words.interface) } }
            }
        }
    }
}
