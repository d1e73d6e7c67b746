//! Errors as a caller sees them: problem details (RFC 9457). One match maps every error to its status and text; none
//! of them repeats a value that was sent.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ordinance_domain::jurisdiction::UnknownPlaceError;
use ordinance_engine::{DecideError, InputError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::admission::caller_quota::QuotaError;
use crate::admission::callers::{ForbiddenError, UnauthorizedError};

/// Everything that can go wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestError {
    /// The body is no JSON.
    MalformedJson { line: usize, column: usize },
    /// The envelope of the request is wrong.
    InvalidRequest(Vec<InputError>),
    /// Facts don't fit the service's contract.
    InvalidFacts(Vec<InputError>),
    /// The place or the service is unknown.
    Unknown(DecideError),
    /// It isn't known who calls.
    Unauthorized,
    /// The caller may not ask for that.
    Forbidden(ForbiddenError),
    /// A rule that isn't in the rulebook.
    UnknownRule,
    /// A revision that isn't kept.
    UnknownRevision,
    /// The path is unknown.
    NotFound,
    /// The path knows other methods.
    MethodNotAllowed,
    /// The body isn't said to be JSON.
    UnsupportedMediaType,
    /// The body is too large.
    BodyTooLarge { bytes_max: usize },
    /// The body took too long.
    BodyTooSlow { ms_max: u64 },
    /// The body broke off.
    BodyBrokeOff,
    /// The caller's quota is used up.
    TooManyRequests(QuotaError),
    /// Too many requests at one time.
    Overloaded,
    /// The decision can't be recorded.
    NotRecorded,
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

/// One fault in a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemFault {
    /// Where, as a JSON pointer (RFC 6901) into the request's body; none of a fault in the query.
    #[schema(example = "/facts/disability_grade")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// Which parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// What is wrong.
    detail: String,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
}

/// A kind of problem: its stable name, its title, its status and what a caller can do about it.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    title: &'static str,
    status: StatusCode,
    pub(crate) mend: &'static str,
}

const fn kind(name: &'static str, title: &'static str, status: StatusCode, mend: &'static str) -> Kind {
    Kind { name, title, status, mend }
}

