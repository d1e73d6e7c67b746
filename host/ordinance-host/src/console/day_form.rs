//! The form by which a service and a day are chosen, with the days of change before and after, and a slider over them
//! that a script shows.

use maud::{Markup, html};
use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_engine::literals::read_date;

use super::parts::ShownLaw;
use crate::api::problem::RequestError;
use crate::pages::assets::slider_address;
use crate::pages::forms::unreadable;
use ordinance_dialogue::parts::title_text;

/// The day of a query; `None` if it names none.
///
/// # Errors
/// If it is no day.
pub(super) fn read_on(text: Option<&str>) -> Result<Option<Date>, RequestError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    text.map(|text| read_date(text).ok_or_else(unreadable)).transpose()
}

/// The form of a page about a day.
pub(super) struct DayForm<'a> {
    pub(super) shown: &'a ShownLaw<'a>,
    /// The days on which the law changes, the first one first.
    pub(super) days: &'a [Date],
    /// What else the page's address has.
    pub(super) hidden: &'a [(&'a str, &'a str)],
    /// The service, if one is chosen.
    pub(super) service: Option<&'a Contract>,
    /// Whether the map is coloured by amounts, if that is chosen.
    pub(super) amounts: Option<bool>,
    /// Whether the page has the script of the slider.
    pub(super) has_slider: bool,
}

impl DayForm<'_> {
    fn day(&self) -> Date {
        self.shown.day.as_of
    }

    pub(super) fn markup(&self, action: &str) -> Markup {
        let words = self.shown.words();
        html! {
            form class="app-controls" method="get" action=(action) novalidate data-days {
                @if let Some(service) = self.service { (self.services(service)) }
                div class="govuk-form-group" {
                    label class="govuk-label" for="on" { (words.day) }
                    input class="govuk-input govuk-input--width-10" id="on" name="on" type="date"
                        value=(self.day().to_string());
                }
                @if self.amounts == Some(true) { input type="hidden" name="by" value="amount"; }
                @for (name, value) in self.hidden.iter().filter(|(_, value)| !value.is_empty()) {
                    input type="hidden" name=(name) value=(value);
                }
                button class="govuk-button" type="submit" { (words.show) }
                @if self.has_slider { (self.slider()) }
            }
        }
    }

    fn services(&self, chosen: &Contract) -> Markup {
        let language = self.shown.language;
        html! {
            div class="govuk-form-group" {
                label class="govuk-label" for="service" { (self.shown.words().service) }
                select class="govuk-select" id="service" name="service" {
                    @for contract in self.shown.rulebook.contracts() {
                        option value=(contract.service) selected[contract.service == chosen.service] {
                            (title_text(&contract.titles, language, contract.service.as_str()))
                        }
                    }
                }
            }
        }
    }

    /// The slider over the days of change. It is hidden until the script shows it: without one the field and the links
    /// do the same.
    fn slider(&self) -> Markup {
        let words = self.shown.words();
        let last = self.days.len().saturating_sub(1);
        let at = self.days.iter().rposition(|day| *day <= self.day()).unwrap_or_default();
        html! {
            @if self.days.len() > 1 {
                div class="app-slider" hidden {
                    label class="govuk-label" for="change" {
                        (words.slider) " " output for="change" { (self.shown.day_words(self.day())) }
                    }
                    input id="change" type="range" min="0" max=(last) step="1" value=(at) list="changes";
                    datalist id="changes" {
                        @for (at, day) in self.days.iter().enumerate() {
                            option value=(at) label=(self.shown.day_words(*day)) data-day=(day.to_string()) {}
                        }
                    }
                }
            }
        }
    }

    /// Links to the days of change before and after the day.
    pub(super) fn steps(&self, address: &dyn Fn(Date) -> String) -> Markup {
        let (words, day) = (self.shown.words(), self.day());
        let before = self.days.iter().rev().find(|change| **change < day);
        let after = self.days.iter().find(|change| **change > day);
        let link = |to: Option<&Date>, words: &str, none: &str| match to {
            Some(to) => html! {
                a class="govuk-link" href=(address(*to)) { (words) ": " (self.shown.day_words(*to)) }
            },
            None => html! { (none) },
        };
        html! {
            p class="govuk-body app-steps" {
                span { (link(before, words.change_before, words.no_change_before)) }
                span { (link(after, words.change_after, words.no_change_after)) }
            }
        }
    }

    /// The script of the slider, for a form that has one.
    pub(super) fn script(&self) -> Markup {
        html! { script src=(slider_address()) defer {} }
    }
}
