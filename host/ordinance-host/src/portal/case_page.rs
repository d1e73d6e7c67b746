//! What the pages about a case that was answered share: its form, the way back, and how its facts are named.

use maud::{Markup, html};
use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_engine::Rulebook;
use ordinance_pages::{ReadingLanguage, fill};

use super::case_form::CaseForm;
use super::page::{LanguageSwitch, Page};
use super::parts::way_back;
use super::service_page::PlaceAndService;
use super::step_notices::StepNotices;
use super::words::PortalWords;
use crate::pages::parts::{bracketed, titled_or};
use crate::pages::places::place_name_text;
use crate::pages::reader::PageReader;

/// The id of the form of these pages.
const CASE: &str = "case";

/// What a page about a case is shown with.
pub(super) struct CasePage<'a> {
    pub(super) reader: &'a PageReader,
    pub(super) asked: &'a PlaceAndService,
    pub(super) rulebook: &'a Rulebook,
    pub(super) form: &'a CaseForm,
    /// What the button above does: the action of a step.
    pub(super) back: &'static str,
    /// What shows the same page again; `None` if nothing does.
    pub(super) again: Option<&'static str>,
    pub(super) notices: StepNotices,
}

impl CasePage<'_> {
    pub(super) fn language(&self) -> ReadingLanguage {
        self.reader.language
    }

    pub(super) fn words(&self) -> &'static PortalWords {
        PortalWords::of(self.reader.language)
    }

    /// The page that says this.
    pub(super) fn page(&self, title: &str, main: &Markup) -> String {
        let (words, address) = (self.words(), self.asked.address());
        let can_go_back = self.back != "back" || !self.form.asked.is_empty();
        let above = html! {
            form method="post" action=(address) id=(CASE) {
                input type="hidden" name="case" value=(self.form.to_text());
                @if can_go_back {
                    button class="govuk-back-link app-back" type="submit" name="action" value=(self.back) {
                        (words.back)
                    }
                }
            }
        };
        let switch = match self.again {
            Some(action) => LanguageSwitch::Form { id: CASE, address: &address, action },
            None => LanguageSwitch::None,
        };
        let page = Page { reader: self.reader, title, above: way_back(&above, words), switch };
        page.say(&html! {
            (self.notices.markup(words))
            (main)
        })
    }

    /// The fact, or the part of one, that a path names.
    pub(super) fn fact_at(&self, path: &FieldName) -> Option<&Fact> {
        self.asked.contract.fact_at(path)
    }

    /// The name of the place of a level, as text.
    pub(super) fn level_name(&self, code: &JurisdictionCode) -> String {
        place_name_text(self.rulebook, code, self.asked.day, self.language())
    }

    /// The title of the fact or the part that a path names; of an item with its number.
    pub(super) fn path_title(&self, path: &FieldName) -> Markup {
        let item = path.list_and_index().map(|(list, index)| {
            let is_person = self.fact_at(&list).is_some_and(|list| list.holder == Holder::EachItem);
            let words = if is_person { self.words().person_number } else { self.words().entry_number };
            fill(words, &[&(index + 1).to_string()])
        });
        html! {
            @match self.fact_at(path) {
                Some(fact) => (titled_or(&fact.titles, self.language(), path.as_str())),
                None => (path),
            }
            @if let Some(item) = item { (bracketed(&html! { (item) }, self.language())) }
        }
    }

    /// A button that asks a question again.
    pub(super) fn ask_again(&self, path: &FieldName, label: &str) -> Markup {
        html! {
            button class="app-link-button app-no-print" type="submit" form=(CASE) name="action"
                value={ "change:" (path) } {
                (label) span class="govuk-visually-hidden" { " " (self.path_title(path)) }
            }
        }
    }

    /// A button that takes a step.
    pub(super) fn step_button(&self, action: &str, label: &str) -> Markup {
        html! {
            button class="govuk-button govuk-button--secondary" type="submit" form=(CASE) name="action" value=(action) {
                (label)
            }
        }
    }
}
