//! `GET /v1/statistics`: the published statistics of the decision log. A query selects among the published cells and
//! adds them up; it never counts anew, so no query shows more than all cells together.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use ordinance_domain::jurisdiction::{JurisdictionCode, LEVELS_MAX, UnknownPlaceError};
use ordinance_domain::name::Id;
use ordinance_engine::{DecideError, Engine, InputError, Rulebook};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::extract::{page, read_code, read_query};
use crate::api::problem::{Problem, QUERY, RequestError};
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::api::replies::statistics::{SelectedCell, StatisticsReply, TitleSource, statistics_reply};
use crate::api::requests::member::{CodeMember, ServiceMember};
use crate::api::responses::QueryProblems;
use crate::api::schema::month;
use crate::app::{App, RequestEngine, to_json};
use crate::clock::now;
use crate::statistics::cells::{CHAIN_SEPARATOR, level};
use crate::statistics::month::Month;
use crate::statistics::published_month::PublishedCell;
use crate::statistics::publisher::{Edition, NextMonth};

/// Which published cells.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatisticsQuery {
    /// Only cells of this service.
    #[param(required = false, value_type = ServiceMember)]
    service: Option<String>,
    /// Only cells of this place and of places below it.
    #[param(required = false, value_type = CodeMember)]
    jurisdiction: Option<String>,
    /// Only cells of places of this level: 1 is a nation, 2 a province, 3 a city.
    #[param(minimum = 1, maximum = 8, required = false, value_type = u32)]
    level: Option<u32>,
    /// The first month that counts, in UTC.
    #[param(required = false, schema_with = month)]
    from: Option<String>,
    /// The first month that no longer counts.
    #[param(required = false, schema_with = month)]
    until: Option<String>,
    /// Only cells after this one, for the next page.
    #[param(required = false, value_type = String)]
    after: Option<String>,
    /// The most cells of a page: 100 without it, and never more than 1000.
    #[param(minimum = 0, maximum = 4_294_967_295_u32, required = false, value_type = u32)]
    limit: Option<u32>,
}

/// Statistics of the decisions that this host recorded
///
/// The official decisions of each month that is over, by service, place and month, with the outcomes and what led to
/// them. No number is of fewer decisions than `smallest_cell`. A month is published once and never changes. In the
/// first month of a log nothing is published yet: `next_month` says from when on there are figures.
#[utoipa::path(get, path = "/v1/statistics", tag = "catalogue", params(StatisticsQuery),
    responses((status = 200, description = "The selected cells with their sums", body = StatisticsReply),
        (status = 422, description = "The months make no range", body = Problem,
            content_type = "application/problem+json"),
        QueryProblems))]
pub(crate) async fn statistics(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    query: Result<Query<StatisticsQuery>, QueryRejection>,
    visitor: Visitor,
) -> Response {
    let Some(published) = &app.statistics else { return app.problem(RequestError::NotFound) };
    let edition = published.edition();
    let request = match StatisticsRequest::read(engine.rulebook(), &edition, query) {
        Ok(request) => request,
        Err(error) => return app.problem(error),
    };
    let smallest_cell = app.config.statistics.smallest_cell;
    let next_month = NextMonth::at(now());
    let public = PublicRequest::json(request.text(edition.number, next_month));
    let compute = move |engine: &Engine, languages: &[String]| {
        let selected = request.select(&edition);
        let (page, next) = page(selected.iter(), &request.after, request.limit, |selected| selected.key.as_str());
        let titles = TitleSource { rulebook: engine.rulebook(), languages };
        to_json(&statistics_reply(&selected, &page, next, (smallest_cell, next_month), titles))
    };
    respond_publicly(&app, engine, &visitor, public, compute).await
}

/// Which cells are asked for, as it was read.
#[derive(Debug)]
struct StatisticsRequest {
    service: Option<Id>,
    jurisdiction: Option<JurisdictionCode>,
    level: Option<usize>,
    from: Option<Month>,
    until: Option<Month>,
    after: String,
    limit: Option<u32>,
}

