//! `GET /console/places/{code}`: the law of one place over time, what binds it, and how its siblings decide.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_engine::{Rule, RuleState, Rulebook};
use ordinance_pages::fill;
use serde::Deserialize;

use super::access::ConsoleReader;
use super::addresses::of_place;
use super::amounts::{AmountField, AmountRange};
use super::bounds_words;
use super::day_form::{DayForm, read_on};
use super::law_over_time::{OwnLaw, over_time};
use super::law_state::LawState;
use super::parts::{ShownLaw, heading, paragraph, reason, table};
use crate::admission::callers::scope::ForbiddenError;
use crate::api::extract::path_text;
use crate::api::problem::RequestError;
use crate::app::App;
use crate::pages::forms::unreadable;
use crate::pages::responses::private_page;
use crate::rulebook::coverage::LawCoverage;
use ordinance_dialogue::parts::{bracketed, titled_or};
use ordinance_dialogue::parts::{chain_of, place_name};

/// The most siblings that a table shows.
const SIBLINGS_MAX: usize = 60;

/// Which day.
#[derive(Debug, Deserialize)]
pub(super) struct OnQuery {
    on: Option<String>,
}

impl OnQuery {
    /// The day that a query names, or today in the place.
    pub(super) fn read(
        query: Result<Query<Self>, QueryRejection>,
        rulebook: &Rulebook,
        code: &JurisdictionCode,
    ) -> Result<LawDay, RequestError> {
        let Query(Self { on }) = query.map_err(|_| unreadable())?;
        let known_at = rulebook.day_at(code, crate::clock::now());
        Ok(LawDay { as_of: read_on(on.as_deref())?.unwrap_or(known_at), known_at })
    }
}

/// `GET /console/places/{code}`
pub(super) async fn place(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    code: Result<Path<String>, PathRejection>,
    query: Result<Query<OnQuery>, QueryRejection>,
) -> Response {
    let rulebook = app.current.rulebook();
    let made = match read(&console, &rulebook, &path_text(code), query) {
        Ok((code, day)) => console.compute(&app, || Ok(place_page(&console, &rulebook, &code, day))).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(page) => private_page(&console.reader, page),
        Err(error) => console.failed(&app, error),
    }
}

fn read(
    console: &ConsoleReader,
    rulebook: &Rulebook,
    code: &str,
    query: Result<Query<OnQuery>, QueryRejection>,
) -> Result<(JurisdictionCode, LawDay), RequestError> {
    let code = JurisdictionCode::new(code).map_err(|_| unknown_place())?;
    if !rulebook.knows(&code) {
        return Err(unknown_place());
    }
    let day = OnQuery::read(query, rulebook, &code)?;
    if !console.sees_code(rulebook, &code, day) {
        return Err(RequestError::Forbidden(ForbiddenError::Place(code)));
    }
    Ok((code, day))
}

/// The problem of a place that no rulebook has, whatever was written.
fn unknown_place() -> RequestError {
    RequestError::NotFound
}

fn place_page(console: &ConsoleReader, rulebook: &Rulebook, code: &JurisdictionCode, day: LawDay) -> String {
    let shown = ShownLaw { rulebook, day, language: console.reader.language, console };
    let words = shown.words();
    let name = shown.place_text(code);
    let address = of_place(code, Some(day.as_of));
    let chain = rulebook.jurisdictions_at(day.known_at).chain(code, day.as_of).ok();
    let laws = OwnLaw::of(&shown, code);
    let days = days_of_change(rulebook, code);
    let form = DayForm { shown: &shown, days: &days, hidden: &[], service: None, amounts: None, has_slider: false };
    let above = chain_of(rulebook, code, day).into_iter().filter(|level| level != code);
    let crumbs = above.map(|level| shown.crumb(&level, of_place(&level, Some(day.as_of)))).collect();
    console.page(&name, &address).below(crumbs).say(&html! {
        h1 class="govuk-heading-l" {
            (place_name(rulebook, code, day, shown.language)) (bracketed(&html! { (code) }, shown.language))
        }
        (form.markup(&of_place(code, None)))
        (form.steps(&|day| of_place(code, Some(day))))
        @if chain.is_none() { (paragraph(words.place_not_there)) }
        (heading(words.over_time))
        (over_time(&shown, &laws))
        @if let Some(chain) = &chain {
            (decided_here(&shown, code, chain))
            (binding(&shown, code, chain))
            (siblings(console, &shown, code))
            (below(console, &shown, code))
        }
    })
}

