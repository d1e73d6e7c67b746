//! A decision call by call: what each rule received, what it answered and what that took. A rulebook's authors and the
//! spans of the host are made of it; a portal receives the decision alone.

use std::time::Duration;

use ordinance_domain::answer::{Answer, Grant, RuleError};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::value::Record;

use crate::observer::{Observer, RuleCall};

pub use ordinance_sandbox::BRANCHES_EXPORT;

/// The call of one rule.
#[derive(Debug, Clone)]
pub struct CallTrace {
    /// Whose rule.
    pub jurisdiction: JurisdictionCode,
    /// The facts that the rule received.
    pub applicant: Record,
    /// The parameters in force.
    pub parameters: Record,
    /// What the levels above grant.
    pub inherited: Option<Grant>,
    /// The answer, or how the rule failed.
    pub answer: Result<Answer, RuleError>,
    /// Units of fuel.
    pub fuel: u64,
    /// Bytes of all memories and tables together.
    pub memory_bytes: usize,
    /// How long the call took by the tracer's clock.
    pub time: Duration,
    /// One bit for each branch that was taken, 64 in a word; empty unless the component counts branches.
    pub branches: Vec<u64>,
    /// Where the rule trapped, innermost first: the number of the core module's function and bytes from the start of
    /// its body. Empty unless the sandbox records backtraces.
    pub trap_frames: Vec<(u32, usize)>,
}

/// Records every call of a decision, top first.
pub struct CallTracer<Clock> {
    calls: Vec<CallTrace>,
    counts_branches: bool,
    /// Returns the time since a fixed moment. The engine has no clock of its own, so the caller provides one.
    clock: Clock,
    begun: Duration,
}

impl<Clock: FnMut() -> Duration> CallTracer<Clock> {
    /// A tracer that costs no more than the decision.
    pub fn new(clock: Clock) -> Self {
        Self { calls: Vec::new(), counts_branches: false, clock, begun: Duration::ZERO }
    }

    /// A tracer that also counts branches, for which each component is called a second time.
    pub fn counting_branches(clock: Clock) -> Self {
        Self { counts_branches: true, ..Self::new(clock) }
    }

    /// The calls so far.
    #[must_use]
    pub fn into_calls(self) -> Vec<CallTrace> {
        self.calls
    }
}

impl<Clock: FnMut() -> Duration> Observer for CallTracer<Clock> {
    fn counts_branches(&self) -> bool {
        self.counts_branches
    }

    fn rule_begins(&mut self) {
        self.begun = (self.clock)();
    }

    fn rule_ended(&mut self, call: RuleCall<'_>) {
        let time = (self.clock)().saturating_sub(self.begun);
        let report = call.report;
        self.calls.push(CallTrace {
            jurisdiction: call.jurisdiction.clone(),
            applicant: call.applicant.clone(),
            parameters: call.parameters.clone(),
            inherited: call.inherited.cloned(),
            answer: report.result.clone(),
            fuel: report.fuel,
            memory_bytes: report.memory_bytes,
            time,
            branches: report.branches.clone(),
            trap_frames: report.trap_frames.clone(),
        });
    }
}
