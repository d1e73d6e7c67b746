//! Trials of the law on facts that are known and facts that are made up, within a budget.

use std::collections::HashMap;

use ordinance_domain::answer::{Answer, Grant, RuleFailure};
use ordinance_domain::compose::Composed;
use ordinance_domain::decision::{Outcome, Undetermined};
use ordinance_domain::fact::Fact;
use ordinance_domain::minimise::MinimisedFacts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Record, Value};

use crate::decide::ApplicableLaw;
use crate::privacy::AdmittedFacts;
use crate::samples::BoundaryValues;

/// How much may be tried.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// How often the law may be tried.
    pub trials: u32,
    /// How much fuel its rules may use in all.
    pub fuel: u64,
}

impl Default for Budget {
    /// What one decision may cost.
    fn default() -> Self {
        Self { trials: 1_200, fuel: 100_000_000 }
    }
}

impl Budget {
    /// The share of each of several cases, the same whatever the others cost; at most what one decision may cost.
    #[must_use]
    pub fn share(self, cases: usize) -> Self {
        let (one, cases) = (Self::default(), cases.max(1));
        let trials = self.trials / u32::try_from(cases).unwrap_or(u32::MAX);
        let fuel = self.fuel / u64::try_from(cases).unwrap_or(u64::MAX);
        Self { trials: trials.min(one.trials), fuel: fuel.min(one.fuel) }
    }

    /// Whether it was used up, so that not all was tried.
    pub(super) fn is_spent(&self) -> bool {
        self.trials == 0 || self.fuel == 0
    }
}

/// What a trial of the law comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trial {
    /// It is decided.
    Decided,
    /// A rule failed, or there is none.
    Stuck,
    /// It waits for facts; the words of the layers tell one waiting from another.
    Waits(Vec<u8>),
}

/// A level, what its rule sees and what it inherits.
type Asked = (usize, MinimisedFacts, Option<Grant>);

/// The law with facts that can be added and taken away.
pub(super) struct Trials<'l, 'a> {
    pub(super) law: &'l ApplicableLaw<'a>,
    known: AdmittedFacts,
    landmarks: BoundaryValues,
    pub(super) budget: &'l mut Budget,
    /// What each level's rule answered to what; most trials change what only one rule sees.
    answers: HashMap<Asked, Result<Answer, RuleFailure>>,
    used: Vec<FieldName>,
    draw: u64,
}

impl<'l, 'a> Trials<'l, 'a> {
    pub(super) fn new(law: &'l ApplicableLaw<'a>, facts: &AdmittedFacts, budget: &'l mut Budget) -> Self {
        let mut landmarks = BoundaryValues::of(law);
        let read = facts.plain().iter().filter(|(name, _)| law.reads(name));
        read.for_each(|(_, value)| landmarks.add(value));
        let (answers, used) = (HashMap::new(), Vec::new());
        Self { law, known: facts.clone(), landmarks, budget, answers, used, draw: 1 }
    }

    /// The facts that the law reads and that are missing.
    pub(super) fn missing(&self) -> Vec<&'a Fact> {
        let lacks = |fact: &&Fact| !self.law.knows(&self.known, &fact.name) && self.law.reads(&fact.name);
        self.law.contract.facts.iter().filter(lacks).collect()
    }

    /// The values of a fact that are worth trying.
    pub(super) fn values(&self, fact: &Fact) -> Vec<Value> {
        self.landmarks.values(&fact.fact_type)
    }

    /// Whether this value settles the decision; none if enough was tried.
    pub(super) fn settles(&mut self, name: &FieldName, value: &Value) -> Option<bool> {
        self.with(name, value, Self::trial).map(|trial| trial == Trial::Decided)
    }

    /// Does something with one more fact.
    pub(super) fn with<T>(&mut self, name: &FieldName, value: &Value, act: impl FnOnce(&mut Self) -> T) -> T {
        self.with_set(vec![(name.clone(), value.clone())], act)
    }

    /// Does something with more facts.
    pub(super) fn with_set<T>(&mut self, set: Record, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.mark();
        self.law.add_for_trial(&mut self.known, set);
        let done = act(self);
        self.known.back_to(before);
        done
    }

    /// Tries the law on what is known; none if enough was tried.
    pub(super) fn trial(&mut self) -> Option<Trial> {
        let composed = self.compose()?;
        Some(match &composed.outcome {
            Outcome::Undetermined(Undetermined::MissingFacts(_) | Undetermined::RuleUndetermined) => {
                Trial::Waits(words(&composed))
            }
            Outcome::Undetermined(Undetermined::FailedRule | Undetermined::NoRuleInForce) => Trial::Stuck,
            Outcome::Eligible(_) | Outcome::Ineligible => Trial::Decided,
        })
    }

    /// What the law comes to on what is known; none if enough was tried.
    pub(super) fn compose(&mut self) -> Option<Composed> {
        let Self { law, known, budget, answers, used, .. } = self;
        budget.trials = budget.trials.checked_sub(1)?;
        let fuel = &mut budget.fuel;
        if *fuel == 0 {
            return None;
        }
        Some(law.compose(known, used, &mut |level, rule, applicant, inherited| {
            let asked = (level, applicant.clone(), inherited.cloned());
            let call = || {
                let report = law.call(rule, applicant, inherited, false);
                *fuel = fuel.saturating_sub(report.fuel);
                report.answer
            };
            answers.entry(asked).or_insert_with(call).clone()
        }))
    }

    /// Adds the given facts that reached a rule in a trial.
    pub(super) fn add_used(&self, used: &mut Vec<FieldName>) {
        for name in self.known.sent().iter().filter(|name| self.used.contains(name)) {
            // What was sent and withheld reached a rule in no trial; a made-up value of it did.
            if !used.contains(name) && self.law.knows(&self.known, name) {
                used.push(name.clone());
            }
        }
    }

    /// One of the values, as if drawn by lot (a linear congruence with the constants of Knuth's MMIX).
    pub(super) fn drawn<'v>(&mut self, values: &'v [Value]) -> Option<&'v Value> {
        self.draw = self.draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from((self.draw >> 33) % (values.len().max(1) as u64)).unwrap_or_default();
        values.get(at)
    }
}

/// What each layer said, without its amounts.
fn words(composed: &Composed) -> Vec<u8> {
    let mut words = Vec::new();
    for layer in &composed.layers {
        words.extend_from_slice(layer.status.as_str().as_bytes());
        if let Some(answer) = layer.status.answer() {
            words.extend_from_slice(answer.determination.as_str().as_bytes());
            words.extend(answer.findings.iter().map(|finding| match finding.satisfied {
                Some(true) => b'+',
                Some(false) => b'-',
                None => b'?',
            }));
        }
    }
    words
}
