//! `POST /v1/comparisons`: one case under the law of many places, side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ordinance_domain::answer::Determination;
use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Decision, LayerStatus, Outcome};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::provision::Provision;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_domain::value::Value;
use ordinance_engine::case::Case;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Engine, InputError, NoObserver, Rulebook};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::extract::{accept, best};
use crate::api::handlers::claims::ClaimsBody;
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::{
    GrantReply, ProvisionReply, ViolationReply, granted, provision_reply, value_reply, violation_reply,
    why_undetermined,
};
use crate::api::requests::contract_of;
use crate::api::requests::{ComparisonRequest, PLACES_MAX, Places, read_comparison};
use crate::app::{App, Identified};

/// A case and the places to compare. This type is only described here; a request is read against the service's contract.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "service": "disability-care-subsidy", "as_of": "2026-03-01", "children_of": "CN",
    "facts": {"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false}
}))]
pub(crate) struct ComparisonBody {
    /// The id of the service.
    service: String,
    /// The day to decide for, as YYYY-MM-DD.
    #[schema(format = Date)]
    as_of: String,
    /// The day whose knowledge counts; without it, all that is known now.
    #[schema(format = Date, required = false, value_type = String)]
    known_at: Option<String>,
    /// What is known, by the names of the service's facts.
    #[schema(value_type = Object)]
    facts: (),
    /// The codes of the places, up to 500.
    #[schema(required = false)]
    jurisdictions: Option<Vec<String>>,
    #[serde(flatten)]
    claims: ClaimsBody,
    /// Instead of `jurisdictions`: all places right below this one, up to 500.
    #[schema(required = false, value_type = String)]
    children_of: Option<String>,
}

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
    places: Vec<ComparedReply>,
    rulebook: String,
}

/// The least and the most of a number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpreadReply {
    /// As in a grant: a decimal is a string.
    #[schema(value_type = Object)]
    least: serde_json::Value,
    /// The first place that gives the least.
    least_in: String,
    #[schema(value_type = Object)]
    most: serde_json::Value,
    /// The first place that gives the most.
    most_in: String,
}

/// What one place comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ComparedReply {
    jurisdiction: String,
    /// The code that was asked for, where that place has since been renamed or merged, or had another code then.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<String>,
    name: Option<String>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantReply>,
    /// The facts that this place asks for.
    missing: Vec<String>,
    /// Whether the search for them came to its bound: `missing` may name facts that can't change the decision.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    missing_cut_short: bool,
    /// The facts that privacy law withholds from this place's rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<String>,
    /// The facts that rules may use and that the recipient may not be shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<String>,
    /// The levels that decided (none where facts are hidden from the recipient), with the provisions of their criteria and numbers.
    deciding: Vec<DecidingReply>,
    /// Where a rule went beyond upper law.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationReply>,
}

/// A level that decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecidingReply {
    jurisdiction: String,
    name: Option<String>,
    rule: Option<String>,
    /// The provisions of the criteria that decided and of the numbers that were in force.
    provisions: Vec<ProvisionReply>,
}

