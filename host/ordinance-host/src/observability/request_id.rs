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
use crate::observability::traces::Traces;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A request that is recorded.
#[derive(Clone)]
pub(crate) struct Recorded {
    pub(crate) traces: Traces,
    pub(crate) place: TraceParent,
}

/// A place in a trace: 16 bytes of the trace, 8 of the span, whether it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceParent {
    pub(crate) trace: u128,
    pub(crate) span: u64,
    /// The span above it.
    pub(crate) parent: Option<u64>,
    pub(crate) is_sampled: bool,
}

impl TraceParent {
    /// Reads `00-TRACE-SPAN-FLAGS`; a later version may have more behind it.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_known = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        if !is_known || !is_hex(trace, 32) || !is_hex(span, 16) || !is_hex(flags, 2) {
            return None;
        }
        let (trace, span) = (u128::from_str_radix(trace, 16).ok()?, u64::from_str_radix(span, 16).ok()?);
        let is_sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        (trace != 0 && span != 0).then_some(Self { trace, span, parent: None, is_sampled })
    }

    /// This host's own span, below the one of the request if it came with one.
    fn of(headers: &HeaderMap, traces: Option<&Traces>) -> Self {
        let sent = headers.get(&TRACEPARENT).and_then(|value| Self::parse(value.to_str().ok()?));
        let trace = sent.map_or_else(|| Uuid::new_v4().as_u128(), |sent| sent.trace);
        let is_sampled = match sent {
            Some(sent) => sent.is_sampled,
            None => traces.is_some_and(|traces| traces.samples(trace)),
        };
        let span = Uuid::new_v4().as_u64_pair().1;
        Self { trace, span, parent: sent.map(|sent| sent.span), is_sampled }
    }

    fn text(self) -> String {
        format!("00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.is_sampled))
    }
}

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
        let recorded = Recorded { traces, place: trace };
        (recorded, route_of(&request), SystemTime::now())
    });
    let version = request.version();
    if let Some((recorded, ..)) = &recorded {
        request.extensions_mut().insert(recorded.clone());
    }
    let trace_id = format!("{:032x}", trace.trace);
    let span = tracing::error_span!(target: "ordinance", "request", request_id = identity.id, trace_id);
    let mut response = next.run(request).instrument(span).await;
    if let Some((Recorded { traces, place }, route, begun)) = recorded {
        traces.request(&place, &route, response.status().as_u16(), begun);
    }
    draining.say(&mut response, version);
    identity.stamp(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_goes_on_and_what_is_no_trace_begins_one() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, HeaderValue::from_static(parent));
        let own = TraceParent::of(&headers, None);
        assert_eq!(own.trace, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert!(own.span != 0xb7ad_6b71_6920_3331 && own.is_sampled, "{own:?}");
        for wrong in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert_eq!(TraceParent::parse(wrong), None, "{wrong}");
        }
        assert_eq!(TraceParent::parse(&own.text()), Some(TraceParent { parent: None, ..own }));
        assert_eq!(own.parent, Some(0xb7ad_6b71_6920_3331));
    }

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
