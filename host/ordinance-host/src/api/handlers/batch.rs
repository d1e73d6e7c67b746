//! `POST /v1/decisions/batch`: a request a line in, an answer a line out, in the same order. It holds a few lines at a
//! time whatever the length, has its own places beside the single decisions, and computes on its own threads. A line that
//! is wrong is answered with its problem; the rest go on.

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
use ordinance_engine::{Case, Engine, NoObserver, Rulebook};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::ToSchema;

use crate::admission::callers::Caller;
use crate::api::extract::is_media_type;
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::DecisionReply;
use crate::api::requests::decision::DecisionRequest;
use crate::api::requests::terms::{RequestContext, contract_of};
use crate::api::responses::BatchProblems;
use crate::app::{App, Identified};
use crate::audit::mode::Mode;
use crate::audit::writer::Receipt;

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
/// A line is the body of `POST /v1/decisions`; empty lines are passed over. Each line of the answer has the number of its
/// line and either `decision` or `problem`. Read while you send: the host holds only a few lines. All lines are decided on
/// the rulebook that was in use when the batch began.
#[utoipa::path(post, path = "/v1/decisions/batch", tag = "decisions",
    request_body(content = String, content_type = "application/x-ndjson", description = "A request a line"),
    responses((status = 200, description = "An answer a line", body = BatchLine, content_type = "application/x-ndjson"), BatchProblems))]
pub(crate) async fn batch(State(app): State<Arc<App>>, caller: Identified, headers: HeaderMap, body: Body) -> Response {
    if !is_media_type(&headers, &MEDIA_TYPES) {
        return app.problem(RequestError::UnsupportedMediaType);
    }
    let Ok(place) = Arc::clone(&app.batches).try_acquire_owned() else {
        return app.problem(RequestError::Overloaded);
    };
    let (sender, channel) = Channel::<Bytes>::new(GROUPS_WAITING);
    let batch = Batch {
        engine: app.live.engine(),
        caller: Arc::clone(&caller.0),
        together: LINES_TOGETHER.min(caller.0.share.many()),
        _identified: caller,
        languages: Arc::new(wanted_languages(&headers)),
        idle: Duration::from_millis(app.config.batch.idle_ms),
        app,
        sender,
        place: Some(place),
    };
    tokio::spawn(batch.run(body));
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
    sender: Sender<Bytes>,
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

/// What came of a line.
struct LineOutcome {
    number: u64,
    result: Result<LineDecision, RequestError>,
}

/// The decision of a line.
struct LineDecision {
    case: Case,
    mode: Mode,
    decision: Decision,
}

impl Batch {
    /// Reads to the end of the body, or until the client neither sends a whole line nor reads any more.
    async fn run(mut self, mut body: Body) {
        let mut lines = Lines::new(self.app.config.http.body_bytes_max);
        // Who sends a byte or an empty line now and then would keep its place for ever: only lines that say something count.
        let mut line_due = Instant::now() + self.idle;
        loop {
            let taken = lines.taken;
            let error = match tokio::time::timeout_at(line_due.into(), body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    if let Ok(bytes) = frame.into_data()
                        && !self.take(&mut lines, &bytes).await
                    {
                        return;
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
            self.send_ready(&mut lines, 1).await;
            return;
        }
    }

    /// Takes a part of the body; false if the client is gone.
    async fn take(&mut self, lines: &mut Lines, bytes: &[u8]) -> bool {
        // A part may hold many lines: they are taken up in steps, so that few answers are held.
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            lines.add(piece);
            if !self.send_ready(lines, self.together).await {
                return false;
            }
        }
        self.send_ready(lines, 1).await
    }

    /// Answers the whole lines if there are at least so many; false if the client is gone.
    async fn send_ready(&mut self, lines: &mut Lines, at_least: usize) -> bool {
        if lines.ready.len() < at_least.max(1) {
            return true;
        }
        let group = std::mem::take(&mut lines.ready);
        let Some(answer) = self.answer(group).await else { return false };
        matches!(tokio::time::timeout(self.idle, self.sender.send_data(answer)).await, Ok(Ok(())))
    }

    /// A line counts as a request of its caller does, but waits where that would be sent away; while it does, another batch may run.
    async fn take_of_rate(&mut self, lines: usize) -> Option<()> {
        while let Err(wait) = self.caller.share.spend_many(lines, Instant::now()) {
            self.place = None;
            tokio::time::sleep(wait).await;
        }
        if self.place.is_none() {
            self.place = Arc::clone(&self.app.batches).acquire_owned().await.ok();
        }
        self.place.as_ref().map(drop)
    }

    /// Decides, records and words a group of lines. None if the thread for it is gone.
    async fn answer(&mut self, group: Vec<Line>) -> Option<Bytes> {
        self.take_of_rate(group.len()).await?;
        let (engine, caller) = (Arc::clone(&self.engine), Arc::clone(&self.caller));
        let decided = tokio::task::spawn_blocking(move || -> Vec<LineOutcome> {
            let context = RequestContext::of(&caller);
            group.into_iter().map(|line| decide_line(&engine, line, context)).collect()
        });
        let mut decided = decided.await.ok()?;
        let receipts = self.record(&mut decided).await;
        for LineOutcome { result, .. } in &decided {
            match result {
                Ok(LineDecision { case, mode, decision }) => {
                    self.app.metrics.decided(decision, *mode, None);
                    self.app.shadow.offer_of_batch(&self.engine, case, decision);
                }
                Err(error) => self.app.metrics.problem(error.kind_name()),
            }
        }
        let (engine, languages) = (Arc::clone(&self.engine), Arc::clone(&self.languages));
        let worded = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            for (line, receipt) in decided.into_iter().zip(receipts) {
                word(line, receipt, engine.rulebook(), &languages, &mut bytes);
            }
            Bytes::from(bytes)
        });
        worded.await.ok()
    }

    /// Records the official decisions. One that can't be recorded becomes a problem.
    async fn record(&self, decided: &mut [LineOutcome]) -> Vec<Receipt> {
        let official = |line: &&LineOutcome| matches!(&line.result, Ok(line) if line.mode == Mode::Official);
        let decisions = decided.iter().filter(official).filter_map(|line| Some(&line.result.as_ref().ok()?.decision));
        let mut recorded =
            self.app.log.record_all(decisions, &self.caller, self.engine.rulebook().digest()).await.into_iter();
        let mut receipts = Vec::with_capacity(decided.len());
        for line in decided {
            let is_official = official(&&*line);
            let receipt = if is_official { recorded.next() } else { Some(Ok(Receipt::simulation())) };
            receipts.push(match receipt {
                Some(Ok(receipt)) => receipt,
                Some(Err(_)) | None => {
                    line.result = Err(RequestError::NotRecorded);
                    Receipt::simulation()
                }
            });
        }
        receipts
    }
}

