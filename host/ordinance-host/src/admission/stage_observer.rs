//! How the host watches a decision: it moves long stages off the asynchronous threads, lets other callers go first
//! within them, and times the calls of rules for traces.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ordinance_engine::observer::{Observer, RuleCall, Stage};
use ordinance_engine::trace::{CallTrace, CallTracer};

use crate::admission::concurrency_limit::ConcurrencyLimit;
use crate::admission::turn_queue::Turn;

/// Observes one decision.
pub(crate) struct StageObserver<'a> {
    limit: &'a ConcurrencyLimit,
    /// The turn in which the decision runs.
    turn: &'a mut Turn,
    /// Whether the stage runs where it may wait for another turn.
    may_block: bool,
    /// `None` where the request isn't traced.
    tracer: Option<CallTracer<fn() -> Duration>>,
}

impl<'a> StageObserver<'a> {
    pub(crate) fn new(limit: &'a ConcurrencyLimit, turn: &'a mut Turn, is_traced: bool) -> Self {
        Self {
            limit,
            turn,
            may_block: false,
            tracer: is_traced.then(|| CallTracer::new(since_epoch as fn() -> Duration)),
        }
    }

    /// The calls of rules, if the request is traced.
    pub(crate) fn into_calls(self) -> Vec<CallTrace> {
        self.tracer.map(CallTracer::into_calls).unwrap_or_default()
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Observer for StageObserver<'_> {
    fn stage<T>(&mut self, stage: Stage, run: impl FnOnce(&mut Self) -> T) -> T {
        let fuel_max = match stage {
            Stage::Rules { fuel_max } => fuel_max,
            // Privacy rules have a budget of their own, and the search calls rules many times.
            Stage::PrivacyRules | Stage::MissingFacts => u64::MAX,
        };
        let limit = self.limit;
        limit.run(fuel_max, || {
            let before = std::mem::replace(&mut self.may_block, limit.is_long(fuel_max));
            let result = run(self);
            self.may_block = before;
            result
        })
    }

    fn pause(&mut self) {
        if self.may_block {
            self.turn.pass_on_blocking();
        }
    }

    fn rule_begins(&mut self) {
        self.pause();
        if let Some(tracer) = &mut self.tracer {
            tracer.rule_begins();
        }
    }

    fn rule_ended(&mut self, call: RuleCall<'_>) {
        if let Some(tracer) = &mut self.tracer {
            tracer.rule_ended(call);
        }
    }
}
