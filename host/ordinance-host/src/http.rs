//! The HTTP interface that portals call: the routes, and what the handlers share.

mod authzen;
mod batch;
mod claims;
mod comparisons;
mod coverage;
mod decisions;
pub(crate) mod disclosures;
mod docs;
mod form;
mod jurisdictions;
mod questions;
mod records;
mod rules;
mod services;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::titles::Titles;
use ordinance_engine::case::read_date;
use ordinance_engine::{InputError, Rulebook};
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::OpenApi;

use crate::callers::{Caller, Callers, PeerSubject};
use crate::config::HostConfig;
use crate::fair_share::{InFlightGuard, QuotaExceededError};
use crate::lane::ConcurrencyLimit;
use crate::live::CurrentRulebook;
use crate::log::DecisionLog;
use crate::metrics::Metrics;
use crate::problem::{QUERY, RequestError};
use crate::reload::RulebookLoader;
use crate::request_id::identify;
use crate::server::Draining;
use crate::shadow::Shadow;
use crate::traces::Traces;
use crate::wire::{self, RequestContext, contract_of};

/// What the handlers work with.
pub(crate) struct App {
    pub(crate) config: HostConfig,
    pub(crate) live: Arc<CurrentRulebook>,
    /// Where the registry comes from; none if another part of this program swaps it.
    pub(crate) rulebook: Option<Arc<RulebookLoader>>,
    pub(crate) lane: ConcurrencyLimit,
    /// How many batches may run at one time.
    pub(crate) batches: Arc<Semaphore>,
    pub(crate) log: DecisionLog,
    pub(crate) metrics: Metrics,
    pub(crate) shadow: Shadow,
    pub(crate) draining: Draining,
    /// Where spans go; none where there is no collector.
    pub(crate) traces: Option<Traces>,
    pub(crate) callers: Callers,
}

/// A caller that was let in, with its request in work. It is known before the body is read.
pub(crate) struct Identified(pub(crate) Arc<Caller>, #[expect(dead_code, reason = "held for its drop")] InFlightGuard);

impl FromRequestParts<Arc<App>> for Identified {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let peer = parts.extensions.get::<PeerSubject>();
        Self::begin(app, &parts.headers, peer).map_err(|error| app.problem(error))
    }
}

impl Identified {
    /// Lets a caller in, if its share has room for the request.
    pub(crate) fn begin(app: &App, headers: &HeaderMap, peer: Option<&PeerSubject>) -> Result<Self, RequestError> {
        let caller = app.callers.identify(headers, peer)?;
        let in_work =
            InFlightGuard::begin(Arc::clone(&caller)).map_err(|QuotaExceededError| RequestError::TooManyRequests)?;
        Ok(Self(caller, in_work))
    }

    /// Who asks, today.
    pub(crate) fn asking(&self) -> RequestContext<'_> {
        RequestContext { caller: &self.0, today: today() }
    }
}

impl App {
    /// A reply as JSON, or the answer to a request that went wrong.
    fn respond(&self, answered: Result<impl Serialize, RequestError>) -> Response {
        match answered {
            Ok(reply) => Json(reply).into_response(),
            Err(error) => self.problem(error),
        }
    }

    /// The answer to a request that went wrong, counted. Who is sent away is only counted: a line in the log for each would cost
    /// more than the answer.
    pub(crate) fn problem(&self, error: RequestError) -> Response {
        if matches!(error, RequestError::NotRecordedError) {
            tracing::warn!("a decision wasn't given, as it wasn't recorded");
        }
        self.metrics.problem(error.kind_name());
        error.into_response()
    }
}

/// The most entries of a page, and how many without a limit.
const LIMIT_MAX: usize = 1000;
const LIMIT: usize = 100;

/// The whole body, if it is JSON, small enough and quick enough.
async fn accept(app: &App, headers: &HeaderMap, body: Body) -> Result<Bytes, RequestError> {
    if !is_media_type(headers, &["application/json"]) {
        return Err(RequestError::UnsupportedMediaType);
    }
    let http = &app.config.http;
    let collected = Limited::new(body, http.body_bytes_max).collect();
    match tokio::time::timeout(Duration::from_millis(http.body_ms), collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(RequestError::BodyTooLarge { bytes_max: http.body_bytes_max })
        }
        Ok(Err(_)) => Err(RequestError::BodyBrokeOff),
        Err(_) => Err(RequestError::BodyTooSlow { ms_max: http.body_ms }),
    }
}

/// Whether the body is said to be of one of these types, and not packed.
fn is_media_type(headers: &HeaderMap, types: &[&str]) -> bool {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return false;
    }
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim();
    types.iter().any(|known| sent.eq_ignore_ascii_case(known))
}

/// The query of a request, or the fault of having others than these.
fn read_query<T>(query: Result<Query<T>, QueryRejection>, known: &str) -> Result<T, RequestError> {
    query.map(|Query(query)| query).map_err(|_| {
        let fault = InputError::expecting(QUERY, "the query can't be read", format!("only {known}"));
        RequestError::InvalidRequest(vec![fault])
    })
}

