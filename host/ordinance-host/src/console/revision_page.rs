//! `GET /console/revisions`: which revisions of the rulebook are and were in use, what differs between two, and why
//! the last reload was refused.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_domain::calendar::{TimeZone, Timestamp};
use ordinance_domain::digest::Digest;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::value::Value;
use ordinance_engine::Rulebook;
use ordinance_pages::{fill, moment, moment_of};
use serde::Deserialize;

use super::access::ConsoleReader;
use super::addresses::with_query;
use super::amounts::parameter_text;
use super::parts::{ShownLaw, heading, paragraph, table};
use super::revision_difference::{ChangedNumber, ChangedRule, changed_rules};
use super::rule_story::RuleStory;
use crate::api::problem::RequestError;
use crate::app::App;
use crate::pages::forms::unreadable;
use crate::pages::places::utc_today;
use crate::pages::responses::private_page;
use crate::rulebook::current::UsedRevision;
use crate::rulebook::reload_report::{ReloadOutcome, ReloadReport};
use ordinance_dialogue::parts::titled_or;

const REVISIONS: &str = "/console/revisions";
/// The most changed rules that a page shows.
const CHANGED_MAX: usize = 200;

/// Which two revisions.
#[derive(Debug, Deserialize)]
pub(super) struct RevisionQuery {
    older: Option<String>,
    newer: Option<String>,
}

/// `GET /console/revisions`
pub(super) async fn revisions(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    query: Result<Query<RevisionQuery>, QueryRejection>,
) -> Response {
    let used = app.current.used_revisions();
    let made = match read(&used, query) {
        Ok(compared) => console.compute(&app, || Ok(page(&app, &console, &used, compared))).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(page) => private_page(&console.reader, page),
        Err(error) => console.failed(&app, error),
    }
}

/// The two revisions that are compared: those that the query names, or the one before that in use and this.
fn read(
    used: &[UsedRevision],
    query: Result<Query<RevisionQuery>, QueryRejection>,
) -> Result<Option<[Arc<Rulebook>; 2]>, RequestError> {
    let Query(RevisionQuery { older, newer }) = query.map_err(|_| unreadable())?;
    let named = |text: Option<String>, at: usize| match text.filter(|text| !text.is_empty()) {
        None => Ok(used.get(at)),
        Some(text) => {
            let digest: Digest = text.parse().map_err(|_| RequestError::UnknownRevision)?;
            let found = used.iter().find(|used| used.engine.rulebook().digest() == digest);
            found.map(Some).ok_or(RequestError::UnknownRevision)
        }
    };
    let (older, newer) = (named(older, 1)?, named(newer, 0)?);
    Ok(older.zip(newer).map(|pair| [pair.0, pair.1].map(|used| Arc::clone(used.engine.rulebook()))))
}

fn page(app: &App, console: &ConsoleReader, used: &[UsedRevision], compared: Option<[Arc<Rulebook>; 2]>) -> String {
    let rulebook = app.current.rulebook();
    let shown = ShownLaw { rulebook: &rulebook, day: utc_today(&rulebook), language: console.reader.language, console };
    let words = shown.words();
    let last = app.loader.as_ref().and_then(|loader| loader.last());
    let kept = app.loader.as_ref().map(|loader| loader.kept()).unwrap_or_default();
    let pair: Vec<String> = compared.iter().flatten().map(|rulebook| rulebook.digest().to_string()).collect();
    let members: Vec<(&str, &str)> = ["older", "newer"].into_iter().zip(pair.iter().map(String::as_str)).collect();
    let address = with_query(REVISIONS, &members);
    console.page(words.revisions, &address).say(&html! {
        h1 class="govuk-heading-l" { (words.revisions) }
        (paragraph(words.revisions_text))
        @if console.scope().covers_everything() {
            @if let Some(last) = &last { (reload(&shown, last)) }
            @if !kept.is_empty() {
                (heading(words.kept_rules))
                ul class="govuk-list govuk-list--bullet" lang="en" { @for rule in &kept { li { (rule) } } }
            }
        } @else { (paragraph(words.host_parts_hidden)) }
        (list(&shown, used))
        (authorities(&shown, app))
        @if used.len() > 1 { (choice(&shown, used, &pair)) }
        @match &compared {
            Some([older, newer]) => (difference(app, &shown, older, newer)),
            None => (paragraph(words.no_earlier_revision)),
        }
    })
}

