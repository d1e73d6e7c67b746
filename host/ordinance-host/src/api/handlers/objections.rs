//! `POST /v1/objections`: a person objects to a decision by its receipt. `GET /v1/objections/{id}`: how that stands.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Response;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use ordinance_engine::{InputError, Rulebook};
use ordinance_receipt::Salt;
use ordinance_receipt::objection::{ObjectionContent, ObjectionNotice, ObjectionToken, RecordedAnswer, fingerprint};
use ordinance_trust::ObjectionsRecipient;
use uuid::Uuid;

use crate::api::extract::{BodyKind, accept_within, path_text, turn_of};
use crate::api::objection_checks::{DisputedDecision, check_decision, check_in_log, prove, tree_of};
use crate::api::objection_error::ObjectionError;
use crate::api::problem::{HEADER, InternalError, RequestError};
use crate::api::replies::objection::{ObjectionAnswerReply, ObjectionReply, ReviewerReply};
use crate::api::requests::objection::{ObjectionBody, ObjectionRequest};
use crate::api::responses::{ObjectionProblems, ObjectionStateProblems};
use crate::app::{App, IdentifiedCaller, RequestEngine};
use crate::clock::now;
use crate::objections::recipients::recipient_of;
use crate::objections::recording::{RecordingError, on_disk, record_objection};
use crate::objections::state::ObjectionState;
use crate::objections::store::NotKeptError;
use crate::objections::terms::last_day_to_answer;
use crate::objections::upkeep::{day_in, notice_answer};
use crate::observability::request_id::LogIdentity;
use crate::rulebook::repository::SignedRulebook;
use crate::shown::Shown;

/// The header with the token of an objection.
const OBJECTION_TOKEN: HeaderName = HeaderName::from_static("objection-token");

impl From<RecordingError> for RequestError {
    fn from(error: RecordingError) -> Self {
        match error {
            RecordingError::NotRecorded(error) => error.into(),
            RecordingError::Folder(_) | RecordingError::NoTree | RecordingError::BrokeOff => failed(&error),
        }
    }
}

/// The error, for the operator alone.
fn failed(error: &dyn std::error::Error) -> RequestError {
    InternalError::Objection { reason: with_cause(error) }.into()
}

fn with_cause(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{cause}")
}

/// Object to a decision
///
/// Whoever holds the receipt of a decision may object to it once, in the time that the service's contract gives. The
/// host seals the receipt, the reason and the contact to the authority that reviews the decision, and records their
/// hash. The same objection, sent again, is answered as before.
#[utoipa::path(
    post,
    path = "/v1/objections",
    tag = "objections",
    request_body = ObjectionBody,
    responses(
        (status = 201, description = "The objection is taken", body = ObjectionReply),
        (status = 200, description = "The same objection was taken before", body = ObjectionReply),
        ObjectionProblems
    )
)]
pub(crate) async fn object(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    caller: IdentifiedCaller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match take(&app, engine.rulebook(), caller, &headers, body).await {
        Ok((status, reply)) => {
            let mut response = app.respond(Ok(reply));
            if response.status().is_success() {
                *response.status_mut() = status;
            }
            response
        }
        Err(error) => app.problem(error),
    }
}

async fn take(
    app: &Arc<App>,
    rulebook: &Arc<Rulebook>,
    caller: IdentifiedCaller,
    headers: &HeaderMap,
    body: Body,
) -> Result<(StatusCode, ObjectionReply), RequestError> {
    let body = accept_within(app, headers, body, (BodyKind::Json, app.config.objections.body_bytes_max)).await?;
    take_accepted(app, rulebook, caller, &body).await
}

/// Takes an objection that a page of this host sends, by the body of `POST /v1/objections`.
pub(crate) async fn take_accepted(
    app: &Arc<App>,
    rulebook: &Arc<Rulebook>,
    caller: IdentifiedCaller,
    body: &[u8],
) -> Result<(StatusCode, ObjectionReply), RequestError> {
    let turn = turn_of(app, &caller.0).await?;
    let (request, disputed) = app.concurrency_limit.parse(body.len(), || {
        let request = ObjectionRequest::parse(body)?;
        tree_of(app)?;
        let disputed = check_decision(rulebook, &caller.0, &request.receipt)?;
        Ok::<_, RequestError>((request, disputed))
    })?;
    drop(turn);
    check_in_log(app, &request.receipt).await?;
    // It is finished even if the client leaves, so that nothing is kept without its record.
    let (app, rulebook) = (Arc::clone(app), Arc::clone(rulebook));
    let work = async move { file(&app, &caller, &rulebook, request, &disputed).await };
    let filed = tokio::spawn(LogIdentity::carry(work)).await;
    filed.map_err(|_| RequestError::Internal(InternalError::HandlerPanicked))?
}

