//! `POST /v1/disclosures`: a recipient asks for facts; each is ruled on by the law of all levels, and handed back as it is
//! ruled where its value was sent.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ordinance_domain::calendar::Date;
use ordinance_domain::digest::Digest;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::privacy::{Disclosure, RuledFact, Verdict};
use ordinance_domain::value::{Value, field};
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_engine::{Engine, Rulebook, disclose};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::admission::callers::Caller;
use crate::api::extract::accept;
use crate::api::handlers::claims::{RecipientBody, SubjectBody};
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::privacy::{
    AskingReply, PrivacyLayerReply, RuledReply, asking_reply, layer_reply, ruled_reply,
};
use crate::api::requests::{DisclosureRequest, RequestContext, read_disclosure};
use crate::app::{App, Identified};
use crate::audit::mode::Mode;
use crate::audit::writer::Receipt;

/// A request for facts. This type is only described here; a request is read against the facts of the rulebook.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "jurisdiction": "CN-4403", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
    "facts": ["age", "disability_grade"], "values": {"age": 67}
}))]
pub(crate) struct DisclosureBody {
    /// The code of the place whose law rules.
    jurisdiction: String,
    /// For whom it is asked, where the caller is a gateway that asks for others; else it is the caller.
    #[schema(required = false)]
    recipient: RecipientBody,
    /// What the facts are for, a purpose of the Data Privacy Vocabulary 2.3.
    purpose: String,
    /// What entitles to them: a word such as `statutory-duty`, or `{"consent": {"facts": [...], "separate": [...]}}`.
    #[schema(value_type = String)]
    basis: (),
    /// What is known of the person whom the facts are about.
    #[schema(required = false)]
    subject: SubjectBody,
    /// The facts by name; those of `values` if they aren't named.
    #[schema(required = false)]
    facts: Option<Vec<String>>,
    /// Values to hand back, each as it is ruled on its fact.
    #[schema(required = false, value_type = Object)]
    values: (),
    /// The day whose privacy law counts: today, unless nothing is recorded.
    #[schema(format = Date, required = false, value_type = String)]
    processed_on: Option<String>,
    /// `official` (the default) records what was ruled; `simulation` leaves no record.
    #[schema(required = false, value_type = String, example = "official")]
    mode: Option<String>,
}

/// What is ruled on a request for facts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DisclosureReply {
    /// The id of its record; none for a simulation, which leaves no record.
    id: Option<Uuid>,
    mode: &'static str,
    jurisdiction: String,
    #[serde(flatten)]
    asking: AskingReply,
    /// What is ruled on each fact.
    facts: Vec<RuledReply>,
    /// The facts of which a value was sent and that weren't asked for: send them no more.
    undeclared: Vec<String>,
    /// The privacy rules that ruled, top first.
    layers: Vec<PrivacyLayerReply>,
    rulebook: String,
}

/// Ask for facts
///
/// Each fact is ruled on by the privacy law of every level: permit, mask or withhold, with the criterion, its article and
/// what the recipient must do. Values that are sent along come back as it is ruled: as they are, masked, or not at all.
/// What was ruled is recorded, never a value.
#[utoipa::path(post, path = "/v1/disclosures", tag = "privacy", request_body = DisclosureBody,
    responses((status = 200, description = "The rulings", body = DisclosureReply),
        (status = 400, description = "The request is not well formed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "It isn't known who calls", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The caller may not ask for that", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The place is unknown", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not said to be JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A fact is unknown, or a value doesn't fit it", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The host is busy, or the rulings can't be recorded", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn disclosures(
    State(app): State<Arc<App>>,
    caller: Identified,
    headers: HeaderMap,
    body: Body,
) -> Response {
    app.respond(answer(&app, &caller, &headers, body).await)
}

async fn answer(
    app: &App,
    caller: &Identified,
    headers: &HeaderMap,
    body: Body,
) -> Result<DisclosureReply, RequestError> {
    let body = accept(app, headers, body).await?;
    let engine = app.live.engine();
    let rulebook = engine.rulebook();
    let (request, disclosed) = {
        let _turn = app.lane.turn(&caller.0.quota.load).await.map_err(|_| RequestError::Overloaded)?;
        let request = read_disclosure(&body, rulebook, caller.asking())?;
        let disclosed = app.lane.run(u64::MAX, || disclose(&engine, &request.case)).map_err(RequestError::Unknown)?;
        (request, disclosed)
    };
    let receipt = record(app, &disclosed, &request.case.disclosure, request.mode, caller, rulebook.digest()).await?;
    Ok(reply(&receipt, &request, &disclosed, rulebook, &wanted_languages(headers)))
}

/// Records what was ruled, and counts it.
pub(crate) async fn record(
    app: &App,
    disclosed: &DisclosureDecision,
    disclosure: &Disclosure,
    mode: Mode,
    caller: &Identified,
    rulebook: Digest,
) -> Result<Receipt, RequestError> {
    let receipt = match mode {
        Mode::Official => app.log.record_disclosure(disclosed, disclosure, &caller.0, rulebook).await,
        Mode::Simulation => Ok(Receipt::simulation()),
    };
    let receipt = receipt.map_err(|_| RequestError::NotRecorded)?;
    app.metrics.disclosed(disclosed, mode);
    Ok(receipt)
}

/// A request for facts that can't be put to the law: what is wrong with it, for the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureFault(pub String);

/// The reply to a request for facts as JSON, without a server and without a record: whoever runs this holds the rulebook.
///
/// # Errors
/// [`DisclosureFault`] if the request is not well formed or can't be put to the rulebook.
pub fn disclosure_reply(
    engine: &Engine,
    body: &[u8],
    today: Date,
    languages: &[String],
) -> Result<String, DisclosureFault> {
    let fault = |error: RequestError| DisclosureFault(Problem::of(error).0.in_full());
    let caller = Caller::unrestricted("command-line");
    let request = read_disclosure(body, engine.rulebook(), RequestContext { caller: &caller, today }).map_err(fault)?;
    let disclosed = disclose(engine, &request.case).map_err(|error| fault(RequestError::Unknown(error)))?;
    let reply = reply(&Receipt::simulation(), &request, &disclosed, engine.rulebook(), languages);
    Ok(serde_json::to_string_pretty(&DisclosureReply { mode: Mode::Simulation.as_str(), ..reply }).unwrap_or_default())
}

/// The answer to a request that has its receipt.
fn reply(
    receipt: &Receipt,
    request: &DisclosureRequest,
    disclosed: &DisclosureDecision,
    rulebook: &Rulebook,
    languages: &[String],
) -> DisclosureReply {
    let (rulings, case) = (&disclosed.rulings, &request.case);
    let surplus = case.values.0.iter().map(|(name, _)| name).filter(|name| !case.facts.contains(name));
    let fact = |ruled: &RuledFact| {
        let handed = rulebook.fact(ruled.fact.as_str()).and_then(|fact| handed_over(disclosed, ruled, fact));
        let value = handed.as_ref().map(|(value, fact_type)| (*value, fact_type));
        ruled_reply(ruled, rulings, value.filter(|_| request.has_values), languages)
    };
    DisclosureReply {
        id: receipt.id(),
        mode: request.mode.as_str(),
        jurisdiction: disclosed.jurisdiction.to_string(),
        asking: asking_reply(&case.disclosure),
        facts: rulings.facts.iter().map(fact).collect(),
        undeclared: surplus.map(ToString::to_string).collect(),
        layers: rulings.layers.iter().map(|layer| layer_reply(layer, languages)).collect(),
        rulebook: rulebook.digest().to_string(),
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
