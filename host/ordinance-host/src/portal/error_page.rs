//! What a person reads where a page can't be shown.

use axum::http::StatusCode;
use maud::{Markup, html};
use ordinance_dialogue::page::{LanguageSwitch, Page};
use ordinance_dialogue::words::PortalWords;

use crate::pages::reader::PageReader;

/// The page of a failed request. It shows nothing that was sent; `retry` sends it again where the host is only busy.
pub(super) fn error_page(reader: &PageReader, status: StatusCode, retry: Option<&Markup>) -> String {
    let words = PortalWords::of(reader.language);
    let is_busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
    let (title, text) = match status {
        StatusCode::NOT_FOUND => (words.not_found, words.not_found_text),
        _ if is_busy => (words.busy, words.busy_text),
        StatusCode::FORBIDDEN => (words.not_here, words.not_here_text),
        StatusCode::PAYLOAD_TOO_LARGE => (words.too_large, words.too_large_text),
        status if status.is_client_error() => (words.unreadable, words.unreadable_text),
        _ => (words.failed, words.failed_text),
    };
    let page = Page { language: reader.language, title, above: html! {}, switch: LanguageSwitch::Link("/") };
    page.say(&html! {
        h1 class="govuk-heading-l" { (title) }
        p class="govuk-body" { (text) }
        @if let Some(retry) = retry.filter(|_| is_busy) { (retry) }
        p class="govuk-body" { a class="govuk-link" href="/" { (words.to_start) } }
    })
}
