//! What several pages of the portal show alike: the way back, the way through the places, the search for one.

use maud::{Markup, html};
use ordinance_domain::calendar::LawDay;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::Rulebook;
use ordinance_pages::ReadingLanguage;

use super::words::PortalWords;
use crate::pages::places::{SOUGHT_MAX, place_name};

/// The way back, above what a page says.
pub(super) fn way_back(content: &Markup, words: &PortalWords) -> Markup {
    html! { nav aria-label=(words.way_back) { (content) } }
}

/// A link to the start page above what a page says.
pub(super) fn back_to_start(words: &PortalWords) -> Markup {
    way_back(&html! { a class="govuk-back-link" href="/" { (words.to_start) } }, words)
}

/// Links to these places.
pub(super) fn breadcrumbs(
    (rulebook, language): (&Rulebook, ReadingLanguage),
    places: &[JurisdictionCode],
    day: LawDay,
) -> Markup {
    html! {
        nav class="govuk-breadcrumbs" aria-label=(PortalWords::of(language).places_above) {
            ol class="govuk-breadcrumbs__list" {
                @for code in places {
                    li class="govuk-breadcrumbs__list-item" {
                        a class="govuk-breadcrumbs__link" href={ "/places/" (code) } {
                            (place_name(rulebook, code, day, language))
                        }
                    }
                }
            }
        }
    }
}

/// A form that searches places, for one service if it is named.
pub(super) fn place_form(words: &PortalWords, sought: &str, service: Option<&str>) -> Markup {
    html! {
        form action="/places" method="get" role="search" novalidate {
            div class="govuk-form-group" {
                label class="govuk-label govuk-label--m" for="q" { (words.where_you_live) }
                div class="govuk-hint" id="q-hint" { (words.search_hint) }
                input class="govuk-input app-search" id="q" name="q" type="search" value=(sought)
                    aria-describedby="q-hint" autocomplete="off" spellcheck="false" maxlength=(SOUGHT_MAX);
            }
            @if let Some(service) = service { input type="hidden" name="service" value=(service); }
            button class="govuk-button" type="submit" { (words.search) }
        }
    }
}
