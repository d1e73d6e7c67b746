//! `POST /v1/decisions/batch`: a request a line in, an answer a line out, in the same order. It holds a few lines at a
//! time whatever the length, takes turns with other batches beside the single decisions, and computes on its own
//! threads. A line that is wrong is answered with its problem; the rest go on.

mod answer_body;
mod lines;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use ordinance_domain::decision::Decision;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::{Case, Engine};
use serde::Serialize;
use utoipa::ToSchema;

use self::answer_body::{AnswerBody, BatchError, on_worker};
use self::lines::{Line, Lines};
use crate::admission::batch_limit::OpenBatch;
use crate::admission::callers::Caller;
use crate::admission::turn_queue::Turn;
use crate::api::explain::Explain;
use crate::api::extract::is_media_type;
use crate::api::idempotency::reject_key;
use crate::api::language::wanted_languages;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::explained::{ExplainedDecision, ExplainedReply};
use crate::api::replies::fragments::ReplyTexts;
use crate::api::requests::decision::{BatchBody, DecisionQuery, DecisionRequest};
use crate::api::requests::terms::RequestContext;
use crate::api::responses::BatchProblems;
use crate::app::{App, IdentifiedCaller, RequestEngine};
use crate::audit::mode::Mode;
use crate::audit::reply_permit::ReplyPermit;
use crate::audit::writer::NotRecordedError;
use crate::observability::request_id::LogIdentity;
use crate::observability::traces::SampledRequest;

const MEDIA_TYPES: [&str; 4] =
    ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq"];
/// The most lines that are decided, recorded and sent together.
const LINES_TOGETHER: usize = 64;
/// The room that the answer to a line begins with.
const LINE_BYTES: usize = 5 << 10;
/// How many such groups may wait for a client that reads slowly.
const GROUPS_WAITING: usize = 2;

/// One line of the answer: a decision or a problem.
#[derive(Serialize, ToSchema)]
pub(crate) struct BatchLine<'a> {
    /// The line of the request, from 1.
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ExplainedDecision>)]
    decision: Option<ExplainedReply<'a>>,
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
        body = Vec<BatchLine<'_>>, content_type = "application/x-ndjson"), BatchProblems))]
