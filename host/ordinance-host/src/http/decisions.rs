//! `POST /v1/decisions`: accept, parse, take a turn, decide, record, reply, in this order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use ordinance_domain::decision::Decision;
use ordinance_engine::{Registry, decide as decide_case};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use crate::language::wanted_languages;
use crate::log::Receipt;
use crate::problem::{Problem, RequestError};
use crate::reply::DecisionReply;
use crate::wire::{DecisionRequest, Mode, read_request};

/// A case to decide. This type is only described here; a request is read against the service's contract.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "jurisdiction": "CN-370602",
    "service": "disability-care-subsidy",
    "as_of": "2026-03-01",
    "facts": {
        "disability_grade": 1,
        "needs_long_term_care": true,
        "work_injury_care_payment": false,
        "destitute_support": false,
        "draws_elderly_care_subsidy": false
    }
}))]
pub(crate) struct DecisionBody {
    /// The code of the place the case is about.
    jurisdiction: String,
    /// The id of the service.
    service: String,
    /// The day to decide for, as YYYY-MM-DD.
    #[schema(format = Date)]
    as_of: String,
    /// What is known, by the names of the service's facts; leave out what isn't. Decimals are strings or numbers, dates
    /// are strings as YYYY-MM-DD.
    #[schema(value_type = Object)]
    facts: (),
    /// `official` (the default) records the decision; `simulation` leaves no record.
    #[schema(required = false, value_type = String, example = "official")]
    mode: Option<String>,
}

/// Decide one case
///
/// The answer holds every level of the place's chain, top first, with each rule's findings, the titles of its criteria
/// in the language that `Accept-Language` asks for, and the provisions of law. An official decision is recorded before
/// it is answered.
#[utoipa::path(
    post,
    path = "/v1/decisions",
    tag = "decisions",
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The decision", body = DecisionReply),
        (status = 400, description = "The request is not well formed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The place or the service is unknown", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not said to be JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The facts don't fit the service", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The host is busy, or the decision can't be recorded", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    match answer(&app, &headers, body).await {
        Ok(response) => response,
        Err(error) => app.problem(error),
    }
}

async fn answer(app: &App, headers: &HeaderMap, body: Body) -> Result<Response, RequestError> {
    let body = accept(app, headers, body).await?;
    let begun = Instant::now();
    let registry = app.live.registry();
    let (request, decision) = compute(app, &registry, &body).await?;
    let receipt = record(app, &decision, request.mode, registry.digest()).await?;
    app.metrics.decided(&decision, request.mode, begun.elapsed());
    Ok(reply(&receipt, &decision, &registry, headers))
}

/// The whole body, if it is JSON, small enough and quick enough.
async fn accept(app: &App, headers: &HeaderMap, body: Body) -> Result<Bytes, RequestError> {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(RequestError::UnsupportedMediaType);
    }
    let http = &app.config.http;
    let collected = Limited::new(body, http.body_bytes_max).collect();
    match tokio::time::timeout(Duration::from_millis(http.body_ms), collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(RequestError::BodyTooLarge { bytes_max: http.body_bytes_max })
        }
        Ok(Err(_)) => Err(RequestError::BodyBrokeOff),
        Err(_) => Err(RequestError::BodyTooSlow { ms_max: http.body_ms }),
    }
}

/// Reads the request and decides it, both in one turn: reading costs time too.
async fn compute(app: &App, registry: &Registry, body: &[u8]) -> Result<(DecisionRequest, Decision), RequestError> {
    let _turn = app.lane.turn().await.map_err(|_| RequestError::Overloaded)?;
    let request = read_request(body, registry)?;
    let case = &request.case;
    let fuel_max = registry.fuel_max(&case.jurisdiction, &case.service, case.as_of);
    let decision = app.lane.run(fuel_max, || decide_case(registry, case)).map_err(RequestError::Unknown)?;
    Ok((request, decision))
}

async fn record(app: &App, decision: &Decision, mode: Mode, rulebook: &str) -> Result<Receipt, RequestError> {
    match mode {
        Mode::Official => app.log.record(decision, rulebook).await.map_err(|_| RequestError::NotRecorded),
        Mode::Simulation => Ok(Receipt::simulation()),
    }
}

/// The answer to a decision that has its receipt.
fn reply(receipt: &Receipt, decision: &Decision, registry: &Registry, headers: &HeaderMap) -> Response {
    match registry.contract(&decision.service) {
        Some(contract) => {
            Json(DecisionReply::new(receipt.id(), decision, contract, registry, &wanted_languages(headers)))
                .into_response()
        }
        None => RequestError::NotFound.into_response(),
    }
}
