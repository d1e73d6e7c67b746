//! What several pages show alike: titles in the language that there is, citations, the way through the places.

use maud::{Markup, html};
use ordinance_domain::calendar::LawDay;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_domain::provision::Provision;
use ordinance_domain::titles::Titles;
use ordinance_engine::Rulebook;
use ordinance_pages::ReadingLanguage;

use crate::words::PortalWords;

/// The longest text that is looked for, in characters; the rest is left out.
pub const SOUGHT_MAX: usize = 60;

/// A title in the reader's language; one in another language is marked, so that a screen reader speaks it right.
pub fn titled(titles: &Titles, language: ReadingLanguage) -> Option<Markup> {
    let (tag, title) = titles.best_with_tag(&[language.tag().to_owned()])?;
    Some(match tag.split('-').next() == Some(language.tag()) {
        true => html! { (title) },
        false => html! { span lang=(tag) data-fallback { (title) } },
    })
}

/// The same, or what else names it.
pub fn titled_or(titles: &Titles, language: ReadingLanguage, name: &str) -> Markup {
    titled(titles, language).unwrap_or_else(|| html! { (name) })
}

/// A title as text, for what can't hold markup.
pub fn title_text(titles: &Titles, language: ReadingLanguage, name: &str) -> String {
    titles.best(&[language.tag().to_owned()]).unwrap_or(name).to_owned()
}

/// What stands in brackets after something.
pub fn bracketed(markup: &Markup, language: ReadingLanguage) -> Markup {
    html! { (language.pick("（", " (")) (markup) (language.pick("）", ")")) }
}

/// What stands between two things of a sentence.
pub fn comma(language: ReadingLanguage) -> &'static str {
    language.pick("，", ", ")
}

/// What stands between a name and what is said of it.
pub fn colon(language: ReadingLanguage) -> &'static str {
    language.pick("：", ": ")
}

/// A provision with a link to its text, if the rulebook has one.
pub fn cited(provision: &Provision, language: ReadingLanguage) -> Markup {
    let Provision { document, article, url } = provision;
    let text = html! { (document) (comma(language)) (article) };
    // Only addresses that a browser opens as a page: an author may write anything.
    match url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
        Some(url) => html! { a class="govuk-link" href=(url) rel="noreferrer" { (text) } },
        None => text,
    }
}

/// A place as it is on a day, or as it was or will be.
pub fn place_on<'a>(rulebook: &'a Rulebook, code: &JurisdictionCode, day: LawDay) -> Option<&'a Jurisdiction> {
    let places = rulebook.jurisdictions_at(day.known_at);
    places.on(code, day.as_of).or_else(|| places.latest(code))
}

/// The name of a place.
pub fn place_name(rulebook: &Rulebook, code: &JurisdictionCode, day: LawDay, language: ReadingLanguage) -> Markup {
    match place_on(rulebook, code, day) {
        Some(place) => titled_or(&place.names, language, code.as_str()),
        None => html! { (code) },
    }
}

/// The same as text.
pub fn place_name_text(rulebook: &Rulebook, code: &JurisdictionCode, day: LawDay, language: ReadingLanguage) -> String {
    place_on(rulebook, code, day)
        .map_or_else(|| code.to_string(), |place| title_text(&place.names, language, code.as_str()))
}

/// The chain of a place, the highest first; empty where the place isn't there on the day.
pub fn chain_of(rulebook: &Rulebook, code: &JurisdictionCode, day: LawDay) -> Vec<JurisdictionCode> {
    let chain = rulebook.jurisdictions_at(day.known_at).chain(code, day.as_of);
    chain.map(|chain| chain.iter().cloned().collect()).unwrap_or_default()
}

/// The way back, above what a page says.
pub fn way_back(content: &Markup, words: &PortalWords) -> Markup {
    html! { nav aria-label=(words.way_back) { (content) } }
}

/// A link to the start page above what a page says.
pub fn back_to_start(words: &PortalWords) -> Markup {
    way_back(&html! { a class="govuk-back-link" href="/" { (words.to_start) } }, words)
}

/// Links to these places.
pub fn breadcrumbs(
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
pub fn place_form(words: &PortalWords, sought: &str, service: Option<&str>) -> Markup {
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

/// What is folded until a person opens it.
pub fn folded(title: &str, content: &Markup) -> Markup {
    html! {
        details class="govuk-details" {
            summary class="govuk-details__summary" { span class="govuk-details__summary-text" { (title) } }
            div class="govuk-details__text" { (content) }
        }
    }
}

/// A row of a list of names and what is said of each.
pub fn row(name: &Markup, said: &Markup) -> Markup {
    html! {
        div class="govuk-summary-list__row" {
            dt class="govuk-summary-list__key" { (name) }
            dd class="govuk-summary-list__value" { (said) }
        }
    }
}
