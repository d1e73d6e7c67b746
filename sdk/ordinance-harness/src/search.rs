//! Searches for a case in which a rule breaks upper law or fails, before it binds anybody: the cases beside the rule, the
//! same cases with each fact moved to every boundary (to every value, where there are few), and generated cases. What is
//! found is made as small as it can be.
//!
//! The search is the same each time for the same rulebook. Finding nothing is no proof that there is nothing.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ordinance_domain::decision::{Decision, Layer, LayerStatus, Violation};
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::Id;
use ordinance_domain::value::Value;
use ordinance_engine::samples::BoundaryValues;
use ordinance_engine::{DecideError, Rule, RuleState};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::candidate_values::values_at_constants;
use crate::case_binding::bind_case;
use crate::fact_sets::{with, without};
use crate::generators::arbitrary_facts;
use crate::law_under_test::LawUnderTest;
use crate::study::Study;

/// What a rule did that it may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// Its answer lies outside a bound.
    Violation {
        /// `outcome`, or `grant.FIELD`.
        subject: String,
        /// The bound in words.
        bound: String,
        /// Who sets it: a place's code, or the service's contract.
        set_by: String,
        /// Where it is written.
        provision: String,
    },
    /// It gave no lawful answer.
    Failure {
        /// The stable code.
        code: &'static str,
        /// What happened.
        detail: String,
    },
    /// The same case came out otherwise when it was decided again, after others.
    Nondeterminism,
}

/// A breach with the smallest case that shows it.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// What happened.
    pub breach: Breach,
    /// The facts of the case.
    pub facts: Facts,
    /// What is decided within upper law.
    pub decision: Decision,
}

/// What a search came to.
#[derive(Debug, Default)]
pub struct SearchReport {
    /// How many days were searched.
    pub days: usize,
    /// How many cases were decided.
    pub cases: usize,
    /// What was found: at most one case for each kind of breach.
    pub findings: Vec<Counterexample>,
    /// The most fuel that the rule used, and its limit.
    pub fuel: (u64, u64),
    /// The criteria of the manifest of which the rule said nothing in any case, if all its numbers are set and the code is its
    /// own.
    pub unreported_criteria: Vec<Id>,
    /// Those of which it never said that they are satisfied, though it spoke of them: a number may be beyond all values of a fact.
    pub unsatisfied_criteria: Vec<Id>,
    /// The cases beside the rule that can't be put to it, by name, with the reason.
    pub left_out: BTreeMap<String, String>,
}

/// Searches one rule on every day on which its law changes: its own and those above it. `generated` is how many cases are
/// made up for each day beside those of the study.
///
/// # Errors
/// [`DecideError`] if the rule's place isn't there on one of the days.
pub fn search(study: Study<'_>, generated: u32) -> Result<SearchReport, DecideError> {
    let mut searched = SearchReport::default();
    let (mut said, mut satisfied) = (BTreeSet::new(), BTreeSet::new());
    // The day on which what holds now began.
    let days = study.days();
    let now = days.iter().copied().rfind(|day| *day <= study.today);
    for as_of in days {
        let Some(law) = study.law_on(as_of)? else { continue };
        searched.days += 1;
        let mut known = Vec::new();
        for case in study.cases {
            match bind_case(study.rulebook, case, as_of) {
                Ok(case) => known.push(case.facts),
                Err(why) => drop(searched.left_out.insert(case.name.clone(), why)),
            }
        }
        let facts = law.facts_read();
        let mut day = DaySearch {
            trial: LawUnderTest::new(law, as_of),
            study,
            is_now: now.is_none_or(|now| now == as_of),
            facts,
            searched: &mut searched,
            said: &mut said,
            satisfied: &mut satisfied,
            again: Vec::new(),
        };
        day.try_boundaries(&known);
        day.generate(generated);
        day.decide_again();
    }
    if let RuleState::Ready(ready) = &study.rule.state {
        searched.fuel.1 = ready.checked().limits().fuel;
        let criteria = study.rule.head.criteria.iter().map(|criterion| &criterion.id);
        // Code that rules share may speak of some of its criteria in some places only, and a number that is open may silence
        // one.
        let manifest = ready.manifest();
        let is_open = manifest.extends.is_some() || manifest.parameters.iter().any(|number| number.pending.is_some());
        // A rule that is never called, or never answers, has said nothing of any.
        let is_silent = |id: &&Id| !said.is_empty() && !is_open && !said.contains(*id);
        let is_unmet = |id: &&Id| !is_open && said.contains(*id) && !satisfied.contains(*id);
        searched.unsatisfied_criteria = criteria.clone().filter(is_unmet).cloned().collect();
        searched.unreported_criteria = criteria.filter(is_silent).cloned().collect();
    }
    Ok(searched)
}

