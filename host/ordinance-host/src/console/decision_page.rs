//! `/console/decisions`: how a decision came about, by its id in the decision log or by its receipt.

use std::fs::File;
use std::io::ErrorKind;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_engine::Rulebook;
use ordinance_log::lines::find_by_id;
use ordinance_receipt::ReceivedReceipt;
use serde::Deserialize;
use uuid::Uuid;

use super::access::ConsoleReader;
use super::addresses::with_query;
use super::decision_record::LoggedChain;
use super::decision_view::ChainView;
use super::parts::paragraph;
use super::words::ConsoleWords;
use crate::admission::callers::has_secret;
use crate::api::problem::{InternalError, RequestError};
use crate::api::unproven_record::UnprovenRecordError;
use crate::app::App;
use crate::error::with_causes;
use crate::pages::forms::{accept_form, unreadable};
use crate::pages::receipt_check::{ReceiptCheckError, check_receipt};
use crate::pages::responses::private_page;

pub(super) const DECISIONS: &str = "/console/decisions";
/// The longest text that is shown again as an id.
const ID_BYTES_MAX: usize = 64;

/// Which decision.
#[derive(Debug, Deserialize)]
pub(super) struct WantedDecision {
    id: Option<String>,
}

/// What is wrong with what was sent, and what it was.
#[derive(Debug, Default)]
struct SentFault {
    id: Option<&'static str>,
    /// What doesn't hold of a receipt, in English.
    receipt: Option<String>,
    sent_id: String,
    sent_receipt: String,
}

/// What looking for a decision comes to.
enum DecisionLookup {
    /// Its page.
    Found(String),
    /// What is wrong with the id.
    WrongId(&'static str),
    /// What doesn't hold of the receipt, in English.
    WrongReceipt(String),
}

impl DecisionLookup {
    /// The page, or the one that asks again, with what was sent.
    fn respond(self, console: &ConsoleReader, sent: &str) -> Response {
        let (fault, status) = match self {
            Self::Found(page) => return private_page(&console.reader, page),
            Self::WrongId(fault) => {
                let fault = SentFault { id: Some(fault), sent_id: sent.to_owned(), ..SentFault::default() };
                (fault, StatusCode::NOT_FOUND)
            }
            Self::WrongReceipt(fault) => {
                let fault = SentFault { receipt: Some(fault), sent_receipt: sent.to_owned(), ..SentFault::default() };
                (fault, StatusCode::UNPROCESSABLE_ENTITY)
            }
        };
        let mut response = private_page(&console.reader, ask_page(console, &fault));
        *response.status_mut() = status;
        response
    }
}

/// `GET /console/decisions`
pub(super) async fn by_id(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    query: Result<Query<WantedDecision>, QueryRejection>,
) -> Response {
    let Ok(Query(WantedDecision { id })) = query else { return console.failed(&app, unreadable()) };
    let sent = id.unwrap_or_default().trim().chars().take(ID_BYTES_MAX).collect::<String>();
    if sent.is_empty() {
        return private_page(&console.reader, ask_page(&console, &SentFault::default()));
    }
    let words = ConsoleWords::of(console.reader.language);
    let made = match sent.parse::<Uuid>() {
        Ok(id) => console.compute(&app, || found_by_id(&app, &console, id)).await,
        Err(_) => Ok(DecisionLookup::WrongId(words.no_id)),
    };
    match made {
        Ok(found) => found.respond(&console, &sent),
        Err(error) => console.failed(&app, error),
    }
}

/// The page of a decision of the log; or why there is none. One of a place that the caller may not see is as if it
/// weren't there.
fn found_by_id(app: &App, console: &ConsoleReader, id: Uuid) -> Result<DecisionLookup, RequestError> {
    let words = ConsoleWords::of(console.reader.language);
    let line = find_line(app, id)?;
    let chain = line.as_deref().and_then(LoggedChain::read).filter(|chain| chain.id == id);
    match chain.filter(|chain| console.scope().covers(chain.codes().iter())) {
        Some(chain) => {
            let address = with_query(DECISIONS, &[("id", &id.to_string())]);
            Ok(DecisionLookup::Found(decision_page(app, console, &chain, &address, html! {})))
        }
        None => Ok(DecisionLookup::WrongId(words.unknown_decision_text)),
    }
}

/// The line with an id in the decision log, or in an earlier file of it that the settings name for the statistics.
fn find_line(app: &App, id: Uuid) -> Result<Option<Vec<u8>>, RequestError> {
    let id = id.hyphenated().to_string();
    let unreadable = |error: std::io::Error| InternalError::UnprovableRecord { reason: error.to_string() };
    for path in [&app.config.decision_log.path].into_iter().chain(&app.config.statistics.logs) {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(error).into()),
        };
        if let Some(line) = find_by_id(&mut file, &id).map_err(unreadable)? {
            return Ok(Some(line));
        }
    }
    Ok(None)
}

/// `POST /console/decisions`: a receipt.
pub(super) async fn by_receipt(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match of_receipt(&app, &console, &headers, body).await {
        Ok(response) => response,
        Err(error) => console.failed(&app, error),
    }
}

