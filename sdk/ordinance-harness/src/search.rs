//! Searches for counterexamples before a rule is published: cases in which it breaks upper law or fails. The search
//! tries the cases beside the rule, the same cases with each fact at every boundary value (or at every value, if the
//! fact has few), and generated cases. It shrinks each counterexample.
//!
//! The same rulebook always gives the same search. It can't prove that there is no counterexample.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ordinance_domain::decision::{Evaluation, Layer, LayerStatus, Violation};
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::Id;
use ordinance_domain::value::Value;
use ordinance_engine::boundary_values::BoundaryValues;
use ordinance_engine::trace::CallTrace;
use ordinance_engine::{DecideError, Rule, RuleState};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::candidate_values::values_at_constants;
use crate::case_binding::bind_case;
use crate::fact_sets::{FactPlace, places_in, with_fact};
use crate::generators::arbitrary_facts;
use crate::law_under_test::LawUnderTest;
use crate::shrink::Shrinker;
use crate::study::Study;

/// The kinds of defects of an eligibility rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// The answer lies outside a bound.
    Violation {
        /// `outcome`, or `grant.FIELD`.
        subject: String,
        /// The bound, as its file writes it.
        bound: String,
        /// The file that sets the bound.
        set_by: String,
        /// The article of the bound.
        provision: String,
    },
    /// The rule failed: it trapped, exceeded a limit or gave an invalid answer.
    Failure {
        /// The stable code of the failure.
        code: &'static str,
        /// The detail, for the author.
        detail: String,
    },
    /// The rule gave different answers for the same case.
    Nondeterminism,
}

/// A breach, with the smallest case found that shows it.
#[derive(Debug, Clone)]
pub struct Counterexample {
    /// The kind of the breach, and its details.
    pub breach: Breach,
    /// The facts of the case.
    pub facts: Facts,
    /// The decision, which stays within upper law.
    pub evaluation: Evaluation,
}

/// The result of a search.
#[derive(Debug, Default)]
pub struct SearchReport {
    /// The number of days that were searched.
    pub days: usize,
    /// The number of cases that were decided.
    pub cases: usize,
    /// At most one counterexample for each kind of breach.
    pub counterexamples: Vec<Counterexample>,
    /// The most fuel that the rule used, and its limit.
    pub fuel: (u64, u64),
    /// Criteria of the manifest on which the rule reported no finding in any case. Empty if a number is pending or the
    /// rule shares the code of another.
    pub unreported_criteria: Vec<Id>,
    /// Criteria that the rule reported and never found satisfied. A number may be beyond all values of a fact.
    pub unsatisfied_criteria: Vec<Id>,
    /// The cases beside the rule that can't be decided, by name, with the reason.
    pub unusable_cases: BTreeMap<String, String>,
}

/// Searches one rule on every day on which it or the law above it changes. `generated` is the number of generated cases
/// for each day.
///
/// # Errors
/// [`DecideError`] if the rule's place doesn't exist on one of the days.
pub fn search(study: Study<'_>, generated: u32) -> Result<SearchReport, DecideError> {
    let mut report = SearchReport::default();
    let mut findings = CriterionFindings::default();
    let days = study.days();
    let current_period = days.iter().copied().rfind(|day| *day <= study.today());
    for as_of in days {
        let Some(law) = study.law_on(as_of)? else { continue };
        report.days += 1;
        study.pace.begin_part(format!("breaches on {as_of}"), 0);
        let known = bind_known_cases(study, &mut report);
        let law = &LawUnderTest::new(law, as_of);
        let mut day = DaySearch {
            law,
            study,
            is_current: current_period.is_none_or(|current| current == as_of),
            facts: law.applicable.facts_read(),
            boundary_values: study.boundary_values(&law.applicable),
            report: &mut report,
            findings: &mut findings,
            to_repeat: Vec::new(),
        };
        day.search_boundaries(&known);
        day.search_generated(generated);
        day.check_determinism();
        if study.pace.is_over() {
            study.pace.leave_out(format!("{}: a part of the cases on {as_of}", study.rule.head.place_and_version()));
        }
    }
    if let RuleState::Ready(ready) = &study.rule.state {
        report.fuel.1 = ready.compiled().limits().fuel;
        let manifest = ready.manifest();
        // Shared code may report a criterion in some places only, and a pending number may keep a criterion unreported.
        let may_have_gaps =
            manifest.extends.is_some() || manifest.parameters.iter().any(|number| number.pending.is_some());
        if !may_have_gaps {
            findings.add_gaps(study.rule, &mut report);
        }
    }
    Ok(report)
}

/// The facts of the cases beside the rule. Adds cases that can't be decided to the report.
fn bind_known_cases(study: Study<'_>, report: &mut SearchReport) -> Vec<Facts> {
    let mut known = Vec::new();
    for test in study.cases {
        match bind_case(study.rulebook(), test, study.now) {
            Ok(case) => known.push(case.facts),
            Err(error) => {
                report.unusable_cases.insert(test.name.clone(), error.to_string());
            }
        }
    }
    known
}

