//! The responses of pages, with the headers that keep other sites and scripts out.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::pages::reader::PageReader;

pub(crate) const HTML: &str = "text/html; charset=utf-8";
/// What pages may do: show the style of this host, and send forms to it. Nothing runs in them.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";
/// The same for a page with a script of this host, which may do nothing but change the page.
pub(crate) const POLICY_WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page of one person, which nothing on the way may keep.
pub(crate) fn private_page(reader: &PageReader, page: String) -> Response {
    let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(HTML))], page).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    secured(reader, response)
}

/// The same page with further cookies.
pub(crate) fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    cookies.into_iter().for_each(|cookie| {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    });
    response
}

pub(crate) fn secured(reader: &PageReader, mut response: Response) -> Response {
    let policy: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let headers = response.headers_mut();
    headers.extend(policy.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.extend(reader.cookie().map(|cookie| (header::SET_COOKIE, cookie)));
    response
}
