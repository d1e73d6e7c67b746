//! `GET /v1/services/{id}/coverage`: which places have law of their own for a service on a day, and which inherit.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ordinance_domain::calendar::{Date, DateRange, LawDay};
use ordinance_domain::jurisdiction::{Chain, Jurisdiction, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_engine::{Engine, Rule, Rulebook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::extract::{QueriedDay, ServiceOnDay, known_place, page, read_query};
use crate::api::language::best;
use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::api::replies::DaysReply;
use crate::api::requests::member::{CodeMember, DayMember, ServiceMember};
use crate::api::responses::QueryProblems;
use crate::app::{App, RequestEngine, to_json};
use crate::rulebook::coverage::{CoverageStatus, LawCoverage};

/// Which places, on which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CoverageQuery {
    /// The day; without it, the day that it is in each place.
    #[param(required = false, value_type = DayMember)]
    as_of: Option<String>,
    /// The day whose knowledge counts; without it, the day that it is in each place.
    #[param(required = false, value_type = DayMember)]
    known_at: Option<String>,
    /// Only places of the tree below this one, itself too.
    #[param(required = false, value_type = CodeMember)]
    within: Option<String>,
    /// Only places of this status: own, inherits, gap, broken or none.
    #[param(required = false, value_type = CoverageStatus)]
    status: Option<CoverageStatus>,
    /// Only places after this code, for the next page.
    #[param(required = false, value_type = String)]
    after: Option<String>,
    /// The most entries of a page: 100 without it, and never more than 1000.
    #[param(minimum = 0, maximum = 4_294_967_295_u32, required = false, value_type = u32)]
    limit: Option<u32>,
}

/// Which places have law of their own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CoverageReply {
    service: String,
    /// The day: the one that is asked for, else that of the place `within`, else that in UTC.
    as_of: String,
    /// How many places there are of each status, on all pages.
    counts: CoverageCounts,
    places: Vec<PlaceCoverageReply>,
    /// The `after` of the next page; `null` on the last one.
    next: Option<String>,
    rulebook: String,
}

/// How many places there are of each status.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct CoverageCounts {
    own: usize,
    inherits: usize,
    gap: usize,
    broken: usize,
    none: usize,
}

/// A place and where its law comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceCoverageReply {
    jurisdiction: String,
    name: Option<String>,
    /// The day that it is there, where no day is asked for and it is another than `as_of`.
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<String>,
    status: CoverageStatus,
    /// The rule that decides there, as `id@version`: its own, or the nearest above; where one can't run, that.
    rule: Option<String>,
    /// Whose rule that is.
    from: Option<String>,
    /// The days of the gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<DaysReply>,
}

/// Which places have law of their own for a service
///
/// Every place with where its law comes from on a day: its own rule, the nearest above, or none.
#[utoipa::path(get, path = "/v1/services/{id}/coverage", tag = "catalogue",
    params(("id" = ServiceMember, Path, example = "disability-care-subsidy"), CoverageQuery),
    responses((status = 200, description = "The places", body = CoverageReply), QueryProblems))]
pub(crate) async fn coverage(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<CoverageQuery>, QueryRejection>,
    visitor: Visitor,
) -> Response {
    let request = match CoverageRequest::read(engine.rulebook(), id, query) {
        Ok(request) => request,
        Err(error) => return app.problem(error),
    };
    let public = PublicRequest::json(request.text()).of_today(request.law.is_of_today());
    let compute = move |engine: &Engine, languages: &[String]| to_json(&answer(engine.rulebook(), &request, languages));
    respond_publicly(&app, engine, &visitor, public, compute).await
}

/// What is asked, as it was read.
struct CoverageRequest {
    law: ServiceOnDay,
    within: Option<JurisdictionCode>,
    status: Option<CoverageStatus>,
    after: String,
    limit: Option<u32>,
}

impl CoverageRequest {
    fn read(
        rulebook: &Rulebook,
        id: Result<Path<String>, PathRejection>,
        query: Result<Query<CoverageQuery>, QueryRejection>,
    ) -> Result<Self, RequestError> {
        let known =
            "as_of, known_at, within, status (own, inherits, gap, broken or none), after, and limit, which is a number";
        let query = read_query(query, known)?;
        let law = ServiceOnDay::read(rulebook, id, query.as_of.as_deref(), query.known_at.as_deref())?;
        let within = query.within.as_deref().map(|code| known_place(rulebook, "within", code)).transpose()?;
        let after = query.after.unwrap_or_default();
        Ok(Self { law, within, status: query.status, after, limit: query.limit })
    }

