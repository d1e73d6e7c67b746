//! The interface explained: the OpenAPI document, a page to try it that needs no network, and each kind of problem.

use std::sync::{Arc, OnceLock};

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::Config;

use crate::api::document::served_document;
use crate::api::problem::RequestError;
use crate::api::problem_kind::ProblemKind;
use crate::app::App;

/// The document for the rulebook in use.
pub(crate) async fn openapi_json(State(app): State<Arc<App>>) -> Json<serde_json::Value> {
    Json(served_document(&app.current.rulebook(), app.config.open_door))
}

pub(crate) async fn redirect() -> Redirect {
    Redirect::temporary("/docs/")
}

pub(crate) async fn index(State(app): State<Arc<App>>) -> Response {
    page_file(&app, "index.html")
}

pub(crate) async fn file(State(app): State<Arc<App>>, file: Result<Path<String>, PathRejection>) -> Response {
    match file {
        Ok(Path(file)) => page_file(&app, &file),
        Err(_) => app.problem(RequestError::NotFound),
    }
}

fn page_file(app: &App, path: &str) -> Response {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(Config::from("/openapi.json")));
    match utoipa_swagger_ui::serve(path, Arc::clone(config)) {
        Ok(Some(file)) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes.into_owned()).into_response(),
        Ok(None) | Err(_) => app.problem(RequestError::NotFound),
    }
}

/// What a kind of problem is and what to do about it, in plain text.
pub(crate) async fn problem(State(app): State<Arc<App>>, name: Result<Path<String>, PathRejection>) -> Response {
    let name = name.map(|Path(name)| name).unwrap_or_default();
    match ProblemKind::ALL.iter().map(|kind| kind.spec()).find(|spec| spec.name == name) {
        Some(spec) => format!("{}\n\n{}\n", spec.name, spec.mend).into_response(),
        None => app.problem(RequestError::NotFound),
    }
}
