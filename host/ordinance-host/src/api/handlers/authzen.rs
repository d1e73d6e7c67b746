//! The OpenID AuthZEN Authorization API 1.0, so that gateways can ask in the form they know: the subject is the
//! recipient, the action the purpose, the resource a fact of a person in a place, the context the basis.
//!
//! A request as a whole that can't be read is answered with an HTTP error and a line of text; whatever is wrong with
//! one evaluation is a `false` with its reason. What the specification doesn't know is ignored, as it asks.

pub(crate) mod configuration;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ordinance_domain::mask::Mask;
use ordinance_domain::privacy::Verdict;
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{Engine, disclose};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admission::callers::PeerSubject;
use crate::admission::work_units::WorkUnits;
use crate::api::extract::accept;
use crate::api::idempotency::{
    IdempotencyHeader, KeyedRequest, RecordedReply, SentReply, answer_once, idempotency_key,
};
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::public_answers::visitor::PeerAddress;
use crate::api::replies::privacy::{ObligationReply, RulingReasonReply, ruling_reply};
use crate::api::requests::evaluation::{
    EvaluationBody, EvaluationError, EvaluationRequest, EvaluationsBody, EvaluationsRequest, Semantic,
    parse_evaluation, parse_evaluations,
};
use crate::api::requests::terms::RequestContext;
use crate::api::responses::TextProblems;
use crate::app::{App, IdentifiedCaller, RequestEngine, to_json};
use crate::audit::evaluations_record::RuledEvaluation;
use crate::audit::kept_replies::Operation;
use crate::audit::mode::Mode;
use crate::audit::reply_permit::ReplyPermit;
use crate::audit::writer::PreparedRecord;

/// The answer to one evaluation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationReply {
    /// Whether the fact may be handed over as it is (or, to a gateway that says that it masks, in its masked form).
    decision: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<EvaluationContext>,
}

/// Why.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct EvaluationContext {
    /// The id of its record; the evaluations of one request have one record.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `permit`, `mask` or `withhold`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ruling: Option<&'static str>,
    /// The form in which the fact may be handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<String>,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Who decided that, by which criterion and article.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decided_by: Vec<RulingReasonReply>,
    /// What the recipient must do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obligations: Vec<ObligationReply>,
    /// What is wrong with this evaluation.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<EvaluationErrorReply>,
}

/// What is wrong with one evaluation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationErrorReply {
    /// As an HTTP status.
    status: u16,
    message: String,
}

/// The answers to several evaluations, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationsReply {
    evaluations: Vec<EvaluationReply>,
}

/// The answer to a request for several evaluations: one reply where the request is itself one evaluation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum EvaluationsOrOneReply {
    Several(EvaluationsReply),
    #[expect(dead_code, reason = "it is written as the reply to a request for one evaluation")]
    One(EvaluationReply),
}

/// How many replies are rendered before the turn may be passed on.
const RENDERED_TOGETHER: usize = 16;

/// AuthZEN: may this recipient have this fact for this purpose?
///
/// `subject` is the recipient (`type` its kind), `action.name` the purpose, `resource` a fact (`type` is `fact`, `id`
/// its name) with `properties.jurisdiction` and, where known, `properties.subject`; `context.basis` the legal basis as
/// in `/v1/disclosures`. A fact that may be had only in a masked form is `false`, unless `context.understands` holds
/// `mask`.
#[utoipa::path(post, path = "/access/v1/evaluation", tag = "privacy", params(IdempotencyHeader), request_body(content = EvaluationBody, example = json!({
        "subject": {"type": "public-body", "id": "civil-affairs"}, "action": {"name": "dpv:PublicBenefit"},
        "resource": {"type": "fact", "id": "disability_grade", "properties": {"jurisdiction": "CN-4403"}},
        "context": {"basis": "statutory-duty"}})),
    responses((status = 200, description = "The decision", body = EvaluationReply,
        headers(("Idempotency-Replayed" = bool, description = "`true` if it is the first reply once more"))), TextProblems))]
pub(crate) async fn evaluation(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(app, Operation::Evaluation, request, |asked| async move {
        let question = asked.parse(|tree| Ok(parse_evaluation(tree, None)?)).await?;
        asked.answer(&question).await
    })
    .await
}

/// AuthZEN: several evaluations at once, with defaults and the three semantics
#[utoipa::path(post, path = "/access/v1/evaluations", tag = "privacy", params(IdempotencyHeader),
    request_body(content = EvaluationsBody),
    responses((status = 200, description = "The decisions, in order", body = EvaluationsOrOneReply,
        headers(("Idempotency-Replayed" = bool, description = "`true` if it is the first reply once more"))), TextProblems))]
