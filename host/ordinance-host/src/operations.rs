//! What operators look at, on a listener of its own: health, readiness, metrics.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::http::App;
use crate::metrics::Now;
use crate::server::Draining;

#[derive(Clone)]
struct Operations {
    app: Arc<App>,
    draining: Draining,
}

/// The routes.
pub(crate) fn router(app: Arc<App>, draining: Draining) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Operations { app, draining })
}

/// Whether requests should be sent here: not while it drains, not while decisions can't be recorded.
async fn readyz(State(operations): State<Operations>) -> Response {
    if operations.draining.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response()
    } else if !operations.app.log.healthy().await {
        (StatusCode::SERVICE_UNAVAILABLE, "the decision log can't be written\n").into_response()
    } else {
        "ready\n".into_response()
    }
}

async fn metrics(State(operations): State<Operations>) -> Response {
    let app = &operations.app;
    let text = app.metrics.text(Now {
        waiting: app.lane.waiting(),
        batches: app.config.batches().saturating_sub(app.batches.available_permits()),
        broken: app.live.registry().broken_rules().count(),
    });
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}
