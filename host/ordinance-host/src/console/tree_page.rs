//! `GET /console`: the law of all places for a service on a day, as a map and as a tree.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_domain::calendar::{Date, DateRange, LawDay};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::rulebook::RuleLoadError;
use ordinance_engine::{Rule, RuleState, Rulebook};
use ordinance_pages::fill;
use serde::Deserialize;

use super::access::ConsoleReader;
use super::addresses::{CONSOLE, with_query};
use super::day_form::{DayForm, read_on};
use super::law_state::LawState;
use super::law_tree::{LawFaults, LawView, PlaceLaw, StateCounts};
use super::parts::{ShownLaw, heading, paragraph, reason, table};
use super::tree_view::{MapColours, TreeView};
use crate::admission::callers::scope::ForbiddenError;
use crate::api::problem::RequestError;
use crate::api::requests::terms::contract_of;
use crate::app::App;
use crate::pages::forms::unreadable;
use crate::pages::places::utc_today;
use crate::pages::responses::{POLICY_WITH_SCRIPT, private_page};
use ordinance_dialogue::parts::{title_text, titled_or};

/// The most broken rules of other services that are shown.
const BROKEN_MAX: usize = 50;

/// Which service, day and places.
#[derive(Debug, Deserialize)]
pub(super) struct TreeQuery {
    service: Option<String>,
    on: Option<String>,
    /// `amount` colours the map by amounts.
    by: Option<String>,
    /// The place at the top.
    within: Option<String>,
}

/// The same as it was read.
struct TreeRequest {
    contract: Arc<Contract>,
    on: Date,
    colours: MapColours,
    within: Option<JurisdictionCode>,
}

impl TreeRequest {
    /// `None` if the rulebook has no service.
    fn read(rulebook: &Rulebook, console: &ConsoleReader, query: TreeQuery) -> Result<Option<Self>, RequestError> {
        let language = console.reader.language;
        let wanted = query.service.filter(|id| !id.is_empty());
        let contract = match wanted {
            Some(id) => {
                let id = Id::new(&id).map_err(|_| RequestError::NotFound)?;
                Some(contract_of(rulebook, &id)?)
            }
            // The service that most places have law for, of those with a title in the reader's language.
            None => rulebook.contracts().max_by_key(|contract| {
                let is_own = contract.titles.iter().any(|(tag, _)| tag.split('-').next() == Some(language.tag()));
                (is_own, rulebook.rules_for(&contract.service).count())
            }),
        };
        let within = query.within.filter(|code| !code.is_empty());
        let within = within.map(|code| JurisdictionCode::new(&code).map_err(|_| RequestError::NotFound)).transpose()?;
        if within.as_ref().is_some_and(|code| !rulebook.knows(code)) {
            return Err(RequestError::NotFound);
        }
        let known_at = utc_today(rulebook).as_of;
        let on = read_on(query.on.as_deref())?.unwrap_or(known_at);
        if let Some(code) =
            within.as_ref().filter(|code| !console.sees_code(rulebook, code, LawDay { as_of: on, known_at }))
        {
            return Err(RequestError::Forbidden(ForbiddenError::Place(code.clone())));
        }
        let colours = if query.by.as_deref() == Some("amount") { MapColours::Amount } else { MapColours::State };
        Ok(contract.map(|contract| Self { contract: Arc::clone(contract), on, colours, within }))
    }

    /// The address of the same page, with another day and other colours.
    fn address(&self, on: Date, colours: MapColours) -> String {
        let (on, within) = (on.to_string(), self.within.as_ref().map(ToString::to_string).unwrap_or_default());
        let by = if colours == MapColours::Amount { "amount" } else { "" };
        let members = [("service", self.contract.service.as_str()), ("on", &on), ("by", by), ("within", &within)];
        with_query(CONSOLE, &members)
    }
}

