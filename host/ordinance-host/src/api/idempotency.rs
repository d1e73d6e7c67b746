//! Requests that a caller may repeat: a request with an `Idempotency-Key` leaves one record, and its repeats are
//! answered with the first reply (draft-ietf-httpapi-idempotency-key-header-07).

use std::time::Instant;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, HeaderName};
use axum::response::Response;
use ordinance_engine::InputError;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, Required};
use uuid::Uuid;

use crate::api::problem::{HEADER, InternalError, RequestError};
use crate::app::{App, IdentifiedCaller};
use crate::audit::kept_replies::{Begun, Operation, RequestKey, RequestParts};
use crate::audit::reply_permit::ReplyPermit;
use crate::observability::request_id::LogIdentity;

/// The header with the key of a request.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that says that it is the first reply once more.
pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A UUID with hyphens or without, in the quotes of a structured string (RFC 8941, 3.3.3) or without.
const KEY_PATTERN: &str = "^(U|H|\"U\"|\"H\")$";
const KEY_EXPECTED: &str =
    "one UUID, such as \"8e03978e-40d5-43dd-bc93-6894a57f9324\", in quotes or without, and a new one for each request";

/// The key in the OpenAPI document.
pub(crate) struct IdempotencyHeader;

impl IntoParams for IdempotencyHeader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let hyphenated = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";
        let pattern = KEY_PATTERN.replace('U', hyphenated).replace('H', "[0-9A-Fa-f]{32}");
        let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        let meaning = "Makes the request safe to repeat: a UUID of the client's, new for each request. A repeat with the \
                       same key, body, query and `Accept-Language` gets the first reply, and there is one record, which \
                       has the key. A simulation leaves no record, and each repeat of it is computed anew.";
        let parameter = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
        vec![parameter.required(Required::False).description(Some(meaning)).schema(Some(schema)).build()]
    }
}

/// The key of a request; `None` without the header.
///
/// # Errors
/// If the header is no UUID, or the request has the header twice. Any other text could name a person, and the host
/// writes the key to the record.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<Uuid>, RequestError> {
    let mut sent = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = sent.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    // A UUID may also be written in braces or as a URN, which are longer.
    let key = Uuid::try_parse(text).ok().filter(|_| text.len() <= 36 && sent.next().is_none());
    let malformed = || {
        let pointer = format!("{HEADER}{IDEMPOTENCY_KEY}");
        RequestError::InvalidRequest(vec![InputError::expecting(&pointer, "this is no key of a request", KEY_EXPECTED)])
    };
    key.map(Some).ok_or_else(malformed)
}

/// Checks that a request has no key, where its answer is too long to be kept.
///
/// # Errors
/// If it has one: a client that trusts in the key would repeat what is recorded.
pub(crate) fn reject_key(headers: &HeaderMap) -> Result<(), RequestError> {
    if !headers.contains_key(IDEMPOTENCY_KEY) {
        return Ok(());
    }
    let pointer = format!("{HEADER}{IDEMPOTENCY_KEY}");
    let expected = "none; send decisions that you may have to repeat one by one, each with its key";
    Err(RequestError::Unprocessable(vec![InputError::expecting(&pointer, "a batch has no key", expected)]))
}

/// A reply, and the proof that it may be sent.
pub(crate) struct RecordedReply {
    pub(crate) bytes: Vec<u8>,
    /// The same with what is handed out once and not kept; `None` if there is nothing of the kind.
    pub(crate) once: Option<Vec<u8>>,
    /// `None` if there was nothing to record.
    pub(crate) permit: Option<ReplyPermit>,
}

/// What a request is answered with.
pub(crate) struct SentReply {
    pub(crate) reply: Bytes,
    /// Whether it is the first reply once more.
    pub(crate) is_replayed: bool,
}

impl SentReply {
    /// The response with it, or the problem of a request that failed.
    pub(crate) fn respond(app: &App, answered: Result<Self, RequestError>) -> Response {
        let is_replayed = answered.as_ref().is_ok_and(|answer| answer.is_replayed);
        let mut response = app.respond_written(answered.map(|answer| answer.reply));
        if is_replayed {
            response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

impl From<RecordedReply> for SentReply {
    fn from(reply: RecordedReply) -> Self {
        Self { reply: reply.once.unwrap_or(reply.bytes).into(), is_replayed: false }
    }
}

/// A request with a key.
#[derive(Clone, Copy)]
pub(crate) struct KeyedRequest<'a> {
    pub(crate) key: Uuid,
    pub(crate) operation: Operation,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Answers a request with a key: a repeat with the first reply, the first by doing the work. The host finishes the work
/// even if the client closes its connection, so that a client that repeats the request gets the recorded reply.
///
/// # Errors
/// Those of the work; and if the first request still runs, or was another.
pub(crate) async fn answer_once<W, E>(
    caller: IdentifiedCaller,
    request: KeyedRequest<'_>,
    work: impl FnOnce(IdentifiedCaller) -> W,
) -> Result<SentReply, E>
where
    W: Future<Output = Result<RecordedReply, E>> + Send + 'static,
    E: From<RequestError> + Send + 'static,
{
    let KeyedRequest { key, operation, query, headers, body } = request;
    let languages = headers.get(ACCEPT_LANGUAGE).map_or(&b""[..], |languages| languages.as_bytes());
    let parts = RequestParts { body, query: query.unwrap_or_default().as_bytes(), languages };
    let begun = caller.0.kept_replies.begin(RequestKey { operation, key }, parts, Instant::now());
    let first = match begun.map_err(RequestError::Repeat)? {
        Begun::First(first) => first,
        Begun::Repeat(reply) => return Ok(SentReply { reply, is_replayed: true }),
    };
    let work = work(caller);
    let answered = tokio::spawn(LogIdentity::carry(async move {
        let RecordedReply { bytes, once, permit } = work.await?;
        // What is kept takes no more memory than it has bytes.
        let reply = Bytes::from(bytes.into_boxed_slice());
        first.answer(&reply, permit.as_ref(), Instant::now());
        Ok(SentReply { reply: once.map_or(reply, Bytes::from), is_replayed: false })
    }));
    // The panic hook has logged the place of a panic.
    answered.await.map_err(|_| RequestError::Internal(InternalError::HandlerPanicked))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&'static str]) -> Result<Option<Uuid>, RequestError> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, axum::http::HeaderValue::from_static(value));
        }
        idempotency_key(&headers)
    }

    #[test]
    fn a_key_is_a_uuid_in_quotes_or_without() {
        let uuid = Uuid::try_parse("8e03978e-40d5-43dd-bc93-6894a57f9324").unwrap();
        for written in [
            "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"",
            "8e03978e-40d5-43dd-bc93-6894a57f9324",
            "8E03978E40D543DDBC936894A57F9324",
        ] {
            assert_eq!(key(&[written]), Ok(Some(uuid)), "{written}");
        }
        assert_eq!(key(&[]), Ok(None));
    }

    #[test]
    fn any_other_text_is_refused_and_not_repeated() {
        let written = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        for refused in
            [&["110101199003074518"][..], &[""], &["\"8e03978e-40d5-43dd-bc93-6894a57f9324"], &["a b"], &[written; 2]]
        {
            let Err(RequestError::InvalidRequest(faults)) = key(refused) else { panic!("{refused:?}") };
            assert!(!format!("{faults:?}").contains("110101"), "{faults:?}");
        }
    }
}
