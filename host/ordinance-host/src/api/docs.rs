//! The interface explained: the OpenAPI document, a page to try it that needs no network, and each kind of problem.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use ordinance_engine::Engine;

use crate::api::document::served_document;
use crate::api::problem::RequestError;
use crate::api::problem_kind::ProblemKind;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::app::{App, RequestEngine, to_json};

/// A file of the page.
struct PageFile {
    name: &'static str,
    media_type: &'static str,
    content: &'static str,
}

const PAGE_FILES: [PageFile; 3] = [
    PageFile { name: "index.html", media_type: "text/html; charset=utf-8", content: include_str!("docs/index.html") },
    PageFile { name: "page.css", media_type: "text/css; charset=utf-8", content: include_str!("docs/page.css") },
    PageFile { name: "page.js", media_type: "text/javascript; charset=utf-8", content: include_str!("docs/page.js") },
];

/// What the page may do: run its own scripts, ask this host and no other, and stand in no frame.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The document for the rulebook in use.
pub(crate) async fn openapi_json(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    visitor: Visitor,
) -> Response {
    let is_open = app.config.open_door;
    let compute = move |engine: &Engine, _: &[String]| to_json(&served_document(engine.rulebook(), is_open));
    respond_publicly(&app, engine, &visitor, PublicRequest::json("openapi".to_owned()), compute).await
}

pub(crate) async fn redirect() -> Redirect {
    Redirect::temporary("/docs/")
}

pub(crate) async fn index(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    visitor: Visitor,
) -> Response {
    page_file(&app, engine, &visitor, "index.html").await
}

pub(crate) async fn file(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    visitor: Visitor,
    file: Result<Path<String>, PathRejection>,
) -> Response {
    match file {
        Ok(Path(file)) => page_file(&app, engine, &visitor, &file).await,
        Err(_) => app.problem(RequestError::NotFound),
    }
}

/// A file of the page that shows the document, which holds no text of a visitor.
async fn page_file(app: &App, engine: Arc<Engine>, visitor: &Visitor, path: &str) -> Response {
    let Some(file) = PAGE_FILES.iter().find(|file| file.name == path) else {
        return app.problem(RequestError::NotFound);
    };
    let request = PublicRequest { text: format!("docs/{path}"), media_type: file.media_type, is_of_today: true };
    let compute = move |_: &Engine, _: &[String]| Ok(file.content.as_bytes().to_vec());
    let mut response = respond_publicly(app, engine, visitor, request, compute).await;
    let policy = [
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    response.headers_mut().extend(policy.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

/// What a kind of problem is and what to do about it, in plain text.
pub(crate) async fn problem(State(app): State<Arc<App>>, name: Result<Path<String>, PathRejection>) -> Response {
    let name = name.map(|Path(name)| name).unwrap_or_default();
    match ProblemKind::ALL.iter().map(|kind| kind.spec()).find(|spec| spec.name == name) {
        Some(spec) => format!("{}\n\n{}\n", spec.name, spec.mend).into_response(),
        None => app.problem(RequestError::NotFound),
    }
}
