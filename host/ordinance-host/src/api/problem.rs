//! Errors as a caller sees them: problem details (RFC 9457). One match maps every error to its kind, and none of the
//! texts repeats a value that the caller sent. The log has the causes of internal errors; the caller gets the request's
//! id.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::UnknownPlaceError;
use ordinance_engine::{DecideError, InputError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::admission::caller_quota::QuotaError;
use crate::admission::callers::UnauthorizedError;
use crate::admission::callers::scope::ForbiddenError;
use crate::admission::concurrency_limit::QueueFullError;
use crate::admission::stranger_rate::TooManyStrangersError;
use crate::admission::work_units::UnitsError;
use crate::api::objection_error::ObjectionError;
use crate::api::problem_kind::ProblemKind;
use crate::api::unproven_record::UnprovenRecordError;
use crate::audit::kept_replies::{RepeatError, RequestPart};
use crate::audit::writer::NotRecordedError;

/// Everything that can go wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestError {
    /// Where reading the body as JSON stopped, from 1.
    MalformedJson {
        line: usize,
        column: usize,
    },
    /// What is wrong with the members of the request.
    InvalidRequest(Vec<InputError>),
    /// What is wrong with the facts, by the service's contract.
    InvalidFacts(Vec<InputError>),
    /// What is wrong with members that each fit the schema, beside the others.
    Unprocessable(Vec<InputError>),
    /// The rulebook doesn't have the place or the service.
    Unknown(DecideError),
    Unauthorized(UnauthorizedError),
    Forbidden(ForbiddenError),
    /// No rule of the rulebook has the digest.
    UnknownRule,
    /// The host keeps no revision with the digest.
    UnknownRevision,
    /// The request pins another revision than the one in use.
    OtherRevisionInUse {
        in_use: Digest,
    },
    /// The log has no such record, or not where the host looks for it.
    UnknownRecord(UnprovenRecordError),
    /// No route has the path.
    NotFound,
    /// The route doesn't take the method.
    MethodNotAllowed,
    UnsupportedMediaType,
    BodyTooLarge {
        bytes_max: usize,
    },
    /// The body was not complete in time.
    BodyTooSlow {
        ms_max: u64,
    },
    /// The client closed the connection within the body.
    BodyBrokeOff,
    TooManyRequests(QuotaError),
    /// An address sends too many requests without a key.
    TooManyStrangers(TooManyStrangersError),
    /// The concurrency limit rejected the request.
    Overloaded,
    NotRecorded,
    /// The request has the key of another one, or of one that still runs.
    Repeat(RepeatError),
    /// The caller has used up its quota of the decision log.
    LogQuotaExceeded {
        retry_after: Duration,
    },
    /// An objection isn't taken, or there is none.
    Objection(ObjectionError),
    Internal(InternalError),
}

/// A defect of the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InternalError {
    #[error("the reply can't be written as JSON: {reason}")]
    UnwritableReply { reason: String },
    #[error("no receipt can be made: {reason}")]
    Receipt { reason: String },
    #[error("an objection can't be kept or told of: {reason}")]
    Objection { reason: String },
    #[error("the tree of the decision log can't prove a record: {reason}")]
    UnprovableRecord { reason: String },
    #[error("no cookie can be sealed")]
    UnsealedCookie,
    #[error("the handler panicked")]
    HandlerPanicked,
}

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// What kind of problem it is, stable for machines; the path explains it when it is opened.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-facts")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong with this request and how to mend it.
    detail: String,
    /// Each fault, where there may be several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemFault>,
}

/// What the pointer of a fault in the query begins with; the parameter's name follows.
pub(crate) const QUERY: &str = "?";

/// What the pointer of a fault in a header begins with; the header's name follows.
pub(crate) const HEADER: &str = "header ";

/// One fault in a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemFault {
    /// Where, as a JSON pointer (RFC 6901) into the request's body; none of a fault in the query or in a header.
    #[schema(example = "/facts/disability_grade")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// Which parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// Which header.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// What is wrong.
    detail: String,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
}

impl From<UnauthorizedError> for RequestError {
    fn from(error: UnauthorizedError) -> Self {
        Self::Unauthorized(error)
    }
}

impl From<ForbiddenError> for RequestError {
    fn from(error: ForbiddenError) -> Self {
        Self::Forbidden(error)
    }
}

