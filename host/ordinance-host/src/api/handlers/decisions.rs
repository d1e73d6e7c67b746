//! `POST /v1/decisions`: accept, wait for a turn, parse, authorise, bind, decide, record, reply, in this order.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use ordinance_domain::decision::Decision;
use ordinance_domain::name::listed;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::{Case, Engine, InputError};
use uuid::Uuid;

use crate::admission::address_block::AddressBlock;
use crate::admission::callers::PeerSubject;
use crate::api::decision_receipt::{ReceiptedDecision, check_receipts, record_with_receipt};
use crate::api::extract::accept;
use crate::api::idempotency::{
    IdempotencyHeader, KeyedRequest, RecordedReply, SentReply, answer_once, idempotency_key,
};
use crate::api::language::wanted_languages;
use crate::api::problem::RequestError;
use crate::api::replies::explained::{ExplainedDecision, ExplainedReply};
use crate::api::requests::decision::{DecisionBody, DecisionQuery, DecisionRequest};
use crate::api::requests::terms::RequestContext;
use crate::api::responses::RecordedProblems;
use crate::api::unread_body::RequestBody;
use crate::app::{App, IdentifiedCaller, RequestEngine, to_json};
use crate::audit::kept_replies::Operation;
use crate::audit::record::Provenance;
use crate::objections::reviewed::ReviewedDecision;
use crate::observability::traces::SampledRequest;
use crate::rulebook::earlier_revision::stricter_facts;

/// Checks that an earlier revision shows no fact more than the revision in use lets it.
fn check_privacy_in_use(earlier: &Engine, in_use: &Engine, case: &Case) -> Result<(), RequestError> {
    let stricter = stricter_facts(earlier, in_use, case).map_err(RequestError::Unknown)?;
    if stricter.is_empty() {
        return Ok(());
    }
    let message = format!("privacy law has become stricter on {} since that revision", listed(&stricter));
    let expected = "none, or a revision whose privacy law lets no more be shown than the one in use";
    Err(RequestError::Unprocessable(vec![InputError::expecting("/rulebook", message, expected)]))
}

/// The objection after which a case is decided anew, and the decision that it was against.
///
/// # Errors
/// If this host has no such objection, or one to a decision on another service or place.
fn reviewed_by(app: &App, objection: Uuid, decision: &Decision) -> Result<ReviewedDecision, RequestError> {
    let refused = |message: &str| {
        let expected = "the id of an objection to a decision of this host, on this service in this place";
        RequestError::Unprocessable(vec![InputError::expecting("/objection", message, expected)])
    };
    let notice = app.objections.get(objection).ok_or_else(|| refused("this host has no such objection"))?;
    if notice.service != decision.query.service.as_str() || notice.jurisdiction != decision.place.as_str() {
        return Err(refused("it is an objection to a decision on another service or in another place"));
    }
    Ok(ReviewedDecision { objection, replaces: notice.decision })
}

/// Decide one case
///
/// The answer holds every level of the place's chain, top first, with each rule's findings, the titles of its criteria
/// in the language that `Accept-Language` asks for, and the provisions of law; `explain` asks for less. An official
/// decision is recorded before it is answered.
#[utoipa::path(
    post,
    path = "/v1/decisions",
    tag = "decisions",
    params(IdempotencyHeader),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The decision", body = ExplainedDecision,
            headers(("Idempotency-Replayed" = bool, description = "`true` if it is the first reply once more"))),
        RecordedProblems
    )
)]
pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    caller: IdentifiedCaller,
    sampled: Option<Extension<SampledRequest>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let sampled = sampled.map(|Extension(sampled)| sampled);
    let head = RequestHead { engine: &engine, headers: &headers, query: query.as_deref(), sampled: sampled.as_ref() };
    SentReply::respond(&app, answer(&app, caller, head, body).await)
}

/// The head of a request, as far as its answer depends on it, and the engine that answers it.
#[derive(Clone, Copy)]
pub(crate) struct RequestHead<'a> {
    pub(crate) engine: &'a Arc<Engine>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: Option<&'a str>,
    pub(crate) sampled: Option<&'a SampledRequest>,
}

/// The head of a request that came here past the routes, and who sent it.
pub(crate) struct DirectRequest<'a> {
    pub(crate) head: RequestHead<'a>,
    pub(crate) peer: Option<&'a PeerSubject>,
    pub(crate) address: AddressBlock,
}

/// The same as [`decide`], past the routes: nearly all requests are for a decision.
pub(crate) async fn decide_directly(app: &Arc<App>, request: DirectRequest<'_>, body: &mut RequestBody) -> Response {
    let DirectRequest { head, peer, address } = request;
    let answered = async {
        let caller = IdentifiedCaller::begin(app, head.headers, peer, address).await?;
        answer(app, caller, head, body).await
    };
    SentReply::respond(app, answered.await)
}

