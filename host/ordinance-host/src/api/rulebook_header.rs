//! The header `Ordinance-Rulebook`. Each response names the revision of the rulebook that was in use when its request
//! began; a request that has the header is answered by that revision or not at all. So a load balancer and its hosts
//! never mix two revisions in what must be of one.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use ordinance_domain::digest::Digest;
use ordinance_engine::{Engine, InputError};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Object, ObjectBuilder, Required};

use crate::api::problem::{HEADER, RequestError};

/// The header.
pub(crate) const RULEBOOK: HeaderName = HeaderName::from_static("ordinance-rulebook");
/// How the OpenAPI document writes it.
pub(crate) const RULEBOOK_PARAMETER: &str = "Ordinance-Rulebook";

/// Checks that a request may be answered by this engine: it pins no revision, or this one.
///
/// # Errors
/// If it pins another revision, or the header is no digest or there twice.
pub(crate) fn check_pinned(engine: &Engine, headers: &HeaderMap) -> Result<(), RequestError> {
    let Some(pinned) = pinned_revision(headers)? else { return Ok(()) };
    let in_use = engine.rulebook().digest();
    if pinned == in_use { Ok(()) } else { Err(RequestError::OtherRevisionInUse { in_use }) }
}

fn pinned_revision(headers: &HeaderMap) -> Result<Option<Digest>, RequestError> {
    let mut sent = headers.get_all(RULEBOOK).iter();
    let Some(value) = sent.next() else { return Ok(None) };
    let digest = value.to_str().ok().and_then(|text| text.trim().parse().ok()).filter(|_| sent.next().is_none());
    digest.map(Some).ok_or_else(|| {
        let pointer = format!("{HEADER}{RULEBOOK}");
        let expected = "one digest, `sha256:` and 64 hexadecimal digits, as the header of a response has it";
        RequestError::InvalidRequest(vec![InputError::expecting(&pointer, "this is no revision", expected)])
    })
}

/// Names the revision of an engine in a response.
pub(crate) fn name_revision(engine: &Engine, headers: &mut HeaderMap) {
    // A digest is made of characters that a header may have.
    if let Ok(digest) = HeaderValue::try_from(engine.rulebook().digest().to_string()) {
        headers.insert(RULEBOOK, digest);
    }
}

fn digest_schema() -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^sha256:[0-9a-f]{64}$")).build()
}

/// The header of a request in the OpenAPI document.
pub(crate) fn request_parameter() -> Parameter {
    let meaning = "Pins the revision of the rulebook: a host that has another one in use answers 503, and a load balancer \
                   may try the next host.";
    let parameter =
        ParameterBuilder::new().name(RULEBOOK_PARAMETER).parameter_in(ParameterIn::Header).required(Required::False);
    parameter.description(Some(meaning)).schema(Some(digest_schema())).build()
}

/// The header of a response in the OpenAPI document, with its name.
pub(crate) fn response_header() -> (&'static str, Header) {
    let meaning = "The revision of the rulebook that was in use when the request began";
    (RULEBOOK_PARAMETER, HeaderBuilder::new().schema(Some(digest_schema())).description(Some(meaning)).build())
}
