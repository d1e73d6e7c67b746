//! What an operation may answer besides its reply, for `/openapi.json`: problem documents by status.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder};

/// The problems of a `POST` with a body.
pub(crate) struct BodyProblems;

/// The problems of a `POST` with a body that leaves a record, and may have a key.
pub(crate) struct RecordedProblems;

/// The problems of an objection.
pub(crate) struct ObjectionProblems;

/// The problems of asking how an objection stands.
pub(crate) struct ObjectionStateProblems;

/// The problems of a batch as a whole; those of a line stand in its line.
pub(crate) struct BatchProblems;

/// The problems of a `GET` with parameters.
pub(crate) struct QueryProblems;

/// The problems of a `GET` for a proof, which only callers get.
pub(crate) struct ReceiptProblems;

/// The problems of a `GET` without parameters.
pub(crate) struct PlainProblems;

/// The problems of AuthZEN, which are lines of text.
pub(crate) struct TextProblems;

const BAD_REQUEST: (u16, &str) = (400, "The request is no JSON, or breaks the schema");
const UNAUTHORIZED: (u16, &str) = (401, "It isn't known who calls");
const BUSY: (u16, &str) = (503, "The host is busy, the answer can't be recorded, or another rulebook is in use");
const MEDIA_TYPE: (u16, &str) = (415, "The body is not said to be of the right type");
const TOO_MANY: (u16, &str) = (429, "The caller, or an address without a key, asks too much");
const INTERNAL: (u16, &str) = (500, "The host has a fault");
const IN_PROGRESS: (u16, &str) = (409, "The first request with this key still runs");
const METHOD: (u16, &str) = (405, "The path knows other methods");

impl IntoResponses for BodyProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            BAD_REQUEST,
            UNAUTHORIZED,
            (403, "The caller may not ask for that"),
            (404, "A place, the service or the revision is unknown"),
            METHOD,
            (408, "The body took too long"),
            (413, "The body is too large"),
            MEDIA_TYPE,
            (422, "The facts don't fit, the members of the request don't go together, or an id is none"),
            TOO_MANY,
            INTERNAL,
            BUSY,
        ])
    }
}

impl IntoResponses for RecordedProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = BodyProblems::responses();
        let other = "The facts don't fit, the members of the request don't go together, an id is none, or the key belongs \
                     to another request";
        responses.extend(problems(&[IN_PROGRESS, (422, other)]));
        responses
    }
}

impl IntoResponses for ObjectionProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = BodyProblems::responses();
        responses.extend(problems(&[
            (404, "The service is unknown, or the log of this host doesn't have the decision"),
            (409, "There is another objection to the decision"),
            (422, "The receipt doesn't hold, the service takes no objections, or the time is over"),
            (429, "The caller asks too much, or the host takes no more objections in this hour"),
            (503, "The host is busy, has no room, can't record or has another rulebook, or the authority has no key"),
        ]));
        responses
    }
}

impl IntoResponses for ObjectionStateProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let no_token = (400, "The request has no token");
        let unknown = (404, "There is no objection with this id and token");
        problems(&[no_token, UNAUTHORIZED, unknown, METHOD, TOO_MANY, INTERNAL, BUSY])
    }
}

impl IntoResponses for BatchProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let with_key = (422, "The request has an `Idempotency-Key`, which a batch doesn't take");
        problems(&[UNAUTHORIZED, METHOD, MEDIA_TYPE, with_key, TOO_MANY, INTERNAL, BUSY])
    }
}

impl IntoResponses for QueryProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let bad_query = (400, "The query breaks the schema");
        problems(&[bad_query, (404, "What the path or the query names is unknown"), METHOD, TOO_MANY, INTERNAL, BUSY])
    }
}

impl IntoResponses for ReceiptProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = QueryProblems::responses();
        responses.extend(problems(&[UNAUTHORIZED, (404, "The log has no such record where the host looks for it")]));
        responses
    }
}

impl IntoResponses for PlainProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[METHOD, TOO_MANY, INTERNAL, BUSY])
    }
}

impl IntoResponses for TextProblems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = problems(&[METHOD, BUSY]);
        let text = ObjectBuilder::new().schema_type(Type::String);
        let text = ContentBuilder::new().schema(Some(text)).build();
        let other = (422, "The key belongs to another request");
        let bad = (400, "The request can't be read");
        for (status, what) in [bad, UNAUTHORIZED, IN_PROGRESS, other, TOO_MANY, INTERNAL, BUSY] {
            let response = described(status, what).content("text/plain", text.clone());
            responses.insert(status.to_string(), response.build().into());
        }
        responses
    }
}

/// The problems of a request that pins a revision which isn't in use, or none at all.
pub(crate) fn pin_problems() -> [(String, Response); 2] {
    [BAD_REQUEST, BUSY].map(|(status, what)| (status.to_string(), problem(status, what)))
}

fn problems(statuses: &[(u16, &str)]) -> BTreeMap<String, RefOr<Response>> {
    statuses.iter().map(|(status, what)| (status.to_string(), problem(*status, what).into())).collect()
}

fn problem(status: u16, what: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    described(status, what).content("application/problem+json", content).build()
}

fn described(status: u16, what: &str) -> ResponseBuilder {
    let response = ResponseBuilder::new().description(what);
    let (header, meaning, header_type) = match status {
        401 => ("WWW-Authenticate", "`Bearer`", Type::String),
        405 => ("Allow", "The methods of the path", Type::String),
        409 | 429 | 503 => ("Retry-After", "After how many seconds to try again", Type::Integer),
        _ => return response,
    };
    let schema = ObjectBuilder::new().schema_type(header_type);
    response.header(header, HeaderBuilder::new().schema(Some(schema)).description(Some(meaning)).build())
}
