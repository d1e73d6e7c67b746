//! The places of the rulebook: their trees on a day, and how each came and went.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ordinance_domain::calendar::{Date, LawDay, TimeZone};
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode, Jurisdictions, UnknownPlaceError};
use ordinance_engine::{DecideError, Engine, Rulebook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::extract::{QueriedDay, known_place, page, path_text, read_query};
use crate::api::language::best;
use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::api::replies::rule::{RuleReply, rule_reply};
use crate::api::requests::member::{CodeMember, DayMember};
use crate::api::responses::QueryProblems;
use crate::api::schema::code_or_empty;
use crate::app::{App, RequestEngine, to_json};

/// A place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JurisdictionReply {
    code: String,
    /// The place above it; `null` at the top of a tree.
    parent: Option<String>,
    /// Its name in the wanted language.
    name: Option<String>,
    /// Its names by language.
    names: BTreeMap<String, String>,
    /// The day from which it is so, if it wasn't always.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The first day on which it is no longer so, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The places that take its role then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    successors: Vec<String>,
    /// The time zone by which its days count: its own, or that of the nearest place above that has one; else UTC.
    time_zone: String,
}

/// A list of places.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JurisdictionsReply {
    /// The day: the one that is asked for, else that of the place above, else that in UTC.
    as_of: String,
    jurisdictions: Vec<JurisdictionReply>,
    /// The `after` of the next page; `null` on the last one.
    next: Option<String>,
}

/// A place with what surrounds it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JurisdictionDetailReply<'a> {
    #[serde(flatten)]
    jurisdiction: JurisdictionReply,
    /// The codes of its chain, top first, itself last.
    chain: Vec<String>,
    /// The codes right below it.
    children: Vec<String>,
    /// Every period of its life, where it has been renamed or moved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    periods: Vec<JurisdictionReply>,
    /// Its own rules, all versions.
    rules: Vec<RuleReply<'a>>,
}

/// Which places to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct JurisdictionsQuery {
    /// Only places right below this one; empty for the tops of the trees.
    #[param(required = false, schema_with = code_or_empty)]
    parent: Option<String>,
    /// Only places after this code, for the next page.
    #[param(required = false, value_type = String)]
    after: Option<String>,
    /// The most entries of a page: 100 without it, and never more than 1000.
    #[param(minimum = 0, maximum = 4_294_967_295_u32, required = false, value_type = u32)]
    limit: Option<u32>,
    /// The day; without it, the day that it is in each place.
    #[param(required = false, value_type = DayMember)]
    as_of: Option<String>,
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DayQuery {
    /// The day; without it, the day that it is in the place.
    #[param(required = false, value_type = DayMember)]
    as_of: Option<String>,
}

/// List the places of the rulebook, by code
#[utoipa::path(get, path = "/v1/jurisdictions", tag = "catalogue", params(JurisdictionsQuery),
    responses((status = 200, description = "A page of places", body = JurisdictionsReply), QueryProblems))]
pub(crate) async fn jurisdictions(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    visitor: Visitor,
    query: Result<Query<JurisdictionsQuery>, QueryRejection>,
) -> Response {
    let request = match ListRequest::read(engine.rulebook(), query) {
        Ok(request) => request,
        Err(error) => return app.problem(error),
    };
    let public = PublicRequest::json(request.text()).of_today(request.day.is_today());
    let compute = move |engine: &Engine, languages: &[String]| to_json(&list(engine.rulebook(), &request, languages));
    respond_publicly(&app, engine, &visitor, public, compute).await
}

/// Which places are asked for, as it was read.
struct ListRequest {
    day: QueriedDay,
    below: Below,
    after: String,
    limit: Option<u32>,
}

/// Below which place.
#[derive(Debug)]
enum Below {
    /// All places.
    Anything,
    /// The tops of the trees.
    Nothing,
    Place(JurisdictionCode),
}

impl ListRequest {
    fn read(
        rulebook: &Rulebook,
        query: Result<Query<JurisdictionsQuery>, QueryRejection>,
    ) -> Result<Self, RequestError> {
        let query = read_query(query, "parent, after, as_of, and limit, which is a number")?;
        let below = match query.parent.as_deref() {
            None => Below::Anything,
            Some("") => Below::Nothing,
            Some(code) => Below::Place(known_place(rulebook, "parent", code)?),
        };
        let day = QueriedDay::read(rulebook, "as_of", query.as_of.as_deref())?;
        Ok(Self { day, below, after: query.after.unwrap_or_default(), limit: query.limit })
    }

    /// The same text for all requests with the same answer.
    fn text(&self) -> String {
        let Self { day, below, after, limit } = self;
        format!("jurisdictions on {} {below:?} {after:?} {limit:?}", day.text())
    }
}

