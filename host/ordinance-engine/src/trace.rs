//! A decision step by step: what each rule was told, what it answered and what that took. For who studies a law; a portal is
//! told the decision alone.

use std::time::{Duration, Instant};

use ordinance_domain::answer::{Answer, Grant, RuleFailure};
use ordinance_domain::decision::Decision;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::value::Record;

use crate::decide::ApplicableLaw;
use crate::privacy::AdmittedFacts;

pub use ordinance_sandbox::BRANCHES_EXPORT;

/// The call of one rule.
#[derive(Debug, Clone)]
pub struct Step {
    /// Whose rule.
    pub jurisdiction: JurisdictionCode,
    /// The facts that it was told.
    pub told: Record,
    /// The numbers that were in force.
    pub parameters: Record,
    /// What it inherited, if anything.
    pub inherited: Option<Grant>,
    /// Its answer, or how it failed.
    pub answer: Result<Answer, RuleFailure>,
    /// The fuel it used.
    pub fuel: u64,
    /// What its memories and tables held together.
    pub memory_bytes: usize,
    /// How long it ran, by the wall clock.
    pub time: Duration,
    /// The bits of the branches that it took, of a component whose branches are counted.
    pub branches: Vec<u64>,
    /// Where it trapped, innermost first, if the sandbox tells where: functions of the core module, by their number, and bytes from
    /// the start of their body.
    pub trapped_in: Vec<(u32, usize)>,
}

impl ApplicableLaw<'_> {
    /// Decides, and tells of each rule that was called, top first, with the branches that it took where these are counted.
    #[must_use]
    pub fn trace(&self, facts: &AdmittedFacts) -> (Decision, Vec<Step>) {
        self.traced(facts, true)
    }

    /// The same without branches, for which a rule would be called again: no more than a decision costs.
    #[must_use]
    pub fn trace_calls(&self, facts: &AdmittedFacts) -> (Decision, Vec<Step>) {
        self.traced(facts, false)
    }

    fn traced(&self, facts: &AdmittedFacts, counting: bool) -> (Decision, Vec<Step>) {
        let mut steps = Vec::new();
        let decision = self.decide_by(facts, &mut |level, rule, applicant, inherited| {
            let begun = Instant::now();
            let report = self.call(rule, applicant, inherited, counting);
            let time = begun.elapsed();
            let place = self.levels.get(level).map_or_else(|| self.place(), |level| &level.place);
            steps.push(Step {
                jurisdiction: place.clone(),
                told: applicant.record().clone(),
                parameters: rule.parameters_on(self.asked.as_of),
                inherited: inherited.cloned(),
                answer: report.answer.clone(),
                fuel: report.fuel,
                memory_bytes: report.memory_bytes,
                time,
                branches: report.branches.clone(),
                trapped_in: report.trapped_in.clone(),
            });
            report.answer
        });
        (decision, steps)
    }
}