pub(crate) async fn batch(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    caller: IdentifiedCaller,
    sampled: Option<Extension<SampledRequest>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if !is_media_type(&headers, &MEDIA_TYPES) {
        return app.problem(RequestError::UnsupportedMediaType);
    }
    if let Err(error) = reject_key(&headers) {
        return app.problem(error);
    }
    let Ok(open) = app.batches.open(&caller.0.quota.load) else {
        caller.0.quota.load.pace_rejection().await;
        return app.problem(RequestError::Overloaded);
    };
    let (answer, channel) = AnswerBody::new(GROUPS_WAITING);
    let batch = Batch {
        together: LINES_TOGETHER.min(caller.0.quota.batch_burst()),
        idle: Duration::from_millis(app.config.batch.idle_ms),
        open,
        worker: Arc::new(LineWorker {
            caller: Arc::clone(&caller.0),
            texts: app.fragments.texts(&engine, &engine, &wanted_languages(&headers)),
            sampled: sampled.map(|Extension(sampled)| sampled),
            engine,
            app,
        }),
        identified: caller,
    };
    tokio::spawn(LogIdentity::carry(batch.run(body, answer)));
    let mut response = Body::new(channel).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

/// A batch that runs.
struct Batch {
    worker: Arc<LineWorker>,
    idle: Duration,
    open: OpenBatch,
    /// How many lines are decided, recorded and sent together.
    together: usize,
    /// The batch counts as one request of its caller until its end.
    identified: IdentifiedCaller,
}

/// What decides the lines of a batch and writes the answers, on threads for blocking work.
struct LineWorker {
    app: Arc<App>,
    engine: Arc<Engine>,
    caller: Arc<Caller>,
    texts: ReplyTexts,
    /// If the spans of its rules go to the collector.
    sampled: Option<SampledRequest>,
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
    explain: Explain,
    decision: Decision,
}

/// A line that was decided.
type DecidedLine = LineResult<LineDecision>;

/// A line that was decided and, unless it is a simulation, recorded.
type RecordedLine = LineResult<(LineDecision, ReplyPermit)>;

/// A group of lines after the first visit to a thread for blocking work.
enum AnsweredGroup {
    Written(Result<Bytes, BatchError>),
    /// Some lines must be recorded before they are answered.
    ToRecord(Vec<DecidedLine>),
}

impl Batch {
    /// Answers all lines. If that fails the body of the response breaks off.
    async fn run(self, body: Body, mut answer: AnswerBody) {
        match self.answer_all(body, &mut answer).await {
            Ok(()) => answer.end(),
            Err(error @ (BatchError::ClientGone | BatchError::ClientStalled | BatchError::HostEnds)) => {
                let _ids = LogIdentity::span().entered();
                tracing::info!(%error, "batch aborted");
            }
            Err(error @ (BatchError::WorkerPanicked | BatchError::UnwritableReply)) => {
                let _ids = LogIdentity::span().entered();
                tracing::error!(%error, "batch aborted");
            }
        }
    }

    /// Reads to the end of the body, or until the client neither sends a whole line nor reads any more.
    async fn answer_all(&self, mut body: Body, answer: &mut AnswerBody) -> Result<(), BatchError> {
        let mut lines = Lines::new(self.worker.app.config.http.body_bytes_max);
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
                Err(_) => Some(RequestError::BodyTooSlow { ms_max: self.worker.app.config.batch.idle_ms }),
            };
            lines.end(error);
            return self.send_ready(&mut lines, 1, answer).await;
        }
    }

    /// Takes a part of the body and answers the lines that it ends.
    async fn take(&self, lines: &mut Lines, bytes: &[u8], answer: &mut AnswerBody) -> Result<(), BatchError> {
        // A part may hold many lines: they are taken up in steps, so that few answers are held.
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            lines.add(piece);
            self.send_ready(lines, self.together, answer).await?;
        }
        self.send_ready(lines, 1, answer).await
    }

    /// Answers the whole lines if there are at least `at_least`.
    async fn send_ready(&self, lines: &mut Lines, at_least: usize, answer: &mut AnswerBody) -> Result<(), BatchError> {
        if lines.ready.len() < at_least.max(1) {
            return Ok(());
        }
        let group = std::mem::take(&mut lines.ready);
        let bytes = self.answer(group).await?;
        answer.send(bytes, self.idle).await
    }

    /// Takes a token of the caller's rate limit for each line. Where a single request would get 429 a batch waits.
    async fn take_of_rate(&self, lines: usize) {
        while let Err(wait) = self.worker.caller.quota.try_take_tokens(lines, Instant::now()) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Decides, records and answers a group of lines. A group without a record visits a thread for blocking work once.
    async fn answer(&self, group: Vec<Line>) -> Result<Bytes, BatchError> {
        self.take_of_rate(group.len()).await;
        let mut turn = self.open.turn().await.ok_or(BatchError::HostEnds)?;
        let worker = Arc::clone(&self.worker);
        let decided = match on_worker(move || worker.answer(group, &mut turn)).await? {
            AnsweredGroup::Written(answers) => return answers,
            AnsweredGroup::ToRecord(decided) => decided,
        };
        let recorded = self.record(decided).await;
        let worker = Arc::clone(&self.worker);
        on_worker(move || worker.write(recorded)).await?
    }

    /// Records the official decisions. One that can't be recorded becomes a problem.
    async fn record(&self, decided: Vec<DecidedLine>) -> Vec<RecordedLine> {
        let LineWorker { app, engine, .. } = self.worker.as_ref();
        let decisions = decided.iter().filter_map(|line| line.result.as_ref().ok());
        let decisions = decisions.map(|line| (&line.decision, line.mode));
        let provenance = self.identified.provenance(engine.rulebook().digest(), None);
        let permits = app.log.record_all(decisions, provenance).await;
        with_permits(decided, permits)
    }
}

