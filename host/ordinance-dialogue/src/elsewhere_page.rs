//! The same case in neighbouring places: those beside each level of the place that have law of their own.

use maud::{Markup, html};
use ordinance_domain::calendar::LawDay;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::Rulebook;

use crate::case_page::CasePage;
use crate::parts::{chain_of, place_name};
use crate::place_and_service::PlaceAndService;
use crate::verdict::verdict_line;

/// The most places that are compared.
pub const PLACES_MAX: usize = 40;

/// The places to compare a place with, the nearest first: at each level of its chain the places beside it that have a
/// rule of their own for the service. A place without one has the law of the place above it.
pub fn neighbours(rulebook: &Rulebook, service: &Id, code: &JurisdictionCode, day: LawDay) -> Vec<JurisdictionCode> {
    let places = rulebook.jurisdictions_at(day.known_at);
    let chain = chain_of(rulebook, code, day);
    let mut found = Vec::new();
    for level in chain.iter().rev() {
        let parent = places.on(level, day.as_of).and_then(|place| place.parent.as_ref());
        let beside: Vec<&JurisdictionCode> = match parent {
            Some(parent) => places.children(parent, day.as_of).map(|place| &place.code).collect(),
            None => places.all_on(day.as_of).filter(|place| place.parent.is_none()).map(|place| &place.code).collect(),
        };
        let has_law = |code: &&&JurisdictionCode| rulebook.in_force(code, service, day).is_some();
        found.extend(beside.iter().filter(|code| **code != level).filter(has_law).map(|code| (*code).clone()));
    }
    found.truncate(PLACES_MAX);
    found
}

/// The page of the comparison: each place with its row, the person's own first.
pub fn elsewhere_page(shown: &CasePage<'_>, rows: &[Markup]) -> String {
    let words = shown.words();
    shown.page(
        words.elsewhere,
        &html! {
            h1 class="govuk-heading-l" { (words.elsewhere) }
            p class="govuk-body" { (words.elsewhere_text) }
            table class="govuk-table app-stacked" {
                caption class="govuk-visually-hidden" { (words.elsewhere) }
                thead class="govuk-table__head" {
                    tr class="govuk-table__row" {
                        th scope="col" class="govuk-table__header" { (words.place) }
                        th scope="col" class="govuk-table__header" { (words.the_outcome) }
                    }
                }
                tbody class="govuk-table__body" { @for row in rows { (row) } }
            }
            @if rows.len() == 1 { p class="govuk-body" { (words.elsewhere_nobody) } }
        },
    )
}

/// The row of one place.
pub fn elsewhere_row(shown: &CasePage<'_>, decision: &RedactedDecision<'_>) -> Markup {
    let language = shown.language();
    let name = place_name(shown.rulebook, decision.place(), shown.asked.day, language);
    let there = PlaceAndService { code: decision.place().clone(), ..shown.asked.clone() };
    html! {
        tr class="govuk-table__row" {
            th scope="row" class="govuk-table__header" {
                @if *decision.place() == shown.asked.code { (name) " " (shown.words().your_place) }
                @else { a class="govuk-link" href=(there.address()) { (name) } }
            }
            td class="govuk-table__cell" data-label=(shown.words().the_outcome) { (verdict_line(decision, language)) }
        }
    }
}
