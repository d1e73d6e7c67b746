//! The files of the pages: their style and the one script.

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

/// The script of the slider over days of change. The pages do without it.
const SLIDER: &str = include_str!("slider.js");

/// A file of the pages. Its address names its digest, so that a browser never shows a page with the file of another
/// version.
struct Asset {
    address: String,
    media_type: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(text: &'static str, end: &str, media_type: &'static str) -> Self {
        let digest = sha256(text.as_bytes()).hex();
        Self { address: format!("/assets/{}.{end}", digest.get(..16).unwrap_or_default()), media_type, text }
    }
}

fn style() -> &'static Asset {
    static STYLE_FILE: OnceLock<Asset> = OnceLock::new();
    STYLE_FILE.get_or_init(|| Asset::new(STYLE, "css", "text/css; charset=utf-8"))
}

fn slider() -> &'static Asset {
    static SLIDER_FILE: OnceLock<Asset> = OnceLock::new();
    SLIDER_FILE.get_or_init(|| Asset::new(SLIDER, "js", "text/javascript; charset=utf-8"))
}

/// The address of the style.
pub(crate) fn style_address() -> &'static str {
    &style().address
}

/// The address of the script.
pub(crate) fn script_address() -> &'static str {
    &slider().address
}

/// A file of the pages.
pub(crate) async fn asset(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    let address = format!("/assets/{}", path_text(name));
    let Some(asset) = [style(), slider()].into_iter().find(|asset| asset.address == address) else {
        return app.problem(RequestError::NotFound);
    };
    let request = PublicRequest { text: address, media_type: asset.media_type, is_of_today: true };
    let text = |_: &Engine, _: &[String]| Ok(asset.text.as_bytes().to_vec());
    let mut response = respond_publicly(&app, app.current.engine(), &visitor, request, text).await;
    if response.status() == StatusCode::OK {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}