/// Compare places
///
/// One case under the law of several places: outcomes and grants side by side with the provisions that decided. For people
/// who move, and for supervisors who look for unequal treatment. Nothing is recorded.
#[utoipa::path(post, path = "/v1/comparisons", tag = "decisions", request_body = ComparisonBody,
    responses((status = 200, description = "The comparison", body = ComparisonReply),
        (status = 400, description = "The request is not well formed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "It isn't known who calls", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The caller may not ask for that", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "A place or the service is unknown", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is not said to be JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The facts don't fit the service", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The host is busy", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn compare(
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
) -> Result<ComparisonReply, RequestError> {
    let body = accept(app, headers, body).await?;
    let engine = app.live.engine();
    let rulebook = engine.rulebook();
    let _turn = app.lane.turn(&caller.0.quota.load).await.map_err(|_| RequestError::Overloaded)?;
    let request = read_comparison(&body, rulebook, caller.asking())?;
    let contract = contract_of(rulebook, &request.service)?;
    let languages = wanted_languages(headers);
    let decisions = app.lane.run(u64::MAX, || decide_all(&engine, &request))?;
    let decisions: Vec<RedactedDecision<'_>> = decisions.iter().map(RedactedDecision::of).collect();
    let mut outcomes = BTreeMap::new();
    for decision in &decisions {
        *outcomes.entry(decision.outcome().as_str()).or_insert(0) += 1;
    }
    Ok(ComparisonReply {
        service: request.service.to_string(),
        as_of: request.as_of.to_string(),
        known_at: request.known_at.map(|day| day.to_string()),
        outcomes,
        grants: spreads(contract, &decisions),
        places: decisions.iter().map(|decision| compared(decision, contract, rulebook, &languages)).collect(),
        rulebook: rulebook.digest().to_string(),
    })
}

/// How much finding out which facts matter may cost in one comparison, in equal shares.
const BUDGET: Budget = Budget { evaluations: 40_000, fuel: 2_000_000_000 };

/// The places to compare.
fn places(rulebook: &Rulebook, request: &ComparisonRequest) -> Result<Vec<JurisdictionCode>, RequestError> {
    let code = match &request.places {
        Places::Listed(codes) => return Ok(codes.clone()),
        Places::ChildrenOf(code) => code,
    };
    let trees = rulebook.jurisdictions();
    let chain = trees.chain(code, request.as_of).map_err(|error| RequestError::Unknown(error.into()))?;
    let children = chain.place().into_iter().flat_map(|place| trees.children(place, request.as_of));
    let codes: Vec<JurisdictionCode> = children.map(|place| place.code.clone()).collect();
    if (1..=PLACES_MAX).contains(&codes.len()) {
        return Ok(codes);
    }
    let message = format!("there are {} places right below this one on that day", codes.len());
    let expected = format!("a place with 1 to {PLACES_MAX} places right below it");
    Err(RequestError::InvalidRequest(vec![InputError::expecting("/children_of", message, expected)]))
}

fn decide_all(engine: &Engine, request: &ComparisonRequest) -> Result<Vec<Decision>, RequestError> {
    let places = places(engine.rulebook(), request)?;
    let share = BUDGET.share(places.len());
    let decide = |jurisdiction: JurisdictionCode| {
        let (service, as_of, known_at) = (request.service.clone(), request.as_of, request.known_at);
        let query = CaseQuery { jurisdiction, service, as_of, known_at };
        let case = Case { query, facts: request.facts.clone(), disclosure: request.disclosure.clone() };
        let law = ApplicableLaw::select(engine, &case.query).map_err(RequestError::Unknown)?;
        Ok(decide_under(&law, &case, &mut share.clone(), &mut NoObserver).decision)
    };
    places.into_iter().map(decide).collect()
}

/// The least and the most of each number that is granted.
fn spreads(contract: &Contract, decisions: &[RedactedDecision<'_>]) -> BTreeMap<String, SpreadReply> {
    let spread = |field: &ordinance_domain::contract::GrantField| {
        let given: Vec<(&JurisdictionCode, &Value)> = decisions
            .iter()
            .filter_map(|decision| match decision.outcome() {
                Outcome::Eligible(_) if decision.is_redacted() => None,
                Outcome::Eligible(grant) => Some((decision.place(), grant.get(&field.name)?)),
                Outcome::Ineligible | Outcome::Undetermined(_) => None,
            })
            .collect();
        let first = *given.first()?;
        first.1.compare(first.1)?;
        let pick = |wanted| {
            given.iter().fold(first, |best, one| if one.1.compare(best.1) == Some(wanted) { *one } else { best })
        };
        let (least, most) = (pick(std::cmp::Ordering::Less), pick(std::cmp::Ordering::Greater));
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

fn compared(
    decision: &RedactedDecision<'_>,
    contract: &Contract,
    rulebook: &Rulebook,
    languages: &[String],
) -> ComparedReply {
    let (reason, missing) = why_undetermined(decision.outcome());
    let name =
        |code: &JurisdictionCode| best(&rulebook.jurisdictions().on(code, decision.query().as_of)?.names, languages);
    let deciding = |layer: &RedactedLayer<'_>| DecidingReply {
        jurisdiction: layer.jurisdiction.to_string(),
        name: name(layer.jurisdiction),
        rule: layer.rule.as_ref().map(ToString::to_string),
        provisions: deciding_provisions(layer, decision.query().as_of).into_iter().map(provision_reply).collect(),
    };
    ComparedReply {
        jurisdiction: decision.place().to_string(),
        asked: decision.requested_jurisdiction().map(ToString::to_string),
        name: name(decision.place()),
        outcome: decision.outcome().as_str(),
        reason,
        grant: granted(contract, decision),
        missing,
        missing_cut_short: decision.may_name_irrelevant_facts(),
        withheld: decision.withheld().map(|ruled| ruled.fact.to_string()).collect(),
        hidden: decision.hidden().map(|ruled| ruled.fact.to_string()).collect(),
        deciding: decision.deciding_layers().map(deciding).collect(),
        violations: decision.layers().iter().flat_map(|layer| layer.violations).map(violation_reply).collect(),
    }
}

/// The provisions of the criteria that speak for a layer's answer and, if it grants, of its numbers on the day.
fn deciding_provisions<'a>(layer: &RedactedLayer<'a>, day: Date) -> Vec<&'a Provision> {
    let (Some(rule), LayerVisibility::Full(LayerStatus::Applied { answer, .. })) = (layer.rule, &layer.status) else {
        return Vec::new();
    };
    let (speaks, grants) = match answer.determination {
        Determination::Eligible(_) => (Some(true), true),
        Determination::Ineligible => (Some(false), false),
        Determination::Undetermined => (None, false),
    };
    let spoke = answer.findings.iter().filter(|finding| finding.satisfied == speaks);
    let criteria = spoke.filter_map(|finding| rule.criterion(&finding.criterion));
    let numbers =
        rule.parameters.iter().filter(|_| grants).filter_map(|parameter| parameter.on(day)?.provision.as_ref());
    let mut provisions: Vec<&Provision> = Vec::new();
    for provision in criteria.map(|criterion| &criterion.provision).chain(numbers) {
        if !provisions.contains(&provision) {
            provisions.push(provision);
        }
    }
    provisions
}