pub(crate) async fn evaluations(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(app, Operation::Evaluations, request, |asked| async move {
        let parsed = asked.parse(|tree| match parse_evaluations(tree)? {
            Some(several) => Ok(Ok(several)),
            None => Ok(Err(parse_evaluation(tree, None)?)),
        });
        match parsed.await? {
            Ok(several) => asked.evaluate_all(several).await,
            Err(question) => asked.answer(&question).await,
        }
    })
    .await
}

/// Why a request as a whole gets no decision.
enum AuthzenError {
    /// It isn't as the specification has it.
    Bad(String),
    /// The same goes wrong as with any request.
    Error(RequestError),
}

impl AuthzenError {
    fn bad(message: impl Into<String>) -> Self {
        Self::Bad(message.into())
    }

    /// The name it is counted under.
    fn kind_name(&self) -> &'static str {
        match self {
            Self::Bad(_) => "authzen-error",
            Self::Error(error) => error.kind_name(),
        }
    }

    /// Text instead of a problem document. The specification knows few statuses: whatever is wrong with a request is
    /// 400. A request that is right and too much keeps its 429, so that a gateway waits, and one whose key belongs to
    /// another its 409 or 422.
    fn into_response(self) -> Response {
        let error = match self {
            Self::Bad(message) => return (StatusCode::BAD_REQUEST, message).into_response(),
            Self::Error(error) => error,
        };
        let is_of_key = matches!(error, RequestError::Repeat(_));
        let text = Problem::of(error.clone()).text();
        let mut response = error.into_response();
        let status = response.status();
        let is_kept = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS);
        if !(status.is_server_error() || is_kept || is_of_key) {
            *response.status_mut() = StatusCode::BAD_REQUEST;
        }
        let text_type = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text_type);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(text);
        response
    }
}

/// What is wrong with the only evaluation, or with the defaults, is wrong with the request.
impl From<EvaluationError> for AuthzenError {
    fn from(error: EvaluationError) -> Self {
        Self::Bad(error.to_string())
    }
}

impl From<RequestError> for AuthzenError {
    fn from(error: RequestError) -> Self {
        Self::Error(error)
    }
}