/// What came of the last reload; one that was refused with all reasons.
fn reload(shown: &ShownLaw<'_>, report: &ReloadReport) -> Markup {
    let words = shown.words();
    let at = moment_of(shown.language, &report.at, &TimeZone::UTC);
    let said = match report.outcome {
        ReloadOutcome::Unchanged => words.reload_unchanged,
        ReloadOutcome::InUse => words.reload_in_use,
        ReloadOutcome::InUseInPart => words.reload_in_part,
        ReloadOutcome::Prepared => words.reload_prepared,
        ReloadOutcome::Rejected => words.reload_refused,
    };
    html! {
        div class="govuk-inset-text" {
            p class="govuk-body" { strong { (words.last_reload) ": " (said) } " (" (at) ")" }
            @if !report.reasons.is_empty() {
                ul class="govuk-list govuk-list--bullet" lang="en" { @for reason in &report.reasons { li { (reason) } } }
            }
        }
    }
}

fn list(shown: &ShownLaw<'_>, used: &[UsedRevision]) -> Markup {
    let words = shown.words();
    let when = |at: Timestamp| moment(shown.language, at, &TimeZone::UTC);
    let row = |used: &UsedRevision| {
        let rulebook = used.engine.rulebook();
        let is_seen = |head: &RuleHead| shown.console.sees_code(rulebook, &head.jurisdiction, shown.day);
        let privacy = rulebook.privacy_rules().map(|rule| rule.head.as_ref());
        let heads = rulebook.rules().map(|rule| rule.head.as_ref()).chain(privacy);
        vec![
            html! { span class="app-code" { (rulebook.digest()) } },
            html! { (if used.until.is_none() { words.in_use_now } else { words.was_in_use }) },
            html! { (when(used.from)) },
            html! { (used.until.map(when).unwrap_or_default()) },
            html! { (heads.filter(|head| is_seen(head)).count()) },
            html! { (rulebook.broken_rules().filter(|(head, _)| is_seen(head)).count()) },
        ]
    };
    let rows: Vec<Vec<Markup>> = used.iter().map(row).collect();
    let columns = [words.revision, words.state, words.from_moment, words.until_moment, words.rules, words.broken_rules];
    html! { (heading(words.in_use_and_before)) (table(words.in_use_and_before, &columns, &rows)) }
}

/// Who published the law of the rulebook in use.
fn authorities(shown: &ShownLaw<'_>, app: &App) -> Markup {
    let words = shown.words();
    let found = app.loader.as_ref().and_then(|loader| loader.signed()?.latest());
    let Some(found) = found else {
        return html! { (heading(words.who_published)) (paragraph(words.nobody_signed_rulebook)) };
    };
    let row = |report: &ordinance_trust::AuthorityReport| {
        vec![
            shown.place(&report.jurisdiction),
            html! { span lang="en" { (report.state.as_str()) } },
            html! { span lang="en" { (report.state.reason().unwrap_or_default()) } },
        ]
    };
    let seen = found.authorities.reports.iter().filter(|report| shown.sees(&report.jurisdiction));
    let rows: Vec<Vec<Markup>> = seen.map(row).collect();
    let refused = if shown.console.scope().covers_everything() { found.rulebook.refused.as_slice() } else { &[] };
    html! {
        (heading(words.who_published))
        (table(words.who_published, &[words.authority, words.state, words.why], &rows))
        @if !refused.is_empty() {
            (paragraph(words.refused_publications))
            ul class="govuk-list govuk-list--bullet" lang="en" { @for refused in refused { li { (refused) } } }
        }
    }
}

