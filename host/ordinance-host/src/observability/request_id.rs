//! A request's id and its place in a distributed trace (W3C Trace Context), in every answer and in the lines of the log that are
//! about it. Neither says anything of the person.

use std::time::SystemTime;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

use crate::connection::draining::Draining;
use crate::observability::traces::{SampledRequest, TRACEPARENT, TraceParent, Traces};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the client gave, if it is a UUID, or a new one. Any other text could name a person, and stands in the log.
fn id_of(headers: &HeaderMap) -> String {
    let sent = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let known = sent.filter(|text| text.len() <= 36 && Uuid::try_parse(text).is_ok());
    known.map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned)
}

/// The method by its name, if it is one that the routes know; any other is the client's own text.
fn method_of(request: &Request) -> &'static str {
    match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "OTHER",
    }
}

/// The method and the route as it is declared, for a path that nobody knows may say anything.
fn route_of(request: &Request) -> String {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    format!("{} {route}", method_of(request))
}

/// What a request and its answer are known by.
pub(crate) struct Identity {
    id: String,
    trace: TraceParent,
}

impl Identity {
    /// Those that the request came with, or new ones.
    pub(crate) fn of(headers: &HeaderMap, traces: Option<&Traces>) -> Self {
        Self { id: id_of(headers), trace: TraceParent::of(headers, traces) }
    }

    /// Says them in an answer.
    pub(crate) fn stamp(self, headers: &mut HeaderMap) {
        for (name, text) in [(REQUEST_ID, self.id), (TRACEPARENT, self.trace.text())] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                // AuthZEN has whatever came with the request come back, and its handler has seen to that.
                headers.entry(name).or_insert(value);
            }
        }
    }
}

/// Gives an answer the headers, and the lines of the log the ids; what is recorded of it goes to the collector, if there is one.
pub(crate) async fn identify(
    State((traces, draining)): State<(Option<Traces>, Draining)>,
    mut request: Request,
    next: Next,
) -> Response {
    let identity = Identity::of(request.headers(), traces.as_ref());
    let trace = identity.trace;
    let recorded = traces.filter(|_| trace.is_sampled).map(|traces| {
        let recorded = SampledRequest { traces, context: trace };
        (recorded, route_of(&request), SystemTime::now())
    });
    let version = request.version();
    if let Some((recorded, ..)) = &recorded {
        request.extensions_mut().insert(recorded.clone());
    }
    let trace_id = format!("{:032x}", trace.trace);
    let span = tracing::error_span!(target: "ordinance", "request", request_id = identity.id, trace_id);
    let mut response = next.run(request).instrument(span).await;
    if let Some((SampledRequest { traces, context }, route, begun)) = recorded {
        traces.request(&context, &route, response.status().as_u16(), begun);
    }
    draining.say(&mut response, version);
    identity.stamp(response.headers_mut());
    response
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
