//! The files of the pages: their style.

use std::sync::{Arc, OnceLock};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use ordinance_engine::Engine;
use ordinance_engine::digest::sha256;
use ordinance_pages::STYLE;

use crate::api::extract::path_text;
use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::app::App;

/// How long a browser keeps a file whose address changes with what is in it: a year.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The address of the style. It names its digest, so that a browser never shows a page with the style of another
/// version.
pub(crate) fn style_address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| format!("/assets/{}.css", sha256(STYLE.as_bytes()).hex().get(..16).unwrap_or_default()))
}

/// A file of the pages.
pub(crate) async fn asset(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    if format!("/assets/{}", path_text(name)) != style_address() {
        return app.problem(RequestError::NotFound);
    }
    let request =
        PublicRequest { text: style_address().to_owned(), media_type: "text/css; charset=utf-8", is_of_today: true };
    let style = |_: &Engine, _: &[String]| Ok(STYLE.as_bytes().to_vec());
    let mut response = respond_publicly(&app, app.current.engine(), &visitor, request, style).await;
    if response.status() == StatusCode::OK {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}
