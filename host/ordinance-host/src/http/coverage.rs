//! `GET /v1/services/{id}/coverage`: which places have law of their own for a service on a day, and which inherit.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_engine::{Registry, RuleState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{App, best, contract_of, day_or_today, page, read_day, read_query, service_id};
use crate::language::wanted_languages;
use crate::problem::{Problem, RequestError};
use crate::reply::{DaysReply, digest_text};

/// Which places, on which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CoverageQuery {
    /// The day, as YYYY-MM-DD; today if it isn't given.
    as_of: Option<String>,
    /// The day whose knowledge counts; without it, all that is known now.
    known_at: Option<String>,
    /// Only places of the tree below this one, itself too.
    within: Option<String>,
    /// Only places of this status: own, inherits, gap, broken or none.
    status: Option<String>,
    /// Only places after this code, for the next page.
    after: Option<String>,
    /// At most so many, up to 1000.
    limit: Option<usize>,
}

/// Who has law of their own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CoverageReply {
    service: String,
    as_of: String,
    /// How many places there are of each status, on all pages.
    counts: CoverageCounts,
    places: Vec<CoveredReply>,
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
pub(crate) struct CoveredReply {
    jurisdiction: String,
    name: Option<String>,
    /// `own` (it has a rule in force), `inherits` (one above it has), `gap` (it is between two versions of its own, and
    /// inherits), `broken` (its own rule can't run) or `none` (no level has a rule).
    status: &'static str,
    /// The rule that decides there, as `id@version`: its own, or the nearest above.
    rule: Option<String>,
    /// Whose rule that is.
    from: Option<String>,
    /// The days of the gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<DaysReply>,
}

/// Who has law of their own for a service
///
/// Every place with where its law comes from on a day: its own rule, the nearest above, or none.
#[utoipa::path(get, path = "/v1/services/{id}/coverage", tag = "catalogue",
    params(("id" = String, Path, example = "disability-care-subsidy"), CoverageQuery),
    responses((status = 200, description = "The places", body = CoverageReply),
        (status = 400, description = "The query is not well formed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The service is unknown", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn coverage(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<CoverageQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    match answer(&app, id, query, &headers) {
        Ok(reply) => Json(reply).into_response(),
        Err(error) => app.problem(error),
    }
}

fn answer(
    app: &App,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<CoverageQuery>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<CoverageReply, RequestError> {
    let query = read_query(query, "as_of, known_at, within, status, after, and limit, which is a number")?;
    let (registry, languages) = (app.live.registry(), wanted_languages(headers));
    let service = service_id(id)?;
    contract_of(&registry, &service)?;
    let day = day_or_today(query.as_of.as_deref())?;
    let known_at = query.known_at.as_deref().map(|text| read_day("known_at", text)).transpose()?;
    let search = Search { registry: &registry, service: &service, day, known_at, languages: &languages };
    let mut counts = CoverageCounts::default();
    let mut covered = Vec::new();
    for place in registry.jurisdictions().all_on(day) {
        let Ok(chain) = registry.jurisdictions().chain(&place.code, day) else { continue };
        if query.within.as_ref().is_some_and(|top| !chain.iter().any(|code| code.as_str() == top)) {
            continue;
        }
        let reply = search.cover(place, chain.iter());
        match reply.status {
            "own" => counts.own += 1,
            "inherits" => counts.inherits += 1,
            "gap" => counts.gap += 1,
            "broken" => counts.broken += 1,
            _ => counts.none += 1,
        }
        if query.status.as_ref().is_none_or(|wanted| wanted == reply.status) {
            covered.push(reply);
        }
    }
    let after = query.after.as_deref().unwrap_or_default();
    let (places, next) = page(covered.into_iter(), after, query.limit, |place| &place.jurisdiction);
    let rulebook = digest_text(registry.digest());
    Ok(CoverageReply { service: service.to_string(), as_of: day.to_string(), counts, places, next, rulebook })
}

struct Search<'a> {
    registry: &'a Registry,
    service: &'a Id,
    day: Date,
    known_at: Option<Date>,
    languages: &'a [String],
}

impl Search<'_> {
    fn cover<'c>(&self, place: &Jurisdiction, chain: impl Iterator<Item = &'c JurisdictionCode>) -> CoveredReply {
        let rule_of = |code: &JurisdictionCode| self.registry.in_force(code, self.service, self.day, self.known_at);
        let own = rule_of(&place.code);
        let gap = self.registry.gap_on(&place.code, self.service, self.day, self.known_at).filter(|_| own.is_none());
        let nearest = own.or_else(|| chain.collect::<Vec<_>>().into_iter().rev().find_map(rule_of));
        let status = match (own.map(|rule| &rule.state), gap, nearest) {
            (Some(RuleState::Ready(_)), _, _) => "own",
            (Some(RuleState::Broken(_)), _, _) => "broken",
            (None, Some(_), _) => "gap",
            (None, None, Some(_)) => "inherits",
            (None, None, None) => "none",
        };
        CoveredReply {
            jurisdiction: place.code.to_string(),
            name: best(&place.names, self.languages),
            status,
            rule: nearest.map(|rule| rule.head.to_string()),
            from: nearest.map(|rule| rule.head.jurisdiction.to_string()),
            gap: gap.map(DaysReply::of),
        }
    }
}