/// Every kind of problem.
pub(crate) const KINDS: [Kind; 18] = [
    kind(
        "malformed-json",
        "The body is no JSON",
        StatusCode::BAD_REQUEST,
        "Send one JSON object. The detail names the line and the column where reading stopped.",
    ),
    kind(
        "invalid-request",
        "The request is not well formed",
        StatusCode::BAD_REQUEST,
        "Each entry of `errors` points at a member of the request and says what was expected. The members are in /openapi.json.",
    ),
    kind(
        "invalid-facts",
        "The facts don't fit",
        StatusCode::UNPROCESSABLE_ENTITY,
        "Each entry of `errors` points at a fact and says what was expected. GET /v1/services/{id} lists the facts of a service with their types, GET /v1/privacy/records all that rules read. Leave out what is not known.",
    ),
    kind(
        "unknown-jurisdiction",
        "The place is unknown",
        StatusCode::NOT_FOUND,
        "GET /v1/jurisdictions lists the places of the rulebook.",
    ),
    kind(
        "jurisdiction-at-another-time",
        "The place isn't there on that day",
        StatusCode::NOT_FOUND,
        "The place begins later, or has ended and several others share its role. The detail names them; ask for one of them, or for another day.",
    ),
    kind(
        "unknown-service",
        "The service is unknown",
        StatusCode::NOT_FOUND,
        "GET /v1/services lists the services of the rulebook.",
    ),
    kind(
        "unauthorized",
        "It isn't known who calls",
        StatusCode::UNAUTHORIZED,
        "Send the header `Authorization: Bearer` with the API key or the token that the operator gave you, or `X-Api-Key` with the key. A key or token that is unknown, wrong or expired is answered like none.",
    ),
    kind(
        "forbidden",
        "The caller may not ask for that",
        StatusCode::FORBIDDEN,
        "The operator lists for each caller the services, purposes and places it may ask for, and whether it may ask for others. The detail names what is not among them.",
    ),
    kind(
        "unknown-rule",
        "The rule is unknown",
        StatusCode::NOT_FOUND,
        "GET /v1/rules lists the rules of the rulebook with their digests. A rule of an earlier rulebook is not listed.",
    ),
    kind(
        "unknown-rulebook",
        "The revision of the rulebook is unknown",
        StatusCode::NOT_FOUND,
        "GET /v1/rules lists under `revisions` the digests that a simulation may ask for. Earlier ones are kept for the time that the operator sets.",
    ),
    kind(
        "not-found",
        "There is nothing at this path",
        StatusCode::NOT_FOUND,
        "The paths are in /openapi.json and, to try them, at /docs/.",
    ),
    kind(
        "method-not-allowed",
        "This path knows other methods",
        StatusCode::METHOD_NOT_ALLOWED,
        "The header `Allow` of the answer names them.",
    ),
    kind(
        "unsupported-media-type",
        "The body is not said to be of the right type",
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "Send the header `Content-Type: application/json`, or `application/x-ndjson` for a batch, and the body as it is, without `Content-Encoding`.",
    ),
    kind(
        "body-too-large",
        "The body is too large",
        StatusCode::PAYLOAD_TOO_LARGE,
        "Send only the facts that the service knows; the detail names the limit.",
    ),
    kind(
        "request-timeout",
        "The body took too long or broke off",
        StatusCode::REQUEST_TIMEOUT,
        "Send the body at once; the detail names the limit.",
    ),
    kind(
        "too-many-requests",
        "This caller asks too much",
        StatusCode::TOO_MANY_REQUESTS,
        "Wait as long as `Retry-After` says, and ask less at one time: the operator sets how many requests of one caller are taken in a second, and how many may be in work.",
    ),
    kind(
        "overloaded",
        "The host is busy",
        StatusCode::SERVICE_UNAVAILABLE,
        "Try again after the seconds that the header `Retry-After` names.",
    ),
    kind(
        "log-unavailable",
        "The decision can't be recorded",
        StatusCode::SERVICE_UNAVAILABLE,
        "A decision that isn't recorded isn't given. Try again later, or ask with \"mode\": \"simulation\" for an answer that binds nobody.",
    ),
];

