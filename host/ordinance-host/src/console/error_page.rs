//! What a supervisor reads where a page can't be shown.

use axum::http::header;
use axum::response::Response;
use maud::html;

use super::addresses::CONSOLE;
use super::page::ConsolePage;
use super::words::ConsoleWords;
use crate::admission::callers::scope::ForbiddenError;
use crate::api::problem::RequestError;
use crate::app::App;
use crate::pages::reader::PageReader;
use crate::pages::responses::private_page;

/// The page of a request that failed, which is counted, for whoever isn't signed in. It shows nothing that was sent.
pub(super) fn failed_page(app: &App, reader: &PageReader, error: RequestError) -> Response {
    failed_page_in(app, reader, error, |title| ConsolePage::signed_out(reader, title, CONSOLE))
}

/// The page of a request that failed in the frame that `frame` makes of its title.
pub(super) fn failed_page_in<'p>(
    app: &App,
    reader: &'p PageReader,
    error: RequestError,
    frame: impl FnOnce(&'static str) -> ConsolePage<'p>,
) -> Response {
    let words = ConsoleWords::of(reader.language);
    let (title, text) = said(&error, words);
    let page = frame(title).say(&html! {
        h1 class="govuk-heading-l" { (title) }
        p class="govuk-body" { (text) }
        p class="govuk-body" { a class="govuk-link" href=(CONSOLE) { (words.to_console) } }
    });
    let problem = app.problem(error);
    let mut response = private_page(reader, page);
    *response.status_mut() = problem.status();
    if let Some(wait) = problem.headers().get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    response
}

fn said(error: &RequestError, words: &ConsoleWords) -> (&'static str, &'static str) {
    match error {
        RequestError::Unknown(_) => (words.unknown_place, words.unknown_place_text),
        RequestError::UnknownRule => (words.unknown_rule, words.unknown_rule_text),
        RequestError::UnknownRevision => (words.unknown_revision, words.unknown_revision_text),
        RequestError::UnknownRecord(_) => (words.unknown_decision, words.unknown_decision_text),
        RequestError::NotFound | RequestError::MethodNotAllowed => (words.no_page, words.no_page_text),
        RequestError::Forbidden(ForbiddenError::Console) => (words.not_for_console, words.not_for_console_text),
        RequestError::Forbidden(_) => (words.out_of_scope, words.out_of_scope_text),
        RequestError::Unauthorized(_) => (words.key_unknown_title, words.key_unknown),
        RequestError::InvalidRequest(_)
        | RequestError::MalformedJson { .. }
        | RequestError::InvalidFacts(_)
        | RequestError::Unprocessable(_)
        | RequestError::UnsupportedMediaType
        | RequestError::BodyTooLarge { .. }
        | RequestError::BodyTooSlow { .. }
        | RequestError::BodyBrokeOff => (words.unreadable, words.unreadable_text),
        RequestError::TooManyRequests(_)
        | RequestError::TooManyStrangers(_)
        | RequestError::Overloaded
        | RequestError::OtherRevisionInUse { .. }
        | RequestError::LogQuotaExceeded { .. } => (words.busy, words.busy_text),
        RequestError::NotRecorded
        | RequestError::Repeat(_)
        | RequestError::Objection(_)
        | RequestError::Internal(_) => (words.failed, words.failed_text),
    }
}