fn decide_line(engine: &Engine, line: Line, context: RequestContext<'_>) -> LineOutcome {
    let number = line.number;
    let result = decide(engine, line.text, context).map_err(|error| match error {
        // The reader sees one line; the client has many.
        RequestError::MalformedJson { column, .. } => {
            RequestError::MalformedJson { line: usize::try_from(number).unwrap_or(usize::MAX), column }
        }
        other => other,
    });
    LineOutcome { number, result }
}

fn decide(
    engine: &Engine,
    line: Result<Vec<u8>, RequestError>,
    context: RequestContext<'_>,
) -> Result<LineDecision, RequestError> {
    let request = DecisionRequest::parse_line(&line?)?;
    let mode = request.mode();
    let case = request.admit(engine.rulebook(), context)?;
    let decision = ordinance_engine::decide(engine, &case, &mut NoObserver).map_err(RequestError::Unknown)?;
    Ok(LineDecision { case, mode, decision })
}

fn word(line: LineOutcome, receipt: Receipt, rulebook: &Rulebook, languages: &[String], bytes: &mut Vec<u8>) {
    let LineOutcome { number, result } = line;
    let reply = result.and_then(|LineDecision { decision, .. }| {
        let contract = contract_of(rulebook, &decision.query.service)?;
        Ok(DecisionReply::new(receipt.id(), &RedactedDecision::of(&decision), contract, rulebook, languages))
    });
    let reply = match reply {
        Ok(decision) => BatchLine { line: number, decision: Some(decision), problem: None },
        Err(error) => BatchLine { line: number, decision: None, problem: Some(Problem::of(error).0) },
    };
    // A reply is made of text and numbers, which always can be written.
    let _ = serde_json::to_writer(&mut *bytes, &reply);
    bytes.push(b'\n');
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
}