/// The form that chooses two revisions.
fn choice(shown: &ShownLaw<'_>, used: &[UsedRevision], pair: &[String]) -> Markup {
    let words = shown.words();
    let select = |name: &'static str, label: &'static str, chosen: Option<&String>| {
        html! {
            div class="govuk-form-group" {
                label class="govuk-label" for=(name) { (label) }
                select class="govuk-select" id=(name) name=(name) {
                    @for used in used {
                        @let digest = used.engine.rulebook().digest().to_string();
                        option value=(digest) selected[chosen == Some(&digest)] {
                            (digest.get(..19).unwrap_or_default()) "… "
                            (moment(shown.language, used.from, &TimeZone::UTC))
                        }
                    }
                }
            }
        }
    };
    html! {
        form class="app-controls" method="get" action=(REVISIONS) novalidate {
            (select("older", words.older, pair.first()))
            (select("newer", words.newer, pair.get(1)))
            button class="govuk-button" type="submit" { (words.compare) }
        }
    }
}

/// The difference of two revisions in words.
fn difference(app: &App, shown: &ShownLaw<'_>, older: &Rulebook, newer: &Rulebook) -> Markup {
    let words = shown.words();
    let is_seen = |changed: &ChangedRule| {
        changed.newer.as_ref().or(changed.older.as_ref()).is_some_and(|head| shown.sees(&head.jurisdiction))
    };
    let changed: Vec<ChangedRule> = changed_rules(older, newer).into_iter().filter(is_seen).collect();
    let rows = changed.iter().take(CHANGED_MAX).map(|changed| changed_row(app, shown, changed, older));
    let rows: Vec<Vec<Markup>> = rows.collect();
    let more = changed.len() - rows.len();
    html! {
        (heading(words.difference))
        @if older.digest() == newer.digest() { (paragraph(words.same_revision)) }
        @else if rows.is_empty() { (paragraph(words.no_difference)) }
        @else { (table(words.difference, &[words.place, words.rule, words.what_changed, words.impact], &rows)) }
        @if more > 0 { (paragraph(&fill(words.more_changed, &[&more.to_string()]))) }
    }
}

fn changed_row(app: &App, shown: &ShownLaw<'_>, changed: &ChangedRule, older: &Rulebook) -> Vec<Markup> {
    let words = shown.words();
    let Some(head) = changed.newer.as_ref().or(changed.older.as_ref()) else { return Vec::new() };
    let what = match (&changed.older, &changed.newer) {
        (Some(_), Some(_)) => words.rule_replaced,
        (None, _) => words.rule_added,
        (_, None) => words.rule_removed,
    };
    let impact = RuleStory::impact_of(app.current.folder(), head.digest);
    let impact = impact.filter(|impact| impact.against.trim_start_matches("sha256:") == older.digest().hex());
    vec![
        shown.place(&head.jurisdiction),
        html! {
            (shown.linked_rule(head, &titled_or(&head.titles, shown.language, head.id.as_str())))
            br; (head)
        },
        html! {
            strong { (what) }
            @for number in &changed.numbers { div { (number_words(shown, number)) } }
        },
        html! {
            @match impact {
                Some(impact) => (impact.summary(shown.language)),
                None => { (words.no_impact) br; span class="app-code" { "ordinance review --against" } }
            }
        },
    ]
}

/// A number with its old and its new value, and from when on.
fn number_words(shown: &ShownLaw<'_>, number: &ChangedNumber) -> Markup {
    let words = shown.words();
    let text = |value: &Option<Value>| match value {
        Some(value) => parameter_text(&number.parameter, value, shown.language),
        None => words.no_value.to_owned(),
    };
    let name = titled_or(&number.parameter.titles, shown.language, number.parameter.name.as_str());
    let from = (number.from > ordinance_domain::calendar::Date::MIN).then(|| shown.day_words(number.from));
    html! {
        (name) ": " (text(&number.older)) " → " (text(&number.newer))
        @if let Some(from) = from { (shown.language.pick("，", ", ")) (fill(words.from_on, &[&from])) }
    }
}
