//! What the handlers take from a request: its body within the limits, and the parts of its path and query.

use std::error::Error;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::local_days::LocalDays;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode, UnknownPlaceError};
use ordinance_domain::name::Id;
use ordinance_engine::literals::read_date;
use ordinance_engine::{DecideError, InputError, Rulebook};

use crate::admission::callers::Caller;
use crate::admission::turn_queue::Turn;
use crate::api::problem::{QUERY, RequestError};
use crate::api::requests::terms::contract_of;
use crate::app::App;
use crate::clock::now;

/// The most entries of a page, and how many without a limit.
pub(crate) const LIMIT_MAX: usize = 1000;
pub(crate) const LIMIT: usize = 100;

/// The media type that a body must be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    /// That of the interface.
    Json,
    /// That of the forms of pages.
    Form,
}

impl BodyKind {
    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// The whole body, if it is JSON, small enough and quick enough.
pub(crate) async fn accept<B>(app: &App, headers: &HeaderMap, body: B) -> Result<Bytes, RequestError>
where
    B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    accept_within(app, headers, body, (BodyKind::Json, app.config.http.body_bytes_max)).await
}

/// The whole body, if it is of this kind, has no more than so many bytes and is quick enough.
pub(crate) async fn accept_within<B>(
    app: &App,
    headers: &HeaderMap,
    body: B,
    (kind, bytes_max): (BodyKind, usize),
) -> Result<Bytes, RequestError>
where
    B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>>,
{
    if !is_media_type(headers, &[kind.media_type()]) {
        return Err(RequestError::UnsupportedMediaType);
    }
    let http = &app.config.http;
    let collected = Limited::new(body, bytes_max).collect();
    match tokio::time::timeout(Duration::from_millis(http.body_ms), collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(RequestError::BodyTooLarge { bytes_max }),
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
    Ok((body, turn_of(app, caller).await?))
}

/// Waits for the caller's turn.
pub(crate) async fn turn_of(app: &App, caller: &Caller) -> Result<Turn, RequestError> {
    app.concurrency_limit.acquire(&caller.quota.load).await.map_err(|_| RequestError::Overloaded)
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

/// The day of a query about law: the one that it names, or the day that it is in each place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueriedDay {
    named: Option<Date>,
    today: LocalDays,
}

impl QueriedDay {
    /// Reads the member of this name.
    pub(crate) fn read(rulebook: &Rulebook, name: &str, text: Option<&str>) -> Result<Self, RequestError> {
        let named = text.map(|text| read_day(name, text)).transpose()?;
        let now = now();
        Ok(Self { named, today: rulebook.jurisdictions_now(now).local_days(now) })
    }

    /// The day in a place.
    pub(crate) fn in_place(&self, rulebook: &Rulebook, code: &JurisdictionCode) -> Date {
        self.named.unwrap_or_else(|| self.today_in(rulebook, code))
    }

    /// The day that it is in a place, whatever day is named.
    pub(crate) fn today_in(&self, rulebook: &Rulebook, code: &JurisdictionCode) -> Date {
        rulebook.jurisdictions_at(self.today.utc()).day_of(code, &self.today)
    }

    /// The day in the place that a query names; else the named day, or that in UTC.
    pub(crate) fn in_place_or_utc(&self, rulebook: &Rulebook, code: Option<&JurisdictionCode>) -> Date {
        code.map_or_else(|| self.named.unwrap_or(self.today.utc()), |code| self.in_place(rulebook, code))
    }

    /// Every place that is there on its day, by code, with the day. The places are those that are known on `known_at`.
    pub(crate) fn places<'a>(
        &'a self,
        rulebook: &'a Rulebook,
        known_at: Date,
    ) -> Box<dyn Iterator<Item = (&'a Jurisdiction, Date)> + 'a> {
        let places = rulebook.jurisdictions_at(known_at);
        match self.named {
            Some(day) => Box::new(places.all_on(day).map(move |place| (place, day))),
            None => {
                let here = move |code| Some((self.in_place(rulebook, code), code));
                Box::new(places.codes().filter_map(here).filter_map(|(day, code)| Some((places.on(code, day)?, day))))
            }
        }
    }

    /// Whether it is this day somewhere now.
    pub(crate) fn is_today(&self) -> bool {
        self.named.is_none_or(|day| self.today.contains(day))
    }

    /// The day in UTC now.
    pub(crate) fn utc_today(&self) -> Date {
        self.today.utc()
    }

    /// The same text for all queries that ask for the same days.
    pub(crate) fn text(&self) -> String {
        self.named.map_or_else(|| format!("today {:?}", self.today), |day| day.to_string())
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
    if rulebook.knows(&code) {
        return Ok(code);
    }
    Err(RequestError::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Unknown(code))))
}

/// A service of the rulebook and the days of a query about its law.
#[derive(Debug)]
pub(crate) struct ServiceOnDay {
    pub(crate) service: Id,
    pub(crate) as_of: QueriedDay,
    pub(crate) known_at: QueriedDay,
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
        let known_at = QueriedDay::read(rulebook, "known_at", known_at)?;
        Ok(Self { service, as_of: QueriedDay::read(rulebook, "as_of", as_of)?, known_at })
    }

    /// Whether it is about the law of today as it is known now, which most ask for.
    pub(crate) fn is_of_today(&self) -> bool {
        self.as_of.is_today() && self.known_at.is_today()
    }
}