impl From<UnauthorizedError> for RequestError {
    fn from(UnauthorizedError: UnauthorizedError) -> Self {
        Self::Unauthorized
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

impl RequestError {
    /// The stable name of its kind.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::MalformedJson { .. } => "malformed-json",
            Self::InvalidRequest(_) => "invalid-request",
            Self::InvalidFacts(_) => "invalid-facts",
            Self::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Unknown(_))) => "unknown-jurisdiction",
            Self::Unknown(DecideError::UnknownPlace(
                UnknownPlaceError::Ended { .. } | UnknownPlaceError::NotYet { .. },
            )) => "jurisdiction-at-another-time",
            Self::Unknown(DecideError::UnknownService(_)) => "unknown-service",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::UnknownRule => "unknown-rule",
            Self::UnknownRevision => "unknown-rulebook",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::BodyTooLarge { .. } => "body-too-large",
            Self::BodyTooSlow { .. } | Self::BodyBrokeOff => "request-timeout",
            Self::TooManyRequests(_) => "too-many-requests",
            Self::Overloaded => "overloaded",
            Self::NotRecorded => "log-unavailable",
        }
    }

    fn detail(&self, kind: &Kind) -> String {
        match self {
            Self::MalformedJson { line, column } => {
                format!("the body can't be read as JSON at line {line}, column {column}")
            }
            Self::InvalidRequest(faults) | Self::InvalidFacts(faults) => match faults.as_slice() {
                [fault] => fault.to_string(),
                faults => format!("{} faults; see `errors`", faults.len()),
            },
            Self::Unknown(error) => error.to_string(),
            Self::BodyTooLarge { bytes_max } => format!("the body has more than {bytes_max} bytes"),
            Self::BodyTooSlow { ms_max } => format!("the body was not there after {ms_max} ms"),
            Self::BodyBrokeOff => "the body broke off".to_owned(),
            Self::Forbidden(what) => what.to_string(),
            Self::Unauthorized
            | Self::UnknownRule
            | Self::UnknownRevision
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::TooManyRequests(_)
            | Self::Overloaded
            | Self::NotRecorded => kind.mend.to_owned(),
        }
    }

    fn faults(self) -> Vec<ProblemFault> {
        let shown = |fault: InputError| {
            let InputError { pointer, message: detail, expected } = fault;
            match pointer.strip_prefix(QUERY) {
                Some("") => ProblemFault { pointer: None, parameter: None, detail, expected },
                Some(name) => ProblemFault { pointer: None, parameter: Some(name.to_owned()), detail, expected },
                None => ProblemFault { pointer: Some(pointer), parameter: None, detail, expected },
            }
        };
        match self {
            Self::InvalidRequest(faults) | Self::InvalidFacts(faults) => faults.into_iter().map(shown).collect(),
            Self::MalformedJson { .. }
            | Self::Unknown(_)
            | Self::Unauthorized
            | Self::Forbidden(_)
            | Self::UnknownRule
            | Self::UnknownRevision
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType
            | Self::BodyTooLarge { .. }
            | Self::BodyTooSlow { .. }
            | Self::BodyBrokeOff
            | Self::TooManyRequests(_)
            | Self::Overloaded
            | Self::NotRecorded => Vec::new(),
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

    /// The document of an error, and its kind.
    pub(crate) fn of(error: RequestError) -> (Self, &'static Kind) {
        let name = error.kind_name();
        // Every name is in the table; a test holds that.
        let [first, ..] = &KINDS;
        let kind = KINDS.iter().find(|kind| kind.name == name).unwrap_or(first);
        let problem = Self {
            kind: format!("/problems/{name}"),
            title: kind.title,
            status: kind.status.as_u16(),
            detail: error.detail(kind),
            errors: error.faults(),
        };
        (problem, kind)
    }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        let (problem, kind) = Problem::of(self);
        let mut response = (kind.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if kind.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&kind.status) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinance_domain::jurisdiction::JurisdictionCode;
    use ordinance_domain::name::Id;

    #[test]
    fn every_error_has_its_own_kind_in_the_table() {
        let errors = [
            RequestError::MalformedJson { line: 1, column: 2 },
            RequestError::InvalidRequest(vec![]),
            RequestError::InvalidFacts(vec![]),
            RequestError::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Unknown(
                JurisdictionCode::new("CN").unwrap(),
            ))),
            RequestError::Unknown(DecideError::UnknownPlace(UnknownPlaceError::Ended {
                code: JurisdictionCode::new("CN").unwrap(),
                until: jiff::civil::date(2020, 1, 1),
                successors: vec![],
            })),
            RequestError::Unknown(DecideError::UnknownService(Id::new("x").unwrap())),
            RequestError::Unauthorized,
            RequestError::Forbidden(ForbiddenError::OtherRecipient),
            RequestError::UnknownRule,
            RequestError::UnknownRevision,
            RequestError::NotFound,
            RequestError::MethodNotAllowed,
            RequestError::UnsupportedMediaType,
            RequestError::BodyTooLarge { bytes_max: 1 },
            RequestError::BodyTooSlow { ms_max: 1 },
            RequestError::TooManyRequests(QuotaError::InFlight),
            RequestError::Overloaded,
            RequestError::NotRecorded,
        ];
        let named: Vec<&str> = errors.iter().map(RequestError::kind_name).collect();
        let table: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(named, table);
    }
}