/// A day of a query.
fn read_day(name: &str, text: &str) -> Result<Date, RequestError> {
    read_date(text).ok_or_else(|| {
        let expected = "a date as YYYY-MM-DD that exists";
        let fault = InputError::expecting(&format!("{QUERY}{name}"), "this value is not allowed", expected);
        RequestError::InvalidRequest(vec![fault])
    })
}

/// The day of a query; today, in UTC, if it names none.
fn day_or_today(as_of: Option<&str>) -> Result<Date, RequestError> {
    match as_of {
        Some(text) => read_day("as_of", text),
        None => Ok(today()),
    }
}

/// Today, in UTC.
fn today() -> Date {
    jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date()
}

/// A page of entries after one, and the `after` of the next page.
fn page<T>(
    entries: impl Iterator<Item = T>,
    after: &str,
    limit: Option<usize>,
    key: impl Fn(&T) -> &str,
) -> (Vec<T>, Option<String>) {
    let limit = limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let mut page: Vec<T> = entries.filter(|entry| key(entry) > after).take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| key(last).to_owned());
    (page, next)
}

/// The last step of a path; empty, which names nothing, if it is no text.
fn path_text(path: Result<Path<String>, PathRejection>) -> String {
    path.map(|Path(text)| text).unwrap_or_default()
}

/// The service that a path names.
fn service_id(path: Result<Path<String>, PathRejection>) -> Result<Id, RequestError> {
    Id::new(&path_text(path)).map_err(|_| RequestError::NotFound)
}

/// A place's code of a query.
fn read_code(name: &str, code: &str) -> Result<JurisdictionCode, RequestError> {
    JurisdictionCode::new(code).map_err(|_| {
        let expected = "a place's code such as CN-4403";
        let fault = InputError::expecting(&format!("{QUERY}{name}"), "this is no code of a place", expected);
        RequestError::InvalidRequest(vec![fault])
    })
}

/// A place that the rulebook knows, on whatever day.
fn known_place(registry: &Rulebook, name: &str, code: &str) -> Result<JurisdictionCode, RequestError> {
    let code = read_code(name, code)?;
    wire::known_place(registry, &code)?;
    Ok(code)
}

fn best(titles: &Titles, languages: &[String]) -> Option<String> {
    titles.best(languages).map(str::to_owned)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ordinance",
        description = "Regional rules behind one interface: decisions with their reasons and the articles of law.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        decisions::decide,
        batch::batch,
        comparisons::compare,
        questions::questions,
        disclosures::disclosures,
        authzen::evaluation,
        authzen::evaluations,
        authzen::configuration,
        records::records,
        form::form,
        coverage::coverage,
        jurisdictions::jurisdictions,
        jurisdictions::jurisdiction,
        services::services,
        services::service,
        rules::rules,
        rules::rule
    ),
    components(schemas(decisions::DecisionBody, services::FieldReply, crate::problem::Problem))
)]
struct Api;

/// The OpenAPI 3.1 document of this host.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Api::openapi()
}

/// The path by which nearly all requests come.
pub(crate) const DECISIONS: &str = "/v1/decisions";

/// The routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(DECISIONS, post(decisions::decide))
        .route("/v1/decisions/batch", post(batch::batch))
        .route("/v1/comparisons", post(comparisons::compare))
        .route("/v1/disclosures", post(disclosures::disclosures))
        .route("/v1/privacy/records", get(records::records))
        .route("/access/v1/evaluation", post(authzen::evaluation))
        .route("/access/v1/evaluations", post(authzen::evaluations))
        .route("/.well-known/authzen-configuration", get(authzen::configuration))
        .route("/v1/jurisdictions", get(jurisdictions::jurisdictions))
        .route("/v1/jurisdictions/{code}", get(jurisdictions::jurisdiction))
        .route("/v1/services", get(services::services))
        .route("/v1/services/{id}", get(services::service))
        .route("/v1/services/{id}/form", get(form::form))
        .route("/v1/services/{id}/questions", post(questions::questions))
        .route("/v1/services/{id}/coverage", get(coverage::coverage))
        .route("/v1/rules", get(rules::rules))
        .route("/v1/rules/{digest}", get(rules::rule))
        .route("/problems/{name}", get(docs::problem))
        .route("/openapi.json", get(docs::openapi_json))
        .route("/docs", get(docs::redirect))
        .route("/docs/", get(docs::index))
        .route("/docs/{*file}", get(docs::file))
        .route("/", get(docs::redirect))
        .fallback(|axum::extract::State(app): axum::extract::State<Arc<App>>| async move {
            app.problem(RequestError::NotFound)
        })
        .method_not_allowed_fallback(|axum::extract::State(app): axum::extract::State<Arc<App>>| async move {
            app.problem(RequestError::MethodNotAllowed)
        })
        .layer(from_fn_with_state((app.traces.clone(), app.draining.clone()), identify))
        .with_state(app)
}
