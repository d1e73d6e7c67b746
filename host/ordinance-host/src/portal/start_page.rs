//! The first page: find a place, or begin with a service.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_dialogue::page::{LanguageSwitch, Page};
use ordinance_dialogue::parts::{back_to_start, place_form, title_text, titled, titled_or};
use ordinance_dialogue::words::PortalWords;
use ordinance_domain::contract::Contract;
use ordinance_engine::Engine;
use ordinance_pages::ReadingLanguage;

use super::respond::{failed_page, public_page};
use crate::api::extract::service_id;
use crate::api::requests::terms::contract_of;
use crate::app::{App, RequestEngine};
use crate::pages::reader::PageReader;

/// `GET /`
pub(super) async fn start(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
) -> Response {
    let for_page = reader.clone();
    public_page(&app, engine, &reader, "start".to_owned(), move |engine| Ok(start_page(engine, &for_page))).await
}

fn start_page(engine: &Engine, reader: &PageReader) -> String {
    let (rulebook, language, words) = (engine.rulebook(), reader.language, PortalWords::of(reader.language));
    let page =
        Page { language: reader.language, title: words.start, above: html! {}, switch: LanguageSwitch::Link("/") };
    page.say(&html! {
        h1 class="govuk-heading-l" { (words.start) }
        @if let Some(title) = titled(rulebook.titles(), language) { p class="govuk-body-l" { (title) } }
        p class="govuk-body" { (words.start_text) }
        (place_form(words, "", None))
        p class="govuk-body" { a class="govuk-link" href="/places" { (words.through_the_tree) } }
        h2 class="govuk-heading-m" { (words.services) }
        (service_list(rulebook.contracts().map(AsRef::as_ref), language))
    })
}

/// The services, those with a title in the reader's language first.
fn service_list<'a>(contracts: impl Iterator<Item = &'a Contract>, language: ReadingLanguage) -> Markup {
    let is_foreign = |contract: &&Contract| !contract.titles.iter().any(|(tag, _)| tag == language.tag());
    let (others, own): (Vec<&Contract>, Vec<&Contract>) = contracts.partition(is_foreign);
    let contracts = own.into_iter().chain(others);
    html! {
        ul class="govuk-list govuk-list--spaced" {
            @for contract in contracts {
                li {
                    a class="govuk-link" href={ "/services/" (contract.service) } {
                        (titled_or(&contract.titles, language, contract.service.as_str()))
                    }
                    @if let Some(description) = titled(&contract.description, language) { br; (description) }
                }
            }
        }
    }
}

/// `GET /services/{id}`: where does the person live?
pub(super) async fn service(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let contract = match service_id(id).and_then(|id| contract_of(engine.rulebook(), &id).cloned()) {
        Ok(contract) => contract,
        Err(error) => return failed_page(&app, &reader, error),
    };
    let for_page = reader.clone();
    let text = format!("service {}", contract.service);
    public_page(&app, engine, &reader, text, move |_| Ok(service_start_page(&contract, &for_page))).await
}

fn service_start_page(contract: &Contract, reader: &PageReader) -> String {
    let (language, words) = (reader.language, PortalWords::of(reader.language));
    let title = title_text(&contract.titles, language, contract.service.as_str());
    let address = format!("/services/{}", contract.service);
    let above = back_to_start(words);
    let page = Page { language: reader.language, title: &title, above, switch: LanguageSwitch::Link(&address) };
    page.say(&html! {
        h1 class="govuk-heading-l" { (titled_or(&contract.titles, language, contract.service.as_str())) }
        @if let Some(description) = titled(&contract.description, language) { p class="govuk-body" { (description) } }
        p class="govuk-body" { (words.depends_on_place) }
        (place_form(words, "", Some(contract.service.as_str())))
    })
}