async fn answer<B>(
    app: &Arc<App>,
    caller: IdentifiedCaller,
    head: RequestHead<'_>,
    body: B,
) -> Result<SentReply, RequestError>
where
    B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    let RequestHead { engine, headers, query, sampled } = head;
    let key = idempotency_key(headers)?;
    let body = accept(app, headers, body).await?;
    let request = AcceptedRequest { engine, key, body: &body, headers, sampled };
    let Some(key) = key else {
        return Ok(answer_accepted(app, &caller, request).await?.into());
    };
    let keyed = KeyedRequest { key, operation: Operation::Decision, query, headers, body: &body };
    let (app, engine) = (Arc::clone(app), Arc::clone(engine));
    let (headers, sampled, body) = (headers.clone(), sampled.cloned(), body.clone());
    answer_once(caller, keyed, |caller| async move {
        let sampled = sampled.as_ref();
        let request = AcceptedRequest { engine: &engine, key: Some(key), body: &body, headers: &headers, sampled };
        answer_accepted(&app, &caller, request).await
    })
    .await
}

/// Decides a case that a page of this host asks for, by the body of `POST /v1/decisions`. The reply has the receipt, if
/// the body asks for one.
pub(crate) async fn decide_once(
    app: &App,
    engine: &Arc<Engine>,
    caller: &IdentifiedCaller,
    body: &[u8],
    headers: &HeaderMap,
) -> Result<Vec<u8>, RequestError> {
    let request = AcceptedRequest { engine, key: None, body, headers, sampled: None };
    let reply = answer_accepted(app, caller, request).await?;
    Ok(reply.once.unwrap_or(reply.bytes))
}

/// A request that is accepted.
struct AcceptedRequest<'a> {
    engine: &'a Arc<Engine>,
    key: Option<Uuid>,
    body: &'a [u8],
    headers: &'a HeaderMap,
    sampled: Option<&'a SampledRequest>,
}

async fn answer_accepted(
    app: &App,
    caller: &IdentifiedCaller,
    AcceptedRequest { engine: in_use, key, body, headers, sampled }: AcceptedRequest<'_>,
) -> Result<RecordedReply, RequestError> {
    let begun = Instant::now();
    // Parsing runs in the turn too.
    let mut turn = app.concurrency_limit.acquire(&caller.0.quota.load).await.map_err(|_| RequestError::Overloaded)?;
    app.metrics.record_queue_time(begun.elapsed());
    let request = app.concurrency_limit.parse(body.len(), || DecisionRequest::parse(body))?;
    let engine = match request.revision()? {
        Some(digest) => app.current.revision(digest).ok_or(RequestError::UnknownRevision)?,
        None => Arc::clone(in_use),
    };
    let DecisionQuery { case, mode, explain, wants_receipt, objection } =
        request.authorise_and_bind(engine.rulebook(), RequestContext::of(&caller.0))?;
    if wants_receipt {
        check_receipts(app)?;
    }
    if !Arc::ptr_eq(&engine, in_use) {
        app.concurrency_limit.run(u64::MAX, || check_privacy_in_use(&engine, in_use, &case))?;
    }
    let decision = app.decide(&engine, &case, sampled, &mut turn).map_err(RequestError::Unknown)?;
    drop(turn);
    let reviewed = objection.map(|id| reviewed_by(app, id, &decision)).transpose()?;
    let rulebook = engine.rulebook();
    let provenance = Provenance { reviewed, ..caller.provenance(rulebook.digest(), key) };
    let redacted = RedactedDecision::of(&decision);
    let languages = &wanted_languages(headers);
    let texts = &app.fragments.texts(&engine, in_use, languages);
    // The host renders the reply after the record is on its way, so that the disk writes many records together.
    let (recorded, receipt) = if wants_receipt {
        let decided = ReceiptedDecision {
            decision: &decision,
            redacted: &redacted,
            mode,
            rulebook,
            texts,
            languages,
            body,
            reviewed,
        };
        let (recorded, receipt) = record_with_receipt(app, &decided, provenance).await?;
        (recorded, Some(receipt))
    } else {
        (app.log.record(&decision, mode, provenance).await?, None)
    };
    let mut reply =
        ExplainedReply { recorded: &recorded, receipt: None, decision: &redacted, rulebook, texts, explain, reviewed };
    let bytes = to_json(&reply)?;
    reply.receipt = receipt.as_ref();
    let once = receipt.is_some().then(|| to_json(&reply)).transpose()?;
    app.shadow.offer(&engine, &caller.0.quota.load, &case, &decision);
    app.metrics.decided(&decision, mode, Some(begun.elapsed()));
    Ok(RecordedReply { bytes, once, permit: Some(recorded) })
}
