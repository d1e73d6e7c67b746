//! Traces by OTLP over HTTP with JSON (OpenTelemetry protocol 1.x): a span for each request and one for each rule that
//! was called. They hold ids of the rulebook, words of this program, times and fuel, and never a fact. An exporter that
//! lags or fails loses spans and nothing else.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Request, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ordinance_engine::trace::CallTrace;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use uuid::Uuid;

use crate::config::TelemetryConfig;
use crate::error::HostError;

/// The most spans that wait for the exporter; further ones are dropped.
const QUEUE_MAX: usize = 8192;
/// The most spans of one request to the collector.
const BATCH_MAX: usize = 512;
/// How often the exporter sends, and how long the collector may take.
const EVERY: Duration = Duration::from_secs(1);
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// The queue of spans to the exporter.
#[derive(Clone)]
pub(crate) struct Traces {
    spans: Sender<Span>,
    sample_ratio: f64,
    dropped: Arc<AtomicU64>,
}

/// Sends spans to the collector while it runs.
pub(crate) struct Exporter {
    waiting: Receiver<Span>,
    endpoint: Uri,
    dropped: Arc<AtomicU64>,
}

/// A span of OpenTelemetry.
pub(crate) struct Span {
    trace: u128,
    id: u64,
    parent: Option<u64>,
    name: String,
    /// SPAN_KIND_INTERNAL or SPAN_KIND_SERVER.
    kind: u8,
    begun: SystemTime,
    ended: SystemTime,
    attributes: Vec<(&'static str, String)>,
    is_error: bool,
}

/// A request whose spans go to the collector.
#[derive(Clone)]
pub(crate) struct SampledRequest {
    pub(crate) traces: Traces,
    pub(crate) context: TraceParent,
}

/// The header of W3C Trace Context.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A span in a trace (W3C Trace Context): 16 bytes of the trace, 8 of the span, whether it is sampled.
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
        let version = parts.next()?;
        let trace = parts.next()?;
        let span = parts.next()?;
        let flags = parts.next()?;
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_known = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        if !is_known || !is_hex(trace, 32) || !is_hex(span, 16) || !is_hex(flags, 2) {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok()?;
        let span = u64::from_str_radix(span, 16).ok()?;
        let is_sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        (trace != 0 && span != 0).then_some(Self { trace, span, parent: None, is_sampled })
    }

    /// This host's own span, below the one of the request if it came with one.
    pub(crate) fn of(headers: &HeaderMap, traces: Option<&Traces>) -> Self {
        let sent = headers.get(&TRACEPARENT).and_then(|value| Self::parse(value.to_str().ok()?));
        let trace = sent.map_or_else(|| Uuid::new_v4().as_u128(), |sent| sent.trace);
        let is_sampled = match sent {
            Some(sent) => sent.is_sampled,
            None => traces.is_some_and(|traces| traces.samples(trace)),
        };
        let span = Uuid::new_v4().as_u64_pair().1;
        Self { trace, span, parent: sent.map(|sent| sent.span), is_sampled }
    }

    pub(crate) fn text(self) -> String {
        let mut digits = [Uuid::encode_buffer(); 2];
        let [trace, span] = &mut digits;
        let trace = Uuid::from_u128(self.trace).simple().encode_lower(trace);
        let span = Uuid::from_u128(self.span.into()).simple().encode_lower(span);
        let span = span.get(16..).unwrap_or_default();
        ["00-", trace, "-", span, if self.is_sampled { "-01" } else { "-00" }].concat()
    }
}

const INTERNAL: u8 = 1;
const SERVER: u8 = 2;