/// `GET /console`
pub(super) async fn tree(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    query: Result<Query<TreeQuery>, QueryRejection>,
) -> Response {
    let rulebook = app.current.rulebook();
    let read = |Query(query)| TreeRequest::read(&rulebook, &console, query);
    let made = match query.map_err(|_| unreadable()).and_then(read) {
        Ok(Some(request)) => console.compute(&app, || Ok(tree_page(&console, &rulebook, &request))).await,
        Ok(None) => Ok(no_service(&console)),
        Err(error) => Err(error),
    };
    match made {
        Ok(page) => {
            let mut response = private_page(&console.reader, page);
            let policy = HeaderValue::from_static(POLICY_WITH_SCRIPT);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
        Err(error) => console.failed(&app, error),
    }
}

fn no_service(console: &ConsoleReader) -> String {
    let words = super::words::ConsoleWords::of(console.reader.language);
    console.page(words.whose_law, CONSOLE).say(&html! {
        h1 class="govuk-heading-l" { (words.whose_law) }
        (paragraph(words.no_service))
    })
}

fn tree_page(console: &ConsoleReader, rulebook: &Rulebook, request: &TreeRequest) -> String {
    let language = console.reader.language;
    let day = LawDay { as_of: request.on, known_at: utc_today(rulebook).as_of };
    let shown = ShownLaw { rulebook, day, language, console };
    let (words, contract) = (shown.words(), request.contract.as_ref());
    let view = LawView { rulebook, contract, day, console };
    let all = view.trees(request.within.as_ref());
    // A tree in which nobody has law for the service says nothing.
    let (with_law, without): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|top| top.counts.keys().any(|state| *state != LawState::None));
    let address = request.address(request.on, request.colours);
    let title = title_text(&contract.titles, language, contract.service.as_str());
    let days = view.days_of_change(&with_law);
    let faults = view.faults(&with_law);
    let form = DayForm {
        shown: &shown,
        days: &days,
        hidden: &[("within", request.within.as_ref().map(JurisdictionCode::as_str).unwrap_or_default())],
        service: Some(contract),
        amounts: Some(request.colours == MapColours::Amount),
        has_slider: true,
    };
    let to_day = |day| request.address(day, request.colours);
    let tree =
        TreeView { shown: &shown, contract, colours: request.colours, trees: &with_law, request_day: request.on };
    let page = console.page(&title, &address).below(crumbs(&shown, request));
    page.say(&html! {
        h1 class="govuk-heading-l" {
            span class="govuk-caption-l" { (words.whose_law) }
            (title)
            @if let Some(code) = &request.within { ": " (shown.place_text(code)) }
        }
        (form.markup(CONSOLE))
        (form.steps(&to_day))
        p class="govuk-body-l" { (summary(&shown, &with_law, &faults)) }
        (broken_elsewhere(&shown, contract))
        @if with_law.is_empty() { (paragraph(words.nobody_has_law)) }
        @else {
            (legend(&shown, &with_law))
            (faults_table(&shown, &faults))
            (tree.map(&request.address(request.on, request.colours.other())))
            (tree.tree())
        }
        @if !without.is_empty() && request.within.is_none() {
            (paragraph(&fill(words.trees_without_law, &[&names(&shown, &without)])))
        }
        (form.script())
    })
}

fn crumbs(shown: &ShownLaw<'_>, request: &TreeRequest) -> Vec<super::page::Crumb> {
    let Some(code) = &request.within else { return Vec::new() };
    let chain = ordinance_dialogue::parts::chain_of(shown.rulebook, code, shown.day);
    let above = chain.into_iter().filter(|level| level != code);
    let whole = (
        Some(with_query(CONSOLE, &[("service", request.contract.service.as_str())])),
        html! { (shown.words().all_places) },
    );
    let of = |level: JurisdictionCode| {
        let on = request.on.to_string();
        let members = [("service", request.contract.service.as_str()), ("on", &on), ("within", level.as_str())];
        shown.crumb(&level, with_query(CONSOLE, &members))
    };
    [whole].into_iter().chain(above.map(of)).collect()
}

fn names(shown: &ShownLaw<'_>, trees: &[PlaceLaw<'_>]) -> String {
    let names: Vec<String> = trees.iter().map(|top| shown.place_text(&top.place.code)).collect();
    shown.language.listed(&names)
}

