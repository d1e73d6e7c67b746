//! `GET /console/rules/{name}`: one rule: its numbers with their articles, what it may see, its budget, and what the
//! rulebook tells of it in words.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_domain::digest::Digest;
use ordinance_domain::manifest::RuleScope;
use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::rulebook::{BoundRule, RuleLoadError};
use ordinance_engine::{Engine, Rule, RuleState, Rulebook};
use ordinance_pages::fill;

use super::access::ConsoleReader;
use super::addresses::{CONSOLE, name_of_rule, of_place, of_rule, with_query};
use super::amounts::parameter_text;
use super::parts::{ShownLaw, heading, paragraph, reason, table};
use super::rule_story::RuleStory;
use crate::admission::callers::scope::ForbiddenError;
use crate::api::extract::path_text;
use crate::api::problem::RequestError;
use crate::app::App;
use crate::pages::places::utc_today;
use crate::pages::responses::private_page;
use ordinance_dialogue::parts::{cited, row, title_text, titled_or};

/// A rule of either kind.
struct FoundRule<'a> {
    head: &'a RuleHead,
    code: FoundCode<'a>,
    is_shadow: bool,
    /// Whether the rulebook in use has it.
    is_current: bool,
}

/// What is known of a rule's code.
enum FoundCode<'a> {
    Ready { bytes: usize, fuel: u64, deadline_ms: u64, memory_bytes: usize },
    Broken(&'a RuleLoadError),
}

impl<'a> FoundRule<'a> {
    fn of<Type>(rule: &'a Rule<BoundRule<Type>>, is_shadow: bool) -> Self {
        let code = match &rule.state {
            RuleState::Ready(ready) => {
                let limits = ready.compiled().limits();
                FoundCode::Ready {
                    bytes: ready.bytes(),
                    fuel: limits.fuel,
                    deadline_ms: limits.deadline_ms,
                    memory_bytes: limits.memory_bytes,
                }
            }
            RuleState::Broken(why) => FoundCode::Broken(why),
        };
        Self { head: &rule.head, code, is_shadow, is_current: true }
    }
}

/// The rule with a digest, or with a place, id and version.
fn find<'a>(rulebook: &'a Rulebook, name: &str) -> Option<FoundRule<'a>> {
    let digest = name.parse::<Digest>().ok();
    let is_it = |head: &RuleHead| match digest {
        Some(digest) => head.digest == Some(digest),
        None => name_of_rule(head) == name,
    };
    let eligibility = rulebook.rules().find(|rule| is_it(&rule.head)).map(|rule| FoundRule::of(rule, false));
    let privacy = || rulebook.privacy_rules().find(|rule| is_it(&rule.head)).map(|rule| FoundRule::of(rule, false));
    let shadow = || rulebook.shadows().find(|rule| is_it(&rule.head)).map(|rule| FoundRule::of(rule, true));
    eligibility.or_else(privacy).or_else(shadow)
}

/// `GET /console/rules/{name}`
pub(super) async fn rule(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    let name = path_text(name);
    let revisions: Vec<Arc<Engine>> = app.current.used_revisions().into_iter().map(|used| used.engine).collect();
    let made = console.compute(&app, || {
        let mut found = None;
        for (at, engine) in revisions.iter().enumerate() {
            let of_revision = find(engine.rulebook(), &name);
            found = of_revision.map(|rule| (engine.rulebook().as_ref(), FoundRule { is_current: at == 0, ..rule }));
            if found.is_some() {
                break;
            }
        }
        let (rulebook, rule) = found.ok_or(RequestError::UnknownRule)?;
        let place = &rule.head.jurisdiction;
        if !console.sees_code(rulebook, place, utc_today(rulebook)) {
            return Err(RequestError::Forbidden(ForbiddenError::Place(place.clone())));
        }
        let story = RuleStory::read(app.current.folder(), rule.head.digest);
        Ok(rule_page(&console, rulebook, &rule, &story))
    });
    match made.await {
        Ok(page) => private_page(&console.reader, page),
        Err(error) => console.failed(&app, error),
    }
}

fn rule_page(console: &ConsoleReader, rulebook: &Rulebook, rule: &FoundRule<'_>, story: &RuleStory) -> String {
    let shown = ShownLaw { rulebook, day: utc_today(rulebook), language: console.reader.language, console };
    let (words, head) = (shown.words(), rule.head);
    let title = title_text(&head.titles, shown.language, head.id.as_str());
    let address = of_rule(head);
    let place = shown.crumb(&head.jurisdiction, of_place(&head.jurisdiction, None));
    console.page(&title, &address).below(vec![place]).say(&html! {
        h1 class="govuk-heading-l" {
            span class="govuk-caption-l" { (words.rule) " " (head) }
            (titled_or(&head.titles, shown.language, head.id.as_str()))
        }
        @if !rule.is_current { (inset(&html! { (words.rule_of_earlier_revision) })) }
        @if rule.is_shadow { (inset(&html! { (words.rule_on_trial) })) }
        @if let FoundCode::Broken(why) = &rule.code {
            (inset(&html! { strong { (words.state_broken) } ": " (reason(why)) }))
        }
        (summary(&shown, rule))
        @match rule.code {
            FoundCode::Broken(_) => (paragraph(words.broken_tells_nothing)),
            FoundCode::Ready { .. } => {
                (criteria(&shown, head))
                (numbers(&shown, head))
                (sees(&shown, rule))
            }
        }
        (story.markup(shown.language))
        @if let Some(impact) = &story.impact { (impact.markup(&shown, head)) }
    })
}

