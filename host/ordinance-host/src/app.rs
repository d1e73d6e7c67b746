//! The state that every handler shares, and the caller that a request was admitted for.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use ordinance_domain::decision::Decision;
use ordinance_domain::digest::Digest;
use ordinance_engine::{Case, DecideError, Engine};
use serde::Serialize;
use uuid::Uuid;

use crate::admission::address_block::AddressBlock;
use crate::admission::batch_limit::BatchLimit;
use crate::admission::caller_quota::InFlightGuard;
use crate::admission::callers::{Caller, Callers, PeerSubject};
use crate::admission::concurrency_limit::ConcurrencyLimit;
use crate::admission::public_lane::PublicLane;
use crate::admission::stage_observer::StageObserver;
use crate::admission::stranger_rate::StrangerRate;
use crate::admission::turn_queue::Turn;
use crate::admission::visitor_limits::VisitorLimits;
use crate::api::problem::{InternalError, RequestError};
use crate::api::public_answers::kept::KeptAnswers;
use crate::api::public_answers::visitor::PeerAddress;
use crate::api::replies::fragments::FragmentCache;
use crate::audit::record::Provenance;
use crate::audit::writer::DecisionLog;
use crate::config::HostConfig;
use crate::connection::draining::DrainSignal;
use crate::login::{ConsoleLogin, Login};
use crate::objections::store::ObjectionStore;
use crate::observability::metrics::Metrics;
use crate::observability::request_id::{LogIdentity, RequestId};
use crate::observability::traces::{SampledRequest, Traces};
use crate::rulebook::current::CurrentRulebook;
use crate::rulebook::reload::RulebookLoader;
use crate::rulebook::shadow::Shadow;
use crate::statistics::publisher::Statistics;

/// The state of a host.
pub(crate) struct App {
    pub(crate) config: HostConfig,
    pub(crate) current: Arc<CurrentRulebook>,
    /// `None` if another part of the program swaps the rulebook.
    pub(crate) loader: Option<Arc<RulebookLoader>>,
    pub(crate) concurrency_limit: ConcurrencyLimit,
    pub(crate) batches: BatchLimit,
    pub(crate) log: DecisionLog,
    /// `None` if the settings turn them off.
    pub(crate) statistics: Option<Statistics>,
    pub(crate) metrics: Metrics,
    pub(crate) shadow: Shadow,
    pub(crate) draining: DrainSignal,
    pub(crate) public_lane: PublicLane,
    pub(crate) stranger_rate: StrangerRate,
    pub(crate) visitor_limits: VisitorLimits,
    pub(crate) public_answers: KeptAnswers,
    pub(crate) fragments: FragmentCache,
    /// `None` without a collector.
    pub(crate) traces: Option<Traces>,
    pub(crate) callers: Callers,
    pub(crate) objections: Arc<ObjectionStore>,
    /// `None` if nobody can sign in.
    pub(crate) login: Option<Login>,
    /// `None` if no caller may use the console, which isn't served then.
    pub(crate) console: Option<ConsoleLogin>,
}

/// The engine of the rulebook that was in use when the request began, and of no other until its end. The response names
/// its revision.
#[derive(Clone)]
pub(crate) struct RequestEngine(pub(crate) Arc<Engine>);

impl RequestEngine {
    /// The engine that the layer around the handlers has put there.
    pub(crate) fn of(app: &App, extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(|| Self(app.current.engine()))
    }
}

impl FromRequestParts<Arc<App>> for RequestEngine {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self::of(app, &parts.extensions))
    }
}

/// The caller of a request that is admitted and in flight, and the request's id. The host identifies it before it reads
/// the body.
pub(crate) struct IdentifiedCaller(
    pub(crate) Arc<Caller>,
    RequestId,
    #[expect(dead_code, reason = "held for its drop")] InFlightGuard,
);

impl FromRequestParts<Arc<App>> for IdentifiedCaller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let address = PeerAddress::of(&parts.extensions);
        let begun = Self::begin(app, &parts.headers, parts.extensions.get::<PeerSubject>(), address).await;
        begun.map_err(|error| app.problem(error))
    }
}