/// The days on which the law of the place changes, for any service, the first one first.
fn days_of_change(rulebook: &Rulebook, code: &JurisdictionCode) -> Vec<Date> {
    let days = rulebook.contracts().flat_map(|contract| {
        let has_law = rulebook.rules_for(&contract.service).next().is_some();
        let days = has_law.then(|| rulebook.days_of_change(code, &contract.service));
        days.unwrap_or_default()
    });
    let days: std::collections::BTreeSet<Date> = days.collect();
    days.into_iter().filter(|day| *day > Date::MIN && *day < Date::MAX).collect()
}

/// Which rule decides each service in the place on the day.
fn decided_here(shown: &ShownLaw<'_>, code: &JurisdictionCode, chain: &Chain) -> Markup {
    let words = shown.words();
    let mut rows = Vec::new();
    for contract in shown.rulebook.contracts() {
        let coverage = LawCoverage::of(shown.rulebook, &contract.service, (code, chain), shown.day);
        let Some(rule) = coverage.nearest else { continue };
        let state = LawState::of(&coverage);
        rows.push(vec![
            titled_or(&contract.titles, shown.language, contract.service.as_str()),
            html! {
                (state.sampled(&format!("decided-{}", contract.service), words))
                @if let RuleState::Broken(why) = &rule.state { ": " (reason(why)) }
            },
            shown.rule_link(&rule.head),
            shown.place(&rule.head.jurisdiction),
            amounts_of(shown, contract, &rule.head),
        ]);
    }
    html! {
        (heading(words.decided_here))
        @if rows.is_empty() { (paragraph(words.nothing_decided_here)) }
        @else { (table(words.decided_here, &[words.service, words.state, words.rule, words.law_of, words.amounts], &rows)) }
    }
}

fn amounts_of(shown: &ShownLaw<'_>, contract: &Contract, head: &ordinance_domain::rule_head::RuleHead) -> Markup {
    let found = AmountField::of(contract).and_then(|field| Some((field, field.amounts(head, shown.day)?)));
    html! { @if let Some((field, amounts)) = found { (field.words(amounts, shown.language)) } }
}

/// What upper law lets the place change.
fn binding(shown: &ShownLaw<'_>, code: &JurisdictionCode, chain: &Chain) -> Markup {
    let words = shown.words();
    let mut rows = Vec::new();
    for contract in shown.rulebook.contracts() {
        let is_decided =
            chain.iter().any(|level| shown.rulebook.in_force(level, &contract.service, shown.day).is_some());
        if !is_decided {
            continue;
        }
        let service = || titled_or(&contract.titles, shown.language, contract.service.as_str());
        let levels = chain.iter().filter(|level| *level != code);
        let levels = levels.filter_map(|level| shown.rulebook.bounds(level, &contract.service));
        let bounds = bounds_words::of_contract(contract, shown);
        let bounds = bounds.into_iter().chain(levels.flat_map(|level| bounds_words::of_level(level, contract, shown)));
        rows.extend(bounds.map(|bound| bounds_words::row(service(), &bound, shown)));
    }
    let columns = [words.service, words.set_by, words.bound_on, words.bound, words.article];
    html! {
        (heading(words.binding_law))
        @if rows.is_empty() { (paragraph(words.no_binding_law)) }
        @else { (table(words.binding_law, &columns, &rows)) }
    }
}

