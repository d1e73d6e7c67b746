//! `GET /console/search`: finds places, services, rules, and articles of documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_domain::bounds::LevelBounds;
use ordinance_domain::contract::Contract;
use ordinance_domain::parameters::Parameter;
use ordinance_domain::provision::Provision;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::titles::Titles;
use ordinance_engine::Rulebook;
use ordinance_pages::fill;
use serde::Deserialize;

use super::access::ConsoleReader;
use super::addresses::{CONSOLE, of_place, of_rule, with_query};
use super::parts::{ShownLaw, heading, paragraph};
use crate::app::App;
use crate::pages::forms::unreadable;
use crate::pages::place_search::{find_places, normalised};
use crate::pages::places::utc_today;
use crate::pages::responses::private_page;
use ordinance_dialogue::parts::SOUGHT_MAX;
use ordinance_dialogue::parts::{title_text, titled_or};

const SEARCH: &str = "/console/search";
/// The most that is shown of each kind.
const FOUND_MAX: usize = 40;

/// What is sought.
#[derive(Debug, Deserialize)]
pub(super) struct SearchQuery {
    q: Option<String>,
}

/// `GET /console/search`
pub(super) async fn search(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    query: Result<Query<SearchQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(SearchQuery { q })) = query else { return console.failed(&app, unreadable()) };
    let sought: String = q.unwrap_or_default().trim().chars().take(SOUGHT_MAX).collect();
    let rulebook = app.current.rulebook();
    match console.compute(&app, || Ok(search_page(&console, &rulebook, &sought))).await {
        Ok(page) => private_page(&console.reader, page),
        Err(error) => console.failed(&app, error),
    }
}

fn search_page(console: &ConsoleReader, rulebook: &Rulebook, sought: &str) -> String {
    let shown = ShownLaw { rulebook, day: utc_today(rulebook), language: console.reader.language, console };
    let words = shown.words();
    let address = with_query(SEARCH, &[("q", sought)]);
    console.page(words.search, &address).say(&html! {
        h1 class="govuk-heading-l" { (words.search) }
        form method="get" action=(SEARCH) role="search" novalidate {
            div class="govuk-form-group" {
                label class="govuk-label govuk-label--m" for="q" { (words.search_for) }
                div class="govuk-hint" id="q-hint" { (words.search_hint) }
                input class="govuk-input app-search" id="q" name="q" type="search" value=(sought)
                    aria-describedby="q-hint" autocomplete="off" spellcheck="false" maxlength=(SOUGHT_MAX);
            }
            button class="govuk-button" type="submit" { (words.search) }
        }
        @if !sought.is_empty() { (found(&shown, sought)) }
    })
}

fn found(shown: &ShownLaw<'_>, sought: &str) -> Markup {
    let words = shown.words();
    let rules = rules_of(shown);
    let (places, has_more_places) = places(shown, sought);
    let kinds = [
        (words.places, places),
        (words.services, services(shown, sought)),
        (words.rules, matching_rules(shown, &rules, sought)),
        (words.documents, articles(shown, &rules, sought)),
    ];
    let count: usize = kinds.iter().map(|(_, found)| found.len()).sum();
    html! {
        p class="govuk-body-l" role="status" {
            (if count == 0 { words.nothing_found.to_owned() } else { fill(words.found_count, &[&count.to_string()]) })
        }
        @if has_more_places { (paragraph(words.more_places)) }
        @for (title, found) in kinds.iter().filter(|(_, found)| !found.is_empty()) {
            (heading(title))
            ul class="govuk-list govuk-list--spaced" { @for item in found.iter().take(FOUND_MAX) { li { (item) } } }
            @if found.len() > FOUND_MAX { (paragraph(&fill(words.more_found, &[&(found.len() - FOUND_MAX).to_string()]))) }
        }
    }
}

fn holds(text: &str, sought: &str) -> bool {
    let sought = normalised(sought);
    !sought.is_empty() && normalised(text).contains(&sought)
}

fn any_title(titles: &Titles, sought: &str) -> bool {
    titles.iter().any(|(_, title)| holds(title, sought))
}

/// The places that the caller may see, and whether there are more.
fn places(shown: &ShownLaw<'_>, sought: &str) -> (Vec<Markup>, bool) {
    let (found, has_more) = find_places(shown.rulebook, shown.day, sought, &|place| shown.sees(&place.code));
    (found.into_iter().map(|place| shown.place(&place.code)).collect(), has_more)
}

fn services(shown: &ShownLaw<'_>, sought: &str) -> Vec<Markup> {
    let contracts = shown.rulebook.contracts();
    let found = contracts.filter(|of| holds(of.service.as_str(), sought) || any_title(&of.titles, sought));
    found.map(|contract| service_entry(shown, contract)).collect()
}

