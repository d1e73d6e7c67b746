//! Where the endpoints of AuthZEN are, as this client calls the host.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::responses::PlainProblems;
use crate::app::App;

/// What this decision point offers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigurationReply {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
}

/// AuthZEN: where the endpoints are
#[utoipa::path(get, path = "/.well-known/authzen-configuration", tag = "privacy",
    responses((status = 200, description = "The endpoints", body = ConfigurationReply), PlainProblems))]
pub(crate) async fn configuration(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    // What the client wrote before the path is what it compares with; HTTP/2 has it in the address.
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host.or(uri.authority().map(Authority::as_str)).filter(|host| is_authority(host));
    let listens = app.config.listen.address.to_string();
    let scheme = if app.config.tls.is_some() { "https" } else { "http" };
    let base = match &app.config.listen.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("{scheme}://{}", host.unwrap_or(&listens)),
    };
    // It may name the host as this client calls it, so that no cache may give it to another.
    let reply = Json(ConfigurationReply {
        access_evaluation_endpoint: format!("{base}/access/v1/evaluation"),
        access_evaluations_endpoint: format!("{base}/access/v1/evaluations"),
        policy_decision_point: base,
    });
    ([(header::CACHE_CONTROL, "no-store")], reply).into_response()
}

/// The longest name of a host with its port, in bytes (RFC 1035, 2.3.4).
const AUTHORITY_BYTES_MAX: usize = 255 + ":65535".len();

/// Whether a text that a client sent is a host with or without a port, and nothing else.
fn is_authority(host: &str) -> bool {
    host.len() <= AUTHORITY_BYTES_MAX && !host.contains('@') && host.parse::<Authority>().is_ok()
}
