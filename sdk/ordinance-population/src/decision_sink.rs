//! Where the decisions on the rows of a table go.

use ordinance_domain::decision::Decision;
use ordinance_engine::Case;
use ordinance_engine::simulation::{PlainAnswer, PlainRun};

/// Takes the decision on each row of a table, in the order of the rows.
pub trait DecisionSink {
    /// Takes a decision.
    fn add(&mut self, case: &Case, decision: &Decision);

    /// Takes the answer of one rule that is the decision.
    fn add_plain(&mut self, run: &PlainRun<'_>, answer: &PlainAnswer);

    /// Takes a row that isn't a case, and why.
    fn add_fault(&mut self, fault: &str);
}
