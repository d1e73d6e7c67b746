//! `POST /v1/decisions`: accept, parse, take a turn, decide, record, reply, in this order.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use ordinance_domain::decision::Decision;
use ordinance_domain::digest::Digest;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::{Case, Engine, Rulebook};
use serde::Serialize;
use utoipa::ToSchema;

use crate::admission::stage_observer::StageObserver;
use crate::api::extract::accept;
use crate::api::handlers::claims::ClaimsBody;
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::DecisionReply;
use crate::api::requests::{DECISION, DECISION_ON_REVISION, read_decision, wanted_revision};
use crate::app::{App, Identified};
use crate::audit::mode::Mode;
use crate::audit::writer::Receipt;
use crate::observability::traces::SampledRequest;

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
    /// The day whose knowledge counts, as YYYY-MM-DD: versions of rules that were published later, or withdrawn by then,
    /// don't. Without it, all that is known now counts.
    #[schema(format = Date, required = false, value_type = String)]
    known_at: Option<String>,
    /// What is known, by the names of the service's facts; leave out what isn't. Decimals are strings or numbers, dates
    /// are strings as YYYY-MM-DD.
    #[schema(value_type = Object)]
    facts: (),
    #[serde(flatten)]
    claims: ClaimsBody,
    /// `official` (the default) records the decision; `simulation` leaves no record.
    #[schema(required = false, value_type = String, example = "official")]
    mode: Option<String>,
    /// Of a simulation: the digest of a revision that was in use until lately, one of `revisions` in `/v1/rules`.
    #[schema(required = false, value_type = String)]
    rulebook: Option<String>,
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
        (status = 401, description = "It isn't known who calls", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The caller may not ask for that", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The place or the service is unknown", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "The body took too long", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not said to be JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The facts don't fit the service", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The host is busy, or the decision can't be recorded", body = Problem, content_type = "application/problem+json")
    )
)]
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    caller: Identified,
    recorded: Option<Extension<SampledRequest>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let recorded = recorded.map(|Extension(recorded)| recorded);
    match answer(&app, &caller, recorded.as_ref(), &headers, body).await {
        Ok(response) => response,
        Err(error) => app.problem(error),
    }
}

async fn answer(
    app: &App,
    caller: &Identified,
    recorded: Option<&SampledRequest>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    let body = accept(app, headers, body).await?;
    let begun = Instant::now();
    // Reading costs time, too.
    let turn = app.lane.turn(&caller.0.quota.load).await.map_err(|_| RequestError::Overloaded)?;
    app.metrics.waited(begun.elapsed());
    let (engine, members) = match wanted_revision(&body)? {
        Some(digest) => (
            digest.parse().ok().and_then(|digest| app.live.revision(digest)).ok_or(RequestError::UnknownRevision)?,
            &DECISION_ON_REVISION[..],
        ),
        None => (app.live.engine(), &DECISION[..]),
    };
    let request = read_decision(&body, members, engine.rulebook(), caller.asking())?;
    let decision = compute(app, &engine, &request.case, recorded)?;
    drop(turn);
    app.shadow.offer(&engine, &request.case, &decision);
    let receipt = record(app, &decision, request.mode, caller, engine.rulebook().digest()).await?;
    app.metrics.decided(&decision, request.mode, Some(begun.elapsed()));
    Ok(reply(&receipt, &decision, engine.rulebook(), headers))
}

/// Decides a case and sends the spans of its rules, if the request is traced.
fn compute(
    app: &App,
    engine: &Engine,
    case: &Case,
    recorded: Option<&SampledRequest>,
) -> Result<Decision, RequestError> {
    let begun = SystemTime::now();
    let mut observer = StageObserver::new(&app.lane, recorded.is_some());
    let decision = ordinance_engine::decide(engine, case, &mut observer).map_err(RequestError::Unknown)?;
    if let Some(SampledRequest { traces, context }) = recorded {
        traces.rules(context, &observer.into_calls(), begun);
    }
    Ok(decision)
}

async fn record(
    app: &App,
    decision: &Decision,
    mode: Mode,
    caller: &Identified,
    rulebook: Digest,
) -> Result<Receipt, RequestError> {
    match mode {
        Mode::Official => app.log.record(decision, &caller.0, rulebook).await.map_err(|_| RequestError::NotRecorded),
        Mode::Simulation => Ok(Receipt::simulation()),
    }
}

/// The answer to a decision that has its receipt.
fn reply(receipt: &Receipt, decision: &Decision, rulebook: &Rulebook, headers: &HeaderMap) -> Response {
    match rulebook.contract(&decision.query.service) {
        Some(contract) => Json(DecisionReply::new(
            receipt.id(),
            &RedactedDecision::of(decision),
            contract,
            rulebook,
            &wanted_languages(headers),
        ))
        .into_response(),
        None => RequestError::NotFound.into_response(),
    }
}
