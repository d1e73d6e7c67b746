//! How the host watches a decision: it moves long stages off the asynchronous threads and times the calls of rules for
//! traces.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ordinance_engine::observer::{Observer, RuleCall, Stage};
use ordinance_engine::trace::{CallTrace, CallTracer};

use crate::admission::concurrency_limit::ConcurrencyLimit;

/// Observes one decision.
pub(crate) struct StageObserver<'a> {
    limit: &'a ConcurrencyLimit,
    /// `None` where the request isn't traced.
    tracer: Option<CallTracer<fn() -> Duration>>,
}

impl<'a> StageObserver<'a> {
    pub(crate) fn new(limit: &'a ConcurrencyLimit, is_traced: bool) -> Self {
        Self { limit, tracer: is_traced.then(|| CallTracer::new(since_epoch as fn() -> Duration)) }
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
        limit.run(fuel_max, || run(self))
    }

    fn rule_begins(&mut self) {
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
