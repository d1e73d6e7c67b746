//! `POST /v1/comparisons`: one case under the law of many places, side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use ordinance_domain::answer::{Determination, Grant};
use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{LayerStatus, Outcome};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::provision::Provision;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_domain::value::Value;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Rulebook};
use serde::Serialize;
use utoipa::ToSchema;

use crate::admission::stage_observer::StageObserver;
use crate::admission::work_units::WorkUnits;
use crate::api::extract::accept_in_turn;
use crate::api::language::{best, wanted_languages};
use crate::api::problem::RequestError;
use crate::api::replies::{
    AtLeastReply, GrantReply, ProvisionReply, ViolationReply, at_least, granted, provision_reply, value_reply,
    violation_reply, why_undetermined,
};
use crate::api::requests::comparison::{Comparison, ComparisonBody, ComparisonRequest};
use crate::api::requests::terms::RequestContext;
use crate::api::responses::BodyProblems;
use crate::app::{App, IdentifiedCaller};

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
    places: Vec<PlaceComparisonReply>,
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

/// What one place comes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceComparisonReply {
    jurisdiction: String,
    /// The code that the request named, where the place has been renamed or merged since, or had another code then.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<String>,
    name: Option<String>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantReply>,
    /// What is certain of a grant that isn't final.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<AtLeastReply>,
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
    /// The levels that decided (none where facts are hidden from the recipient), with the provisions of their criteria
    /// and numbers.
    deciding: Vec<DecidingLayerReply>,
    /// Where a rule went beyond upper law.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationReply>,
}

/// A level that decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecidingLayerReply {
    jurisdiction: String,
    name: Option<String>,
    rule: Option<String>,
    /// The provisions of the criteria that decided and of the numbers that were in force.
    provisions: Vec<ProvisionReply>,
}

/// Compare places
///
/// One case under the law of several places: outcomes and grants side by side with the provisions that decided. For
/// people who move, and for supervisors who look for unequal treatment. Nothing is recorded.
#[utoipa::path(post, path = "/v1/comparisons", tag = "decisions", request_body = ComparisonBody,
    responses((status = 200, description = "The comparison", body = ComparisonReply), BodyProblems))]
pub(crate) async fn compare(
    State(app): State<Arc<App>>,
    caller: IdentifiedCaller,
    headers: HeaderMap,
    body: Body,
) -> Response {
    app.respond(answer(&app, &caller, &headers, body).await)
}

async fn answer(
    app: &App,
    caller: &IdentifiedCaller,
    headers: &HeaderMap,
    body: Body,
) -> Result<ComparisonReply, RequestError> {
    let engine = app.current.engine();
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
        let law = ApplicableLaw::select(&engine, &case.query).map_err(RequestError::Unknown)?;
        let mut observer = StageObserver::new(&app.concurrency_limit, turn, false);
        let decision = decide_under(&law, case, &mut share.clone(), &mut observer).decision;
        reply.add(&RedactedDecision::of(&decision), rulebook, &languages);
    }
    Ok(reply.finish(&comparison, rulebook))
}

/// The places that are compared so far.
#[derive(Default)]
struct ComparisonDraft {
    outcomes: BTreeMap<&'static str, usize>,
    /// What is granted where the recipient may see it.
    granted: Vec<(JurisdictionCode, Grant)>,
    places: Vec<PlaceComparisonReply>,
}

impl ComparisonDraft {
    fn add(&mut self, decision: &RedactedDecision<'_>, rulebook: &Rulebook, languages: &[String]) {
        *self.outcomes.entry(decision.outcome().as_str()).or_insert(0) += 1;
        if let Outcome::Eligible(grant) = decision.outcome()
            && !decision.is_redacted()
        {
            self.granted.push((decision.place().clone(), grant.clone()));
        }
        self.places.push(place_comparison(decision, rulebook, languages));
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

fn place_comparison(
    decision: &RedactedDecision<'_>,
    rulebook: &Rulebook,
    languages: &[String],
) -> PlaceComparisonReply {
    let (reason, missing) = why_undetermined(decision.outcome());
    let name =
        |code: &JurisdictionCode| best(&rulebook.jurisdictions().on(code, decision.query().as_of)?.names, languages);
    let deciding = |layer: &RedactedLayer<'_>| DecidingLayerReply {
        jurisdiction: layer.jurisdiction.to_string(),
        name: name(layer.jurisdiction),
        rule: layer.rule.as_ref().map(ToString::to_string),
        provisions: deciding_provisions(layer, decision.query().as_of).into_iter().map(provision_reply).collect(),
    };
    PlaceComparisonReply {
        jurisdiction: decision.place().to_string(),
        asked: decision.requested_jurisdiction().map(ToString::to_string),
        name: name(decision.place()),
        outcome: decision.outcome().as_str(),
        reason,
        grant: granted(decision),
        at_least: at_least(decision),
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