impl IdentifiedCaller {
    /// Identifies the caller of a request and begins the request, if the caller's quota allows it. One who proves to be
    /// nobody is a stranger, and told so at the rate of strangers.
    pub(crate) async fn begin(
        app: &App,
        headers: &HeaderMap,
        peer: Option<&PeerSubject>,
        address: AddressBlock,
    ) -> Result<Self, RequestError> {
        let caller = match app.callers.identify(headers, peer) {
            Ok(caller) => caller,
            Err(error) => {
                app.stranger_rate.pace(address).await?;
                return Err(error.into());
            }
        };
        Self::of_known(&caller).await
    }

    /// Begins a request of a caller that is known already, if the caller's quota allows it: of the portal, whose
    /// visitors share one, or of who has signed in at the console.
    pub(crate) async fn of_known(caller: &Arc<Caller>) -> Result<Self, RequestError> {
        match caller.quota.try_acquire() {
            Ok(in_flight) => Ok(Self(Arc::clone(caller), LogIdentity::request_id(), in_flight)),
            Err(error) => {
                caller.quota.load.pace_rejection().await;
                Err(error.into())
            }
        }
    }

    /// The provenance of a record about the request, which may have a key by which it may be repeated.
    pub(crate) fn provenance(&self, rulebook: Digest, idempotency_key: Option<Uuid>) -> Provenance<'_> {
        let Self(caller, request_id, _) = self;
        let (quota, caller) = (&caller.write_quota, caller.recipient.id.as_str());
        Provenance { caller, quota, rulebook, request_id, idempotency_key, reviewed: None }
    }
}

impl App {
    /// Decides a case: long stages leave this thread's other requests to another thread, and let other callers go
    /// first. If the request is sampled, the spans of the rules go to the collector.
    ///
    /// # Errors
    /// [`DecideError`] if the place or the service is unknown.
    pub(crate) fn decide(
        &self,
        engine: &Engine,
        case: &Case,
        sampled: Option<&SampledRequest>,
        turn: &mut Turn,
    ) -> Result<Decision, DecideError> {
        let sampled = sampled.map(|sampled| (sampled, SystemTime::now()));
        let mut observer = StageObserver::new(&self.concurrency_limit, turn, sampled.is_some());
        let decision = ordinance_engine::decide(engine, case, &mut observer)?;
        if let Some((SampledRequest { traces, context }, begun)) = sampled {
            traces.rules(context, &observer.into_calls(), begun);
        }
        Ok(decision)
    }

    /// A reply as JSON, or the problem of a request that failed.
    pub(crate) fn respond(&self, result: Result<impl Serialize, RequestError>) -> Response {
        self.respond_written(result.and_then(|reply| to_json(&reply)).map(Bytes::from))
    }

    /// A reply that is written already, or the problem of a request that failed.
    pub(crate) fn respond_written(&self, result: Result<Bytes, RequestError>) -> Response {
        match result {
            Ok(json) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response(),
            Err(error) => self.problem(error),
        }
    }

    /// The response to a request that failed, which is counted.
    pub(crate) fn problem(&self, error: RequestError) -> Response {
        self.report(&error);
        error.into_response()
    }

    /// Counts a problem, and logs one that the operator must act on. The rejections of an overload are counted alone: a
    /// line in the log for each would cost more than the response.
    pub(crate) fn report(&self, error: &RequestError) {
        if let RequestError::NotRecorded = error {
            let _ids = LogIdentity::span().entered();
            tracing::warn!("a decision was not given, because it could not be recorded");
        }
        if let RequestError::Internal(cause) = error {
            let _ids = LogIdentity::span().entered();
            tracing::error!(%cause, "internal error");
        }
        self.metrics.problem(error.kind_name());
    }
}

/// The room that a reply begins with: most decisions need no more.
const REPLY_BYTES: usize = 6 << 10;

/// A reply in JSON.
pub(crate) fn to_json(reply: &impl Serialize) -> Result<Vec<u8>, RequestError> {
    let mut json = Vec::with_capacity(REPLY_BYTES);
    match serde_json::to_writer(&mut json, reply) {
        Ok(()) => Ok(json),
        Err(error) => Err(InternalError::UnwritableReply { reason: error.to_string() }.into()),
    }
}
