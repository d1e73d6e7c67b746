//! The responses of the portal: pages that are the same for everybody come from the public answers, and a failed
//! request is explained to a person.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use ordinance_engine::Engine;

use super::error_page::error_page;
use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::app::App;
use crate::pages::reader::PageReader;
use crate::pages::responses::{HTML, secured};

/// What the text of a page of a search begins with.
pub(super) const SEARCH: &str = "places ";

/// A page that is the same for everybody who asks for it in this language. `text` tells it from all others.
pub(super) async fn public_page(
    app: &App,
    engine: Arc<Engine>,
    reader: &PageReader,
    text: String,
    compute: impl FnOnce(&Engine) -> Result<String, RequestError> + Send + 'static,
) -> Response {
    // Anybody can make up searches: they are the first to be dropped.
    let is_of_today = !text.starts_with(SEARCH);
    let text = format!("page {text} in {}", reader.language.tag());
    let request = PublicRequest { text, media_type: HTML, is_of_today };
    let made = move |engine: &Engine, _: &[String]| compute(engine).map(String::into_bytes);
    let mut response = respond_publicly(app, engine, &reader.visitor, request, made).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        response = explained(reader, &response, None);
    } else {
        response
            .headers_mut()
            .insert(header::VARY, HeaderValue::from_static("accept-language, cookie, ordinance-rulebook"));
    }
    secured(reader, response)
}

/// The page of a request that failed, which is counted.
pub(super) fn failed_page(app: &App, reader: &PageReader, error: RequestError) -> Response {
    secured(reader, explained(reader, &app.problem(error), None))
}

/// The same for a step of a dialogue: where the host is only busy, `retry` sends the step again.
pub(super) fn failed_step(app: &App, reader: &PageReader, error: RequestError, retry: &Markup) -> Response {
    secured(reader, explained(reader, &app.problem(error), Some(retry)))
}

/// A problem in words for a person, with the status and the wait of the problem.
fn explained(reader: &PageReader, problem: &Response, retry: Option<&Markup>) -> Response {
    let status = problem.status();
    let page = error_page(reader, status, retry);
    let mut response = (status, [(header::CONTENT_TYPE, HeaderValue::from_static(HTML))], page).into_response();
    if let Some(wait) = problem.headers().get(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
