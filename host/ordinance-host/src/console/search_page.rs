//! `GET /console/search`: finds places, services, rules, and articles of documents.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_domain::provision::Provision;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::titles::Titles;
use ordinance_engine::Rulebook;
use ordinance_pages::fill;
use serde::Deserialize;

use super::access::ConsoleReader;
use super::addresses::{CONSOLE, of_rule, with_query};
use super::error_page::failed_page;
use super::parts::{ShownLaw, heading, paragraph};
use crate::app::App;
use crate::pages::forms::unreadable;
use crate::pages::place_search::{find_places, normalised};
use crate::pages::places::utc_today;
use crate::pages::responses::private_page;
use ordinance_dialogue::parts::SOUGHT_MAX;
use ordinance_dialogue::parts::titled_or;

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
    let Ok(Query(SearchQuery { q })) = query else { return failed_page(&app, &console.reader, unreadable()) };
    let sought: String = q.unwrap_or_default().trim().chars().take(SOUGHT_MAX).collect();
    let rulebook = app.current.rulebook();
    match console.compute(&app, || Ok(search_page(&console, &rulebook, &sought))).await {
        Ok(page) => private_page(&console.reader, page),
        Err(error) => failed_page(&app, &console.reader, error),
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
    let link = |contract: &Arc<ordinance_domain::contract::Contract>| {
        let address = with_query(CONSOLE, &[("service", contract.service.as_str())]);
        let title = titled_or(&contract.titles, shown.language, contract.service.as_str());
        html! { a class="govuk-link" href=(address) { (title) } " " span class="app-code" { (contract.service) } }
    };
    found.map(link).collect()
}

/// The rules of both kinds that the caller may see.
fn rules_of<'a>(shown: &ShownLaw<'a>) -> Vec<&'a RuleHead> {
    let eligibility = shown.rulebook.rules().map(|rule| rule.head.as_ref());
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

/// The articles of documents that fit, each with the rules that rest on it.
fn articles(shown: &ShownLaw<'_>, rules: &[&RuleHead], sought: &str) -> Vec<Markup> {
    let mut found: BTreeMap<String, Vec<&RuleHead>> = BTreeMap::new();
    for head in rules {
        let of_criteria = head.criteria.iter().map(|criterion| &criterion.provision);
        let of_numbers = head.parameters.iter().flat_map(|parameter| &parameter.values);
        let of_numbers = of_numbers.filter_map(|dated| dated.provision.as_ref());
        for Provision { document, article, .. } in of_criteria.chain(of_numbers) {
            let cited = format!("{document} {article}");
            if holds(&cited, sought) {
                let entry = found.entry(cited).or_default();
                if !entry.iter().any(|known| std::ptr::eq(*known, *head)) {
                    entry.push(head);
                }
            }
        }
    }
    let entry = |(cited, heads): (String, Vec<&RuleHead>)| {
        html! {
            strong { (cited) }
            @for head in heads.iter().take(FOUND_MAX) { br; (rule_entry(shown, head)) }
        }
    };
    found.into_iter().map(entry).collect()
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