fn list(rulebook: &Rulebook, request: &ListRequest, languages: &[String]) -> JurisdictionsReply {
    let wanted = |(place, _): &(&Jurisdiction, Date)| match &request.below {
        Below::Anything => true,
        Below::Nothing => place.parent.is_none(),
        Below::Place(parent) => place.parent.as_ref() == Some(parent),
    };
    let places = request.day.places(rulebook, request.day.utc_today()).filter(wanted);
    let (page, next) = page(places, &request.after, request.limit, |(place, _)| place.code.as_str());
    let places = rulebook.jurisdictions_at(request.day.utc_today());
    let jurisdictions = page.into_iter().map(|(place, day)| place_reply(places, place, day, languages)).collect();
    let parent = match &request.below {
        Below::Place(parent) => Some(parent),
        Below::Anything | Below::Nothing => None,
    };
    let as_of = request.day.in_place_or_utc(rulebook, parent).to_string();
    JurisdictionsReply { as_of, jurisdictions, next }
}

/// One place with its chain, the places below it and its own rules
#[utoipa::path(get, path = "/v1/jurisdictions/{code}", tag = "catalogue", params(("code" = CodeMember, Path, example = "CN-3706"), DayQuery),
    responses((status = 200, description = "The place", body = JurisdictionDetailReply), QueryProblems))]
pub(crate) async fn jurisdiction(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    code: Result<Path<String>, PathRejection>,
    query: Result<Query<DayQuery>, QueryRejection>,
    visitor: Visitor,
) -> Response {
    let (code, day, is_of_today) = match read_place(engine.rulebook(), code, query) {
        Ok(read) => read,
        Err(error) => return app.problem(error),
    };
    let public = PublicRequest::json(format!("jurisdiction {code} on {day:?}")).of_today(is_of_today);
    let compute =
        move |engine: &Engine, languages: &[String]| to_json(&detail(engine.rulebook(), &code, day, languages)?);
    respond_publicly(&app, engine, &visitor, public, compute).await
}

fn read_place(
    rulebook: &Rulebook,
    code: Result<Path<String>, PathRejection>,
    query: Result<Query<DayQuery>, QueryRejection>,
) -> Result<(JurisdictionCode, LawDay, bool), RequestError> {
    let day = QueriedDay::read(rulebook, "as_of", read_query(query, "as_of")?.as_of.as_deref())?;
    let code = JurisdictionCode::new(&path_text(code)).map_err(|_| RequestError::NotFound)?;
    if rulebook.knows(&code) {
        let on = day.in_place(rulebook, &code);
        let known_at = day.today_in(rulebook, &code);
        return Ok((code, LawDay { as_of: on, known_at }, day.is_today()));
    }
    Err(RequestError::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Unknown(code))))
}

fn detail<'a>(
    rulebook: &'a Rulebook,
    code: &JurisdictionCode,
    LawDay { as_of: day, known_at }: LawDay,
    languages: &[String],
) -> Result<JurisdictionDetailReply<'a>, RequestError> {
    let places = rulebook.jurisdictions_at(known_at);
    let unknown = || RequestError::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Unknown(code.clone())));
    let place = places.on(code, day).or_else(|| places.latest(code)).ok_or_else(unknown)?;
    // A place that isn't there on that day is shown as it was or will be.
    let day = if place.period.contains(day) { day } else { place.period.from() };
    let chain = places.chain(code, day).map_err(|error| RequestError::Unknown(error.into()))?;
    let periods = places.periods_of(code);
    let reply = |place: &Jurisdiction| {
        let day = if place.period.contains(day) { day } else { place.period.from() };
        place_reply(places, place, day, languages)
    };
    Ok(JurisdictionDetailReply {
        jurisdiction: reply(place),
        chain: chain.iter().map(ToString::to_string).collect(),
        children: places.children(code, day).map(|place| place.code.to_string()).collect(),
        periods: if periods.len() > 1 { periods.iter().map(reply).collect() } else { Vec::new() },
        rules: rulebook
            .rules_of(code)
            .map(|rule| rule_reply(rule, languages))
            .chain(rulebook.privacy_rules_of(code).map(|rule| rule_reply(rule, languages)))
            .collect(),
    })
}

/// A place, with the time zone of a day on which it is there.
fn place_reply(places: &Jurisdictions, place: &Jurisdiction, day: Date, languages: &[String]) -> JurisdictionReply {
    let time_zone = places.time_zone(&place.code, day);
    JurisdictionReply {
        code: place.code.to_string(),
        parent: place.parent.as_ref().map(ToString::to_string),
        name: best(&place.names, languages),
        names: place.names.iter().map(|(language, name)| (language.to_owned(), name.to_owned())).collect(),
        from: (place.period.from() != Date::MIN).then(|| place.period.from().to_string()),
        until: place.period.until().map(|until| until.to_string()),
        successors: place.successors.iter().map(ToString::to_string).collect(),
        time_zone: time_zone.and_then(TimeZone::iana_name).unwrap_or("UTC").to_owned(),
    }
}
