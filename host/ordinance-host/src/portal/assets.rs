//! The files of the pages: their style and their scripts.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use ordinance_dialogue::page::style_address;
use ordinance_engine::Engine;
use ordinance_pages::STYLE;

use super::try_out::{script_at, worker_policy};
use crate::api::extract::path_text;
use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::app::App;

/// How long a browser keeps a file whose address changes with what is in it: a year.
pub(super) const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// A file of the pages.
pub(super) async fn asset(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    let address = format!("/assets/{}", path_text(name));
    let (text, media_type) = match script_at(&address) {
        Some(script) => (script, "text/javascript; charset=utf-8"),
        None if address == style_address() => (STYLE, "text/css; charset=utf-8"),
        None => return app.problem(RequestError::NotFound),
    };
    let request = PublicRequest { text: address, media_type, is_of_today: true };
    let made = move |_: &Engine, _: &[String]| Ok(text.as_bytes().to_vec());
    let mut response = respond_publicly(&app, app.current.engine(), &visitor, request, made).await;
    if response.status() == StatusCode::OK {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response.headers_mut().extend((text != STYLE).then(worker_policy));
    }
    response
}