/// The search on one day.
struct DaySearch<'s, 'a> {
    trial: LawUnderTest<'a>,
    study: Study<'s>,
    is_now: bool,
    facts: Vec<&'a Fact>,
    searched: &'s mut SearchReport,
    said: &'s mut BTreeSet<Id>,
    satisfied: &'s mut BTreeSet<Id>,
    /// Cases to decide again.
    again: Vec<(Facts, Decision)>,
}

/// How many cases of a day are decided again, in the other order.
const AGAIN_MAX: usize = 64;

/// A fact with no more values than this is tried in full.
const VALUES_IN_FULL: usize = 256;

/// Smaller constants are mostly places in a record.
const TELLING_MIN: i64 = 256;
const TELLING_MAX: usize = 12;

/// From how many known cases constants are tried together with another fact's boundary.
const PAIRED_FROM: usize = 2;
/// At how many of its values.
const PAIRED_VALUES: usize = 8;

/// How often cases are generated anew because something was found.
const ROUNDS_MAX: usize = 8;

impl DaySearch<'_, '_> {
    /// Each known case, and with each of its facts at every boundary. Where no case is known, from nothing, and from the
    /// first and the last value of every fact.
    fn try_boundaries(&mut self, known: &[Facts]) {
        let boundary_values = BoundaryValues::of(&self.trial.law);
        let ends = [<[Value]>::first, <[Value]>::last].map(|end| {
            let value =
                |fact: &&Fact| Some((fact.name.clone(), end(&boundary_values.values(&fact.fact_type))?.clone()));
            Facts(self.facts.iter().filter_map(value).collect())
        });
        for facts in known.iter().chain(&ends).chain([&Facts::default()]) {
            self.attempt(facts);
            for fact in self.facts.clone() {
                for value in boundary_values.values_in_full(&fact.fact_type, VALUES_IN_FULL) {
                    self.attempt(&with(facts, &fact.name, value));
                }
            }
        }
        for (at, facts) in (0..).zip(ends.iter().chain(known)) {
            self.try_constants(facts, self.study.constants_for(at));
        }
        if !self.is_now {
            return;
        }
        // A number of the code may count only together with another fact at one of its boundaries. The code is the same on every
        // day, so one will do.
        let telling: Vec<i64> =
            self.study.constants.iter().copied().filter(|number| *number >= TELLING_MIN).take(TELLING_MAX).collect();
        for facts in known.iter().take(PAIRED_FROM) {
            for fact in self.facts.clone() {
                let values = boundary_values.values(&fact.fact_type);
                for value in values.iter().step_by(values.len().div_ceil(PAIRED_VALUES)) {
                    self.try_constants(&with(facts, &fact.name, value.clone()), &telling);
                }
            }
        }
    }

    /// A case with each of its facts at each number of the code.
    fn try_constants(&mut self, facts: &Facts, constants: &[i64]) {
        for fact in self.facts.clone() {
            for value in values_at_constants(constants, &fact.fact_type) {
                self.attempt(&with(facts, &fact.name, value));
            }
        }
    }

    fn attempt(&mut self, facts: &Facts) {
        self.searched.cases += 1;
        let (decision, steps) = self.trial.trace(facts);
        if let Some(step) = self.study.own_step(&steps) {
            self.searched.fuel.0 = self.searched.fuel.0.max(step.fuel);
            for finding in step.answer.iter().flat_map(|answer| &answer.findings) {
                self.said.insert(finding.criterion.clone());
                if finding.satisfied == Some(true) {
                    self.satisfied.insert(finding.criterion.clone());
                }
            }
        }
        for breach in breaches_of(&decision, self.study.rule) {
            self.note(breach, facts);
        }
        if self.again.len() < AGAIN_MAX {
            self.again.push((facts.clone(), decision));
        }
    }