async fn of_receipt(
    app: &App,
    console: &ConsoleReader,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    // A key in a header is sent by no other site.
    let is_own = has_secret(headers) || app.console.as_ref().is_some_and(|login| login.is_own_form(headers));
    if !is_own {
        return Err(unreadable());
    }
    // Every character of a receipt may take three in a form.
    let bytes_max = app.config.objections.body_bytes_max.saturating_mul(3);
    let fields = accept_form(app, headers, body, bytes_max).await?;
    let sent = fields.get("receipt").trim();
    let rulebook = app.current.rulebook();
    let found = console.compute(app, || checked(app, console, &rulebook, sent)).await?;
    Ok(found.respond(console, sent))
}

/// The page of a receipt that holds; or what doesn't hold of it, in English.
fn checked(
    app: &App,
    console: &ConsoleReader,
    rulebook: &Rulebook,
    sent: &str,
) -> Result<DecisionLookup, RequestError> {
    let received = match ReceivedReceipt::parse(sent.as_bytes()) {
        Ok(received) => received,
        Err(error) => return Ok(DecisionLookup::WrongReceipt(error.to_string())),
    };
    match check_receipt(app, rulebook, &received.receipt, console.reader.language) {
        Ok(_) => {}
        Err(ReceiptCheckError::Receipt(error)) => return Ok(DecisionLookup::WrongReceipt(with_causes(&error))),
        Err(error) => return Err(InternalError::Receipt { reason: with_causes(&error) }.into()),
    }
    if let Err(error) = received.check_reply() {
        return Ok(DecisionLookup::WrongReceipt(error.to_string()));
    }
    let chain = LoggedChain::read(received.receipt.leaf.as_bytes());
    let chain = chain.filter(|chain| console.scope().covers(chain.codes().iter()));
    let chain = chain.ok_or(RequestError::UnknownRecord(UnprovenRecordError::NotFound))?;
    let words = ConsoleWords::of(console.reader.language);
    let holds = html! { p class="govuk-body-l" { strong { (words.receipt_holds) } } };
    Ok(DecisionLookup::Found(decision_page(app, console, &chain, DECISIONS, holds)))
}

fn decision_page(app: &App, console: &ConsoleReader, chain: &LoggedChain, address: &str, said: Markup) -> String {
    let words = ConsoleWords::of(console.reader.language);
    let view = ChainView::new(app, console, chain);
    let crumbs = vec![(Some(DECISIONS.to_owned()), html! { (words.a_decision) })];
    console.page(words.a_decision, address).below(crumbs).say(&html! {
        h1 class="govuk-heading-l" { (words.how_decided) }
        (said)
        (view.markup())
        p class="govuk-body" { a class="govuk-link" href=(DECISIONS) { (words.another_decision) } }
    })
}

/// The page that asks which decision.
fn ask_page(console: &ConsoleReader, fault: &SentFault) -> String {
    let words = ConsoleWords::of(console.reader.language);
    console.page(words.a_decision, DECISIONS).say(&html! {
        h1 class="govuk-heading-l" { (words.a_decision) }
        (paragraph(words.decision_text))
        form method="get" action=(DECISIONS) novalidate {
            (id_field(fault, words))
            button class="govuk-button" type="submit" { (words.find) }
        }
        form method="post" action=(DECISIONS) novalidate {
            (receipt_field(fault, words))
            button class="govuk-button" type="submit" { (words.check) }
        }
    })
}

fn id_field(fault: &SentFault, words: &ConsoleWords) -> Markup {
    let class = if fault.id.is_some() { "govuk-form-group govuk-form-group--error" } else { "govuk-form-group" };
    html! {
        div class=(class) {
            label class="govuk-label govuk-label--m" for="id" { (words.decision_id) }
            div class="govuk-hint" id="id-hint" { (words.decision_id_hint) }
            @if let Some(told) = fault.id {
                p class="govuk-error-message" id="id-error" {
                    span class="govuk-visually-hidden" { (words.error) } " " (told)
                }
            }
            input class="govuk-input app-search" id="id" name="id" type="text" value=(fault.sent_id) spellcheck="false"
                autocomplete="off" aria-invalid=[fault.id.map(|_| "true")]
                aria-describedby=(if fault.id.is_some() { "id-hint id-error" } else { "id-hint" });
        }
    }
}

fn receipt_field(fault: &SentFault, words: &ConsoleWords) -> Markup {
    let told = fault.receipt.as_deref();
    let class = if told.is_some() { "govuk-form-group govuk-form-group--error" } else { "govuk-form-group" };
    html! {
        div class=(class) {
            label class="govuk-label govuk-label--m" for="receipt" { (words.receipt) }
            div class="govuk-hint" id="receipt-hint" { (words.receipt_hint) }
            @if let Some(told) = told {
                p class="govuk-error-message" id="receipt-error" {
                    span class="govuk-visually-hidden" { (words.error) } " " (words.receipt_does_not_hold) " "
                    span lang="en" { (told) }
                }
            }
            textarea class="govuk-textarea" id="receipt" name="receipt" rows="6" spellcheck="false"
                aria-invalid=[told.map(|_| "true")]
                aria-describedby=(if told.is_some() { "receipt-hint receipt-error" } else { "receipt-hint" }) {
                (fault.sent_receipt)
            }
        }
    }
}
