//! Pages of places: the search, the tops of the trees, and one place with its services.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_dialogue::page::{LanguageSwitch, Page};
use ordinance_dialogue::parts::{
    SOUGHT_MAX, back_to_start, breadcrumbs, chain_of, comma, folded, place_form, place_name, place_name_text, place_on,
    titled, titled_or,
};
use ordinance_dialogue::words::PortalWords;
use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::{ApplicableLaw, Engine, Rulebook};
use ordinance_pages::{ReadingLanguage, fill};
use serde::Deserialize;

use super::respond::{SEARCH, failed_page, public_page};
use crate::api::extract::path_text;
use crate::api::problem::RequestError;
use crate::app::{App, RequestEngine};
use crate::clock::now;
use crate::pages::forms::unreadable;
use crate::pages::place_search::{FOUND_MAX, find_places};
use crate::pages::places::utc_today;
use crate::pages::reader::PageReader;

/// What is sought.
#[derive(Debug, Deserialize)]
pub(super) struct PlacesQuery {
    q: Option<String>,
    /// The service that the person wants, if it is known already.
    service: Option<String>,
}

/// `GET /places`
pub(super) async fn places(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
    query: Result<Query<PlacesQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(PlacesQuery { q, service })) = query else {
        return failed_page(&app, &reader, unreadable());
    };
    let sought: String = q.unwrap_or_default().trim().chars().take(SOUGHT_MAX).collect();
    let service = service.and_then(|id| Id::new(&id).ok()).filter(|id| engine.rulebook().contract(id).is_some());
    let day = utc_today(engine.rulebook());
    let text = format!("{SEARCH}{sought:?} {service:?} on {}", day.as_of);
    let for_page = reader.clone();
    let compute =
        move |engine: &Engine| Ok(places_page((engine.rulebook(), day), &for_page, &sought, service.as_ref()));
    public_page(&app, engine, &reader, text, compute).await
}

fn places_page(
    (rulebook, day): (&Rulebook, LawDay),
    reader: &PageReader,
    sought: &str,
    service: Option<&Id>,
) -> String {
    let (words, language) = (PortalWords::of(reader.language), reader.language);
    let (title, found) = match sought {
        "" => (words.all_places, tops(rulebook, day, service, language)),
        sought => (words.places_found, found_places(rulebook, sought, (day, service), language)),
    };
    let above = back_to_start(words);
    let address = address_of_search(sought, service);
    let page = Page { language: reader.language, title, above, switch: LanguageSwitch::LinkWithQuery(&address) };
    page.say(&html! {
        h1 class="govuk-heading-l" { (title) }
        (place_form(words, sought, service.map(Id::as_str)))
        (found)
    })
}

fn address_of_search(sought: &str, service: Option<&Id>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", sought);
    service.map(|service| query.append_pair("service", service.as_str()));
    format!("/places?{}", query.finish())
}

fn tops(rulebook: &Rulebook, day: LawDay, service: Option<&Id>, language: ReadingLanguage) -> Markup {
    let places = rulebook.jurisdictions_at(day.known_at);
    let tops = places.all_on(day.as_of).filter(|place| place.parent.is_none());
    place_list(tops, service, language)
}

fn found_places(
    rulebook: &Rulebook,
    sought: &str,
    (day, service): (LawDay, Option<&Id>),
    language: ReadingLanguage,
) -> Markup {
    let words = PortalWords::of(language);
    let (found, has_more) = find_places(rulebook, day, sought, &|_| true);
    if found.is_empty() {
        return html! {
            p class="govuk-body" { (words.no_place_found) }
            p class="govuk-body" { a class="govuk-link" href="/places" { (words.through_the_tree) } }
        };
    }
    html! {
        @if has_more { p class="govuk-body" { (fill(words.more_places, &[&FOUND_MAX.to_string()])) } }
        ul class="govuk-list govuk-list--spaced" {
            @for place in found {
                li {
                    a class="govuk-link" href=(address_of(place, service)) {
                        (titled_or(&place.names, language, place.code.as_str()))
                    }
                    br;
                    span class="app-cited" {
                        @for code in chain_of(rulebook, &place.code, day).iter().filter(|code| **code != place.code) {
                            (place_name(rulebook, code, day, language)) (comma(language))
                        }
                        (place.code)
                    }
                }
            }
        }
    }
}

fn place_list<'a>(
    places: impl Iterator<Item = &'a Jurisdiction>,
    service: Option<&Id>,
    language: ReadingLanguage,
) -> Markup {
    html! {
        ul class="app-tiles govuk-body" {
            @for place in places {
                li {
                    a class="govuk-link" href=(address_of(place, service)) {
                        (titled_or(&place.names, language, place.code.as_str()))
                    }
                }
            }
        }
    }
}

/// The page of a place, or of the service there that the person wants.
fn address_of(place: &Jurisdiction, service: Option<&Id>) -> String {
    match service {
        Some(service) => format!("/places/{}/services/{service}", place.code),
        None => format!("/places/{}", place.code),
    }
}