impl StatisticsRequest {
    fn read(
        rulebook: &Rulebook,
        edition: &Edition,
        query: Result<Query<StatisticsQuery>, QueryRejection>,
    ) -> Result<Self, RequestError> {
        let known = "service, jurisdiction, level, which is a number, from and until, which are months, after, and \
                     limit, which is a number";
        let query = read_query(query, known)?;
        let from = query.from.as_deref().map(|text| read_month("from", text)).transpose()?;
        let until = query.until.as_deref().map(|text| read_month("until", text)).transpose()?;
        let request = Self {
            service: query.service.as_deref().map(read_service).transpose()?,
            jurisdiction: query.jurisdiction.as_deref().map(|code| read_code("jurisdiction", code)).transpose()?,
            level: query.level.map(read_level).transpose()?,
            from,
            until,
            after: query.after.unwrap_or_default(),
            limit: query.limit,
        };
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            let expected = "a month after `from`: it is the first one that no longer counts";
            let pointer = format!("{QUERY}until");
            let fault = InputError::expecting(&pointer, "no month lies between `from` and `until`", expected);
            return Err(RequestError::Unprocessable(vec![fault]));
        }
        request.check_names(rulebook, edition)?;
        Ok(request)
    }

    /// Checks that the rulebook in use or a published cell knows the service and the place: a service may have ended.
    fn check_names(&self, rulebook: &Rulebook, edition: &Edition) -> Result<(), RequestError> {
        let is_published =
            |holds: &dyn Fn(&PublishedCell) -> bool| edition.tables.iter().any(|table| table.cells.iter().any(holds));
        if let Some(service) = &self.service
            && rulebook.contract(service).is_none()
            && !is_published(&|cell| cell.service == service.as_str())
        {
            return Err(RequestError::Unknown(rulebook.unknown_service(service)));
        }
        if let Some(code) = &self.jurisdiction
            && !rulebook.knows(code)
            && !is_published(&|cell| is_within(cell, code))
        {
            return Err(RequestError::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Unknown(code.clone()))));
        }
        Ok(())
    }

    /// The same text for all requests with the same answer.
    fn text(&self, edition: u64, next_month: NextMonth) -> String {
        format!("statistics {edition} {} {self:?}", next_month.month)
    }

    /// The cells, by month, service and place.
    fn select<'a>(&self, edition: &'a Edition) -> Vec<SelectedCell<'a>> {
        let mut selected = Vec::new();
        for table in &edition.tables {
            let Some(month) = Month::parse(&table.month) else { continue };
            if self.from.is_some_and(|from| month < from) || self.until.is_some_and(|until| month >= until) {
                continue;
            }
            let cells = table.cells.iter().filter(|cell| self.selects(cell));
            selected.extend(cells.map(|cell| SelectedCell::new(table, cell)));
        }
        selected.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        selected
    }

    fn selects(&self, cell: &PublishedCell) -> bool {
        self.service.as_ref().is_none_or(|service| cell.service == service.as_str())
            && self.level.is_none_or(|wanted| level(&cell.chain) == wanted)
            && self.jurisdiction.as_ref().is_none_or(|code| is_within(cell, code))
    }
}

fn is_within(cell: &PublishedCell, code: &JurisdictionCode) -> bool {
    cell.chain.split(CHAIN_SEPARATOR).any(|above| above == code.as_str())
}

fn read_service(id: &str) -> Result<Id, RequestError> {
    let expected = "the id of a service such as disability-care-subsidy";
    Id::new(id).map_err(|_| fault("service", "this is no id of a service", expected.to_owned()))
}

fn read_month(name: &str, text: &str) -> Result<Month, RequestError> {
    let expected = || "a month as YYYY-MM that exists".to_owned();
    Month::parse(text).ok_or_else(|| fault(name, "this value is not allowed", expected()))
}

fn read_level(level: u32) -> Result<usize, RequestError> {
    let read = usize::try_from(level).ok().filter(|level| (1..=LEVELS_MAX).contains(level));
    read.ok_or_else(|| fault("level", "this value is not allowed", format!("a number from 1 to {LEVELS_MAX}")))
}

fn fault(name: &str, what: &str, expected: String) -> RequestError {
    RequestError::InvalidRequest(vec![InputError::expecting(&format!("{QUERY}{name}"), what, expected)])
}
