//! `POST /v1/decisions/batch`: a request a line in, an answer a line out, in the same order. It holds a few lines at a
//! time whatever the length, has its own places beside the single decisions, and computes on its own threads. A line
//! that is wrong is answered with its problem; the rest go on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use http_body_util::channel::{Channel, Sender};
use ordinance_domain::decision::Decision;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::{Case, Engine, NoObserver};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;
use utoipa::ToSchema;

use crate::admission::callers::Caller;
use crate::api::extract::is_media_type;
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::{DecisionReply, DecisionView};
use crate::api::requests::decision::{BatchBody, DecisionRequest};
use crate::api::requests::terms::RequestContext;
use crate::api::responses::BatchProblems;
use crate::app::{App, Identified};
use crate::audit::mode::Mode;
use crate::audit::receipt::Receipt;
use crate::audit::writer::NotRecordedError;

const MEDIA_TYPES: [&str; 4] =
    ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq"];
/// The most lines that are decided, recorded and sent together.
const LINES_TOGETHER: usize = 64;
/// How many such groups may wait for a client that reads slowly.
const GROUPS_WAITING: usize = 2;

/// One line of the answer: a decision or a problem.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchLine {
    /// The line of the request, from 1.
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionReply>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Decide many cases
///
/// A line is the body of `POST /v1/decisions`; empty lines are passed over. Each line of the answer has the number of
/// its line and either `decision` or `problem`. Read while you send: the host holds only a few lines. All lines are
/// decided on the rulebook that was in use when the batch began.
#[utoipa::path(post, path = "/v1/decisions/batch", tag = "decisions",
    request_body(content = BatchBody, content_type = "application/x-ndjson",
        description = "A request a line. The schema is that of all lines as an array."),
    responses((status = 200, description = "An answer a line. The schema is that of all lines as an array.",
        body = Vec<BatchLine>, content_type = "application/x-ndjson"), BatchProblems))]
pub(crate) async fn batch(State(app): State<Arc<App>>, caller: Identified, headers: HeaderMap, body: Body) -> Response {
    if !is_media_type(&headers, &MEDIA_TYPES) {
        return app.problem(RequestError::UnsupportedMediaType);
    }
    let Ok(place) = Arc::clone(&app.batches).try_acquire_owned() else {
        return app.problem(RequestError::Overloaded);
    };
    let (answer, channel) = AnswerBody::new(GROUPS_WAITING);
    let batch = Batch {
        engine: app.current.engine(),
        caller: Arc::clone(&caller.0),
        together: LINES_TOGETHER.min(caller.0.quota.batch_burst()),
        _identified: caller,
        languages: Arc::new(wanted_languages(&headers)),
        idle: Duration::from_millis(app.config.batch.idle_ms),
        app,
        place: Some(place),
    };
    tokio::spawn(batch.run(body, answer).in_current_span());
    let mut response = Body::new(channel).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

/// A batch that runs.
struct Batch {
    app: Arc<App>,
    engine: Arc<Engine>,
    caller: Arc<Caller>,
    languages: Arc<Vec<String>>,
    idle: Duration,
    /// None while it waits for the rate.
    place: Option<OwnedSemaphorePermit>,
    /// How many lines are decided, recorded and sent together.
    together: usize,
    /// The batch counts as one request of its caller until its end.
    _identified: Identified,
}

/// A line of the request, or what is wrong with it before it is read.
struct Line {
    number: u64,
    text: Result<Vec<u8>, RequestError>,
}

/// A line after one of its stages: `T` is what the stage made of it.
struct LineResult<T> {
    number: u64,
    result: Result<T, RequestError>,
}

/// The decision of a line.
struct LineDecision {
    case: Case,
    mode: Mode,
    decision: Decision,
    view: DecisionView,
}

/// A line that was decided.
type DecidedLine = LineResult<LineDecision>;

/// A line that was decided and, unless it is a simulation, recorded.
type RecordedLine = LineResult<(LineDecision, Receipt)>;

/// Why a batch ends before its last line is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum BatchError {
    #[error("the client closed the connection")]
    ClientGone,
    #[error("the client did not read its answers for the time that `batch.idle-ms` sets")]
    ClientStalled,
    #[error("a worker thread panicked")]
    WorkerPanicked,
    #[error("a reply can't be written as JSON")]
    UnwritableReply,
}