/// How the places beside it decide what it decides.
fn siblings(console: &ConsoleReader, shown: &ShownLaw<'_>, code: &JurisdictionCode) -> Markup {
    let words = shown.words();
    let places = shown.rulebook.jurisdictions_at(shown.day.known_at);
    let parent = places.on(code, shown.day.as_of).and_then(|place| place.parent.as_ref());
    let Some(parent) = parent else { return html! {} };
    let beside: Vec<(&JurisdictionCode, Chain)> = places
        .children(parent, shown.day.as_of)
        .filter_map(|place| Some((&place.code, places.chain(&place.code, shown.day.as_of).ok()?)))
        .filter(|(_, chain)| console.sees(chain))
        .take(SIBLINGS_MAX)
        .collect();
    if beside.len() < 2 {
        return html! {};
    }
    html! {
        (heading(words.siblings))
        @for contract in shown.rulebook.contracts() { (siblings_for(shown, code, contract, &beside)) }
    }
}

/// The same for one service; nothing if none of them has law of its own.
fn siblings_for(
    shown: &ShownLaw<'_>,
    code: &JurisdictionCode,
    contract: &Contract,
    beside: &[(&JurisdictionCode, Chain)],
) -> Markup {
    let words = shown.words();
    let of = |(sibling, chain): &(&JurisdictionCode, Chain)| {
        let coverage = LawCoverage::of(shown.rulebook, &contract.service, (*sibling, chain), shown.day);
        let field = AmountField::of(contract);
        let amounts: Option<AmountRange> =
            field.zip(coverage.nearest).and_then(|(field, rule)| field.amounts(&rule.head, shown.day));
        ((*sibling).clone(), LawState::of(&coverage), coverage.nearest, amounts)
    };
    let mut found: Vec<_> = beside.iter().map(of).collect();
    let has_own = found.iter().any(|(_, state, ..)| !matches!(state, LawState::Inherits | LawState::None));
    if !has_own {
        return html! {};
    }
    found.sort_by_key(|(sibling, _, _, amounts)| (std::cmp::Reverse(*amounts), sibling.clone()));
    let only_inherits = |found: &(JurisdictionCode, LawState, Option<&Rule>, Option<AmountRange>)| {
        matches!(found.1, LawState::Inherits | LawState::None) && found.0 != *code
    };
    let (inheriting, found): (Vec<_>, Vec<_>) = found.into_iter().partition(only_inherits);
    let rows: Vec<Vec<Markup>> = found
        .iter()
        .enumerate()
        .map(|(at, (sibling, state, rule, _))| {
            vec![
                html! {
                    @if sibling == code { strong { (shown.place(sibling)) " – " (words.this_place) } }
                    @else { (shown.place(sibling)) }
                },
                state.sampled(&format!("s-{}-{at}", contract.service), words),
                html! { @if let Some(rule) = rule { (shown.rule_link(&rule.head)) } },
                html! { @if let Some(rule) = rule { (amounts_of(shown, contract, &rule.head)) } },
            ]
        })
        .collect();
    let title = ordinance_dialogue::parts::title_text(&contract.titles, shown.language, contract.service.as_str());
    html! {
        h3 class="govuk-heading-s" { (titled_or(&contract.titles, shown.language, contract.service.as_str())) }
        (table(&title, &[words.place, words.state, words.rule, words.amounts], &rows))
        @if !inheriting.is_empty() {
            p class="govuk-body" {
                (fill(words.siblings_inherit, &[&inheriting.len().to_string()])) " "
                @for (at, (sibling, ..)) in inheriting.iter().enumerate() {
                    @if at > 0 { (shown.language.pick("、", ", ")) }
                    (shown.place(sibling))
                }
            }
        }
    }
}

fn below(console: &ConsoleReader, shown: &ShownLaw<'_>, code: &JurisdictionCode) -> Markup {
    let places = shown.rulebook.jurisdictions_at(shown.day.known_at);
    let mut children = places.children(code, shown.day.as_of).peekable();
    let is_seen = places.chain(code, shown.day.as_of).is_ok_and(|chain| console.sees(&chain));
    html! {
        @if is_seen && children.peek().is_some() {
            (heading(shown.words().places_below))
            ul class="app-tiles govuk-body" { @for place in children { li { (shown.place(&place.code)) } } }
        }
    }
}
