//! The frame of the portal's pages: the name of the platform, the switch of languages, and the way to the interface.

use maud::{Markup, html};
use ordinance_pages::{Frame, ReadingLanguage};

use super::words::PortalWords;
use crate::pages::assets::style_address;
use crate::pages::reader::{LANGUAGE, PageReader};

/// A page of the portal.
pub(super) struct Page<'a> {
    pub(super) reader: &'a PageReader,
    /// What stands first in its title.
    pub(super) title: &'a str,
    /// What stands between the header and what it says: the way back.
    pub(super) above: Markup,
    pub(super) switch: LanguageSwitch<'a>,
}

/// How a reader gets the same page in another language.
#[derive(Debug, Clone, Copy)]
pub(super) enum LanguageSwitch<'a> {
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
    pub(super) fn say(self, main: &Markup) -> String {
        let words = PortalWords::of(self.reader.language);
        let title = format!("{} – {}", self.title, words.portal);
        let header = self.header(words);
        let frame = Frame {
            language: self.reader.language,
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
                            @if language == self.reader.language {
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
