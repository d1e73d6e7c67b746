//! The id of a request and its place in a distributed trace (W3C Trace Context). Every response has both, and so have
//! the lines of the log about the request. Neither says anything of the person.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use crate::observability::traces::{TRACEPARENT, TraceParent, Traces};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the client sent, if it is a UUID, or a new one. Any other text could name a person, and the log has the
/// id.
fn id_of(headers: &HeaderMap) -> String {
    let sent = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let known = sent.filter(|text| text.len() <= 36 && Uuid::try_parse(text).is_ok());
    known.map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned)
}

/// The id and the trace of a request and its response.
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) trace: TraceParent,
}

impl Identity {
    /// Those of the request's headers, or new ones.
    pub(crate) fn of(headers: &HeaderMap, traces: Option<&Traces>) -> Self {
        Self { id: id_of(headers), trace: TraceParent::of(headers, traces) }
    }

    /// Puts them into the headers of a response.
    pub(crate) fn stamp(self, headers: &mut HeaderMap) {
        for (name, text) in [(REQUEST_ID, self.id), (TRACEPARENT, self.trace.text())] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                // AuthZEN echoes whatever id the client sent; its handler has set the header already.
                headers.entry(name).or_insert(value);
            }
        }
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
            id_of(&headers)
        };
        assert_eq!(id("01a20c04-b0d5-72e3-a413-9ee5db4d5d73"), "01a20c04-b0d5-72e3-a413-9ee5db4d5d73");
        assert_ne!(id("110101199003074518"), "110101199003074518");
        assert_ne!(id("a b"), "a b");
        assert_ne!(id(""), "");
    }
}