/// A request of an identified caller.
struct AuthzenRequest {
    app: Arc<App>,
    caller: IdentifiedCaller,
    engine: Arc<Engine>,
    languages: Vec<String>,
    key: Option<Uuid>,
    bytes: Bytes,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id of a request that is echoed, in bytes.
const REQUEST_ID_BYTES_MAX: usize = 128;

/// Whether an id that a client sent may stand in a header of the response: visible ASCII characters (RFC 9110, 5.5),
/// so that no program on the way takes it for something else.
fn is_echoed(id: &HeaderValue) -> bool {
    (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

/// Lets a request in, answers it, and gives it back its id.
async fn respond<W>(
    app: Arc<App>,
    operation: Operation,
    request: Request,
    work: impl FnOnce(AuthzenRequest) -> W,
) -> Response
where
    W: Future<Output = Result<RecordedReply, AuthzenError>> + Send + 'static,
{
    let id = request.headers().get(REQUEST_ID).filter(|id| is_echoed(id)).cloned();
    let mut response = match answer(&app, operation, request, work).await {
        Ok(answer) => SentReply::respond(&app, Ok(answer)),
        Err(failure) => {
            app.metrics.problem(failure.kind_name());
            failure.into_response()
        }
    };
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Lets a request in and answers it, one with a key once.
async fn answer<W>(
    app: &Arc<App>,
    operation: Operation,
    request: Request,
    work: impl FnOnce(AuthzenRequest) -> W,
) -> Result<SentReply, AuthzenError>
where
    W: Future<Output = Result<RecordedReply, AuthzenError>> + Send + 'static,
{
    let (parts, body): (_, Body) = request.into_parts();
    let (headers, query) = (&parts.headers, parts.uri.query());
    let address = PeerAddress::of(&parts.extensions);
    let peer = parts.extensions.get::<PeerSubject>();
    let caller = IdentifiedCaller::begin(app, headers, peer, address).await?;
    let key = idempotency_key(headers)?;
    let bytes = accept(app, headers, body).await?;
    let RequestEngine(engine) = RequestEngine::of(app, &parts.extensions);
    let asked = |caller| AuthzenRequest {
        app: Arc::clone(app),
        caller,
        engine,
        languages: wanted_languages(headers),
        key,
        bytes: bytes.clone(),
    };
    match key {
        None => Ok(work(asked(caller)).await?.into()),
        Some(key) => {
            let keyed = KeyedRequest { key, operation, query, headers, body: &bytes };
            answer_once(caller, keyed, |caller| work(asked(caller))).await
        }
    }
}

fn error_reply(error: &EvaluationError) -> EvaluationReply {
    let error = EvaluationErrorReply { status: error.status(), message: error.to_string() };
    let context = EvaluationContext { error: Some(error), ..EvaluationContext::default() };
    EvaluationReply { decision: false, context: Some(context) }
}

impl AuthzenRequest {
    /// Parses the body in a turn of the caller.
    async fn parse<T>(&self, read: impl FnOnce(&UntypedValue) -> Result<T, AuthzenError>) -> Result<T, AuthzenError> {
        let limit = &self.app.concurrency_limit;
        let _turn = limit.acquire(&self.caller.0.quota.load).await.map_err(|_| RequestError::Overloaded)?;
        limit.parse(self.bytes.len(), || {
            let raw: &serde_json::value::RawValue =
                serde_json::from_slice(&self.bytes).map_err(|error| AuthzenError::bad(not_json(&error)))?;
            let tree = UntypedValue::from_json(raw, "").map_err(|fault| AuthzenError::bad(fault.to_string()))?;
            read(&tree)
        })
    }

    /// The units of so many evaluations. A turn is taken for each as it comes.
    fn units(&self, evaluations: usize) -> Result<WorkUnits<'_>, RequestError> {
        Ok(WorkUnits::begin(&self.app.concurrency_limit, &self.caller.0.quota, evaluations)?)
    }

    /// Rules on one fact, records it and replies.
    async fn answer(&self, question: &EvaluationRequest) -> Result<RecordedReply, AuthzenError> {
        let mut units = self.units(1)?;
        let RuledEvaluation { case, disclosed } = match self.rule(question, self.context(), &mut units).await? {
            Ok(ruled) => ruled,
            Err(error) => {
                return Ok(RecordedReply { bytes: to_json(&error_reply(&error))?, once: None, permit: None });
            }
        };
        units.rest();
        let provenance = self.caller.provenance(self.engine.rulebook().digest(), self.key);
        let recorded = self.app.log.record_disclosure(&disclosed, &case.disclosure, Mode::Official, provenance).await;
        let permit = recorded.map_err(RequestError::from)?;
        self.app.metrics.disclosed(&disclosed, Mode::Official);
        let reply = self.reply(&disclosed, question.understands_mask, &permit);
        Ok(RecordedReply { bytes: to_json(&reply)?, once: None, permit: Some(permit) })
    }

    /// Rules on the facts of several evaluations, up to the one that settles the request, and records them in one line.
    async fn evaluate_all(&self, several: EvaluationsRequest) -> Result<RecordedReply, AuthzenError> {
        let context = self.context();
        let mut units = self.units(several.items.len())?;
        let mut ruled = Vec::with_capacity(several.items.len());
        // Of each evaluation: whether it was ruled on and the caller masks, or what is wrong with it.
        let mut outcomes = Vec::with_capacity(several.items.len());
        for item in &several.items {
            let evaluated = match item {
                Ok(question) => {
                    self.rule(question, context, &mut units).await?.map(|ruled| (ruled, question.understands_mask))
                }
                Err(error) => Err(error.clone()),
            };
            let permits = evaluated.as_ref().is_ok_and(|(ruled, masks)| permits(&ruled.disclosed, *masks));
            outcomes.push(evaluated.map(|(evaluation, understands_mask)| {
                ruled.push(evaluation);
                understands_mask
            }));
            match several.semantic {
                Semantic::DenyOnFirstDeny if !permits => break,
                Semantic::PermitOnFirstPermit if permits => break,
                Semantic::ExecuteAll | Semantic::DenyOnFirstDeny | Semantic::PermitOnFirstPermit => {}
            }
        }
        let limit = &self.app.concurrency_limit;
        let provenance = self.caller.provenance(self.engine.rulebook().digest(), self.key);
        let record = (!ruled.is_empty()).then(|| {
            limit.run(u64::MAX, || PreparedRecord::of_evaluations(self.app.log.ids().next(), &ruled, provenance))
        });
        units.rest();
        let permit = match record {
            Some(record) => {
                Some(self.app.log.record_evaluations(record, provenance).await.map_err(RequestError::from)?)
            }
            None => None,
        };
        Ok(RecordedReply { bytes: self.render(outcomes, &ruled, permit.as_ref()).await?, once: None, permit })
    }

    /// Renders the replies to evaluations in the caller's turn, which is passed on now and then. Those without an error
    /// were ruled on in this order, and recorded.
    async fn render(
        &self,
        outcomes: Vec<Result<bool, EvaluationError>>,
        ruled: &[RuledEvaluation],
        permit: Option<&ReplyPermit>,
    ) -> Result<Vec<u8>, AuthzenError> {
        let limit = &self.app.concurrency_limit;
        let mut turn = limit.acquire_again(&self.caller.0.quota.load).await.map_err(|_| RequestError::Overloaded)?;
        let mut recorded = ruled.iter().zip(permit.into_iter().cycle());
        let mut evaluations = Vec::with_capacity(outcomes.len());
        for together in outcomes.chunks(RENDERED_TOGETHER) {
            turn.pass_on().await;
            limit.run(u64::MAX, || {
                evaluations.extend(together.iter().filter_map(|outcome| match outcome {
                    Ok(understands_mask) => recorded.next().map(|(RuledEvaluation { disclosed, .. }, permit)| {
                        self.app.metrics.disclosed(disclosed, Mode::Official);
                        self.reply(disclosed, *understands_mask, permit)
                    }),
                    Err(error) => Some(error_reply(error)),
                }));
            });
        }
        turn.pass_on().await;
        Ok(limit.run(u64::MAX, || to_json(&EvaluationsOrOneReply::Several(EvaluationsReply { evaluations })))?)
    }

    fn context(&self) -> RequestContext<'_> {
        RequestContext::of(&self.caller.0)
    }

    /// Rules on one fact.
    async fn rule(
        &self,
        question: &EvaluationRequest,
        context: RequestContext<'_>,
        units: &mut WorkUnits<'_>,
    ) -> Result<Result<RuledEvaluation, EvaluationError>, AuthzenError> {
        units.next().await.map_err(RequestError::from)?;
        let case = match question.authorise_and_bind(self.engine.rulebook(), context) {
            Ok(case) => case,
            Err(error) => {
                if matches!(error, EvaluationError::Forbidden(_)) {
                    self.app.metrics.problem("forbidden");
                }
                return Ok(Err(error));
            }
        };
        let disclosed = self.app.concurrency_limit.run(u64::MAX, || disclose(&self.engine, &case));
        Ok(match disclosed {
            Ok(disclosed) if disclosed.rulings.facts().is_empty() => {
                Err(EvaluationError::Unknown("the fact is unknown".to_owned()))
            }
            Ok(disclosed) => Ok(RuledEvaluation { case, disclosed }),
            Err(error) => Err(EvaluationError::Unknown(error.to_string())),
        })
    }

    /// The reply to an evaluation that is recorded.
    fn reply(&self, disclosed: &DisclosureDecision, understands_mask: bool, permit: &ReplyPermit) -> EvaluationReply {
        let decision = permits(disclosed, understands_mask);
        let Some(ruled) = disclosed.strictest() else {
            return EvaluationReply { decision, context: None };
        };
        let ruling = ruling_reply(ruled, &disclosed.rulings, None, &self.languages);
        let reason = match ruled.verdict {
            Verdict::Permit => None,
            Verdict::Mask(mask) if decision => Some(only_masked(mask)),
            Verdict::Mask(mask) => {
                Some(only_masked(mask) + "; a gateway that masks says so by \"understands\": [\"mask\"] in context")
            }
            Verdict::Withhold => Some(why(&ruling.decided_by)),
        };
        let context = EvaluationContext {
            id: permit.id().map(|id| id.to_string()),
            ruling: Some(ruling.ruling),
            mask: ruling.mask,
            reason,
            decided_by: ruling.decided_by,
            obligations: ruling.obligations,
            ..EvaluationContext::default()
        };
        EvaluationReply { decision, context: Some(context) }
    }
}

/// Whether the fact may be handed over to a gateway that masks or doesn't.
fn permits(disclosed: &DisclosureDecision, understands_mask: bool) -> bool {
    match disclosed.strictest().map(|ruled| ruled.verdict) {
        Some(Verdict::Permit) => true,
        Some(Verdict::Mask(_)) => understands_mask,
        Some(Verdict::Withhold) | None => false,
    }
}

fn only_masked(mask: Mask) -> String {
    format!("the fact may be had only in the form `{mask}`")
}

fn why(because: &[RulingReasonReply]) -> String {
    let words = because.iter().map(|because| match (&because.title, &because.jurisdiction) {
        (Some(title), Some(place)) => format!("{place}: {title}"),
        (None, Some(place)) => format!("{place}: {}", because.reason),
        (_, None) => because.reason.to_owned(),
    });
    words.collect::<Vec<_>>().join("; ")
}

fn not_json(error: &serde_json::Error) -> String {
    format!("the body can't be read as JSON at line {}, column {}", error.line(), error.column())
}