/// The body of the response while the batch runs. It ends cleanly only by [`AnswerBody::end`]. If it is dropped before,
/// by an early return or a panic, the transfer breaks off, so that no client takes a part of the answers for all of
/// them.
struct AnswerBody(Option<Sender<Bytes, BatchAbortedError>>);

/// The error by which a body breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the batch was aborted")]
struct BatchAbortedError;

impl AnswerBody {
    /// A body that holds at most `groups` groups of lines that the client has not read yet.
    fn new(groups: usize) -> (Self, Channel<Bytes, BatchAbortedError>) {
        let (sender, channel) = Channel::new(groups);
        (Self(Some(sender)), channel)
    }

    /// Sends the answers to a group of lines, and waits at most `idle` until the client reads.
    async fn send(&mut self, lines: Bytes, idle: Duration) -> Result<(), BatchError> {
        let Some(sender) = &mut self.0 else { return Err(BatchError::ClientGone) };
        match tokio::time::timeout(idle, sender.send_data(lines)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(BatchError::ClientGone),
            Err(_) => Err(BatchError::ClientStalled),
        }
    }

    /// Ends the body as a whole.
    fn end(mut self) {
        self.0 = None;
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            sender.abort(BatchAbortedError);
        }
    }
}

/// Runs `work` on a thread for blocking work.
async fn on_worker<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, BatchError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| BatchError::WorkerPanicked)
}

impl Batch {
    /// Answers all lines. If that fails the body of the response breaks off.
    async fn run(mut self, body: Body, mut answer: AnswerBody) {
        match self.answer_all(body, &mut answer).await {
            Ok(()) => answer.end(),
            Err(error @ (BatchError::ClientGone | BatchError::ClientStalled)) => {
                tracing::info!(%error, "batch aborted");
            }
            Err(error @ (BatchError::WorkerPanicked | BatchError::UnwritableReply)) => {
                tracing::error!(%error, "batch aborted")
            }
        }
    }

    /// Reads to the end of the body, or until the client neither sends a whole line nor reads any more.
    async fn answer_all(&mut self, mut body: Body, answer: &mut AnswerBody) -> Result<(), BatchError> {
        let mut lines = Lines::new(self.app.config.http.body_bytes_max);
        // A client that sends a byte or an empty line now and then would keep its place for ever: only lines with text
        // count.
        let mut line_due = Instant::now() + self.idle;
        loop {
            let taken = lines.taken;
            let error = match tokio::time::timeout_at(line_due.into(), body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.take(&mut lines, &bytes, answer).await?;
                    }
                    if lines.taken > taken {
                        line_due = Instant::now() + self.idle;
                    }
                    continue;
                }
                Ok(None) => None,
                Ok(Some(Err(_))) => Some(RequestError::BodyBrokeOff),
                Err(_) => Some(RequestError::BodyTooSlow { ms_max: self.app.config.batch.idle_ms }),
            };
            lines.end(error);
            return self.send_ready(&mut lines, 1, answer).await;
        }
    }

    /// Takes a part of the body and answers the lines that it ends.
    async fn take(&mut self, lines: &mut Lines, bytes: &[u8], answer: &mut AnswerBody) -> Result<(), BatchError> {
        // A part may hold many lines: they are taken up in steps, so that few answers are held.
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            lines.add(piece);
            self.send_ready(lines, self.together, answer).await?;
        }
        self.send_ready(lines, 1, answer).await
    }

    /// Answers the whole lines if there are at least `at_least`.
    async fn send_ready(
        &mut self,
        lines: &mut Lines,
        at_least: usize,
        answer: &mut AnswerBody,
    ) -> Result<(), BatchError> {
        if lines.ready.len() < at_least.max(1) {
            return Ok(());
        }
        let group = std::mem::take(&mut lines.ready);
        let bytes = self.answer(group).await?;
        answer.send(bytes, self.idle).await
    }

    /// Takes a token of the caller's rate limit for each line. Where a single request would get 429 a batch waits, and
    /// gives its place to another batch meanwhile.
    async fn take_of_rate(&mut self, lines: usize) {
        while let Err(wait) = self.caller.quota.try_take_tokens(lines, Instant::now()) {
            self.place = None;
            tokio::time::sleep(wait).await;
        }
        if self.place.is_none() {
            // The semaphore is never closed.
            self.place = Arc::clone(&self.app.batches).acquire_owned().await.ok();
        }
    }

    /// Decides, records and renders a group of lines.
    async fn answer(&mut self, group: Vec<Line>) -> Result<Bytes, BatchError> {
        self.take_of_rate(group.len()).await;
        let (engine, caller) = (Arc::clone(&self.engine), Arc::clone(&self.caller));
        let languages = Arc::clone(&self.languages);
        let decided = on_worker(move || -> Vec<DecidedLine> {
            let context = RequestContext::of(&caller);
            group.into_iter().map(|line| decide_line(&engine, line, context, &languages)).collect()
        })
        .await?;
        let recorded = self.record(decided).await;
        for RecordedLine { result, .. } in &recorded {
            match result {
                Ok((LineDecision { case, mode, decision, .. }, _)) => {
                    self.app.metrics.decided(decision, *mode, None);
                    self.app.shadow.offer_of_batch(&self.engine, case, decision);
                }
                Err(error) => self.app.report(error),
            }
        }
        on_worker(move || render(recorded)).await?
    }

    /// Records the official decisions. One that can't be recorded becomes a problem.
    async fn record(&self, decided: Vec<DecidedLine>) -> Vec<RecordedLine> {
        let decisions = decided.iter().filter_map(|line| line.result.as_ref().ok());
        let decisions = decisions.map(|line| (&line.decision, line.mode));
        let provenance = self.caller.provenance(self.engine.rulebook().digest());
        let mut receipts = self.app.log.record_all(decisions, provenance).await.into_iter();
        let mut recorded = Vec::with_capacity(decided.len());
        for DecidedLine { number, result } in decided {
            let result = result.and_then(|line| {
                let receipt = receipts.next().unwrap_or(Err(NotRecordedError))?;
                Ok((line, receipt))
            });
            recorded.push(RecordedLine { number, result });
        }
        recorded
    }
}