    /// A rule that kept something from one case to the next, or looked at anything but its case, would decide otherwise.
    fn decide_again(&mut self) {
        let again = std::mem::take(&mut self.again);
        if let Some((facts, _)) = again.iter().rev().find(|(facts, decision)| self.trial.decide(facts) != *decision) {
            self.note(Breach::Nondeterminism, facts);
        }
    }

    /// Leaves out every fact without which the same breach still shows.
    fn smaller(&self, mut facts: Facts, breach: &Breach) -> Facts {
        for fact in &self.facts {
            let fewer = without(&facts, &fact.name);
            if breaches_of(&self.trial.decide(&fewer), self.study.rule).iter().any(|found| found.same_kind(breach)) {
                facts = fewer;
            }
        }
        self.trial.in_order(&facts)
    }

    fn note(&mut self, breach: Breach, facts: &Facts) {
        if !self.searched.findings.iter().any(|found| found.breach.same_kind(&breach)) {
            let facts = self.smaller(facts.clone(), &breach);
            let decision = self.trial.decide(&facts);
            self.searched.findings.push(Counterexample { breach, facts, decision });
        }
    }

    /// Cases made up from the types of the facts, until they show nothing new; one that shows a breach is shrunk.
    fn generate(&mut self, cases: u32) {
        let strategy = arbitrary_facts(&self.facts, &BoundaryValues::of(&self.trial.law), self.study.constants);
        for _ in 0..ROUNDS_MAX {
            let config = Config { cases, failure_persistence: None, max_shrink_iters: 2048, ..Config::default() };
            let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
            let known: Vec<Breach> = self.searched.findings.iter().map(|found| found.breach.clone()).collect();
            let (day, rule, decided) = (&*self, self.study.rule, Cell::new(0));
            let result = runner.run(&strategy, |facts| {
                decided.set(decided.get() + 1);
                let is_known = |found: &Breach| known.iter().any(|known| known.same_kind(found));
                let found = breaches_of(&day.trial.decide(&facts), rule);
                if found.iter().all(is_known) { Ok(()) } else { Err(TestCaseError::fail("a new breach")) }
            });
            self.searched.cases += decided.get();
            let Err(TestError::Fail(_, facts)) = result else { return };
            self.attempt(&facts);
        }
    }
}

impl Breach {
    /// Whether both are about the same bound, or the same failure.
    fn same_kind(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Violation { subject, provision, .. },
                Self::Violation { subject: other, provision: other_provision, .. },
            ) => subject == other && provision == other_provision,
            (Self::Failure { code, .. }, Self::Failure { code: other, .. }) => code == other,
            (Self::Nondeterminism, Self::Nondeterminism) => true,
            (Self::Violation { .. } | Self::Failure { .. } | Self::Nondeterminism, _) => false,
        }
    }
}

/// What the rule did in a decision that it may not do.
fn breaches_of(decision: &Decision, rule: &Rule) -> Vec<Breach> {
    let of_rule = |layer: &&Layer| layer.rule.as_ref().is_some_and(|head| Arc::ptr_eq(head, &rule.head));
    let Some(layer) = decision.layers.iter().find(of_rule) else { return Vec::new() };
    if let LayerStatus::Failed(failed) = &layer.status {
        return vec![Breach::Failure { code: failed.code.as_str(), detail: failed.detail.clone() }];
    }
    let breach = |violation: &Violation| Breach::Violation {
        subject: violation.subject.to_string(),
        bound: violation.bound.clone(),
        set_by: violation.set_by.as_ref().map_or_else(
            || format!("services/{}.toml", decision.service),
            |code| format!("{code}/{}/bounds.toml", decision.service),
        ),
        provision: violation.provision.to_string(),
    };
    layer.violations.iter().map(breach).collect()
}
