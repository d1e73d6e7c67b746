//! `POST /v1/decisions`: accept, wait for a turn, parse, authorise, bind, decide, record, reply, in this order.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use ordinance_domain::calendar::Date;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::{Case, Engine, InputError, NoObserver};

use crate::admission::callers::Caller;
use crate::api::extract::accept;
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::{DecisionReply, DecisionView};
use crate::api::requests::decision::{DecisionBody, DecisionQuery, DecisionRequest};
use crate::api::requests::terms::RequestContext;
use crate::api::responses::BodyProblems;
use crate::app::{App, IdentifiedCaller, to_json};
use crate::observability::traces::SampledRequest;
use crate::rulebook::earlier_revision::stricter_facts;

/// Checks that an earlier revision shows no fact more than the revision in use lets it.
fn check_privacy_in_use(earlier: &Engine, in_use: &Engine, case: &Case) -> Result<(), RequestError> {
    let stricter = stricter_facts(earlier, in_use, case).map_err(RequestError::Unknown)?;
    if stricter.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = stricter.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("privacy law has become stricter on {} since that revision", names.join(", "));
    let expected = "none, or a revision whose privacy law lets no more be shown than the one in use";
    Err(RequestError::Unprocessable(vec![InputError::expecting("/rulebook", message, expected)]))
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
    responses((status = 200, description = "The decision", body = DecisionReply), BodyProblems)
)]
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    caller: IdentifiedCaller,
    sampled: Option<Extension<SampledRequest>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let sampled = sampled.map(|Extension(sampled)| sampled);
    app.respond(answer(&app, &caller, sampled.as_ref(), &headers, body).await)
}

async fn answer(
    app: &App,
    caller: &IdentifiedCaller,
    sampled: Option<&SampledRequest>,
    headers: &HeaderMap,
    body: Body,
) -> Result<DecisionReply, RequestError> {
    let body = accept(app, headers, body).await?;
    let begun = Instant::now();
    // Parsing runs in the turn too.
    let mut turn = app.concurrency_limit.acquire(&caller.0.quota.load).await.map_err(|_| RequestError::Overloaded)?;
    app.metrics.record_queue_time(begun.elapsed());
    let request = app.concurrency_limit.parse(body.len(), || DecisionRequest::parse(&body))?;
    let in_use = app.current.engine();
    let engine = match request.revision()? {
        Some(digest) => app.current.revision(digest).ok_or(RequestError::UnknownRevision)?,
        None => Arc::clone(&in_use),
    };
    let DecisionQuery { case, mode } = request.authorise_and_bind(engine.rulebook(), RequestContext::of(&caller.0))?;
    if !Arc::ptr_eq(&engine, &in_use) {
        app.concurrency_limit.run(u64::MAX, || check_privacy_in_use(&engine, &in_use, &case))?;
    }
    let decision = app.decide(&engine, &case, sampled, &mut turn).map_err(RequestError::Unknown)?;
    drop(turn);
    let rulebook = engine.rulebook();
    // The host renders the reply after the record is on its way, so that the disk writes many records together.
    let receipt = app.log.record(&decision, mode, caller.0.provenance(rulebook.digest())).await?;
    let view = DecisionView::new(&RedactedDecision::of(&decision), rulebook, &wanted_languages(headers));
    app.shadow.offer(&engine, &caller.0.quota.load, &case, &decision);
    app.metrics.decided(&decision, mode, Some(begun.elapsed()));
    Ok(DecisionReply::new(&receipt, view))
}

/// A request for a decision that can't be put to the law: what is wrong with it, where there is no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecisionRequestError(String);

/// The reply to the body of a simulation, without a server and without a record: the same stages as [`decide`] takes.
/// The instruction count of a decision is measured here.
///
/// # Errors
/// [`DecisionRequestError`] if the request is not well formed or can't be put to the rulebook.
pub fn simulation_reply(
    engine: &Engine,
    body: &[u8],
    today: Date,
    languages: &[String],
) -> Result<Vec<u8>, DecisionRequestError> {
    let fault = |error: RequestError| DecisionRequestError(Problem::of(error).in_full());
    let caller = Caller::command_line();
    let request = DecisionRequest::parse(body).map_err(fault)?;
    let context = RequestContext { caller: &caller, today };
    let DecisionQuery { case, .. } = request.authorise_and_bind(engine.rulebook(), context).map_err(fault)?;
    let decision =
        ordinance_engine::decide(engine, &case, &mut NoObserver).map_err(RequestError::Unknown).map_err(fault)?;
    let view = DecisionView::new(&RedactedDecision::of(&decision), engine.rulebook(), languages);
    to_json(&view).map_err(fault)
}
