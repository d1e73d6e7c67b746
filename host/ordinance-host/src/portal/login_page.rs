//! Signing in and out: the page before a person leaves for the identity provider, the one after, and the way out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::html;
use ordinance_dialogue::form_fields::FormFields;
use ordinance_dialogue::page::{LanguageSwitch, Page};
use ordinance_dialogue::words::PortalWords;
use ordinance_pages::fill;

use super::respond::failed_page;
use crate::admission::visitor_limits::AddressGuard;
use crate::api::problem::RequestError;
use crate::app::App;
use crate::login::{Login, LoginError, ReturnPoint, Session, is_same};
use crate::observability::request_id::LogIdentity;
use crate::pages::forms::{CASE_BYTES_MAX, accept_form, is_from_another_site, unreadable};
use crate::pages::reader::PageReader;
use crate::pages::responses::{private_page, with_cookies};

/// The page on which receipts are checked, to which people come back too.
pub(super) const VERIFY: &str = "/verify";
/// The longest path that people come back to, in bytes.
const PATH_BYTES_MAX: usize = 256;

/// `POST /login`: tells a person where they go, and what for.
pub(super) async fn leave(State(app): State<Arc<App>>, reader: PageReader, headers: HeaderMap, body: Body) -> Response {
    let Some(login) = &app.login else { return failed_page(&app, &reader, RequestError::NotFound) };
    let (_share, fields) = match form_in_share(&app, &reader, &headers, body).await {
        Ok(read) => read,
        Err(error) => return failed_page(&app, &reader, error),
    };
    let to = fields.get("to");
    if is_from_another_site(&headers) || !(to == VERIFY || is_service_page(to)) {
        return failed_page(&app, &reader, unreadable());
    }
    let case = Some(fields.get("case").to_owned()).filter(|case| !case.is_empty());
    let goes_on = ReturnPoint { to: to.to_owned(), case };
    let (has_case, language) = (goes_on.case.is_some(), reader.language.tag());
    match login.begin(goes_on, language).await {
        Ok(begun) => {
            let loses_case = has_case && !begun.keeps_case;
            let page = leave_page(&reader, login, &begun.address, loses_case);
            with_cookies(private_page(&reader, page), [begun.cookie])
        }
        Err(error) => not_signed_in(&reader, &error),
    }
}

/// The form of a request, within the share of its address.
async fn form_in_share(
    app: &App,
    reader: &PageReader,
    headers: &HeaderMap,
    body: Body,
) -> Result<(AddressGuard, FormFields), RequestError> {
    let share = app.visitor_limits.begin(reader.visitor.address).await?;
    Ok((share, accept_form(app, headers, body, CASE_BYTES_MAX).await?))
}

/// Whether a text is the path of a service in a place: nobody is sent elsewhere.
fn is_service_page(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let steps: Vec<&str> = path.split('/').collect();
    if path.len() > PATH_BYTES_MAX {
        return false;
    }
    match steps.as_slice() {
        ["", "places", code, "services", id] => {
            [code, id].iter().all(|step| !step.is_empty() && step.bytes().all(is_plain))
        }
        _ => false,
    }
}

fn leave_page(reader: &PageReader, login: &Login, address: &str, loses_case: bool) -> String {
    let words = PortalWords::of(reader.language);
    let page =
        Page { language: reader.language, title: words.sign_in, above: html! {}, switch: LanguageSwitch::Link("/") };
    page.say(&html! {
        h1 class="govuk-heading-l" { (words.sign_in) }
        p class="govuk-body" { (fill(words.sign_in_text, &[login.issuer()])) }
        p class="govuk-body" { (if loses_case { words.answers_too_long } else { words.answers_sealed }) }
        p class="govuk-body" {
            a class="govuk-button" role="button" draggable="false" href=(address) rel="noreferrer" { (words.next) }
        }
    })
}

