//! Simulated decisions without a server: the bytes of a request in, the bytes of the reply out. The instructions of a
//! decision are counted here, since nothing of a network comes between.

use std::sync::Arc;

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::{Engine, NoObserver};

use crate::admission::callers::Caller;
use crate::api::problem::{Problem, RequestError};
use crate::api::replies::explained::ExplainedReply;
use crate::api::replies::fragments::FragmentCache;
use crate::api::requests::decision::{DecisionQuery, DecisionRequest};
use crate::api::requests::terms::RequestContext;
use crate::app::to_json;
use crate::audit::reply_permit::ReplyPermit;

/// Why a request has no simulated decision: what is wrong with it, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SimulationError(String);

/// Decides requests by one rulebook, and keeps what its rules say for replies as a host does.
pub struct Simulator {
    engine: Arc<Engine>,
    fragments: FragmentCache,
}

impl Simulator {
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine: Arc::new(engine), fragments: FragmentCache::default() }
    }

    /// The reply to the body of `POST /v1/decisions` as to the operator, with texts in these languages. There is no
    /// record, so it reads as a simulation whatever mode the body asks for. It is decided as at the moment `now`.
    ///
    /// # Errors
    /// [`SimulationError`] if the request is not well formed or can't be put to the rulebook.
    pub fn reply(&self, body: &[u8], now: Timestamp, languages: &[String]) -> Result<Vec<u8>, SimulationError> {
        self.answer(body, now, languages).map_err(|error| SimulationError(Problem::of(error).in_full()))
    }

    fn answer(&self, body: &[u8], now: Timestamp, languages: &[String]) -> Result<Vec<u8>, RequestError> {
        let caller = Caller::command_line();
        let rulebook = self.engine.rulebook();
        let request = DecisionRequest::parse(body)?;
        let query = request.authorise_and_bind(rulebook, RequestContext { caller: &caller, now })?;
        let DecisionQuery { case, explain, .. } = query;
        let decision = ordinance_engine::decide(&self.engine, &case, &mut NoObserver).map_err(RequestError::Unknown)?;
        let permit = ReplyPermit::simulation();
        let texts = &self.fragments.texts(&self.engine, &self.engine, languages);
        let decision = &RedactedDecision::of(&decision);
        let reviewed = None;
        to_json(&ExplainedReply { recorded: &permit, receipt: None, decision, rulebook, texts, explain, reviewed })
    }
}
