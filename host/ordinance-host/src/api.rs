//! The HTTP interface that portals call: its routes.

pub(crate) mod decision_receipt;
pub(crate) mod docs;
pub(crate) mod document;
pub(crate) mod explain;
pub(crate) mod extract;
pub(crate) mod handlers;
pub(crate) mod idempotency;
pub(crate) mod language;
pub(crate) mod load_shed;
pub(crate) mod objection_checks;
pub(crate) mod objection_error;
pub(crate) mod operations;
pub(crate) mod operations_access;
pub(crate) mod problem;
pub(crate) mod problem_kind;
pub(crate) mod public_answers;
pub(crate) mod replies;
pub(crate) mod request_scope;
pub(crate) mod requests;
pub(crate) mod responses;
pub(crate) mod rulebook_header;
pub(crate) mod schema;
pub(crate) mod simulator;
pub(crate) mod unproven_record;
pub(crate) mod unread_body;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use crate::api::handlers::{
    authzen, batch, comparisons, coverage, decisions, disclosures, form, jurisdictions, objections, questions,
    receipts, records, rules, services, statistics,
};
use crate::api::problem::RequestError;
use crate::api::request_scope::{RequestScope, run_in_scope};
use crate::app::App;

/// The path by which nearly all requests come.
pub(crate) const DECISIONS: &str = "/v1/decisions";

/// The pages for people.
pub(crate) struct Pages {
    pub(crate) routes: Router<Arc<App>>,
    /// What answers requests for a path that there isn't.
    pub(crate) not_found: MethodRouter<Arc<App>>,
}

/// The problem of a path that there isn't.
pub(crate) async fn not_found(State(app): State<Arc<App>>) -> Response {
    app.problem(RequestError::NotFound)
}

/// The routes, with those of the pages.
pub(crate) fn router(app: Arc<App>, Pages { routes, not_found }: Pages) -> Router {
    Router::new()
        .route(DECISIONS, post(decisions::decide))
        .route("/v1/decisions/batch", post(batch::batch))
        .route("/v1/comparisons", post(comparisons::compare))
        .route("/v1/disclosures", post(disclosures::disclosures))
        .route("/v1/objections", post(objections::object))
        .route("/v1/objections/{id}", get(objections::objection))
        .route("/v1/privacy/records", get(records::records))
        .route("/v1/receipts/{id}", get(receipts::receipt))
        .route("/access/v1/evaluation", post(authzen::evaluation))
        .route("/access/v1/evaluations", post(authzen::evaluations))
        .route("/.well-known/authzen-configuration", get(authzen::configuration::configuration))
        .route("/v1/jurisdictions", get(jurisdictions::jurisdictions))
        .route("/v1/jurisdictions/{code}", get(jurisdictions::jurisdiction))
        .route("/v1/services", get(services::services))
        .route("/v1/services/{id}", get(services::service))
        .route("/v1/services/{id}/form", get(form::form))
        .route("/v1/services/{id}/questions", post(questions::questions))
        .route("/v1/services/{id}/coverage", get(coverage::coverage))
        .route("/v1/rules", get(rules::rules))
        .route("/v1/rules/{digest}", get(rules::rule))
        .route("/v1/statistics", get(statistics::statistics))
        .route("/problems/{name}", get(docs::problem))
        .route("/openapi.json", get(docs::openapi_json))
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::index))
        .route("/docs/{*file}", get(docs::file))
        .merge(routes)
        .fallback_service(not_found.with_state(Arc::clone(&app)))
        .method_not_allowed_fallback(|State(app): State<Arc<App>>| async move {
            app.problem(RequestError::MethodNotAllowed)
        })
        .layer(from_fn_with_state(RequestScope::public(&app), run_in_scope))
        .with_state(app)
}