impl From<QuotaError> for RequestError {
    fn from(error: QuotaError) -> Self {
        Self::TooManyRequests(error)
    }
}

impl From<TooManyStrangersError> for RequestError {
    fn from(error: TooManyStrangersError) -> Self {
        Self::TooManyStrangers(error)
    }
}

impl From<UnitsError> for RequestError {
    fn from(error: UnitsError) -> Self {
        match error {
            UnitsError::Quota(error) => Self::TooManyRequests(error),
            UnitsError::QueueFull(QueueFullError) => Self::Overloaded,
        }
    }
}

impl From<NotRecordedError> for RequestError {
    fn from(error: NotRecordedError) -> Self {
        match error {
            NotRecordedError::Unwritable => Self::NotRecorded,
            NotRecordedError::QuotaExceeded { retry_after } => Self::LogQuotaExceeded { retry_after },
        }
    }
}

impl From<ObjectionError> for RequestError {
    fn from(error: ObjectionError) -> Self {
        Self::Objection(error)
    }
}

impl From<InternalError> for RequestError {
    fn from(error: InternalError) -> Self {
        Self::Internal(error)
    }
}

impl RequestError {
    pub(crate) fn kind(&self) -> ProblemKind {
        match self {
            Self::MalformedJson { .. } => ProblemKind::MalformedJson,
            Self::InvalidRequest(_) => ProblemKind::InvalidRequest,
            Self::InvalidFacts(_) => ProblemKind::InvalidFacts,
            Self::Unprocessable(_) => ProblemKind::UnprocessableRequest,
            Self::Unknown(DecideError::UnknownPlace(error)) => match error {
                UnknownPlaceError::Unknown(_) => ProblemKind::UnknownJurisdiction,
                UnknownPlaceError::Ended { .. } | UnknownPlaceError::NotYet { .. } => {
                    ProblemKind::JurisdictionAtAnotherTime
                }
            },
            Self::Unknown(DecideError::UnknownService { .. }) => ProblemKind::UnknownService,
            Self::Unauthorized(_) => ProblemKind::Unauthorized,
            Self::Forbidden(_) => ProblemKind::Forbidden,
            Self::UnknownRule => ProblemKind::UnknownRule,
            Self::UnknownRevision => ProblemKind::UnknownRulebook,
            Self::OtherRevisionInUse { .. } => ProblemKind::OtherRulebookInUse,
            Self::UnknownRecord(_) => ProblemKind::UnknownRecord,
            Self::NotFound => ProblemKind::NotFound,
            Self::MethodNotAllowed => ProblemKind::MethodNotAllowed,
            Self::UnsupportedMediaType => ProblemKind::UnsupportedMediaType,
            Self::BodyTooLarge { .. } => ProblemKind::BodyTooLarge,
            Self::BodyTooSlow { .. } | Self::BodyBrokeOff => ProblemKind::RequestTimeout,
            Self::TooManyRequests(_) | Self::TooManyStrangers(_) | Self::LogQuotaExceeded { .. } => {
                ProblemKind::TooManyRequests
            }
            Self::Overloaded => ProblemKind::Overloaded,
            Self::NotRecorded => ProblemKind::LogUnavailable,
            Self::Repeat(RepeatError::InProgress) => ProblemKind::RequestInProgress,
            Self::Repeat(RepeatError::OtherRequest(_)) => ProblemKind::IdempotencyKeyReused,
            Self::Objection(error) => error.kind(),
            Self::Internal(_) => ProblemKind::Internal,
        }
    }

