//! The frame of the console's pages: the parts of the console, the switch of languages, the way out and the way here.

use maud::{Markup, html};
use ordinance_pages::{Frame, ReadingLanguage};

use super::addresses::{CONSOLE, SIGN_OUT};
use super::words::ConsoleWords;
use crate::pages::reader::PageReader;
use ordinance_dialogue::page::LANGUAGE;
use ordinance_dialogue::page::style_address;

/// A step of the way to a page: its address, if the reader may see it, and its name.
pub(super) type Crumb = (Option<String>, Markup);

/// A page of the console.
pub(super) struct ConsolePage<'a> {
    reader: &'a PageReader,
    title: &'a str,
    /// The way here, without this page.
    crumbs: Vec<Crumb>,
    /// The address of this page, by which it is got in another language.
    address: &'a str,
    /// Whether the parts of the console are shown.
    is_let_in: bool,
    /// What the form that signs out has, if there is a session.
    form_token: Option<&'a str>,
}

impl<'a> ConsolePage<'a> {
    /// A page for whoever isn't signed in.
    pub(super) fn signed_out(reader: &'a PageReader, title: &'a str, address: &'a str) -> Self {
        Self { reader, title, crumbs: Vec::new(), address, is_let_in: false, form_token: None }
    }

    /// The same page for a caller, with what the form of its session has.
    pub(super) fn let_in(self, form_token: Option<&'a str>) -> Self {
        Self { is_let_in: true, form_token, ..self }
    }

    /// The same page with the way to it.
    pub(super) fn below(self, crumbs: Vec<Crumb>) -> Self {
        Self { crumbs, ..self }
    }

    /// The page that says this.
    pub(super) fn say(self, main: &Markup) -> String {
        let words = ConsoleWords::of(self.reader.language);
        let title = format!("{} – {}", self.title, words.console);
        let (header, above) = (self.header(words), self.way_here(words));
        let footer = html! {
            footer class="app-footer" {
                div class="govuk-width-container" { p class="govuk-body-s" { (words.footer) } }
            }
        };
        let language = self.reader.language;
        let frame =
            Frame { language, title: &title, style: Some(style_address()), skip: words.skip, header, above, footer };
        frame.page(main)
    }

    fn header(&self, words: &ConsoleWords) -> Markup {
        let parts = [
            (CONSOLE, words.whose_law),
            ("/console/activity", words.what_happens),
            ("/console/decisions", words.a_decision),
            ("/console/revisions", words.revisions),
            ("/console/search", words.search),
        ];
        html! {
            header class="app-header" {
                div class="govuk-width-container" {
                    div class="app-header__name" { a href=(CONSOLE) { (words.console) } }
                    @if self.is_let_in {
                        nav aria-label=(words.parts) {
                            ul class="app-header__nav" {
                                @for (address, name) in parts { li { a href=(address) { (name) } } }
                            }
                        }
                    }
                    nav class="app-header__languages" aria-label=(words.languages) {
                        @for language in ReadingLanguage::ALL { (self.switch_to(language)) }
                    }
                    @if let Some(token) = self.form_token {
                        form method="post" action=(SIGN_OUT) {
                            input type="hidden" name="form_token" value=(token);
                            button type="submit" { (words.sign_out) }
                        }
                    }
                }
            }
        }
    }

    fn switch_to(&self, language: ReadingLanguage) -> Markup {
        let (tag, name) = (language.tag(), language.own_name());
        let mark = if self.address.contains('?') { "&" } else { "?" };
        html! {
            @if language == self.reader.language {
                span lang=(tag) aria-current="true" { (name) }
            } @else {
                a href={ (self.address) (mark) (LANGUAGE) "=" (tag) } lang=(tag) { (name) }
            }
        }
    }

    fn way_here(&self, words: &ConsoleWords) -> Markup {
        html! {
            @if !self.crumbs.is_empty() {
                nav class="govuk-breadcrumbs" aria-label=(words.way_here) {
                    ol class="govuk-breadcrumbs__list" {
                        @for (address, name) in &self.crumbs {
                            li class="govuk-breadcrumbs__list-item" {
                                @match address {
                                    Some(address) => a class="govuk-breadcrumbs__link" href=(address) { (name) },
                                    None => (name),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