impl Traces {
    /// `None` without a collector.
    ///
    /// # Errors
    /// [`HostError::Collector`] if the address is none.
    pub(crate) fn open(config: &TelemetryConfig) -> Result<Option<(Self, Exporter)>, HostError> {
        let Some(text) = &config.otlp_endpoint else { return Ok(None) };
        let endpoint: Uri = text.parse().map_err(|_| HostError::Collector { url: text.clone() })?;
        if endpoint.scheme_str() != Some("http") || endpoint.host().is_none() {
            return Err(HostError::Collector { url: text.clone() });
        }
        let (spans, waiting) = channel(QUEUE_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let exporter = Exporter { waiting, endpoint, dropped: Arc::clone(&dropped) };
        Ok(Some((Self { spans, sample_ratio: config.sample_ratio, dropped }, exporter)))
    }

    /// Whether a trace that begins here is recorded: the same for all who know its id.
    pub(crate) fn samples(&self, trace: u128) -> bool {
        // The last 56 bits are random, by W3C Trace Context level 2.
        let share = (trace & ((1 << 56) - 1)) as f64 / (1_u64 << 56) as f64;
        share < self.sample_ratio
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn send(&self, span: Span) {
        if self.spans.try_send(span).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Records a request. `route` is its path as the router declares it.
    pub(crate) fn request(&self, context: &TraceParent, route: &str, status: u16, begun: SystemTime) {
        self.send(Span {
            trace: context.trace,
            id: context.span,
            parent: context.parent,
            name: route.to_owned(),
            kind: SERVER,
            begun,
            ended: SystemTime::now(),
            attributes: vec![("http.route", route.to_owned()), ("http.response.status_code", status.to_string())],
            is_error: status >= 500,
        });
    }

    /// Records the calls of rules for a decision, one after the other.
    pub(crate) fn rules(&self, context: &TraceParent, calls: &[CallTrace], mut begun: SystemTime) {
        for call in calls {
            let ended = begun + call.time;
            let failure =
                call.answer.as_ref().err().map(|failed| ("ordinance.failure", failed.code.as_str().to_owned()));
            let attributes = [
                ("ordinance.jurisdiction", call.jurisdiction.to_string()),
                ("ordinance.fuel", call.fuel.to_string()),
                ("ordinance.memory_bytes", call.memory_bytes.to_string()),
            ];
            self.send(Span {
                trace: context.trace,
                id: Uuid::new_v4().as_u64_pair().1,
                parent: Some(context.span),
                name: format!("rule of {}", call.jurisdiction),
                kind: INTERNAL,
                begun,
                ended,
                is_error: failure.is_some(),
                attributes: attributes.into_iter().chain(failure).collect(),
            });
            begun = ended;
        }
    }
}

impl Exporter {
    /// Sends spans until every sender is dropped.
    pub(crate) async fn run(mut self) {
        let mut spans = Vec::new();
        let mut is_logged = false;
        while self.waiting.recv_many(&mut spans, BATCH_MAX).await > 0 {
            let sent = tokio::time::timeout(EXPORT_TIMEOUT, self.post(&spans)).await;
            match sent.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut))) {
                Ok(()) => is_logged = false,
                Err(error) => {
                    self.dropped.fetch_add(u64::try_from(spans.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
                    // Logged once for each outage.
                    if !std::mem::replace(&mut is_logged, true) {
                        tracing::warn!(%error, "traces can't be exported");
                    }
                }
            }
            // A full batch has more behind it.
            if spans.len() < BATCH_MAX {
                tokio::time::sleep(EVERY).await;
            }
            spans.clear();
        }
    }

    async fn post(&self, spans: &[Span]) -> io::Result<()> {
        let host = self.endpoint.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.endpoint.port_u16().unwrap_or(80);
        let stream = TcpStream::connect((host, port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        let connection = tokio::spawn(connection);
        let path = self.endpoint.path_and_query().map(|path| path.as_str()).filter(|path| *path != "/");
        let path = path.unwrap_or("/v1/traces");
        let request = Request::post(path)
            .header(header::HOST, format!("{host}:{port}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(batch(spans).to_string()))
            .map_err(io::Error::other)?;
        let response = sender.send_request(request).await.map_err(io::Error::other)?;
        connection.abort();
        if response.status().is_success() {
            return Ok(());
        }
        Err(io::Error::other(format!("the collector answers {}", response.status())))
    }
}

/// Spans in OTLP's JSON.
fn batch(spans: &[Span]) -> Value {
    let spans: Vec<Value> = spans.iter().map(in_json).collect();
    json!({"resourceSpans": [{
        "resource": {"attributes": [attribute("service.name", "ordinance"), attribute("service.version", env!("CARGO_PKG_VERSION"))]},
        "scopeSpans": [{"scope": {"name": "ordinance"}, "spans": spans}],
    }]})
}

fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn in_json(span: &Span) -> Value {
    let nanoseconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string();
    let mut written = json!({
        "traceId": format!("{:032x}", span.trace), "spanId": format!("{:016x}", span.id), "name": span.name, "kind": span.kind,
        "startTimeUnixNano": nanoseconds(span.begun), "endTimeUnixNano": nanoseconds(span.ended),
        "attributes": span.attributes.iter().map(|(key, value)| attribute(key, value)).collect::<Vec<_>>(),
        "status": if span.is_error { json!({"code": 2}) } else { json!({}) },
    });
    if let (Some(parent), Some(members)) = (span.parent, written.as_object_mut()) {
        members.insert("parentSpanId".to_owned(), format!("{parent:016x}").into());
    }
    written
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_trace_goes_on_and_what_is_no_trace_begins_one() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, HeaderValue::from_static(parent));
        let own = TraceParent::of(&headers, None);
        assert_eq!(own.trace, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
        assert_ne!(own.span, 0xb7ad_6b71_6920_3331);
        assert!(own.is_sampled, "{own:?}");
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
}
