//! Facts of nobody to try a law on: those of the known cases, the same with each fact at every boundary, and generated ones.
//! The same each time for the same law and cases.

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Decision;
use ordinance_domain::minimise::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::Gate;
use ordinance_domain::value::{Value, field};
use ordinance_engine::Law;
use ordinance_engine::samples::Landmarks;
use ordinance_engine::trace::Step;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::compare::reviewer;
use crate::search::any_facts;

/// How many sets are generated.
const GENERATED: usize = 400;
/// The most sets in all.
const SETS_MAX: usize = 4_000;

/// A law to try on facts of nobody, which need no privacy.
pub(crate) struct Trial<'a> {
    pub(crate) law: Law<'a>,
    gate: Gate,
}

impl<'a> Trial<'a> {
    /// `on` is the day on which facts are processed.
    pub(crate) fn new(law: Law<'a>, on: Date) -> Self {
        let gate = law.gate(&law.contract().disclosure(reviewer(), on));
        Self { law, gate }
    }

    /// What the law comes to.
    pub(crate) fn decide(&self, facts: &Facts) -> Decision {
        self.law.decide(&self.law.admit_all(facts, self.gate.clone()))
    }

    /// The facts with what the law comes to.
    pub(crate) fn decided(&self, facts: Facts) -> (Facts, Decision) {
        let decision = self.decide(&facts);
        (facts, decision)
    }

    /// What the law comes to, with what each rule was told and what that took.
    pub(crate) fn trace(&self, facts: &Facts) -> (Decision, Vec<Step>) {
        self.law.trace(&self.law.admit_all(facts, self.gate.clone()))
    }

    /// The facts in the contract's order.
    pub(crate) fn in_order(&self, facts: &Facts) -> Facts {
        let names = self.law.contract().facts.iter().map(|fact| &fact.name);
        Facts(names.filter_map(|name| Some((name.clone(), field(&facts.0, name)?.clone()))).collect())
    }
}

/// The same facts with one more, or with another value of one.
pub(crate) fn with(facts: &Facts, name: &FieldName, value: Value) -> Facts {
    let others = facts.0.iter().filter(|(known, _)| known != name).cloned();
    Facts(others.chain([(name.clone(), value)]).collect())
}

/// The same facts without one.
pub(crate) fn without(facts: &Facts, name: &FieldName) -> Facts {
    Facts(facts.0.iter().filter(|(known, _)| known != name).cloned().collect())
}

/// Sets of facts that the law reads.
pub(crate) fn fact_sets(law: &Law<'_>, known: &[Facts]) -> Vec<Facts> {
    let landmarks = Landmarks::of(law);
    let facts = law.facts_read();
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let strategy = any_facts(&facts, &landmarks);
    let mut sets: Vec<Facts> = known.to_vec();
    sets.extend((0..GENERATED).filter_map(|_| Some(strategy.new_tree(&mut runner).ok()?.current())));
    for base in known {
        for fact in &facts {
            let values = landmarks.values(&fact.fact_type).into_iter();
            sets.extend(values.map(|value| with(base, &fact.name, value)));
        }
        if sets.len() >= SETS_MAX {
            break;
        }
    }
    sets.truncate(SETS_MAX);
    sets
}
