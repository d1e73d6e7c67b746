//! `POST /v1/disclosures`: a recipient asks for facts; each is ruled on by the law of all levels, and handed back as it
//! is ruled where its value was sent.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use ordinance_domain::calendar::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::privacy::{RuledFact, Verdict};
use ordinance_domain::value::{Value, field};
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_engine::{Engine, Rulebook, disclose};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admission::callers::Caller;
use crate::api::extract::{accept, turn_of};
use crate::api::idempotency::{
    IdempotencyHeader, KeyedRequest, RecordedReply, SentReply, answer_once, idempotency_key,
};
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::fragments::RuleTexts;
use crate::api::replies::privacy::{
    PrivacyLayerReply, ProcessingReply, RulingReply, explained_reply, layer_reply, processing_reply,
};
use crate::api::requests::disclosure::{DisclosureBody, DisclosureQuery, DisclosureRequest};
use crate::api::requests::terms::RequestContext;
use crate::api::responses::RecordedProblems;
use crate::app::{App, IdentifiedCaller, RequestEngine, to_json};
use crate::audit::kept_replies::Operation;
use crate::audit::mode::Mode;
use crate::audit::reply_permit::ReplyPermit;
use crate::shown::Shown;

/// What is ruled on a request for facts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DisclosureReply<'a> {
    /// The id of its record; none for a simulation, which leaves no record.
    id: Option<Uuid>,
    mode: &'static str,
    jurisdiction: &'a str,
    #[serde(flatten)]
    processing: ProcessingReply<'a>,
    /// What is ruled on each fact.
    facts: Vec<RulingReply>,
    /// The facts that `facts` doesn't name and whose values were sent: send them no more.
    undeclared: Vec<String>,
    /// The privacy rules that ruled, top first.
    layers: Vec<PrivacyLayerReply<'a>>,
    #[schema(value_type = String)]
    rulebook: Shown<Digest>,
}

/// Ask for facts
///
/// Each fact is ruled on by the privacy law of every level: permit, mask or withhold, with the criterion, its article
/// and what the recipient must do. Values that are sent along come back as it is ruled: as they are, masked, or not at
/// all. What was ruled is recorded, never a value.
#[utoipa::path(post, path = "/v1/disclosures", tag = "privacy", params(IdempotencyHeader), request_body = DisclosureBody,
    responses((status = 200, description = "The rulings", body = DisclosureReply,
        headers(("Idempotency-Replayed" = bool, description = "`true` if it is the first reply once more"))),
        RecordedProblems))]
pub(crate) async fn disclosures(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    caller: IdentifiedCaller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answered = answer(&app, engine, caller, query.as_deref(), headers, body).await;
    SentReply::respond(&app, answered)
}

async fn answer(
    app: &Arc<App>,
    engine: Arc<Engine>,
    caller: IdentifiedCaller,
    query: Option<&str>,
    headers: HeaderMap,
    body: Body,
) -> Result<SentReply, RequestError> {
    let key = idempotency_key(&headers)?;
    let body = accept(app, &headers, body).await?;
    let languages = wanted_languages(&headers);
    let Some(key) = key else {
        return Ok(answer_accepted(app, &engine, &caller, None, &languages, &body).await?.into());
    };
    let keyed = KeyedRequest { key, operation: Operation::Disclosure, query, headers: &headers, body: &body };
    let (app, body) = (Arc::clone(app), body.clone());
    answer_once(caller, keyed, |caller| async move {
        answer_accepted(&app, &engine, &caller, Some(key), &languages, &body).await
    })
    .await
}