    /// The stable name of its kind.
    pub(crate) fn kind_name(&self) -> &'static str {
        self.kind().spec().name
    }

    /// After how many seconds it makes sense to try again; `None` if the same request will fail again.
    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests(QuotaError::Rate { retry_after }) | Self::LogQuotaExceeded { retry_after } => {
                let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
                Some(seconds.max(1))
            }
            Self::Objection(error) => error.retry_after_s(),
            Self::TooManyRequests(QuotaError::InFlight)
            | Self::TooManyStrangers(_)
            | Self::Overloaded
            | Self::OtherRevisionInUse { .. }
            | Self::NotRecorded
            | Self::Repeat(RepeatError::InProgress) => Some(1),
            Self::MalformedJson { .. }
            | Self::InvalidRequest(_)
            | Self::InvalidFacts(_)
            | Self::Unprocessable(_)
            | Self::Unknown(_)
            | Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::UnknownRule
            | Self::UnknownRevision
            | Self::UnknownRecord(_)
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge { .. }
            | Self::BodyTooSlow { .. }
            | Self::BodyBrokeOff
            | Self::TooManyRequests(QuotaError::Cost { .. })
            | Self::Repeat(RepeatError::OtherRequest(_))
            | Self::Internal(_) => None,
        }
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::MalformedJson { line, column } => {
                format!("the body can't be read as JSON at line {line}, column {column}")
            }
            Self::InvalidRequest(faults) | Self::InvalidFacts(faults) | Self::Unprocessable(faults) => {
                match faults.as_slice() {
                    [fault] => fault.to_string(),
                    faults => format!("{} faults; see `errors`", faults.len()),
                }
            }
            Self::Unknown(error) => error.to_string(),
            Self::BodyTooLarge { bytes_max } => format!("the body has more than {bytes_max} bytes"),
            Self::BodyTooSlow { ms_max } => format!("the body was not there after {ms_max} ms"),
            Self::BodyBrokeOff => "the body broke off".to_owned(),
            Self::Forbidden(error) => error.to_string(),
            Self::OtherRevisionInUse { in_use } => format!("this host has {in_use} in use"),
            Self::TooManyRequests(error) => format!("{error}; {}", quota_setting(*error)),
            Self::TooManyStrangers(error) => {
                format!("{error}; the operator sets the bound by `http.stranger-requests-per-second`")
            }
            Self::LogQuotaExceeded { retry_after } => {
                let error = NotRecordedError::QuotaExceeded { retry_after: *retry_after };
                format!("{error}; {LOG_QUOTA_SETTING}")
            }
            Self::Unauthorized(error @ UnauthorizedError::SeveralCredentials) => error.to_string(),
            Self::Repeat(RepeatError::OtherRequest(part)) => other_request(*part).to_owned(),
            Self::Objection(error) => error.detail().to_owned(),
            Self::UnknownRecord(why) => why.detail().unwrap_or_else(|| self.kind().spec().mend.to_owned()),
            Self::Unauthorized(UnauthorizedError::UnknownCaller)
            | Self::UnknownRule
            | Self::UnknownRevision
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::Overloaded
            | Self::NotRecorded
            | Self::Repeat(RepeatError::InProgress)
            | Self::Internal(_) => self.kind().spec().mend.to_owned(),
        }
    }

    fn faults(self) -> Vec<ProblemFault> {
        let shown = |fault: InputError| {
            let InputError { pointer, message: detail, expected } = fault;
            let mut shown = ProblemFault { pointer: None, parameter: None, header: None, detail, expected };
            if let Some(name) = pointer.strip_prefix(QUERY) {
                shown.parameter = Some(name.to_owned()).filter(|name| !name.is_empty());
            } else if let Some(name) = pointer.strip_prefix(HEADER) {
                shown.header = Some(name.to_owned());
            } else {
                shown.pointer = Some(pointer);
            }
            shown
        };
        match self {
            Self::InvalidRequest(faults) | Self::InvalidFacts(faults) | Self::Unprocessable(faults) => {
                faults.into_iter().map(shown).collect()
            }
            Self::MalformedJson { .. }
            | Self::Unknown(_)
            | Self::Unauthorized(_)
            | Self::Forbidden(_)
            | Self::UnknownRule
            | Self::UnknownRevision
            | Self::OtherRevisionInUse { .. }
            | Self::UnknownRecord(_)
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge { .. }
            | Self::BodyTooSlow { .. }
            | Self::BodyBrokeOff
            | Self::TooManyRequests(_)
            | Self::TooManyStrangers(_)
            | Self::Overloaded
            | Self::NotRecorded
            | Self::Repeat(_)
            | Self::Objection(_)
            | Self::LogQuotaExceeded { .. }
            | Self::Internal(_) => Vec::new(),
        }
    }
}

