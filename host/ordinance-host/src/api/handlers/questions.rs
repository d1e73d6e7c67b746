//! `POST /v1/services/{id}/questions`: from the facts so far to what to ask next.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::questions::{Question, questions as rank};
use ordinance_engine::{ApplicableLaw, Case, Engine};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::admission::stage_observer::StageObserver;
use crate::api::extract::{compute_json, service_id};
use crate::api::language::wanted_languages;
use crate::api::problem::RequestError;
use crate::api::replies::fact::{FactReply, named_fact_reply};
use crate::api::replies::privacy::{RulingReply, withheld};
use crate::api::replies::value::written;
use crate::api::replies::{AtLeastReply, at_least, granted, why_undetermined};
use crate::api::requests::member::ServiceMember;
use crate::api::requests::questions::{QuestionsBody, QuestionsRequest};
use crate::api::requests::terms::{RequestContext, contract_of};
use crate::api::responses::BodyProblems;
use crate::app::{App, IdentifiedCaller, RequestEngine};

/// What to ask next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionsReply {
    /// Whether there is nothing more to ask: it is decided, or no answer would help; `outcome` and `reason` say which.
    done: bool,
    /// The day whose knowledge counts: that of the request, else the day that it was in the place.
    known_at: String,
    /// The day that it was in the place, whose privacy law counts.
    processed_on: String,
    /// What the facts so far come to.
    outcome: &'static str,
    /// Why it is undetermined.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What is granted, if that is settled.
    #[schema(value_type = Option<Object>)]
    grant: Option<Box<RawValue>>,
    /// What is certain of a grant that isn't final.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AtLeastReply>)]
    at_least: Option<Box<RawValue>>,
    /// What to ask, the most telling question first. What can't change the decision isn't in it.
    ask: Vec<QuestionReply>,
    /// Whether `ask` may name facts that can't change the decision: the search ended at its limit, or its result is
    /// redacted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut_short: bool,
    /// The facts that the law reads and that privacy law withholds: asking for them doesn't help, another basis may.
    withheld: Vec<RulingReply>,
    /// Parts of facts that are missing and that can't be asked for by themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    complete: Vec<String>,
}

/// One question: a fact, or a part of one by its path in the case, such as `members[1].age`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionReply {
    #[serde(flatten)]
    fact: FactReply,
    /// Whether a rule can't be evaluated without it.
    required: bool,
    /// Whether an answer to it alone may settle the decision.
    may_settle: bool,
}

/// What to ask next
///
/// From the facts so far: what else can change the decision, the most telling fact first, or that nothing more is
/// needed. Nothing is recorded.
#[utoipa::path(post, path = "/v1/services/{id}/questions", tag = "decisions", request_body = QuestionsBody,
    params(("id" = ServiceMember, Path, example = "disability-care-subsidy")),
    responses((status = 200, description = "What to ask", body = QuestionsReply), BodyProblems))]
pub(crate) async fn questions(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    caller: IdentifiedCaller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    app.respond(answer(&app, &engine, &caller, id, &headers, body).await)
}

async fn answer(
    app: &App,
    engine: &Engine,
    caller: &IdentifiedCaller,
    id: Result<Path<String>, PathRejection>,
    headers: &HeaderMap,
    body: Body,
) -> Result<QuestionsReply, RequestError> {
    let rulebook = engine.rulebook();
    let service = service_id(id)?;
    let contract = contract_of(rulebook, &service)?;
    compute_json(app, &caller.0, headers, body, |body, turn| {
        let request = app.concurrency_limit.parse(body.len(), || QuestionsRequest::parse(body, service))?;
        let case = request.authorise_and_bind(rulebook, contract, RequestContext::of(&caller.0))?;
        let law = ApplicableLaw::select(engine, &case.query).map_err(RequestError::Unknown)?;
        let mut observer = StageObserver::new(&app.concurrency_limit, turn, false);
        Ok(reply(&law, &case, &wanted_languages(headers), &mut observer))
    })
    .await
}

fn reply(
    law: &ApplicableLaw<'_>,
    case: &Case,
    languages: &[String],
    observer: &mut StageObserver<'_>,
) -> QuestionsReply {
    let (decision, questions) = rank(law, case, &mut Budget::default(), observer);
    let decision = RedactedDecision::of(&decision);
    let missing = decision.outcome().missing_facts();
    let is_asked = |path: &String| questions.iter().any(|question| question.name.is(path));
    let is_part = |path: &&String| law.contract().fact(path).is_none() && !is_asked(path);
    let complete: Vec<String> = missing.iter().filter(is_part).cloned().collect();
    QuestionsReply {
        done: questions.is_empty() && complete.is_empty(),
        outcome: decision.outcome().as_str(),
        reason: why_undetermined(decision.outcome()),
        known_at: decision.query().known_at.to_string(),
        processed_on: decision.rulings().disclosure().on.to_string(),
        grant: granted(&decision).and_then(|grant| written(&grant)),
        at_least: at_least(&decision).and_then(|least| written(&least)),
        withheld: withheld(&decision, languages),
        cut_short: decision.may_name_irrelevant_facts(),
        ask: questions.iter().map(|question| question_reply(question, languages)).collect(),
        complete,
    }
}

fn question_reply(question: &Question<'_>, languages: &[String]) -> QuestionReply {
    QuestionReply {
        fact: named_fact_reply(&question.name, question.fact, languages),
        required: question.required,
        may_settle: question.settling > 0,
    }
}