async fn answer_accepted(
    app: &App,
    engine: &Engine,
    caller: &IdentifiedCaller,
    key: Option<Uuid>,
    languages: &[String],
    body: &[u8],
) -> Result<RecordedReply, RequestError> {
    let rulebook = engine.rulebook();
    let turn = turn_of(app, &caller.0).await?;
    let request = app.concurrency_limit.parse(body.len(), || DisclosureRequest::parse(body))?;
    let query = request.authorise_and_bind(rulebook, RequestContext::of(&caller.0))?;
    let disclosed =
        app.concurrency_limit.run(u64::MAX, || disclose(engine, &query.case)).map_err(RequestError::Unknown)?;
    drop(turn);
    let view = DisclosureView::new(&query, &disclosed, rulebook, languages);
    let disclosure = &query.case.disclosure;
    let provenance = caller.provenance(rulebook.digest(), key);
    let permit = app.log.record_disclosure(&disclosed, disclosure, query.mode, provenance).await?;
    app.metrics.disclosed(&disclosed, query.mode);
    let bytes = to_json(&DisclosureReply::new(&permit, view))?;
    Ok(RecordedReply { bytes, once: None, permit: Some(permit) })
}

/// A request for facts that can't be put to the law: what is wrong with it, for the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureError(pub String);

/// The reply to a request for facts as JSON, without a server and without a record. The command line calls it; its
/// user has the rulebook already.
///
/// # Errors
/// [`DisclosureError`] if the request is not well formed or can't be put to the rulebook.
pub fn disclosure_reply(
    engine: &Engine,
    body: &[u8],
    now: Timestamp,
    languages: &[String],
) -> Result<String, DisclosureError> {
    let fault = |error: RequestError| DisclosureError(Problem::of(error).in_full());
    let caller = Caller::command_line();
    let context = RequestContext { caller: &caller, now };
    let request = DisclosureRequest::parse(body).map_err(fault)?;
    let query = request.authorise_and_bind(engine.rulebook(), context).map_err(fault)?;
    let disclosed = disclose(engine, &query.case).map_err(|error| fault(RequestError::Unknown(error)))?;
    let view = DisclosureView::new(&query, &disclosed, engine.rulebook(), languages);
    Ok(serde_json::to_string_pretty(&view).unwrap_or_default())
}

/// The rulings as JSON. By themselves they read as a simulation, for they have no record: the command line shows them,
/// and the host sends only a [`DisclosureReply`].
#[derive(Serialize)]
#[serde(transparent)]
struct DisclosureView<'a>(DisclosureReply<'a>);

impl<'a> DisclosureReply<'a> {
    /// The reply to a request, with the proof that it may be sent.
    fn new(permit: &ReplyPermit, view: DisclosureView<'a>) -> Self {
        Self { id: permit.id(), mode: permit.mode().as_str(), ..view.0 }
    }
}

impl<'a> DisclosureView<'a> {
    fn new(
        query: &'a DisclosureQuery,
        disclosed: &'a DisclosureDecision,
        rulebook: &Rulebook,
        languages: &'a [String],
    ) -> Self {
        let rulings = &disclosed.rulings;
        let case = &query.case;
        let surplus = case.values.0.iter().map(|(name, _)| name).filter(|name| !case.facts.contains(name));
        let fact = |ruled: &RuledFact| {
            let handed = rulebook.fact(ruled.fact.as_str()).and_then(|fact| handed_over(disclosed, ruled, fact));
            let value = handed.as_ref().map(|(value, fact_type)| (*value, fact_type));
            explained_reply(ruled, &disclosed.explained, value.filter(|_| query.has_values), languages)
        };
        Self(DisclosureReply {
            id: None,
            mode: Mode::Simulation.as_str(),
            jurisdiction: disclosed.jurisdiction.as_str(),
            processing: processing_reply(&case.disclosure, case.also_on()),
            facts: rulings.facts().iter().map(fact).collect(),
            undeclared: surplus.map(ToString::to_string).collect(),
            layers: rulings
                .layers()
                .iter()
                .map(|layer| layer_reply(layer, RuleTexts::unkept(&layer.rule, languages)))
                .collect(),
            rulebook: Shown(rulebook.digest()),
        })
    }
}

/// The value that is handed over, and its type in that form.
fn handed_over<'a>(disclosed: &'a DisclosureDecision, ruled: &RuledFact, fact: &Fact) -> Option<(&'a Value, FactType)> {
    let value = field(&disclosed.values.0, &ruled.fact)?;
    let form = match ruled.verdict {
        Verdict::Permit => Some(fact.fact_type.clone()),
        Verdict::Mask(mask) => mask.masked_type(fact),
        Verdict::Withhold => None,
    }?;
    Some((value, form))
}