impl Problem {
    /// Every fault, a line each.
    pub(crate) fn in_full(&self) -> String {
        let fault = |fault: &ProblemFault| {
            let expected = fault.expected.as_ref().map(|expected| format!("; expected {expected}")).unwrap_or_default();
            let place = fault.pointer.as_ref().or(fault.parameter.as_ref()).filter(|place| !place.is_empty());
            let place = place.map(|place| format!("`{place}`: ")).unwrap_or_default();
            format!("{place}{}{expected}", fault.detail)
        };
        if self.errors.is_empty() {
            return self.text();
        }
        self.errors.iter().map(fault).collect::<Vec<_>>().join("\n")
    }

    /// What is wrong, in one line.
    pub(crate) fn text(&self) -> String {
        format!("{}: {}", self.title, self.detail)
    }

    pub(crate) fn of(error: RequestError) -> Self {
        let spec = error.kind().spec();
        Self {
            kind: format!("/problems/{}", spec.name),
            title: spec.title,
            status: spec.status.as_u16(),
            detail: error.detail(),
            errors: error.faults(),
        }
    }
}

const LOG_QUOTA_SETTING: &str = "the operator sets it by `log-bytes-per-hour-max` of the caller, or `decision-log.caller-bytes-per-hour-max` for all";

/// The setting that the operator would have to change.
fn quota_setting(error: QuotaError) -> &'static str {
    match error {
        QuotaError::Rate { .. } | QuotaError::Cost { .. } => {
            "the operator sets it by `rate-limit-per-second` of the caller, or `concurrency.caller-rate-limit-per-second` for all"
        }
        QuotaError::InFlight => {
            "the operator sets it by `in-flight-max` of the caller, or `concurrency.caller-in-flight-max` for all"
        }
    }
}

/// What differs from the first request with the key.
fn other_request(part: RequestPart) -> &'static str {
    match part {
        RequestPart::Body => {
            "the key belongs to a request with another body; repeat that one byte for byte, or send a new key"
        }
        RequestPart::Query => "the key belongs to a request with another query; repeat that one, or send a new key",
        RequestPart::Languages => {
            "the key belongs to a request with another `Accept-Language`; repeat that one, or send a new key"
        }
    }
}

/// The answer to a request that failed by a defect of the host. It names the request's id, under which the log has the
/// cause.
pub(crate) fn internal_error_response(request_id: &str) -> Response {
    let problem = Problem::of(RequestError::Internal(InternalError::HandlerPanicked));
    let detail = format!("the host failed; give its operator the request's id `{request_id}`");
    problem_response(StatusCode::INTERNAL_SERVER_ERROR, &Problem { detail, ..problem })
}

fn problem_response(status: StatusCode, problem: &Problem) -> Response {
    let mut response = (status, Json(problem)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let status = self.kind().spec().status;
        let retry_after_s = self.retry_after_s();
        let internal = if let Self::Internal(error) = &self { Some(error.clone()) } else { None };
        let mut response = problem_response(status, &Problem::of(self));
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(error) = internal {
            // The layer around the handlers finds it, and names the request's id.
            response.extensions_mut().insert(error);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry_after(error: RequestError) -> Option<String> {
        let response = error.into_response();
        response.headers().get(header::RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_problem_of_a_rate_limit_says_when_to_try_again() {
        let over = |retry_after: Duration| RequestError::TooManyRequests(QuotaError::Rate { retry_after });
        for (wait, seconds) in [(Duration::from_millis(20), "1"), (Duration::from_millis(2100), "3")] {
            assert_eq!(retry_after(over(wait)).as_deref(), Some(seconds), "{wait:?}");
        }
        assert_eq!(retry_after(RequestError::TooManyRequests(QuotaError::InFlight)).as_deref(), Some("1"));
        assert_eq!(retry_after(RequestError::NotFound), None);
    }

    #[test]
    fn a_problem_names_the_quota_that_is_exceeded() {
        let detail = |error| Problem::of(RequestError::TooManyRequests(error)).detail;
        let rate = detail(QuotaError::Rate { retry_after: Duration::from_secs(1) });
        assert!(rate.contains("rate limit"), "{rate}");
        let cost = detail(QuotaError::Cost { units: 500, units_max: 100 });
        assert!(cost.contains("costs 500 units"), "{cost}");
        assert!(cost.contains("rate-limit-per-second"), "{cost}");
        let in_flight = detail(QuotaError::InFlight);
        assert!(in_flight.contains("in flight"), "{in_flight}");
    }
}