/// Keeps and records an objection that holds, if there is none to the decision.
async fn file(
    app: &App,
    caller: &IdentifiedCaller,
    rulebook: &Rulebook,
    request: ObjectionRequest,
    disputed: &DisputedDecision,
) -> Result<(StatusCode, ObjectionReply), RequestError> {
    // The check of the receipt has read it already.
    let salt = Salt::parse(&request.receipt.salt).ok_or(ObjectionError::Unknown)?;
    let _alone = app.objections.begin_writing().await;
    let provenance = caller.provenance(rulebook.digest(), None);
    if let Some(known) = app.objections.against(disputed.record.id) {
        if known.fingerprint != fingerprint(&salt, &request.reason, request.contact.as_deref()).to_string() {
            return Err(ObjectionError::Exists.into());
        }
        let known = record_objection(&app.objections, &app.log, known, Some(provenance)).await?;
        return Ok((StatusCode::OK, reply(app, rulebook, &known, Some(&salt)).await?));
    }
    disputed.check_time(rulebook)?;
    let settings = &app.config.objections.recipients;
    let recipient = recipient_of(&disputed.terms.by, signed(app), settings).ok_or(ObjectionError::NoKey)?;
    let notice = keep(app, rulebook, (request, salt), disputed, &recipient).await?;
    let recorded = record_objection(&app.objections, &app.log, Arc::new(notice), Some(provenance)).await;
    let recorded = match recorded {
        Ok(recorded) => recorded,
        Err(error @ RecordingError::NotRecorded(_)) => {
            // What the log doesn't have isn't kept either, so that the person can send it again.
            forget(app, disputed.record.id).await?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    Ok((StatusCode::CREATED, reply(app, rulebook, &recorded, Some(&salt)).await?))
}

fn signed(app: &App) -> Option<&SignedRulebook> {
    app.loader.as_ref().and_then(|loader| loader.signed())
}

/// Seals an objection and keeps it: on the disk when this returns.
async fn keep(
    app: &App,
    rulebook: &Rulebook,
    (request, salt): (ObjectionRequest, Salt),
    disputed: &DisputedDecision,
    recipient: &ObjectionsRecipient,
) -> Result<ObjectionNotice, RequestError> {
    let DisputedDecision { record, terms, .. } = disputed;
    let (id, received) = (app.log.ids().next(), now());
    let ObjectionRequest { receipt, reason, contact } = request;
    let fingerprint = fingerprint(&salt, &reason, contact.as_deref()).to_string();
    let sealed = ObjectionContent::new(id, received, receipt.raw, reason, contact).seal(recipient);
    let sealed = sealed.map_err(|error| failed(&error))?;
    app.objections.check_room(sealed.len(), Instant::now()).map_err(|error| match error {
        NotKeptError::TooMany { retry_after } => ObjectionError::TooMany { retry_after },
        NotKeptError::Full => ObjectionError::Full,
    })?;
    let received_on = rulebook.day_at(&terms.by, received);
    let notice = ObjectionNotice {
        id,
        decision: record.id,
        service: record.service.clone(),
        jurisdiction: record.jurisdiction.clone(),
        by: terms.by.to_string(),
        received,
        received_on,
        answer_by: last_day_to_answer(terms, received_on),
        keep_days: terms.keep_days,
        sealed: sha256(&sealed).to_string(),
        token_hash: ObjectionToken::of(&salt).hash().to_string(),
        fingerprint,
        record: None,
        answered: None,
    };
    let kept = notice.clone();
    match on_disk(&app.objections, move |store| store.keep(kept, &sealed)).await {
        Ok(()) => Ok(notice),
        Err(error @ RecordingError::Folder(_)) => {
            let _ids = LogIdentity::span().entered();
            tracing::error!(error = with_cause(&error), "an objection can't be kept");
            Err(ObjectionError::Unwritable.into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn forget(app: &App, decision: Uuid) -> Result<(), RequestError> {
    if let Some(notice) = app.objections.against(decision) {
        let id = notice.id;
        on_disk(&app.objections, move |store| store.remove(id)).await?;
    }
    Ok(())
}

/// How an objection stands; with its token for whoever has just sent the receipt.
async fn reply(
    app: &App,
    rulebook: &Rulebook,
    notice: &ObjectionNotice,
    salt: Option<&Salt>,
) -> Result<ObjectionReply, RequestError> {
    let place = JurisdictionCode::new(&notice.by).ok();
    let found = signed(app).and_then(SignedRulebook::latest);
    let name = found.zip(place).and_then(|(found, place)| {
        let report = found.authorities.reports.iter().find(|report| report.jurisdiction == place)?;
        report.name.clone()
    });
    let by = ReviewerReply { jurisdiction: notice.by.clone(), name };
    let state = ObjectionState::of(notice, day_in(rulebook, &notice.by, now())).as_str();
    let unrecorded = || InternalError::Objection { reason: "an objection has no record".to_owned() };
    let record = prove(app, notice.record.as_deref().ok_or_else(unrecorded)?).await?;
    let token = salt.map(|salt| ObjectionToken::of(salt).to_text());
    let answer = match &notice.answered {
        Some(answered) => Some(answer_of(app, notice.id, answered).await?),
        None => None,
    };
    Ok(ObjectionReply { token, answer, ..ObjectionReply::new(notice, state, by, record) })
}

/// The answer to an objection, which must be the one that was recorded.
async fn answer_of(app: &App, id: Uuid, answered: &RecordedAnswer) -> Result<ObjectionAnswerReply, RequestError> {
    let found = on_disk(&app.objections, move |store| store.read_answer(id)).await?;
    let Some((answer, digest)) = found else {
        return Err(InternalError::Objection { reason: format!("the answer to {id} is gone") }.into());
    };
    if digest.to_string() != answered.digest {
        return Err(InternalError::Objection { reason: format!("the answer to {id} isn't the recorded one") }.into());
    }
    Ok(ObjectionAnswerReply {
        outcome: answer.outcome.as_str(),
        text: answer.text,
        on: Shown(answered.on),
        decision: answer.decision,
        record: prove(app, &answered.record).await?,
    })
}

/// How an objection stands
///
/// Only the holder of the receipt can ask: the token is `base64url(SHA-256("objection" · salt))`, without padding, of
/// the 32 bytes of the receipt's salt, as the reply to the objection also had it.
#[utoipa::path(
    get,
    path = "/v1/objections/{id}",
    tag = "objections",
    params(
        ("id" = String, Path, description = "The id of the objection"),
        ("Objection-Token" = String, Header, description = "The token of the objection")
    ),
    responses((status = 200, description = "The objection", body = ObjectionReply), ObjectionStateProblems)
)]
pub(crate) async fn objection(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    _caller: IdentifiedCaller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let told = tell(&app, engine.rulebook(), &path_text(id), &headers).await;
    app.respond(told)
}

async fn tell(app: &App, rulebook: &Rulebook, id: &str, headers: &HeaderMap) -> Result<ObjectionReply, RequestError> {
    let sent = headers.get(OBJECTION_TOKEN).ok_or_else(|| {
        let pointer = format!("{HEADER}{OBJECTION_TOKEN}");
        let expected = "the token of the reply to the objection";
        RequestError::InvalidRequest(vec![InputError::expecting(&pointer, "this header is missing", expected)])
    })?;
    let token = sent.to_str().ok().and_then(ObjectionToken::parse).ok_or(ObjectionError::Unknown)?;
    let id = Uuid::try_parse(id).map_err(|_| ObjectionError::Unknown)?;
    app.objections.get_for(id, &token).ok_or(ObjectionError::Unknown)?;
    // An answer may have come since the host last looked.
    notice_answer(app, id).await?;
    let notice = app.objections.get(id).ok_or(ObjectionError::Unknown)?;
    reply(app, rulebook, &notice, None).await
}
