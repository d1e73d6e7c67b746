//! A tracer of decisions that uses the wall clock.

use std::time::{Duration, Instant};

use ordinance_engine::trace::CallTracer;

/// A tracer that times each call of a rule and counts the branches that it takes.
pub(crate) fn branch_tracer() -> CallTracer<impl FnMut() -> Duration> {
    let start = Instant::now();
    CallTracer::counting_branches(move || start.elapsed())
}
