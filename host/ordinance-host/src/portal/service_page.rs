//! What a service is in one place: whose law decides it and since when, which papers a person needs and why, what the
//! law's numbers are, where to apply and how to object.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_dialogue::page::{LanguageSwitch, Page};
use ordinance_dialogue::parts::{
    bracketed, breadcrumbs, chain_of, cited, comma, folded, place_name, row, title_text, titled, titled_or,
};
use ordinance_dialogue::place_and_service::{PlaceAndService, objecting, where_to_apply};
use ordinance_dialogue::values::value_text;
use ordinance_dialogue::words::PortalWords;
use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::contract::{Contract, EligibleMeaning};
use ordinance_domain::fact::Fact;
use ordinance_domain::guidance::application_point;
use ordinance_domain::manifest::Criterion;
use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::{ApplicableLaw, Engine, Rulebook};
use ordinance_pages::{ReadingLanguage, fill, written_day};

use super::place_page::read_place;
use super::respond::{failed_page, public_page};
use super::try_out_files::is_offered;
use crate::admission::callers::Caller;
use crate::api::extract::service_id;
use crate::api::problem::RequestError;
use crate::api::requests::terms::contract_of;
use crate::app::{App, RequestEngine};
use crate::pages::reader::PageReader;

/// Reads the path of a page about a service in a place.
///
/// # Errors
/// If the rulebook has no such place or service.
pub(super) fn read_place_and_service(
    rulebook: &Rulebook,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<PlaceAndService, RequestError> {
    let Path((code, id)) = path.map_err(|_| RequestError::NotFound)?;
    let (code, day) = read_place(rulebook, &code)?;
    let contract = Arc::clone(contract_of(rulebook, &service_id(Ok(Path(id)))?)?);
    Ok(PlaceAndService { code, day, contract })
}

/// Whether the caller that visitors are may ask about the service there.
pub(super) fn is_open_to(asked: &PlaceAndService, rulebook: &Rulebook, visitors: &Caller) -> bool {
    let PlaceAndService { code, day, contract } = asked;
    let Ok(chain) = rulebook.jurisdictions_at(day.known_at).chain(code, day.as_of) else {
        return false;
    };
    let scope = &visitors.scope;
    scope.check_place(code, &chain).is_ok() && scope.check_service(&contract.service, &contract.purpose).is_ok()
}

/// `GET /places/{code}/services/{id}`
pub(super) async fn service(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let asked = match read_place_and_service(engine.rulebook(), path) {
        Ok(asked) => asked,
        Err(error) => return failed_page(&app, &reader, error),
    };
    let for_page = reader.clone();
    let is_tried_out = is_offered(app.config.portal.try_out.as_deref(), &engine);
    let tried_out = if is_tried_out { ", may be tried out" } else { "" };
    let text = format!("{} on {}{tried_out}", asked.address(), asked.day.as_of);
    let is_open = is_open_to(&asked, engine.rulebook(), app.callers.visitors());
    public_page(&app, engine, &reader, text, move |engine| {
        service_page(engine, &for_page, &asked, (is_open, is_tried_out))
    })
    .await
}

fn service_page(
    engine: &Engine,
    reader: &PageReader,
    asked: &PlaceAndService,
    (is_open, is_tried_out): (bool, bool),
) -> Result<String, RequestError> {
    let (rulebook, language, words) = (engine.rulebook(), reader.language, PortalWords::of(reader.language));
    let PlaceAndService { code, day, contract } = asked;
    let law = ApplicableLaw::select(engine, &asked.query()).map_err(RequestError::Unknown)?;
    let rules: Vec<&RuleHead> = law.rules_in_force().map(|rule| rule.head.as_ref()).collect();
    let chain = chain_of(rulebook, code, *day);
    let title = title_text(&contract.titles, language, contract.service.as_str());
    let address = asked.address();
    let page = Page {
        language: reader.language,
        title: &title,
        above: breadcrumbs((rulebook, language), &chain, *day),
        switch: LanguageSwitch::Link(&address),
    };
    let facts = law.facts_read();
    Ok(page.say(&html! {
        h1 class="govuk-heading-l" {
            span class="govuk-caption-l" { (place_name(rulebook, code, *day, language)) } " "
            (titled_or(&contract.titles, language, contract.service.as_str()))
        }
        @if let Some(description) = titled(&contract.description, language) { p class="govuk-body-l" { (description) } }
        @if rules.is_empty() {
            div class="govuk-inset-text" { (words.no_law_here) }
        } @else {
            @if is_open {
                (start_form(&address, contract, words))
                @if is_tried_out {
                    p class="govuk-body" { a class="govuk-link" href={ (address) "/try-out" } { (words.try_out_link) } }
                }
            } @else {
                div class="govuk-inset-text" { (words.not_taken_here) }
            }
            h2 class="govuk-heading-m" { (words.who_decides) }
            (levels(rulebook, *day, &rules, language))
            @if !facts.is_empty() {
                h2 class="govuk-heading-m" { (words.papers) }
                (papers(&facts, &rules, language))
            }
            (numbers(&rules, *day, language))
        }
        @if let Some(point) = application_point(&contract.application_points, &chain).filter(|_| !rules.is_empty()) {
            (where_to_apply(point, contract, language))
        }
        (objecting(rulebook, contract, *day, language))
    }))
}

fn start_form(address: &str, contract: &Contract, words: &PortalWords) -> Markup {
    let is_liability = contract.eligible == EligibleMeaning::Liability;
    html! {
        form method="post" action=(address) {
            p class="govuk-hint" { (words.begin_hint) }
            button class="govuk-button" type="submit" name="action" value="start" {
                (if is_liability { words.begin_owed } else { words.begin })
            }
        }
    }
}

/// The levels that have law, the highest first, and since when.
fn levels(rulebook: &Rulebook, day: LawDay, rules: &[&RuleHead], language: ReadingLanguage) -> Markup {
    let words = PortalWords::of(language);
    let said = |rule: &RuleHead| {
        html! {
            (titled_or(&rule.titles, language, rule.id.as_str()))
            @if rule.in_force.from() != Date::MIN {
                br;
                span class="app-cited" { (fill(words.since, &[&written_day(language, rule.in_force.from())])) }
            }
            @if let Some(publisher) = &rule.published_by {
                br;
                span class="app-cited" {
                    (words.published_by) (place_name(rulebook, &publisher.authority, day, language))
                }
            }
        }
    };
    html! {
        dl class="govuk-summary-list" {
            @for rule in rules { (row(&place_name(rulebook, &rule.jurisdiction, day, language), &said(rule))) }
        }
    }
}

/// Each fact that the law reads: the paper that proves it, and which conditions rest on it.
fn papers(facts: &[&Fact], rules: &[&RuleHead], language: ReadingLanguage) -> Markup {
    let words = PortalWords::of(language);
    html! {
        table class="govuk-table app-stacked" {
            caption class="govuk-visually-hidden" { (words.papers) }
            thead class="govuk-table__head" {
                tr class="govuk-table__row" {
                    th scope="col" class="govuk-table__header" { (words.what_counts) }
                    th scope="col" class="govuk-table__header" { (words.paper) }
                    th scope="col" class="govuk-table__header" { (words.why) }
                }
            }
            tbody class="govuk-table__body" {
                @for fact in facts {
                    tr class="govuk-table__row" {
                        th scope="row" class="govuk-table__header" {
                            (titled_or(&fact.titles, language, fact.name.as_str()))
                        }
                        td class="govuk-table__cell" data-label=(words.paper) {
                            (titled(&fact.guidance.evidence, language).unwrap_or_else(|| html! { (words.no_paper) }))
                        }
                        td class="govuk-table__cell" data-label=(words.why) { (reasons(&fact.name, rules, language)) }
                    }
                }
            }
        }
    }
}

/// The conditions that rest on a fact, each once with its article.
fn reasons(fact: &FieldName, rules: &[&RuleHead], language: ReadingLanguage) -> Markup {
    let rests_on = |criterion: &&Criterion| {
        let facts = criterion.facts.as_ref();
        facts.is_some_and(|facts| facts.iter().any(|name| name.fact_name() == fact.as_str()))
    };
    let mut resting: Vec<&Criterion> = Vec::new();
    for criterion in rules.iter().flat_map(|rule| rule.criteria.iter().filter(rests_on)) {
        if !resting.iter().any(|known| known.titles == criterion.titles && known.provision == criterion.provision) {
            resting.push(criterion);
        }
    }
    html! {
        @for criterion in &resting {
            div {
                (titled_or(&criterion.titles, language, criterion.id.as_str()))
                (bracketed(&cited(&criterion.provision, language), language))
            }
        }
        @if resting.is_empty() {
            @for rule in rules.iter().filter(|rule| rule.reads.contains(fact)) { (reading_rule(rule, language)) }
        }
    }
}

/// A rule that reads a fact, with the document that it rests on. Its author doesn't say which conditions rest on the
/// fact.
fn reading_rule(rule: &RuleHead, language: ReadingLanguage) -> Markup {
    let document = rule.criteria.first().map(|criterion| criterion.provision.document.as_str());
    html! {
        div {
            (PortalWords::of(language).read_by) (titled_or(&rule.titles, language, rule.id.as_str()))
            @if let Some(document) = document { (bracketed(&html! { (document) }, language)) }
        }
    }
}

/// The numbers of the law that hold today, folded.
fn numbers(rules: &[&RuleHead], day: LawDay, language: ReadingLanguage) -> Markup {
    let words = PortalWords::of(language);
    let held: Vec<(&Parameter, &DatedValue)> = rules
        .iter()
        .flat_map(|rule| &rule.parameters)
        .filter_map(|parameter| Some((parameter, parameter.on(day)?)))
        .collect();
    let said = |parameter: &Parameter, dated: &DatedValue| {
        html! {
            (value_text(&dated.value, None, parameter.unit.as_ref(), language))
            @if dated.from != Date::MIN {
                (comma(language)) (fill(words.since_day, &[&written_day(language, dated.from)]))
            }
            @if let Some(provision) = &dated.provision { br; span class="app-cited" { (cited(provision, language)) } }
        }
    };
    let list = html! {
        dl class="govuk-summary-list" {
            @for (parameter, dated) in &held {
                (row(&titled_or(&parameter.titles, language, parameter.name.as_str()), &said(parameter, dated)))
            }
        }
    };
    if held.is_empty() {
        html! {}
    } else {
        folded(words.numbers, &list)
    }
}