/// The criteria that a rule reported, and those that it found satisfied.
#[derive(Default)]
struct CriterionFindings {
    reported: BTreeSet<Id>,
    satisfied: BTreeSet<Id>,
}

impl CriterionFindings {
    fn add(&mut self, call: &CallTrace) {
        for finding in call.answer.iter().flat_map(|answer| &answer.findings) {
            self.reported.insert(finding.criterion.clone());
            if finding.satisfied == Some(true) {
                self.satisfied.insert(finding.criterion.clone());
            }
        }
    }

    /// Adds the criteria that were never reported, or never satisfied, to the report.
    fn add_gaps(&self, rule: &Rule, report: &mut SearchReport) {
        for criterion in &rule.head.criteria {
            let id = &criterion.id;
            if self.reported.contains(id) {
                if !self.satisfied.contains(id) {
                    report.unsatisfied_criteria.push(id.clone());
                }
            } else if !self.reported.is_empty() {
                // A rule that is never called, or never answers, reports no criterion at all. That isn't a defect of
                // one criterion.
                report.unreported_criteria.push(id.clone());
            }
        }
    }
}

struct DaySearch<'s, 'a> {
    law: &'a LawUnderTest<'a>,
    study: Study<'s>,
    /// Whether the law of this day is in force today.
    is_current: bool,
    facts: Vec<&'a Fact>,
    boundary_values: BoundaryValues,
    report: &'s mut SearchReport,
    findings: &'s mut CriterionFindings,
    /// Cases to decide a second time.
    to_repeat: Vec<(Facts, Evaluation)>,
}

/// The number of cases of a day that are decided a second time, in the opposite order.
const REPEATED_MAX: usize = 64;

/// Every value of a fact is tried if it has no more values than this.
const VALUES_IN_FULL: usize = 256;

/// The number of known cases that are tried with each fact at every boundary value, spread over all of them.
const SWEPT_CASES_MAX: usize = 40;

/// The least constant that is paired. Smaller constants are mostly offsets in a record.
const PAIRED_CONSTANT_MIN: i64 = 256;
/// The number of constants that are tried together with a boundary value of another fact.
const PAIRED_CONSTANTS_MAX: usize = 12;
/// The number of known cases that are tried with paired constants.
const PAIRED_CASES_MAX: usize = 2;
/// The number of boundary values of a fact that are tried with paired constants.
const PAIRED_VALUES: usize = 8;

/// The number of times that cases are generated, each time until a new kind of breach is found.
const ROUNDS_MAX: usize = 8;

