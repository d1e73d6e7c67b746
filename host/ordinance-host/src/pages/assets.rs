//! The files of the pages: their style and their scripts.

use std::sync::{Arc, OnceLock};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use ordinance_dialogue::page::style_address;
use ordinance_engine::Engine;
use ordinance_engine::digest::sha256;
use ordinance_pages::STYLE;

use crate::api::extract::path_text;
use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::app::{App, RequestEngine};

/// How long a browser keeps a file whose address changes with what is in it: a year.
pub(crate) const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The script of the slider over days of change. The pages do without it.
const SLIDER: &str = include_str!("slider.js");
/// The script of the try-out, and that of its worker.
const TRY_OUT: &str = include_str!("try_out_page.js");
const TRY_OUT_WORKER: &str = include_str!("try_out_worker.js");
/// What the worker may do: load modules of this host and run WebAssembly.
const WORKER_POLICY: &str =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'; base-uri 'none'";

/// A file of the pages. Its address names its digest, so that a browser never shows a page with the file of another
/// version.
struct Asset {
    address: String,
    media_type: &'static str,
    text: &'static str,
    /// What it may do as a worker; `None` of a file that a page loads, whose policy is the page's.
    policy: Option<&'static str>,
}

impl Asset {
    fn new(text: &'static str, end: &str, media_type: &'static str) -> Self {
        let digest = sha256(text.as_bytes()).hex();
        Self {
            address: format!("/assets/{}.{end}", digest.get(..16).unwrap_or_default()),
            media_type,
            text,
            policy: None,
        }
    }
}

/// All of them.
struct Assets {
    style: Asset,
    slider: Asset,
    try_out: Asset,
    try_out_worker: Asset,
}

fn assets() -> &'static Assets {
    static ASSETS: OnceLock<Assets> = OnceLock::new();
    let script = |text| Asset::new(text, "js", "text/javascript; charset=utf-8");
    ASSETS.get_or_init(|| Assets {
        style: Asset {
            address: style_address().to_owned(),
            media_type: "text/css; charset=utf-8",
            text: STYLE,
            policy: None,
        },
        slider: script(SLIDER),
        try_out: script(TRY_OUT),
        try_out_worker: Asset { policy: Some(WORKER_POLICY), ..script(TRY_OUT_WORKER) },
    })
}

/// The address of the script of the slider.
pub(crate) fn slider_address() -> &'static str {
    &assets().slider.address
}

/// The addresses of the scripts of the try-out: of its page and of its worker.
pub(crate) fn try_out_addresses() -> (&'static str, &'static str) {
    (&assets().try_out.address, &assets().try_out_worker.address)
}

/// A file of the pages.
pub(crate) async fn asset(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    visitor: Visitor,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    let address = format!("/assets/{}", path_text(name));
    let Assets { style, slider, try_out, try_out_worker } = assets();
    let Some(asset) = [style, slider, try_out, try_out_worker].into_iter().find(|asset| asset.address == address)
    else {
        return app.problem(RequestError::NotFound);
    };
    let request = PublicRequest { text: address, media_type: asset.media_type, is_of_today: true };
    let text = |_: &Engine, _: &[String]| Ok(asset.text.as_bytes().to_vec());
    let mut response = respond_publicly(&app, engine, &visitor, request, text).await;
    if response.status() == StatusCode::OK {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    if let Some(policy) = asset.policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    response
}
