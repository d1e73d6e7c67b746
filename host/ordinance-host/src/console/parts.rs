//! What several pages of the console show alike: days, places and rules with their links, tables, charts.

use maud::{Markup, html};
use ordinance_domain::calendar::{Date, DateRange, LawDay};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::rule_head::{RuleApproval, RuleHead};
use ordinance_engine::Rulebook;
use ordinance_engine::rulebook::RuleLoadError;
use ordinance_pages::{ReadingLanguage, fill, moment_of, written_day};

use super::access::ConsoleReader;
use super::addresses::{of_place, of_rule};
use super::page::Crumb;
use super::words::ConsoleWords;
use ordinance_dialogue::parts::{place_name, place_name_text};

/// What a page is made of.
#[derive(Clone, Copy)]
pub(super) struct ShownLaw<'a> {
    pub(super) rulebook: &'a Rulebook,
    pub(super) day: LawDay,
    pub(super) language: ReadingLanguage,
    /// Who reads it: what the reader may not see is no link.
    pub(super) console: &'a ConsoleReader,
}

impl ShownLaw<'_> {
    pub(super) fn words(&self) -> &'static ConsoleWords {
        ConsoleWords::of(self.language)
    }

    pub(super) fn day_words(&self, day: Date) -> String {
        written_day(self.language, day)
    }

    /// From when on and until when, not included.
    pub(super) fn days(&self, days: &DateRange) -> String {
        let words = self.words();
        let from = (days.from() > Date::MIN).then(|| self.day_words(days.from()));
        let until = days.until().map(|until| self.day_words(until));
        match (from, until) {
            (Some(from), Some(until)) => fill(words.from_until, &[&from, &until]),
            (Some(from), None) => fill(words.from_on, &[&from]),
            (None, Some(until)) => fill(words.until, &[&until]),
            (None, None) => words.always.to_owned(),
        }
    }

    pub(super) fn place_text(&self, code: &JurisdictionCode) -> String {
        place_name_text(self.rulebook, code, self.day, self.language)
    }

    /// Whether the reader may see the page of a place.
    pub(super) fn sees(&self, code: &JurisdictionCode) -> bool {
        self.console.sees_code(self.rulebook, code, self.day)
    }

    /// A place with a link to its page on the day, where the reader may see that.
    pub(super) fn place(&self, code: &JurisdictionCode) -> Markup {
        let name = place_name(self.rulebook, code, self.day, self.language);
        html! {
            @if self.sees(code) { a class="govuk-link" href=(of_place(code, Some(self.day.as_of))) { (name) } }
            @else { (name) }
            " " span class="app-cited" { (code) }
        }
    }

    /// A rule with a link to its page, where the reader may see that.
    pub(super) fn rule_link(&self, head: &RuleHead) -> Markup {
        self.linked_rule(head, &html! { (head) })
    }

    /// The same under another name.
    pub(super) fn linked_rule(&self, head: &RuleHead, name: &Markup) -> Markup {
        html! {
            @if self.sees(&head.jurisdiction) { a class="govuk-link" href=(of_rule(head)) { (name) } }
            @else { (name) }
        }
    }

    /// A step of the way to a page, to the page of a place or to one about it.
    pub(super) fn crumb(&self, code: &JurisdictionCode, address: String) -> Crumb {
        (self.sees(code).then_some(address), html! { (self.place_text(code)) })
    }

    /// Who published a rule and who approved it.
    pub(super) fn publisher(&self, head: &RuleHead) -> Markup {
        let words = self.words();
        let Some(publisher) = &head.published_by else { return html! { (words.nobody_signed) } };
        let when = |text: &str| moment_of(self.language, text, &ordinance_domain::calendar::TimeZone::UTC);
        let approved = |RuleApproval { authority, at }: &RuleApproval| {
            fill(words.approved_by, &[&self.place_text(authority), &when(at)])
        };
        html! {
            (fill(words.published_by, &[&self.place_text(&publisher.authority), &when(&publisher.at)]))
            @for approval in &publisher.approvals { br; (approved(approval)) }
        }
    }
}

/// Why a rule can't run. The reason is for its author, in English.
pub(super) fn reason(why: &RuleLoadError) -> Markup {
    html! { span class="app-reason" lang="en" { (why) } }
}

/// A chart, which is scrolled where it doesn't fit.
pub(super) fn chart_frame(label: &str, chart: &Markup) -> Markup {
    html! { div class="app-chart-frame" role="group" tabindex="0" aria-label=(label) { (chart) } }
}

/// A table with a caption, which is scrolled where it doesn't fit.
pub(super) fn table(caption: &str, columns: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div class="app-scroll" role="group" tabindex="0" aria-label=(caption) {
            table class="govuk-table" {
                caption class="govuk-table__caption govuk-visually-hidden" { (caption) }
                thead class="govuk-table__head" {
                    tr class="govuk-table__row" {
                        @for column in columns { th class="govuk-table__header" scope="col" { (column) } }
                    }
                }
                tbody class="govuk-table__body" {
                    @for row in rows {
                        tr class="govuk-table__row" {
                            @for (at, cell) in row.iter().enumerate() {
                                @if at == 0 { th class="govuk-table__header" scope="row" { (cell) } }
                                @else { td class="govuk-table__cell" { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A heading of a part of a page.
pub(super) fn heading(text: &str) -> Markup {
    html! { h2 class="govuk-heading-m" { (text) } }
}

/// A paragraph.
pub(super) fn paragraph(text: &str) -> Markup {
    html! { p class="govuk-body" { (text) } }
}