fn decide_line(engine: &Engine, line: Line, context: RequestContext<'_>, languages: &[String]) -> DecidedLine {
    let number = line.number;
    let result = decide(engine, line.text, context, languages).map_err(|error| match error {
        // The reader sees one line; the client has many.
        RequestError::MalformedJson { column, .. } => {
            RequestError::MalformedJson { line: usize::try_from(number).unwrap_or(usize::MAX), column }
        }
        other => other,
    });
    DecidedLine { number, result }
}

fn decide(
    engine: &Engine,
    line: Result<Vec<u8>, RequestError>,
    context: RequestContext<'_>,
    languages: &[String],
) -> Result<LineDecision, RequestError> {
    let request = DecisionRequest::parse_line(&line?)?;
    let mode = request.mode();
    let case = request.admit(engine.rulebook(), context)?;
    let decision = ordinance_engine::decide(engine, &case, &mut NoObserver).map_err(RequestError::Unknown)?;
    let view = DecisionView::new(&RedactedDecision::of(&decision), engine.rulebook(), languages)?;
    Ok(LineDecision { case, mode, decision, view })
}

/// The lines of the response to a group of lines.
fn render(recorded: Vec<RecordedLine>) -> Result<Bytes, BatchError> {
    let mut bytes = Vec::new();
    for RecordedLine { number, result } in recorded {
        let line = match result {
            Ok((LineDecision { view, .. }, receipt)) => {
                BatchLine { line: number, decision: Some(DecisionReply::new(&receipt, view)), problem: None }
            }
            Err(error) => BatchLine { line: number, decision: None, problem: Some(Problem::of(error)) },
        };
        serde_json::to_writer(&mut bytes, &line).map_err(|_| BatchError::UnwritableReply)?;
        bytes.push(b'\n');
    }
    Ok(Bytes::from(bytes))
}

/// The lines of a body that comes in parts.
struct Lines {
    ready: Vec<Line>,
    number: u64,
    /// How many lines were not empty.
    taken: u64,
    open: Vec<u8>,
    /// The line is longer than a line may be; what is left of it is passed over.
    too_long: bool,
    bytes_max: usize,
}

impl Lines {
    fn new(bytes_max: usize) -> Self {
        Self { ready: Vec::new(), number: 0, taken: 0, open: Vec::new(), too_long: false, bytes_max }
    }