fn inset(content: &Markup) -> Markup {
    html! { div class="govuk-inset-text" { (content) } }
}

fn summary(shown: &ShownLaw<'_>, rule: &FoundRule<'_>) -> Markup {
    let (words, head) = (shown.words(), rule.head);
    let scope = match &head.scope {
        RuleScope::Service(service) => {
            let contract = shown.rulebook.contract(service);
            let title = contract.map(|contract| titled_or(&contract.titles, shown.language, service.as_str()));
            html! {
                a class="govuk-link" href=(with_query(CONSOLE, &[("service", service.as_str())])) {
                    (title.unwrap_or_else(|| html! { (service) }))
                }
            }
        }
        RuleScope::Privacy => html! { (words.privacy_law) },
    };
    html! {
        dl class="govuk-summary-list" {
            (row(&html! { (words.place) }, &shown.place(&head.jurisdiction)))
            (row(&html! { (words.decides_on) }, &scope))
            (row(&html! { (words.in_force) }, &html! { (shown.days(&head.in_force)) }))
            (row(&html! { (words.who_published) }, &shown.publisher(head)))
            (row(&html! { (words.digest) }, &html! {
                @match head.digest {
                    Some(digest) => span class="app-code" { (digest) },
                    None => (words.never_built),
                }
            }))
            @if let FoundCode::Ready { bytes, fuel, deadline_ms, memory_bytes } = rule.code {
                (row(&html! { (words.size) }, &html! { (fill(words.bytes, &[&bytes.to_string()])) }))
                (row(&html! { (words.budget) }, &html! {
                    (fill(words.budget_text, &[&fuel.to_string(), &deadline_ms.to_string(), &mebibytes(memory_bytes)]))
                }))
            }
        }
    }
}

fn mebibytes(bytes: usize) -> String {
    (bytes >> 20).to_string()
}

fn criteria(shown: &ShownLaw<'_>, head: &RuleHead) -> Markup {
    let words = shown.words();
    let rows: Vec<Vec<Markup>> = head
        .criteria
        .iter()
        .map(|criterion| {
            vec![
                titled_or(&criterion.titles, shown.language, criterion.id.as_str()),
                cited(&criterion.provision, shown.language),
            ]
        })
        .collect();
    html! {
        (heading(words.criteria))
        @if rows.is_empty() { (paragraph(words.no_criteria)) }
        @else { (table(words.criteria, &[words.criterion, words.article], &rows)) }
    }
}

/// Every number with each of its values.
fn numbers(shown: &ShownLaw<'_>, head: &RuleHead) -> Markup {
    let words = shown.words();
    let name = |parameter: &Parameter| titled_or(&parameter.titles, shown.language, parameter.name.as_str());
    let value = |parameter: &Parameter, dated: &DatedValue| {
        let article = dated.provision.as_ref().map(|provision| cited(provision, shown.language));
        let from = (dated.from > ordinance_domain::calendar::Date::MIN).then(|| shown.day_words(dated.from));
        vec![
            name(parameter),
            html! { (parameter_text(parameter, &dated.value, shown.language)) },
            html! {
                (from.unwrap_or_else(|| words.always.to_owned()))
                @if let Some(until) = dated.until { br; (fill(words.until, &[&shown.day_words(until)])) }
            },
            html! { @if let Some(article) = article { (article) } },
        ]
    };
    let pending = |parameter: &Parameter, note: &str| {
        vec![name(parameter), html! { (words.not_set) }, html! {}, html! { span lang="en" { (note) } }]
    };
    let mut rows: Vec<Vec<Markup>> = Vec::new();
    for parameter in &head.parameters {
        rows.extend(parameter.values.iter().map(|dated| value(parameter, dated)));
        rows.extend(parameter.pending.as_ref().map(|note| pending(parameter, note)));
    }
    let columns = [words.number, words.value, words.from_day, words.article];
    html! {
        (heading(words.numbers))
        @if rows.is_empty() { (paragraph(words.no_numbers)) } @else { (table(words.numbers, &columns, &rows)) }
    }
}

/// The facts that the rule's type declares, and no others reach it.
fn sees(shown: &ShownLaw<'_>, rule: &FoundRule<'_>) -> Markup {
    let words = shown.words();
    let title = |name: &FieldName| {
        let fact = shown.rulebook.fact(name.as_str());
        fact.map_or_else(|| html! { (name) }, |fact| titled_or(&fact.titles, shown.language, name.as_str()))
    };
    let facts = &rule.head.reads;
    html! {
        (heading(words.may_see))
        @if rule.head.scope == RuleScope::Privacy { (paragraph(words.privacy_sees_nothing)) }
        @else if facts.is_empty() { (paragraph(words.sees_nothing)) }
        @else {
            ul class="govuk-list govuk-list--bullet" {
                @for name in facts { li { (title(name)) " " span class="app-code" { (name) } } }
            }
        }
    }
}