/// Puts each decided line together with its permit.
fn with_permits(
    decided: Vec<DecidedLine>,
    permits: impl IntoIterator<Item = Result<ReplyPermit, NotRecordedError>>,
) -> Vec<RecordedLine> {
    let mut permits = permits.into_iter();
    let mut recorded = Vec::with_capacity(decided.len());
    for DecidedLine { number, result } in decided {
        let result = result.and_then(|line| {
            let permit = permits.next().unwrap_or(Err(NotRecordedError::Unwritable))?;
            Ok((line, permit))
        });
        recorded.push(RecordedLine { number, result });
    }
    recorded
}

impl LineWorker {
    /// Decides a group of lines, and answers them unless some must be recorded before.
    fn answer(&self, group: Vec<Line>, turn: &mut Turn) -> AnsweredGroup {
        let mut permits = Some(Vec::with_capacity(group.len()));
        let mut decided = Vec::with_capacity(group.len());
        for line in group {
            let line = self.decide_line(line, turn);
            if let Ok(LineDecision { mode, .. }) = &line.result {
                match (ReplyPermit::of_unrecorded(*mode), &mut permits) {
                    (Some(permit), Some(permits)) => permits.push(Ok(permit)),
                    (None, _) | (_, None) => permits = None,
                }
            }
            decided.push(line);
        }
        match permits {
            Some(permits) => AnsweredGroup::Written(self.write(with_permits(decided, permits))),
            None => AnsweredGroup::ToRecord(decided),
        }
    }

    fn decide_line(&self, line: Line, turn: &mut Turn) -> DecidedLine {
        turn.pass_on_blocking();
        let number = line.number;
        let result = line.text.and_then(|text| self.decide(&text, turn)).map_err(|error| match error {
            // The parser sees one line; the client has many.
            RequestError::MalformedJson { column, .. } => {
                RequestError::MalformedJson { line: usize::try_from(number).unwrap_or(usize::MAX), column }
            }
            other => other,
        });
        DecidedLine { number, result }
    }

    fn decide(&self, text: &[u8], turn: &mut Turn) -> Result<LineDecision, RequestError> {
        let request = DecisionRequest::parse_line(text)?;
        let rulebook = self.engine.rulebook();
        let DecisionQuery { case, mode, explain, wants_receipt: _, objection: _ } =
            request.authorise_and_bind(rulebook, RequestContext::of(&self.caller))?;
        let decision = self.app.decide(&self.engine, &case, self.sampled.as_ref(), turn);
        let decision = decision.map_err(RequestError::Unknown)?;
        Ok(LineDecision { case, mode, explain, decision })
    }

    /// Counts a group of lines and writes the answers, one after the other into one buffer.
    fn write(&self, recorded: Vec<RecordedLine>) -> Result<Bytes, BatchError> {
        let mut bytes = Vec::with_capacity(recorded.len().saturating_mul(LINE_BYTES));
        for RecordedLine { number, result } in recorded {
            match result {
                Ok((line, permit)) => {
                    let LineDecision { case, mode, explain, decision } = &line;
                    self.app.metrics.decided(decision, *mode, None);
                    self.app.shadow.offer_of_batch(&self.engine, &self.caller.quota.load, case, decision);
                    let reply = ExplainedReply {
                        recorded: &permit,
                        receipt: None,
                        decision: &RedactedDecision::of(decision),
                        rulebook: self.engine.rulebook(),
                        texts: &self.texts,
                        explain: *explain,
                        reviewed: None,
                    };
                    write_line(&mut bytes, &BatchLine { line: number, decision: Some(reply), problem: None })?;
                }
                Err(error) => {
                    self.app.report(&error);
                    let problem = Some(Problem::of(error));
                    write_line(&mut bytes, &BatchLine { line: number, decision: None, problem })?;
                }
            }
        }
        Ok(Bytes::from(bytes))
    }
}

fn write_line(bytes: &mut Vec<u8>, line: &BatchLine<'_>) -> Result<(), BatchError> {
    serde_json::to_writer(&mut *bytes, line).map_err(|_| BatchError::UnwritableReply)?;
    bytes.push(b'\n');
    Ok(())
}