    /// The same text for all requests with the same answer.
    fn text(&self) -> String {
        let Self { law: ServiceOnDay { service, as_of, known_at }, within, status, after, limit } = self;
        let (days, known) = (as_of.text(), known_at.text());
        format!("coverage of {service} on {days} known {known} {within:?} {status:?} {after:?} {limit:?}")
    }
}

fn answer(rulebook: &Rulebook, request: &CoverageRequest, languages: &[String]) -> CoverageReply {
    let ServiceOnDay { service, as_of, known_at } = &request.law;
    let day = as_of.in_place_or_utc(rulebook, request.within.as_ref());
    let search = CoverageSearch { rulebook, service, as_of, day, known_at, languages };
    let (counts, covered) = search.count(request.within.as_ref(), request.status);
    let (page, next) = page(covered.into_iter(), &request.after, request.limit, |covered| covered.place.code.as_str());
    let places = page.iter().map(|covered| search.reply(covered)).collect();
    let rulebook = rulebook.digest().to_string();
    CoverageReply { service: service.to_string(), as_of: day.to_string(), counts, places, next, rulebook }
}

struct CoverageSearch<'a> {
    rulebook: &'a Rulebook,
    service: &'a Id,
    as_of: &'a QueriedDay,
    /// The day that the reply names.
    day: Date,
    known_at: &'a QueriedDay,
    languages: &'a [String],
}

/// A place and where its law comes from.
struct PlaceCoverage<'a> {
    place: &'a Jurisdiction,
    day: Date,
    status: CoverageStatus,
    nearest: Option<&'a Rule>,
    gap: Option<DateRange>,
}

impl<'a> CoverageSearch<'a> {
    /// How many places there are of each status, and those that are wanted.
    fn count(
        &self,
        within: Option<&JurisdictionCode>,
        wanted: Option<CoverageStatus>,
    ) -> (CoverageCounts, Vec<PlaceCoverage<'a>>) {
        let mut counts = CoverageCounts::default();
        let mut found = Vec::new();
        let known_at = self.known_at.in_place_or_utc(self.rulebook, within);
        for (place, day) in self.as_of.places(self.rulebook, known_at) {
            let Ok(chain) = self.rulebook.jurisdictions_at(known_at).chain(&place.code, day) else { continue };
            if within.is_some_and(|top| !chain.iter().any(|code| code == top)) {
                continue;
            }
            let covered = self.cover((place, day), &chain);
            *counts.of(covered.status) += 1;
            if wanted.is_none_or(|wanted| wanted == covered.status) {
                found.push(covered);
            }
        }
        (counts, found)
    }

    fn cover(&self, (place, day): (&'a Jurisdiction, Date), chain: &Chain) -> PlaceCoverage<'a> {
        let law_day = LawDay { as_of: day, known_at: self.known_at.in_place(self.rulebook, &place.code) };
        let LawCoverage { status, nearest, gap } =
            LawCoverage::of(self.rulebook, self.service, (&place.code, chain), law_day);
        PlaceCoverage { place, day, status, nearest, gap }
    }

    fn reply(&self, covered: &PlaceCoverage<'_>) -> PlaceCoverageReply {
        PlaceCoverageReply {
            jurisdiction: covered.place.code.to_string(),
            name: best(&covered.place.names, self.languages),
            as_of: (covered.day != self.day).then(|| covered.day.to_string()),
            status: covered.status,
            rule: covered.nearest.map(|rule| rule.head.to_string()),
            from: covered.nearest.map(|rule| rule.head.jurisdiction.to_string()),
            gap: covered.gap.map(DaysReply::of),
        }
    }
}

impl CoverageCounts {
    fn of(&mut self, status: CoverageStatus) -> &mut usize {
        match status {
            CoverageStatus::Own => &mut self.own,
            CoverageStatus::Inherits => &mut self.inherits,
            CoverageStatus::Gap => &mut self.gap,
            CoverageStatus::Broken => &mut self.broken,
            CoverageStatus::None => &mut self.none,
        }
    }
}