impl<'a> DaySearch<'_, 'a> {
    /// Tries each known case, and known cases with each fact at every boundary value. Does the same with three
    /// further cases: one without facts, one with the first and one with the last value of every fact.
    fn search_boundaries(&mut self, known: &[Facts]) {
        let boundary_values = self.boundary_values.clone();
        let ends = [<[Value]>::first, <[Value]>::last].map(|end| {
            let value =
                |fact: &&Fact| Some((fact.name.clone(), end(&boundary_values.values(&fact.fact_type))?.clone()));
            Facts(self.facts.iter().filter_map(value).collect())
        });
        known.iter().for_each(|facts| self.try_facts(facts));
        let swept = known.iter().step_by(known.len().div_ceil(SWEPT_CASES_MAX).max(1));
        for facts in swept.chain(&ends).chain([&Facts::default()]) {
            self.try_facts(facts);
            if self.study.pace.is_over() {
                return;
            }
            for FactPlace { name, fact } in self.places_in(facts) {
                for value in boundary_values.values_in_full(&fact.fact_type, VALUES_IN_FULL) {
                    self.try_facts(&with_fact(facts, &name, value));
                }
            }
        }
        for (index, facts) in (0..).zip(ends.iter().chain(known)) {
            self.try_constants(facts, self.study.constants_for(index));
        }
        // The code is the same on every day, so its constants are paired on one day only.
        if self.is_current {
            self.search_paired_constants(known, &boundary_values);
        }
    }

    /// Tries constants of the code together with a boundary value of another fact, since a constant may have an effect
    /// only there.
    fn search_paired_constants(&mut self, known: &[Facts], boundary_values: &BoundaryValues) {
        let large = self.study.constants.iter().copied().filter(|number| *number >= PAIRED_CONSTANT_MIN);
        let constants: Vec<i64> = large.take(PAIRED_CONSTANTS_MAX).collect();
        for facts in known.iter().take(PAIRED_CASES_MAX) {
            for FactPlace { name, fact } in self.places_in(facts) {
                let values = boundary_values.values(&fact.fact_type);
                for value in values.iter().step_by(values.len().div_ceil(PAIRED_VALUES)) {
                    self.try_constants(&with_fact(facts, &name, value.clone()), &constants);
                }
            }
        }
    }

    /// Tries a case with each of its facts at each constant of the code.
    fn try_constants(&mut self, facts: &Facts, constants: &[i64]) {
        for FactPlace { name, fact } in self.places_in(facts) {
            for value in values_at_constants(constants, &fact.fact_type) {
                self.try_facts(&with_fact(facts, &name, value));
            }
        }
    }

    fn places_in(&self, facts: &Facts) -> Vec<FactPlace<'a>> {
        places_in(&self.law.applicable, &self.facts, facts)
    }

    fn try_facts(&mut self, facts: &Facts) {
        self.report.cases += 1;
        let (evaluation, calls) = self.law.trace(facts);
        if let Some(call) = self.study.own_call(&calls) {
            self.report.fuel.0 = self.report.fuel.0.max(call.fuel);
            self.findings.add(call);
        }
        for breach in breaches_of(&evaluation, self.study.rule) {
            self.add_counterexample(breach, facts);
        }
        if self.to_repeat.len() < REPEATED_MAX {
            self.to_repeat.push((facts.clone(), evaluation));
        }
    }

    /// Decides cases a second time: a rule that keeps state between cases, or reads anything but its case, may answer
    /// differently.
    fn check_determinism(&mut self) {
        let cases = std::mem::take(&mut self.to_repeat);
        let differing = cases.iter().rev().find(|(facts, evaluation)| self.law.evaluate(facts) != *evaluation);
        if let Some((facts, _)) = differing {
            self.add_counterexample(Breach::Nondeterminism, facts);
        }
    }

    /// The least case found in which the same kind of breach still occurs.
    fn shrink(&self, facts: Facts, breach: &Breach) -> Facts {
        let mut occurs = |cases: &[Facts]| {
            let evaluations = cases.iter().map(|facts| self.law.evaluate(facts));
            evaluations.flat_map(|found| breaches_of(&found, self.study.rule)).any(|found| found.same_kind(breach))
        };
        let shrinker = Shrinker { law: self.law, boundary_values: &self.boundary_values };
        shrinker.shrink(vec![facts.clone()], &mut occurs).pop().unwrap_or(facts)
    }

    /// Shrinks a counterexample and adds it, unless the report has one of the same kind.
    fn add_counterexample(&mut self, breach: Breach, facts: &Facts) {
        if !self.report.counterexamples.iter().any(|known| known.breach.same_kind(&breach)) {
            let facts = self.shrink(facts.clone(), &breach);
            let evaluation = self.law.evaluate(&facts);
            self.report.counterexamples.push(Counterexample { breach, facts, evaluation });
        }
    }

    /// Tries generated cases until they show no new kind of breach.
    fn search_generated(&mut self, cases: u32) {
        let strategy = arbitrary_facts(&self.facts, &self.boundary_values, self.study.constants);
        for _ in 0..ROUNDS_MAX {
            if self.study.pace.is_over() {
                return;
            }
            let config = Config { cases, failure_persistence: None, max_shrink_iters: 2048, ..Config::default() };
            let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
            let known: Vec<Breach> = self.report.counterexamples.iter().map(|known| known.breach.clone()).collect();
            let decided = Cell::new(0);
            let result = runner.run(&strategy, |facts| {
                if self.study.pace.is_over() {
                    return Ok(());
                }
                decided.set(decided.get() + 1);
                let breaches = breaches_of(&self.law.evaluate(&facts), self.study.rule);
                let is_known = |breach: &Breach| known.iter().any(|known| known.same_kind(breach));
                if breaches.iter().all(is_known) { Ok(()) } else { Err(TestCaseError::fail("a new breach")) }
            });
            self.report.cases += decided.get();
            let Err(TestError::Fail(_, facts)) = result else { return };
            self.try_facts(&facts);
        }
    }
}

impl Breach {
    /// Whether both concern the same bound, or have the same failure code.
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

/// The breaches of a rule in a decision.
fn breaches_of(evaluation: &Evaluation, rule: &Rule) -> Vec<Breach> {
    let of_rule = |layer: &&Layer| layer.rule.as_ref().is_some_and(|head| Arc::ptr_eq(head, &rule.head));
    let Some(layer) = evaluation.layers.iter().find(of_rule) else { return Vec::new() };
    if let LayerStatus::Failed(failed) = &layer.status {
        return vec![Breach::Failure { code: failed.code.as_str(), detail: failed.detail.clone() }];
    }
    let breach = |violation: &Violation| Breach::Violation {
        subject: violation.subject.to_string(),
        bound: violation.bound.clone(),
        set_by: violation.set_by.as_ref().map_or_else(
            || format!("services/{}.toml", evaluation.query.service),
            |code| format!("{code}/{}/bounds.toml", evaluation.query.service),
        ),
        provision: violation.provision.to_string(),
    };
    layer.violations.iter().map(breach).collect()
}
