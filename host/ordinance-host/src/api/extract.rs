//! What the handlers take from a request: its body within the limits, and the parts of its path and query.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::{JurisdictionCode, UnknownPlaceError};
use ordinance_domain::name::Id;
use ordinance_engine::literals::read_date;
use ordinance_engine::{DecideError, InputError, Rulebook};

use crate::admission::callers::Caller;
use crate::admission::turn_queue::Turn;
use crate::api::problem::{QUERY, RequestError};
use crate::api::requests::terms::contract_of;
use crate::app::App;
use crate::clock::today;

/// The most entries of a page, and how many without a limit.
pub(crate) const LIMIT_MAX: usize = 1000;
pub(crate) const LIMIT: usize = 100;

/// The whole body, if it is JSON, small enough and quick enough.
pub(crate) async fn accept<B>(app: &App, headers: &HeaderMap, body: B) -> Result<Bytes, RequestError>
where
    B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
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

/// Accepts the body of a request and waits for the caller's turn.
pub(crate) async fn accept_in_turn(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, Turn), RequestError> {
    let body = accept(app, headers, body).await?;
    let turn = app.concurrency_limit.acquire(&caller.quota.load).await.map_err(|_| RequestError::Overloaded)?;
    Ok((body, turn))
}

/// Accepts the body of a request, waits for the caller's turn, and computes an answer while the turn lasts.
pub(crate) async fn compute_json<T>(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
    compute: impl FnOnce(&[u8], &mut Turn) -> Result<T, RequestError>,
) -> Result<T, RequestError> {
    let (body, mut turn) = accept_in_turn(app, caller, headers, body).await?;
    compute(&body, &mut turn)
}

/// Whether the body is said to be of one of these types, and not packed.
pub(crate) fn is_media_type(headers: &HeaderMap, types: &[&str]) -> bool {
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return false;
    }
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim();
    types.iter().any(|known| sent.eq_ignore_ascii_case(known))
}

/// The query of a request, or the fault of having others than these.
pub(crate) fn read_query<T>(query: Result<Query<T>, QueryRejection>, known: &str) -> Result<T, RequestError> {
    query.map(|Query(query)| query).map_err(|_| {
        let fault = InputError::expecting(QUERY, "the query can't be read", format!("only {known}"));
        RequestError::InvalidRequest(vec![fault])
    })
}

/// A day of a query.
pub(crate) fn read_day(name: &str, text: &str) -> Result<Date, RequestError> {
    read_date(text).ok_or_else(|| {
        let expected = "a date as YYYY-MM-DD that exists";
        let fault = InputError::expecting(&format!("{QUERY}{name}"), "this value is not allowed", expected);
        RequestError::InvalidRequest(vec![fault])
    })
}

/// The day of a query; today, in UTC, if it names none.
pub(crate) fn day_or_today(as_of: Option<&str>) -> Result<Date, RequestError> {
    match as_of {
        Some(text) => read_day("as_of", text),
        None => Ok(today()),
    }
}

/// A page of entries after one, and the `after` of the next page.
pub(crate) fn page<T>(
    entries: impl Iterator<Item = T>,
    after: &str,
    limit: Option<u32>,
    key: impl Fn(&T) -> &str,
) -> (Vec<T>, Option<String>) {
    let limit = limit.map_or(LIMIT, |limit| usize::try_from(limit).unwrap_or(LIMIT_MAX)).clamp(1, LIMIT_MAX);
    let mut page: Vec<T> = entries.filter(|entry| key(entry) > after).take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| key(last).to_owned());
    (page, next)
}

/// The last step of a path; empty, which names nothing, if it is no text.
pub(crate) fn path_text(path: Result<Path<String>, PathRejection>) -> String {
    path.map(|Path(text)| text).unwrap_or_default()
}

/// The service that a path names.
pub(crate) fn service_id(path: Result<Path<String>, PathRejection>) -> Result<Id, RequestError> {
    Id::new(&path_text(path)).map_err(|_| RequestError::NotFound)
}

/// A place's code of a query.
pub(crate) fn read_code(name: &str, code: &str) -> Result<JurisdictionCode, RequestError> {
    JurisdictionCode::new(code).map_err(|_| {
        let expected = "a place's code such as CN-4403";
        let fault = InputError::expecting(&format!("{QUERY}{name}"), "this is no code of a place", expected);
        RequestError::InvalidRequest(vec![fault])
    })
}

/// A place that the rulebook knows, on whatever day.
pub(crate) fn known_place(rulebook: &Rulebook, name: &str, code: &str) -> Result<JurisdictionCode, RequestError> {
    let code = read_code(name, code)?;
    if rulebook.jurisdictions().knows(&code) {
        return Ok(code);
    }
    Err(RequestError::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Unknown(code))))
}

/// A service of the rulebook and the days of a query about its law.
#[derive(Debug)]
pub(crate) struct ServiceOnDay {
    pub(crate) service: Id,
    /// Today, in UTC, if the query names no day.
    pub(crate) as_of: Date,
    pub(crate) known_at: Option<Date>,
}

impl ServiceOnDay {
    /// Reads the service of the path and the days of the query.
    pub(crate) fn read(
        rulebook: &Rulebook,
        id: Result<Path<String>, PathRejection>,
        as_of: Option<&str>,
        known_at: Option<&str>,
    ) -> Result<Self, RequestError> {
        let service = service_id(id)?;
        contract_of(rulebook, &service)?;
        let known_at = known_at.map(|text| read_day("known_at", text)).transpose()?;
        Ok(Self { service, as_of: day_or_today(as_of)?, known_at })
    }
}
