//! `POST /v1/comparisons`: one case under the law of many places, side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ordinance_domain::answer::Grant;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::Outcome;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_domain::value::Value;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Engine, Rulebook};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::admission::stage_observer::StageObserver;
use crate::admission::work_units::WorkUnits;
use crate::api::explain::Explain;
use crate::api::extract::accept_in_turn;
use crate::api::language::wanted_languages;
use crate::api::problem::RequestError;
use crate::api::replies::compared_place::{ExplainedPlace, place_reply};
use crate::api::replies::value_reply;
use crate::api::requests::comparison::{Comparison, ComparisonBody, ComparisonRequest};
use crate::api::requests::terms::RequestContext;
use crate::api::responses::BodyProblems;
use crate::app::{App, IdentifiedCaller, RequestEngine};

/// One case under the law of many places.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparisonReply {
    service: String,
    as_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_at: Option<String>,
    /// How many places come to each outcome.
    outcomes: BTreeMap<&'static str, usize>,
    /// For each number of the grant, the least and the most that a place gives, and who.
    grants: BTreeMap<String, SpreadReply>,
    /// Each place, in the order of the request or by code.
    #[schema(value_type = Vec<ExplainedPlace>)]
    places: Vec<Box<RawValue>>,
    rulebook: String,
}

/// The least and the most of a number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpreadReply {
    /// As in a grant: a decimal is a string.
    #[schema(schema_with = crate::api::schema::amount)]
    least: serde_json::Value,
    /// The first place that gives the least.
    least_in: String,
    #[schema(schema_with = crate::api::schema::amount)]
    most: serde_json::Value,
    /// The first place that gives the most.
    most_in: String,
}

/// Compare places
///
/// One case under the law of several places: outcomes and grants side by side with the provisions that decided. For
/// people who move, and for supervisors who look for unequal treatment. `explain` asks for less. Nothing is recorded.
#[utoipa::path(post, path = "/v1/comparisons", tag = "decisions", request_body = ComparisonBody,
    responses((status = 200, description = "The comparison", body = ComparisonReply), BodyProblems))]
pub(crate) async fn compare(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    caller: IdentifiedCaller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    app.respond(answer(&app, &engine, &caller, &headers, body).await)
}

async fn answer(
    app: &App,
    engine: &Engine,
    caller: &IdentifiedCaller,
    headers: &HeaderMap,
    body: Body,
) -> Result<ComparisonReply, RequestError> {
    let rulebook = engine.rulebook();
    let languages = wanted_languages(headers);
    let (body, turn) = accept_in_turn(app, &caller.0, headers, body).await?;
    let request = app.concurrency_limit.parse(body.len(), || ComparisonRequest::parse(&body))?;
    let comparison = request.authorise_and_bind(rulebook, RequestContext::of(&caller.0))?;
    let places = comparison.cases.len();
    let mut units = WorkUnits::begin(&app.concurrency_limit, &caller.0.quota, places)?.in_turn(turn);
    let share = BUDGET.share(places);
    let mut reply = ComparisonDraft::default();
    for case in &comparison.cases {
        let turn = units.next().await?;
        let law = ApplicableLaw::select(engine, &case.query).map_err(RequestError::Unknown)?;
        let mut observer = StageObserver::new(&app.concurrency_limit, turn, false);
        let decision = decide_under(&law, case, &mut share.clone(), &mut observer).decision;
        reply.add(&RedactedDecision::of(&decision), rulebook, &languages, comparison.explain);
    }
    Ok(reply.finish(&comparison, rulebook))
}

/// The places that are compared so far.
#[derive(Default)]
struct ComparisonDraft {
    outcomes: BTreeMap<&'static str, usize>,
    /// What is granted where the recipient may see it.
    granted: Vec<(JurisdictionCode, Grant)>,
    /// Each place, written.
    places: Vec<Box<RawValue>>,
}

impl ComparisonDraft {
    fn add(&mut self, decision: &RedactedDecision<'_>, rulebook: &Rulebook, languages: &[String], explain: Explain) {
        *self.outcomes.entry(decision.outcome().as_str()).or_insert(0) += 1;
        if let Outcome::Eligible(grant) = decision.outcome()
            && !decision.is_redacted()
        {
            self.granted.push((decision.place().clone(), grant.clone()));
        }
        self.places.extend(place_reply(decision, rulebook, languages, explain));
    }

    fn finish(self, comparison: &Comparison, rulebook: &Rulebook) -> ComparisonReply {
        ComparisonReply {
            service: comparison.contract.service.to_string(),
            as_of: comparison.as_of.to_string(),
            known_at: comparison.known_at.map(|day| day.to_string()),
            outcomes: self.outcomes,
            grants: spreads(&comparison.contract, &self.granted),
            places: self.places,
            rulebook: rulebook.digest().to_string(),
        }
    }
}

/// How much finding out which facts matter may cost in one comparison, in equal shares.
const BUDGET: Budget = Budget { evaluations: 40_000, fuel: 2_000_000_000 };

/// The least and the most of each number that is granted.
fn spreads(contract: &Contract, granted: &[(JurisdictionCode, Grant)]) -> BTreeMap<String, SpreadReply> {
    let spread = |field: &ordinance_domain::contract::GrantField| {
        let given: Vec<(&JurisdictionCode, &Value)> =
            granted.iter().filter_map(|(place, grant)| Some((place, grant.get(&field.name)?))).collect();
        let first = *given.first()?;
        first.1.compare(first.1)?;
        let pick = |wanted| {
            given.iter().fold(first, |best, one| if one.1.compare(best.1) == Some(wanted) { *one } else { best })
        };
        let least = pick(std::cmp::Ordering::Less);
        let most = pick(std::cmp::Ordering::Greater);
        let reply = SpreadReply {
            least: value_reply(least.1, &field.fact_type),
            least_in: least.0.to_string(),
            most: value_reply(most.1, &field.fact_type),
            most_in: most.0.to_string(),
        };
        Some((field.name.to_string(), reply))
    };
    contract.grant.iter().filter_map(spread).collect()
}