/// `GET /login/callback`: the identity provider has sent the person back.
pub(super) async fn come_back(
    State(app): State<Arc<App>>,
    reader: PageReader,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(login) = &app.login else { return failed_page(&app, &reader, RequestError::NotFound) };
    let _share = match app.visitor_limits.begin(reader.visitor.address).await {
        Ok(share) => share,
        Err(error) => return failed_page(&app, &reader, error.into()),
    };
    match login.end(&headers, query.as_deref().unwrap_or_default()).await {
        Ok(ended) => {
            let page = signed_in_page(&reader, &ended.goes_on);
            with_cookies(private_page(&reader, page), ended.cookies)
        }
        Err(error) => not_signed_in(&reader, &error),
    }
}

fn signed_in_page(reader: &PageReader, goes_on: &ReturnPoint) -> String {
    let words = PortalWords::of(reader.language);
    let page =
        Page { language: reader.language, title: words.signed_in, above: html! {}, switch: LanguageSwitch::Link("/") };
    page.say(&html! {
        h1 class="govuk-heading-l" { (words.signed_in) }
        p class="govuk-body" { (words.signed_in_text) }
        @if goes_on.to == VERIFY { p class="govuk-body" { a class="govuk-link" href=(VERIFY) { (words.verify) } } }
        @else { form method="post" action=(goes_on.to) {
            @match &goes_on.case {
                Some(case) => {
                    input type="hidden" name="case" value=(case);
                    button class="govuk-button" type="submit" name="action" value="continue" { (words.next) }
                },
                None => button class="govuk-button" type="submit" name="action" value="start" { (words.begin) },
            }
        } }
    })
}

fn not_signed_in(reader: &PageReader, error: &LoginError) -> Response {
    let is_of_sender = matches!(error, LoginError::NoAttempt | LoginError::WrongState | LoginError::NoCode(_));
    let _ids = LogIdentity::span().entered();
    // Anybody can send the first kind as often as they like.
    match is_of_sender {
        true => tracing::debug!(%error, "a person wasn't signed in"),
        false => tracing::warn!(%error, "a person wasn't signed in"),
    }
    let words = PortalWords::of(reader.language);
    let page = Page {
        language: reader.language,
        title: words.not_signed_in,
        above: html! {},
        switch: LanguageSwitch::Link("/"),
    };
    let page = page.say(&html! {
        h1 class="govuk-heading-l" { (words.not_signed_in) }
        p class="govuk-body" { (words.not_signed_in_text) }
        p class="govuk-body" { a class="govuk-link" href="/" { (words.to_start) } }
    });
    let mut response = private_page(reader, page);
    *response.status_mut() = if is_of_sender { StatusCode::BAD_REQUEST } else { StatusCode::BAD_GATEWAY };
    response
}

/// `POST /logout`
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    reader: PageReader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(login) = &app.login else { return failed_page(&app, &reader, RequestError::NotFound) };
    let (_share, fields) = match form_in_share(&app, &reader, &headers, body).await {
        Ok(read) => read,
        Err(error) => return failed_page(&app, &reader, error),
    };
    let words = PortalWords::of(reader.language);
    let session = login.session(&headers);
    let cookie =
        session.filter(|session| is_own_form(session, &fields)).and_then(|session| login.end_session(&session));
    let page =
        Page { language: reader.language, title: words.signed_out, above: html! {}, switch: LanguageSwitch::Link("/") };
    let page = page.say(&html! {
        h1 class="govuk-heading-l" { (words.signed_out) }
        p class="govuk-body" { a class="govuk-link" href="/" { (words.to_start) } }
    });
    match cookie {
        Some(cookie) => with_cookies(private_page(&reader, page), [cookie]),
        // Another site sent the form, or the session is over.
        None => failed_page(&app, &reader, unreadable()),
    }
}

/// Whether a page of this session made the form.
pub(super) fn is_own_form(session: &Session, fields: &FormFields) -> bool {
    is_same(fields.get("form_token").as_bytes(), session.form_token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site_or_page() {
        assert!(is_service_page("/places/CN-370602/services/old-age-allowance"));
        for path in [
            "",
            "/",
            "//evil.example/places/a/services/b",
            "https://evil.example/places/CN/services/x",
            "/places/CN/services/",
            "/places/CN/services/x/y",
            "/places/../services/x",
            "/places/CN/services/x?y=1",
            "/places/CN/services/x#y",
            "/places/CN\\/services/x",
        ] {
            assert!(!is_service_page(path), "{path}");
        }
    }
}