fn of_service(contract: &Contract) -> String {
    with_query(CONSOLE, &[("service", contract.service.as_str())])
}

fn service_entry(shown: &ShownLaw<'_>, contract: &Contract) -> Markup {
    let title = titled_or(&contract.titles, shown.language, contract.service.as_str());
    html! {
        a class="govuk-link" href=(of_service(contract)) { (title) } " " span class="app-code" { (contract.service) }
    }
}

/// The rules of both kinds that the caller may see, and shadow rules.
fn rules_of<'a>(shown: &ShownLaw<'a>) -> Vec<&'a RuleHead> {
    let eligibility = shown.rulebook.rules().chain(shown.rulebook.shadows()).map(|rule| rule.head.as_ref());
    let all = eligibility.chain(shown.rulebook.privacy_rules().map(|rule| rule.head.as_ref()));
    all.filter(|head| shown.sees(&head.jurisdiction)).collect()
}

fn rule_entry(shown: &ShownLaw<'_>, head: &RuleHead) -> Markup {
    html! {
        a class="govuk-link" href=(of_rule(head)) { (titled_or(&head.titles, shown.language, head.id.as_str())) }
        " " span class="app-cited" { (shown.place_text(&head.jurisdiction)) " " (head) }
    }
}

fn matching_rules(shown: &ShownLaw<'_>, rules: &[&RuleHead], sought: &str) -> Vec<Markup> {
    let is_found = |head: &&&RuleHead| {
        holds(&head.to_string(), sought)
            || any_title(&head.titles, sought)
            || head.digest.is_some_and(|digest| sought.len() >= 8 && digest.to_string().contains(sought))
            || head.criteria.iter().any(|criterion| any_title(&criterion.titles, sought))
    };
    rules.iter().filter(is_found).map(|head| rule_entry(shown, head)).collect()
}

/// What rests on each article that fits: by the article, and then by what tells one entry from another.
type FoundArticles = BTreeMap<String, BTreeMap<(String, Option<String>), Markup>>;

/// The articles of documents that fit, each with what rests on it: rules, services and bounds.
fn articles(shown: &ShownLaw<'_>, rules: &[&RuleHead], sought: &str) -> Vec<Markup> {
    let mut found = FoundArticles::new();
    for head in rules {
        let of_criteria = head.criteria.iter().map(|criterion| &criterion.provision);
        let of_numbers = head.parameters.iter().flat_map(Parameter::provisions);
        add_found(&mut found, sought, of_criteria.chain(of_numbers), || {
            ((of_rule(head), None), rule_entry(shown, head))
        });
    }
    for contract in shown.rulebook.contracts() {
        add_found(&mut found, sought, contract.provisions().into_iter(), || {
            ((of_service(contract), None), service_entry(shown, contract))
        });
    }
    for bounds in shown.rulebook.all_bounds().filter(|bounds| shown.sees(&bounds.jurisdiction)) {
        add_found(&mut found, sought, bounds.provisions().into_iter(), || {
            let key = (of_place(&bounds.jurisdiction, None), Some(bounds.service.to_string()));
            (key, bounds_entry(shown, bounds))
        });
    }
    let entry = |(cited, entries): (String, BTreeMap<_, Markup>)| {
        html! {
            strong { (cited) }
            @for entry in entries.values().take(FOUND_MAX) { br; (entry) }
        }
    };
    found.into_iter().map(entry).collect()
}

/// Adds an entry to each of some provisions that fits.
fn add_found<'p>(
    found: &mut FoundArticles,
    sought: &str,
    provisions: impl Iterator<Item = &'p Provision>,
    entry: impl Fn() -> ((String, Option<String>), Markup),
) {
    for Provision { document, article, .. } in provisions {
        let cited = format!("{document} {article}");
        if holds(&cited, sought) {
            let (key, entry) = entry();
            found.entry(cited).or_default().insert(key, entry);
        }
    }
}

/// The bounds that a place sets on a service, with a link to its page.
fn bounds_entry(shown: &ShownLaw<'_>, bounds: &LevelBounds) -> Markup {
    let contract = shown.rulebook.contract(&bounds.service);
    let service = contract.map(|contract| title_text(&contract.titles, shown.language, bounds.service.as_str()));
    let service = service.unwrap_or_else(|| bounds.service.to_string());
    let said = fill(shown.words().bounds_of, &[&shown.place_text(&bounds.jurisdiction), &service]);
    html! {
        a class="govuk-link" href=(of_place(&bounds.jurisdiction, Some(shown.day.as_of))) { (said) }
        " " span class="app-cited" { (bounds.jurisdiction) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_however_it_is_written() {
        assert!(holds("国发〔2015〕52号", "国发2015 52"));
        assert!(holds("Md. Code, Tax-General 10-106(a)", "tax general 10-106"));
        assert!(!holds("anything", " -- "));
    }
}