/// A place that the rulebook knows, with the day that it is there.
pub(super) fn read_place(rulebook: &Rulebook, code: &str) -> Result<(JurisdictionCode, LawDay), RequestError> {
    let code = JurisdictionCode::new(code).map_err(|_| RequestError::NotFound)?;
    if !rulebook.knows(&code) {
        return Err(RequestError::NotFound);
    }
    let today = rulebook.day_at(&code, now());
    Ok((code, LawDay { as_of: today, known_at: today }))
}

/// `GET /places/{code}`
pub(super) async fn place(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
    code: Result<Path<String>, PathRejection>,
) -> Response {
    let (code, day) = match read_place(engine.rulebook(), &path_text(code)) {
        Ok(read) => read,
        Err(error) => return failed_page(&app, &reader, error),
    };
    let for_page = reader.clone();
    let text = format!("place {code} on {}", day.as_of);
    public_page(&app, engine, &reader, text, move |engine| Ok(place_page(engine, &for_page, &code, day))).await
}

fn place_page(engine: &Engine, reader: &PageReader, code: &JurisdictionCode, day: LawDay) -> String {
    let (rulebook, words, language) = (engine.rulebook(), PortalWords::of(reader.language), reader.language);
    let places = rulebook.jurisdictions_at(day.known_at);
    let name = place_name_text(rulebook, code, day, language);
    let chain = chain_of(rulebook, code, day);
    let above: Vec<JurisdictionCode> = chain.iter().filter(|level| *level != code).cloned().collect();
    let address = format!("/places/{code}");
    let page = Page {
        language: reader.language,
        title: &name,
        above: breadcrumbs((rulebook, language), &above, day),
        switch: LanguageSwitch::Link(&address),
    };
    let services =
        rulebook.contracts().map(|contract| (contract.as_ref(), rules_in_force(engine, contract, code, day)));
    let (with_law, without): (Vec<_>, Vec<_>) = services.partition(|(_, rules)| !rules.is_empty());
    let without = html! {
        ul class="govuk-list" {
            @for (contract, _) in &without { li { (titled_or(&contract.titles, language, contract.service.as_str())) } }
        }
    };
    let mut children = places.children(code, day.as_of).peekable();
    page.say(&html! {
        h1 class="govuk-heading-l" { (place_name(rulebook, code, day, language)) }
        @if chain.is_empty() { (ended(rulebook, code, day, language)) }
        @if !with_law.is_empty() {
            h2 class="govuk-heading-m" { (words.services_here) }
            ul class="govuk-list govuk-list--spaced" {
                @for (contract, rules) in &with_law { (service_entry(rulebook, (code, day), contract, rules, language)) }
            }
        }
        @if !chain.is_empty() { (folded(words.services_without_law, &without)) }
        @if children.peek().is_some() {
            h2 class="govuk-heading-m" { (words.places_below) }
            (place_list(children, None, language))
        }
    })
}

/// The rules that decide a service in a place today, top first; none if there is no law, or the place isn't there.
fn rules_in_force(
    engine: &Engine,
    contract: &Contract,
    code: &JurisdictionCode,
    LawDay { as_of, known_at }: LawDay,
) -> Vec<Arc<RuleHead>> {
    let query = CaseQuery { jurisdiction: code.clone(), service: contract.service.clone(), as_of, known_at };
    let Ok(law) = ApplicableLaw::select(engine, &query) else { return Vec::new() };
    law.rules_in_force().map(|rule| Arc::clone(&rule.head)).collect()
}

fn service_entry(
    rulebook: &Rulebook,
    (code, day): (&JurisdictionCode, LawDay),
    contract: &Contract,
    rules: &[Arc<RuleHead>],
    language: ReadingLanguage,
) -> Markup {
    let words = PortalWords::of(language);
    let levels: Vec<String> =
        rules.iter().map(|rule| place_name_text(rulebook, &rule.jurisdiction, day, language)).collect();
    html! {
        li {
            a class="govuk-link" href={ "/places/" (code) "/services/" (contract.service) } {
                (titled_or(&contract.titles, language, contract.service.as_str()))
            }
            @if let Some(description) = titled(&contract.description, language) { br; (description) }
            br;
            span class="app-cited" { (fill(words.law_of, &[&language.listed(&levels)])) }
        }
    }
}

/// What became of a place that isn't there today.
fn ended(rulebook: &Rulebook, code: &JurisdictionCode, day: LawDay, language: ReadingLanguage) -> Markup {
    let words = PortalWords::of(language);
    let successors = place_on(rulebook, code, day).map(|place| place.successors.as_slice()).unwrap_or_default();
    html! {
        div class="govuk-inset-text" {
            p class="govuk-body" { (if successors.is_empty() { words.place_ended } else { words.place_succeeded }) }
            @for successor in successors {
                p class="govuk-body" {
                    a class="govuk-link" href={ "/places/" (successor) } { (place_name(rulebook, successor, day, language)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_search_keeps_what_is_sought() {
        let service = Id::new("old-age-allowance").unwrap();
        let address = address_of_search("芝罘 &\"", Some(&service));
        assert_eq!(address, "/places?q=%E8%8A%9D%E7%BD%98+%26%22&service=old-age-allowance");
        assert_eq!(address_of_search("", None), "/places?q=");
    }
}