fn counts_of(trees: &[PlaceLaw<'_>]) -> StateCounts {
    let mut counts = StateCounts::new();
    for (state, count) in trees.iter().flat_map(|top| &top.counts) {
        *counts.entry(*state).or_default() += count;
    }
    counts
}

/// One sentence: how many places have law of their own, and whether somebody has to act.
fn summary(shown: &ShownLaw<'_>, trees: &[PlaceLaw<'_>], faults: &LawFaults<'_>) -> String {
    let (words, counts) = (shown.words(), counts_of(trees));
    let count = |state: LawState| counts.get(&state).copied().unwrap_or_default();
    let all: usize = counts.values().sum();
    let own =
        fill(words.summary, &[&shown.day_words(shown.day.as_of), &count(LawState::Own).to_string(), &all.to_string()]);
    match faults.count() {
        0 => format!("{own}{}", words.no_fault),
        faults => format!("{own}{}", fill(words.some_faults, &[&faults.to_string()])),
    }
}

/// How many places are in which state. It explains the marks of the map and the tree too.
fn legend(shown: &ShownLaw<'_>, trees: &[PlaceLaw<'_>]) -> Markup {
    let counts = counts_of(trees);
    html! {
        ul class="app-legend govuk-body" {
            @for (at, state) in LawState::ALL.into_iter().enumerate() {
                li {
                    (state.sampled(&format!("legend-{at}"), shown.words()))
                    span { (counts.get(&state).copied().unwrap_or_default()) }
                }
            }
        }
    }
}

/// The rules that can't run, each once with its reason, and the places between two versions.
fn faults_table(shown: &ShownLaw<'_>, faults: &LawFaults<'_>) -> Markup {
    let words = shown.words();
    let broken = |rule: &&Rule| {
        let why = match &rule.state {
            RuleState::Broken(why) => reason(why),
            RuleState::Ready(_) => html! {},
        };
        vec![
            shown.place(&rule.head.jurisdiction),
            html! { (LawState::of_broken(rule).words(words)) },
            shown.rule_link(&rule.head),
            why,
            shown.publisher(&rule.head),
        ]
    };
    let gap = |(place, gap): &(&Jurisdiction, DateRange)| {
        vec![shown.place(&place.code), html! { (words.state_gap) }, html! {}, html! { (shown.days(gap)) }, html! {}]
    };
    let rows: Vec<Vec<Markup>> = faults.broken.iter().map(broken).chain(faults.gaps.iter().map(gap)).collect();
    if rows.is_empty() {
        return html! {};
    }
    let columns = [words.place, words.state, words.rule, words.why, words.who_published];
    html! { (heading(words.to_act_on)) (table(words.to_act_on, &columns, &rows)) }
}

/// The rules that can't run of other services than the one that is looked at, and of privacy law.
fn broken_elsewhere(shown: &ShownLaw<'_>, contract: &Contract) -> Markup {
    let words = shown.words();
    let of_others = shown
        .rulebook
        .broken_rules()
        .filter(|(head, _)| head.scope.service() != Some(&contract.service) && shown.sees(&head.jurisdiction));
    let service = |head: &RuleHead| match head.scope.service() {
        None => html! { (words.privacy_law) },
        Some(service) => {
            let known = shown.rulebook.contract(service);
            let title = known.map(|known| titled_or(&known.titles, shown.language, service.as_str()));
            html! {
                a class="govuk-link" href=(with_query(CONSOLE, &[("service", service.as_str())])) {
                    (title.unwrap_or_else(|| html! { (service) }))
                }
            }
        }
    };
    let row = |(head, why): (&RuleHead, &RuleLoadError)| {
        vec![shown.place(&head.jurisdiction), service(head), shown.rule_link(head), reason(why)]
    };
    let rows: Vec<Vec<Markup>> = of_others.take(BROKEN_MAX).map(row).collect();
    html! {
        @if !rows.is_empty() {
            (heading(words.broken_elsewhere))
            (table(words.broken_elsewhere, &[words.place, words.service, words.rule, words.why], &rows))
        }
    }
}
