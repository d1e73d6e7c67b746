//! Signing in at the console with the key of a caller, and out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::html;

use super::access::{page_of_console, redirect};
use super::addresses::SIGN_IN;
use super::error_page::failed_page;
use super::page::ConsolePage;
use super::words::ConsoleWords;
use crate::api::problem::{InternalError, RequestError};
use crate::app::App;
use crate::login::is_same;
use crate::pages::forms::{accept_form, unreadable};
use crate::pages::reader::PageReader;
use crate::pages::responses::{private_page, with_cookies};

/// The most bytes of a form of these pages.
const FORM_BYTES_MAX: usize = 8 << 10;

/// Why a key doesn't sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyFault {
    /// It is empty, or no caller has it.
    Unknown,
    /// The caller that has it may not read the console.
    NotForConsole,
}

/// `GET /console/sign-in`
pub(super) async fn ask(reader: PageReader, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let to = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "to");
    let to = to.map(|(_, path)| path.into_owned()).unwrap_or_default();
    private_page(&reader, sign_in_page(&reader, page_of_console(&to), None))
}

fn sign_in_page(reader: &PageReader, to: &str, fault: Option<KeyFault>) -> String {
    let words = ConsoleWords::of(reader.language);
    let told = fault.map(|fault| match fault {
        KeyFault::Unknown => words.key_unknown,
        KeyFault::NotForConsole => words.key_not_for_console,
    });
    let class = if told.is_some() { "govuk-form-group govuk-form-group--error" } else { "govuk-form-group" };
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", to).finish();
    let address = format!("{SIGN_IN}?{query}");
    ConsolePage::signed_out(reader, words.sign_in, &address).say(&html! {
        h1 class="govuk-heading-l" { (words.sign_in) }
        p class="govuk-body" { (words.sign_in_text) }
        form method="post" action=(SIGN_IN) novalidate {
            input type="hidden" name="to" value=(to);
            div class=(class) {
                label class="govuk-label govuk-label--m" for="key" { (words.key) }
                div class="govuk-hint" id="key-hint" { (words.key_hint) }
                @if let Some(told) = told {
                    p class="govuk-error-message" id="key-error" {
                        span class="govuk-visually-hidden" { (words.error) } " " (told)
                    }
                }
                input class="govuk-input app-search" id="key" name="key" type="password" autocomplete="current-password"
                    spellcheck="false" aria-invalid=[told.map(|_| "true")]
                    aria-describedby=(if told.is_some() { "key-hint key-error" } else { "key-hint" });
            }
            button class="govuk-button" type="submit" { (words.sign_in) }
        }
    })
}

/// `POST /console/sign-in`
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    reader: PageReader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match signed_in(&app, &reader, &headers, body).await {
        Ok(response) => response,
        Err(error) => failed_page(&app, &reader, error),
    }
}

async fn signed_in(app: &App, reader: &PageReader, headers: &HeaderMap, body: Body) -> Result<Response, RequestError> {
    let Some(login) = &app.console else { return Err(RequestError::NotFound) };
    // Another site would sign a browser in with a key of its own.
    if !login.is_own_form(headers) {
        return Err(unreadable());
    }
    let _share = app.visitor_limits.begin(reader.visitor.address).await?;
    let fields = accept_form(app, headers, body, FORM_BYTES_MAX).await?;
    let (key, to) = (fields.get("key").trim(), page_of_console(fields.get("to")));
    let fault = match app.callers.with_key(key) {
        Some(caller) if caller.may_use_console => None,
        Some(_) => Some(KeyFault::NotForConsole),
        None => Some(KeyFault::Unknown),
    };
    if fault.is_some() {
        // Who tries keys is answered at the rate of strangers.
        app.stranger_rate.pace(reader.visitor.address).await?;
        let mut response = private_page(reader, sign_in_page(reader, to, fault));
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    let cookie = login.begin(key).ok_or(InternalError::UnsealedCookie)?;
    Ok(with_cookies(redirect(to), [cookie]))
}

/// `POST /console/sign-out`. It takes nothing of the caller's quota: who has used that up may still sign out.
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    reader: PageReader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match signed_out(&app, &reader, &headers, body).await {
        Ok(response) => response,
        Err(error) => failed_page(&app, &reader, error),
    }
}

async fn signed_out(app: &App, reader: &PageReader, headers: &HeaderMap, body: Body) -> Result<Response, RequestError> {
    let Some(login) = &app.console else { return Err(RequestError::NotFound) };
    let Some(session) = login.session(headers).filter(|_| login.is_own_form(headers)) else { return Err(unreadable()) };
    let _share = app.visitor_limits.begin(reader.visitor.address).await?;
    let fields = accept_form(app, headers, body, FORM_BYTES_MAX).await?;
    if !is_same(fields.get("form_token").as_bytes(), session.form_token.as_bytes()) {
        return Err(unreadable());
    }
    let cookie = login.end(&session).ok_or(InternalError::UnsealedCookie)?;
    let words = ConsoleWords::of(reader.language);
    let page = ConsolePage::signed_out(reader, words.signed_out, SIGN_IN).say(&html! {
        h1 class="govuk-heading-l" { (words.signed_out) }
        p class="govuk-body" { a class="govuk-link" href=(SIGN_IN) { (words.sign_in) } }
    });
    Ok(with_cookies(private_page(reader, page), [cookie]))
}
