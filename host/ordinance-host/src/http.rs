//! The HTTP interface that portals call: the routes, and what the handlers share.

mod catalogue;
mod decisions;
mod docs;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use utoipa::OpenApi;

use crate::config::HostConfig;
use crate::lane::Lane;
use crate::live::Live;
use crate::log::DecisionLog;
use crate::metrics::Metrics;
use crate::problem::RequestError;

/// What the handlers work with.
pub(crate) struct App {
    pub(crate) config: HostConfig,
    pub(crate) live: Arc<Live>,
    pub(crate) lane: Lane,
    pub(crate) log: DecisionLog,
    pub(crate) metrics: Metrics,
}

impl App {
    /// The answer to a request that went wrong, counted.
    pub(crate) fn problem(&self, error: RequestError) -> Response {
        self.metrics.problem(error.kind_name());
        error.into_response()
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ordinance",
        description = "Regional rules behind one interface: decisions with their reasons and the articles of law.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        decisions::decide,
        catalogue::jurisdictions,
        catalogue::jurisdiction,
        catalogue::services,
        catalogue::service,
        catalogue::rules,
        catalogue::rule
    ),
    components(schemas(decisions::DecisionBody, catalogue::FieldReply, crate::problem::Problem))
)]
struct Api;

/// The OpenAPI 3.1 document of this host.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// The routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/decisions", post(decisions::decide))
        .route("/v1/jurisdictions", get(catalogue::jurisdictions))
        .route("/v1/jurisdictions/{code}", get(catalogue::jurisdiction))
        .route("/v1/services", get(catalogue::services))
        .route("/v1/services/{id}", get(catalogue::service))
        .route("/v1/rules", get(catalogue::rules))
        .route("/v1/rules/{digest}", get(catalogue::rule))
        .route("/problems/{name}", get(docs::problem))
        .route("/openapi.json", get(docs::openapi_json))
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::index))
        .route("/docs/{*file}", get(docs::file))
        .route("/", get(docs::redirect))
        .fallback(|axum::extract::State(app): axum::extract::State<Arc<App>>| async move {
            app.problem(RequestError::NotFound)
        })
        .method_not_allowed_fallback(|axum::extract::State(app): axum::extract::State<Arc<App>>| async move {
            app.problem(RequestError::MethodNotAllowed)
        })
        .with_state(app)
}
