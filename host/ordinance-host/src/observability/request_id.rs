//! The id of a request and its place in a distributed trace (W3C Trace Context). Every response has both, and so have
//! the lines of the log about the request. Neither says anything of the person.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;
use uuid::Uuid;

use crate::observability::traces::{TRACEPARENT, TraceParent, Traces};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestId {
    /// The client sent it. It is a UUID, in whatever way it is written.
    Sent(HeaderValue),
    New(Uuid),
}

impl RequestId {
    /// The id that the client sent, if it is a UUID, or a new one. Any other text could name a person, and the log has
    /// the id.
    fn of(headers: &HeaderMap) -> Self {
        let is_uuid =
            |value: &&HeaderValue| value.to_str().is_ok_and(|text| text.len() <= 36 && Uuid::try_parse(text).is_ok());
        headers
            .get(&REQUEST_ID)
            .filter(is_uuid)
            .map_or_else(|| Self::New(Uuid::new_v4()), |sent| Self::Sent(sent.clone()))
    }

    fn to_header(&self) -> Option<HeaderValue> {
        match self {
            Self::Sent(sent) => Some(sent.clone()),
            Self::New(id) => HeaderValue::from_str(id.simple().encode_lower(&mut Uuid::encode_buffer())).ok(),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent(sent) => f.write_str(sent.to_str().unwrap_or_default()),
            Self::New(id) => write!(f, "{}", id.simple()),
        }
    }
}

/// The id and the trace of a request and its response.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) id: RequestId,
    pub(crate) trace: TraceParent,
}

impl Identity {
    /// Those of the request's headers, or new ones.
    pub(crate) fn of(headers: &HeaderMap, traces: Option<&Traces>) -> Self {
        Self { id: RequestId::of(headers), trace: TraceParent::of(headers, traces) }
    }

    /// Puts them into the headers of a response.
    pub(crate) fn stamp(&self, headers: &mut HeaderMap) {
        let trace = HeaderValue::from_str(&self.trace.text()).ok();
        for (name, value) in [(REQUEST_ID, self.id.to_header()), (TRACEPARENT, trace)] {
            if let Some(value) = value {
                // AuthZEN echoes whatever id the client sent; its handler has set the header already.
                headers.entry(name).or_insert(value);
            }
        }
    }
}

tokio::task_local! {
    static CURRENT: Identity;
}

/// The ids of the current request in the lines of the log. The span that has them is made where a line is written:
/// most requests write none, and a span for each would cost more than their ids.
pub(crate) struct LogIdentity;

impl LogIdentity {
    /// Runs a part of a request's work, such as one poll of its handler, under its ids.
    pub(crate) fn run<T>(identity: &Identity, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(identity.clone(), work)
    }

    /// The work of another task for the current request.
    pub(crate) fn carry<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
        let current = CURRENT.try_with(Identity::clone).ok();
        async move {
            match current {
                Some(identity) => CURRENT.scope(identity, work).await,
                None => work.await,
            }
        }
    }

    /// The work of another thread for the current request.
    pub(crate) fn carry_to_thread<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
        let current = CURRENT.try_with(Identity::clone).ok();
        move || match current {
            Some(identity) => CURRENT.sync_scope(identity, work),
            None => work(),
        }
    }

    /// The id of the current request; a new one outside of requests.
    pub(crate) fn request_id() -> RequestId {
        CURRENT.try_with(|identity| identity.id.clone()).unwrap_or_else(|_| RequestId::New(Uuid::new_v4()))
    }

    /// The span of the current request; an empty one outside of requests.
    pub(crate) fn span() -> Span {
        let span = CURRENT.try_with(|Identity { id, trace }| {
            let trace_id = format!("{:032x}", trace.trace);
            tracing::error_span!(target: "ordinance", "request", request_id = %id, trace_id)
        });
        span.unwrap_or_else(|_| Span::none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_name_a_person_is_replaced() {
        let id = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_static(text));
            RequestId::of(&headers).to_string()
        };
        assert_eq!(id("01a20c04-b0d5-72e3-a413-9ee5db4d5d73"), "01a20c04-b0d5-72e3-a413-9ee5db4d5d73");
        assert_ne!(id("110101199003074518"), "110101199003074518");
        assert_ne!(id("a b"), "a b");
        assert_ne!(id(""), "");
    }
}
