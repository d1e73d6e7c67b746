//! The evaluation of a law on hypothetical facts, many times within a budget.

use std::collections::HashMap;

use ordinance_domain::answer::{Answer, Grant, RuleError};
use ordinance_domain::decision::{Evaluation, UndeterminedReason};
use ordinance_domain::fact::Fact;
use ordinance_domain::minimise::MinimisedFacts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Record, Value};

use crate::boundary_values::BoundaryValues;
use crate::evaluate::{call_rule, evaluate_with};
use crate::law::ApplicableLaw;
use crate::missing_facts::budget::Budget;
use crate::missing_facts::hypothetical_facts::HypotheticalFacts;
use crate::privacy::AdmittedFacts;

/// The outcome of an evaluation on hypothetical facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SearchOutcome {
    /// The case is decided.
    Decided,
    /// A rule failed, or there is no rule. No further fact changes that.
    Stuck,
    /// Facts are missing. The bytes identify the state of the layers.
    Waits(Vec<u8>),
}

/// A missing fact, or a missing part of one.
#[derive(Debug, Clone)]
pub(crate) struct MissingFact<'a> {
    /// The name of the fact, or the path of the part in the case.
    pub(crate) name: FieldName,
    /// What the catalogue says of it.
    pub(crate) fact: &'a Fact,
}

/// Everything on which the answer of a rule depends: the index of its level, its facts, and the inherited grant.
type CallKey = (usize, MinimisedFacts, Option<Grant>);

/// Evaluates a law on the facts of a case together with assumed ones, within a budget.
pub(crate) struct HypotheticalSearch<'l, 'a> {
    pub(crate) law: &'a ApplicableLaw<'a>,
    facts: HypotheticalFacts<'l>,
    /// The names of everything that was sent.
    sent: Vec<FieldName>,
    boundary_values: BoundaryValues,
    pub(crate) budget: &'l mut Budget,
    /// The answers so far; most evaluations change the facts of one rule alone.
    answers: HashMap<CallKey, Result<Answer, RuleError>>,
    used: Vec<FieldName>,
    /// The state of the random generator.
    draw: u64,
    /// Comes before each evaluation.
    pause: &'l mut dyn FnMut(),
}

impl<'l, 'a> HypotheticalSearch<'l, 'a> {
    pub(crate) fn new(
        law: &'a ApplicableLaw<'a>,
        facts: &AdmittedFacts<'l>,
        budget: &'l mut Budget,
        pause: &'l mut dyn FnMut(),
    ) -> Self {
        let mut boundary_values = BoundaryValues::of(law);
        for (_, value) in facts.forms().plain().filter(|(name, _)| law.reads(name)) {
            boundary_values.add(value);
        }
        Self {
            law,
            facts: HypotheticalFacts::new(facts),
            sent: facts.sent().cloned().collect(),
            boundary_values,
            budget,
            answers: HashMap::new(),
            used: Vec::new(),
            draw: 1,
            pause,
        }
    }

    /// A search without the facts of a case.
    pub(crate) fn without_case(law: &'a ApplicableLaw<'a>, budget: &'l mut Budget, pause: &'l mut dyn FnMut()) -> Self {
        Self {
            law,
            facts: HypotheticalFacts::without_case(law.query.as_of),
            sent: Vec::new(),
            boundary_values: BoundaryValues::of(law),
            budget,
            answers: HashMap::new(),
            used: Vec::new(),
            draw: 1,
            pause,
        }
    }

    /// The facts that rules of the law declare and that are missing, and the missing parts of those that are there.
    pub(crate) fn missing(&self) -> Vec<MissingFact<'a>> {
        let lacks = |fact: &&Fact| !self.facts.is_available(self.law, &fact.name) && self.law.reads(&fact.name);
        let whole = self.law.contract().facts.iter().filter(lacks);
        let whole = whole.map(|fact| MissingFact { name: fact.name.clone(), fact });
        let parts = self.facts.forms().missing_parts(self.law).into_iter().filter_map(|name| {
            let fact = self.law.contract().fact_at(&name)?;
            Some(MissingFact { name, fact })
        });
        whole.chain(parts).collect()
    }

    /// The boundary values of a fact.
    pub(crate) fn values(&self, fact: &Fact) -> Vec<Value> {
        self.boundary_values.values(&fact.fact_type)
    }

    /// Whether this value settles the decision; `None` if the budget is used up.
    pub(crate) fn settles(&mut self, name: &FieldName, value: &Value) -> Option<bool> {
        self.with(name, value, Self::evaluate).map(|outcome| outcome == SearchOutcome::Decided)
    }

    /// Runs `act` with one more fact assumed.
    pub(crate) fn with<T>(&mut self, name: &FieldName, value: &Value, act: impl FnOnce(&mut Self) -> T) -> T {
        self.with_set(vec![(name.clone(), value.clone())], act)
    }

    /// Runs `act` with more facts assumed.
    pub(crate) fn with_set<T>(&mut self, set: Record, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.facts.assume(self.law, set);
        let result = act(self);
        self.facts.retract(&before);
        result
    }

    /// The outcome of the law on the facts. `None` if the budget is used up.
    pub(crate) fn evaluate(&mut self) -> Option<SearchOutcome> {
        let evaluation = self.evaluate_in_full()?;
        Some(match evaluation.outcome.open() {
            Some(
                UndeterminedReason::MissingFacts(_)
                | UndeterminedReason::UnrecognisedValue
                | UndeterminedReason::RuleUndetermined,
            ) => SearchOutcome::Waits(state_of(&evaluation)),
            Some(UndeterminedReason::FailedRule | UndeterminedReason::NoRuleInForce) => SearchOutcome::Stuck,
            None => SearchOutcome::Decided,
        })
    }

    /// The evaluation of the law on the facts; `None` if the budget is used up.
    pub(crate) fn evaluate_in_full(&mut self) -> Option<Evaluation> {
        let Self { law, facts, budget, answers, used, pause, .. } = self;
        pause();
        budget.evaluations = budget.evaluations.checked_sub(1)?;
        let fuel = &mut budget.fuel;
        if *fuel == 0 {
            return None;
        }
        let evaluation = evaluate_with(law, facts.forms(), &mut |call| {
            let key = (call.index, call.applicant.clone(), call.inherited.cloned());
            let answer = || {
                let report = call_rule(law, &call, false);
                *fuel = fuel.saturating_sub(report.fuel);
                report.result
            };
            answers.entry(key).or_insert_with(answer).clone()
        });
        for name in &evaluation.used {
            if !used.contains(name) {
                used.push(name.clone());
            }
        }
        Some(evaluation)
    }

    /// Adds the facts of the case that reached a rule during the search.
    pub(crate) fn add_used(&self, used: &mut Vec<FieldName>) {
        for name in self.sent.iter().filter(|name| self.used.contains(name)) {
            // A fact that was sent and withheld reached no rule; an assumed value of it did.
            if !used.contains(name) && self.facts.is_available(self.law, name) {
                used.push(name.clone());
            }
        }
    }

    /// One of the values, drawn pseudo-randomly (a linear congruence with the constants of Knuth's MMIX).
    pub(crate) fn drawn<'v>(&mut self, values: &'v [Value]) -> Option<&'v Value> {
        self.draw = self.draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from((self.draw >> 33) % (values.len().max(1) as u64)).unwrap_or_default();
        values.get(at)
    }
}

/// The state of each layer, without its amounts.
fn state_of(evaluation: &Evaluation) -> Vec<u8> {
    let mut words = Vec::new();
    for layer in &evaluation.layers {
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
