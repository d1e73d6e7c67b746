//! The files that the page of the try-out loads, from the folder of `portal.try-out`. `sdk/ordinance-try-out` makes
//! them of a built rulebook.

use std::path::Path;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use ordinance_engine::{Engine, RulebookFolder};

use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::app::{App, RequestEngine};
use crate::pages::assets::IMMUTABLE;

/// The largest file, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Whether a folder has the files for this rulebook.
pub(super) fn is_offered(folder: Option<&Path>, engine: &Engine) -> bool {
    let law = |folder: &Path| folder.join("law").join(format!("{}.json.gz", engine.rulebook().digest().hex()));
    folder.is_some_and(|folder| law(folder).is_file())
}

/// `GET /try-out/{folder}/{name}`: a file of the try-out, packed by gzip, which every browser with WebAssembly reads.
pub(super) async fn file(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    visitor: Visitor,
    path: Result<UrlPath<(String, String)>, PathRejection>,
) -> Response {
    let known = path.ok().and_then(|UrlPath((folder, name))| Some((media_type(&folder, &name)?, folder, name)));
    let (Some((media_type, folder, name)), Some(files)) = (known, app.config.portal.try_out.clone()) else {
        return app.problem(RequestError::NotFound);
    };
    // A law names the engine that reads it: after the command has run again, that is another one.
    let caching = if folder == "law" { "no-cache" } else { IMMUTABLE };
    let inside = format!("{folder}/{name}.gz");
    let path = files.join(&inside);
    let written =
        tokio::task::spawn_blocking(move || path.metadata().ok().map(|found| (found.modified().ok(), found.len())));
    let written = written.await.ok().flatten();
    let request = PublicRequest { text: format!("file {inside} of {written:?}"), media_type, is_of_today: true };
    let read = move |_: &Engine, _: &[String]| {
        let read = RulebookFolder::open(&files).and_then(|files| files.read(&inside, FILE_BYTES_MAX));
        read.map_err(|_| RequestError::NotFound)
    };
    let mut response = respond_publicly(&app, engine, &visitor, request, read).await;
    if response.status() == StatusCode::OK {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

/// The media type of a file of the try-out; `None` if none has such a name.
fn media_type(folder: &str, name: &str) -> Option<&'static str> {
    let (stem, extension) = name.rsplit_once('.')?;
    let is_hex = |text: &str| (16..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_named = match stem.split_once('.') {
        Some((digest, part)) => folder == "engine" && is_hex(digest) && is_number(part),
        None => is_hex(stem),
    };
    match (folder, extension) {
        ("engine" | "rules", "js") if is_named => Some("text/javascript; charset=utf-8"),
        ("engine" | "rules", "wasm") if is_named => Some("application/wasm"),
        ("engine" | "law", "json") if is_named => Some("application/json"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_try_out_are_files() {
        let digest = "0123456789abcdef";
        for (folder, name) in [
            ("engine", "0123456789abcdef.js"),
            ("engine", "0123456789abcdef.0.wasm"),
            ("engine", "0123456789abcdef.json"),
            ("rules", "0123456789abcdef.wasm"),
            ("law", "0123456789abcdef.json"),
        ] {
            assert!(media_type(folder, name).is_some(), "{folder}/{name}");
        }
        let others = ["..", "../x.js", "0123.js", "0123456789abcdeg.js", "0123456789abcdef", "0123456789abcdef.gz"];
        for name in others {
            assert_eq!(media_type("rules", name), None, "{name}");
        }
        assert_eq!(media_type("rules", &format!("{digest}.0.wasm")), None);
        assert_eq!(media_type("..", &format!("{digest}.js")), None);
        assert_eq!(media_type("law", &format!("{digest}.js")), None);
    }
}