    /// Adds a part that holds at most one end of a line, at its own end.
    fn add(&mut self, piece: &[u8]) {
        let (text, ends) = match piece.strip_suffix(b"\n") {
            Some(text) => (text, true),
            None => (piece, false),
        };
        if self.open.len() + text.len() > self.bytes_max {
            self.too_long = true;
            self.open.clear();
        } else if !self.too_long {
            self.open.extend_from_slice(text);
        }
        if ends {
            self.close();
        }
    }

    fn close(&mut self) {
        self.number += 1;
        let text = std::mem::take(&mut self.open);
        let too_long = std::mem::take(&mut self.too_long);
        let text = if too_long { Err(RequestError::BodyTooLarge { bytes_max: self.bytes_max }) } else { Ok(text) };
        if !text.as_ref().is_ok_and(|text| text.trim_ascii().is_empty()) {
            self.taken += 1;
            self.ready.push(Line { number: self.number, text });
        }
    }

    /// Ends the last line; one more line says why the body ended early, if it did.
    fn end(&mut self, error: Option<RequestError>) {
        match error {
            None if self.open.is_empty() && !self.too_long => {}
            None => self.close(),
            Some(error) => {
                self.number += 1;
                self.ready.push(Line { number: self.number, text: Err(error) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Lines as `NUMBER:TEXT`, `!` for one that is too long.
    fn check(parts: &[&str], expect: &[&str]) {
        let mut lines = Lines::new(4);
        for part in parts {
            part.as_bytes().split_inclusive(|byte| *byte == b'\n').for_each(|piece| lines.add(piece));
        }
        lines.end(None);
        let shown = |line: &Line| match &line.text {
            Ok(text) => format!("{}:{}", line.number, String::from_utf8_lossy(text)),
            Err(_) => format!("{}!", line.number),
        };
        assert_eq!(lines.ready.iter().map(shown).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn lines_are_put_together_from_parts() {
        check(&["a", "b\nc", "\n", "d"], &["1:ab", "2:c", "3:d"]);
        check(&["a\n\n  \nb\n"], &["1:a", "4:b"]);
        check(&[], &[]);
    }

    #[test]
    fn a_line_that_is_too_long_is_one_fault_and_the_next_is_read() {
        check(&["abc", "def", "ghi\nok\n"], &["1!", "2:ok"]);
        check(&["abcd\nabcde\nx"], &["1:abcd", "2!", "3:x"]);
    }

    /// What a client reads of a response whose body `write` writes.
    async fn transfer<F: Future<Output = ()> + Send + 'static>(write: impl Fn(AnswerBody) -> F) -> String {
        let (mut client, server) = tokio::io::duplex(1 << 16);
        let respond = service_fn(|_| {
            let (answer, channel) = AnswerBody::new(GROUPS_WAITING);
            tokio::spawn(write(answer));
            async { Ok::<_, Infallible>(Response::new(Body::new(channel))) }
        });
        let serving = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), respond);
        let reading = async {
            client.write_all(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n").await.unwrap();
            let mut text = String::new();
            client.read_to_string(&mut text).await.unwrap();
            text
        };
        let (_, text) = tokio::join!(serving, reading);
        text
    }

    const LAST_CHUNK: &str = "\r\n0\r\n\r\n";

    #[tokio::test]
    async fn a_batch_whose_worker_panics_breaks_the_transfer_off() {
        let text = transfer(async |mut answer| {
            answer.send(Bytes::from_static(b"line 1"), Duration::from_secs(9)).await.unwrap();
            let work = || -> Bytes { panic!("of a defect") };
            let failed: Result<Bytes, BatchError> = on_worker(work).await;
            assert_eq!(failed, Err(BatchError::WorkerPanicked));
        });
        let text = text.await;
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(!text.ends_with(LAST_CHUNK), "{text}");
    }

    #[tokio::test]
    async fn a_batch_that_panics_itself_breaks_the_transfer_off() {
        let text = transfer(async |_answer| panic!("of a defect")).await;
        assert!(!text.ends_with(LAST_CHUNK), "{text}");
    }

    #[tokio::test]
    async fn a_batch_that_ends_is_a_whole_transfer() {
        let text = transfer(async |mut answer| {
            answer.send(Bytes::from_static(b"line 1"), Duration::from_secs(9)).await.unwrap();
            answer.end();
        });
        let text = text.await;
        assert!(text.ends_with(LAST_CHUNK), "{text}");
        assert!(text.contains("line 1"), "{text}");
    }
}
