//! Coverage of the law by cases: each criterion found satisfied, not satisfied and unknown, each outcome, and each
//! number covered from both sides. A number is covered from a side if a case has a different outcome when the number is
//! one step further to that side, which means that the case is at the boundary.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinance_domain::answer::{Answer, Determination};
use ordinance_domain::calendar::Date;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::manifest::Criterion;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::case::Case;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Engine, NoObserver, Rule, RuleState};

use crate::parameter_numbers::{PathStep, dated_values, number_name, numbers_in, step_number};
use crate::share::Share;

/// The coverage of every rule that the cases reached.
#[derive(Debug, Default)]
pub struct Coverage {
    rules: BTreeMap<RuleKey, RuleCoverage>,
}

/// The place, the folder and the version of a rule.
type RuleKey = (String, String, String);

#[derive(Debug)]
pub struct RuleCoverage {
    /// The rule's head.
    pub head: Arc<RuleHead>,
    /// The counts of satisfied, not satisfied and unknown for each criterion, in the order of the head.
    findings: Vec<[u64; 3]>,
    /// The numbers of answers eligible, ineligible and undetermined.
    pub answers: [u64; 3],
    numbers: BTreeMap<(String, String), NumberCoverage>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberCoverage {
    /// The parameter and the path to the number, such as `scheme.2.amount`.
    pub name: String,
    /// The value, as text.
    pub value: String,
    /// The first day on which it holds while the rule is in force.
    pub from: Date,
    /// Whether a case has a different outcome if the number is one step lower.
    pub from_below: bool,
    /// Whether a case has a different outcome if the number is one step higher.
    pub from_above: bool,
    path: Vec<PathStep>,
}

impl NumberCoverage {
    fn side(&mut self, is_up: bool) -> &mut bool {
        if is_up { &mut self.from_above } else { &mut self.from_below }
    }
}

impl Coverage {
    /// Counts a decided case.
    pub fn add(&mut self, engine: &Engine, case: &Case, decision: &Decision) {
        let Ok(law) = ApplicableLaw::select(engine, &case.query) else { return };
        for rule in law.rules_in_force() {
            let entry = self.rules.entry(key_of(&rule.head)).or_insert_with(|| RuleCoverage::new(rule));
            let layer = decision.layers.iter().find(|layer| layer.jurisdiction == rule.head.jurisdiction);
            if let Some(answer) = layer.and_then(|layer| layer.status.answer()) {
                entry.add_answer(answer);
            }
            entry.add_numbers(engine, case, rule);
        }
    }

    /// Removes the rules for which `is_wanted` is false.
    pub fn keep(&mut self, is_wanted: impl Fn(&RuleHead) -> bool) {
        self.rules.retain(|_, rule| is_wanted(&rule.head));
    }

    /// Every rule that a case reached, by place.
    pub fn rules(&self) -> impl Iterator<Item = &RuleCoverage> {
        self.rules.values()
    }

    /// The covered points of all rules.
    #[must_use]
    pub fn covered(&self) -> Share {
        self.rules().map(RuleCoverage::covered).sum()
    }
}

fn key_of(head: &RuleHead) -> RuleKey {
    (head.jurisdiction.to_string(), head.folder().to_string(), head.version.clone())
}

impl RuleCoverage {
    fn new(rule: &Rule) -> Self {
        let findings = vec![[0; 3]; rule.head.criteria.len()];
        Self { head: Arc::clone(&rule.head), findings, answers: [0; 3], numbers: uncovered_numbers(rule) }
    }

    fn add_answer(&mut self, answer: &Answer) {
        let [eligible, ineligible, undetermined] = &mut self.answers;
        *match answer.determination {
            Determination::Eligible(_) => eligible,
            Determination::Ineligible => ineligible,
            Determination::Undetermined => undetermined,
        } += 1;
        for finding in &answer.findings {
            let mut criteria = self.head.criteria.iter().zip(&mut self.findings);
            let Some((_, counts)) = criteria.find(|(criterion, _)| criterion.id == finding.criterion) else { continue };
            let [satisfied, not_satisfied, unknown] = counts;
            *match finding.satisfied {
                Some(true) => satisfied,
                Some(false) => not_satisfied,
                None => unknown,
            } += 1;
        }
    }

    /// Moves each number that isn't yet covered from both sides, and checks whether the outcome of the case changes.
    fn add_numbers(&mut self, engine: &Engine, case: &Case, rule: &Rule) {
        let RuleState::Ready(ready) = &rule.state else { return };
        let day = case.query.day();
        let mut unchanged = None;
        for (parameter, value) in ready.parameters_on(day) {
            for (path, number) in numbers_in(&value) {
                let key = (number_name(&parameter, &path), number.to_plain());
                let Some(coverage) = self.numbers.get_mut(&key) else { continue };
                for is_up in [false, true] {
                    if *coverage.side(is_up) {
                        continue;
                    }
                    let other = step_number(&value, &coverage.path, is_up)
                        .and_then(|value| rule.with_parameter(&parameter, day, value))
                        .map(|other| outcome_with(engine, case, rule, &other));
                    let unchanged = unchanged.get_or_insert_with(|| outcome_with(engine, case, rule, rule));
                    *coverage.side(is_up) = other.is_some_and(|other| other != *unchanged);
                }
            }
        }
    }

    /// The counts of satisfied, not satisfied and unknown for each criterion, in the order of the manifest.
    pub fn criteria(&self) -> impl Iterator<Item = (&Criterion, &[u64; 3])> {
        self.head.criteria.iter().zip(&self.findings)
    }

    /// The coverage of each value of each number while the rule is in force, by name.
    pub fn numbers(&self) -> impl Iterator<Item = &NumberCoverage> {
        self.numbers.values()
    }

    /// The covered points: three findings of each criterion, two sides of each number, and the answers eligible and
    /// ineligible.
    #[must_use]
    pub fn covered(&self) -> Share {
        let [eligible, ineligible, _] = self.answers;
        let findings = self.findings.iter().flat_map(|findings| findings.map(|count| count > 0));
        let sides = self.numbers().flat_map(|number| [number.from_below, number.from_above]);
        let points: Vec<bool> = findings.chain(sides).chain([eligible > 0, ineligible > 0]).collect();
        Share { part: points.iter().filter(|is_covered| **is_covered).count(), whole: points.len() }
    }

    /// The gaps: one sentence for each part of the law that no case covers.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        for (count, answer) in self.answers.iter().zip(["eligible", "ineligible"]) {
            if *count == 0 {
                gaps.push(format!("no case in which the rule answers {answer}"));
            }
        }
        for (criterion, findings) in self.criteria() {
            let statuses = ["satisfied", "not satisfied", "unknown"];
            let uncovered = findings.iter().zip(statuses).filter(|(count, _)| **count == 0);
            let uncovered: Vec<&str> = uncovered.map(|(_, status)| status).collect();
            if !uncovered.is_empty() {
                let never = uncovered.join(", never ");
                gaps.push(format!("`{}` ({}) is never {never}", criterion.id, criterion.provision));
            }
        }
        for number in self.numbers() {
            let sides = [(number.from_below, "below"), (number.from_above, "above")];
            for (_, side) in sides.iter().filter(|(is_covered, _)| !is_covered) {
                gaps.push(format!(
                    "`{}` = {} (from {}) is not covered from {side}",
                    number.name, number.value, number.from
                ));
            }
        }
        gaps
    }
}

/// Each value of each number of a rule, not yet covered. A value that holds in two periods counts once.
fn uncovered_numbers(rule: &Rule) -> BTreeMap<(String, String), NumberCoverage> {
    let mut numbers = BTreeMap::new();
    for (parameter, from, dated_value) in dated_values(rule) {
        for (path, number) in numbers_in(&dated_value) {
            let name = number_name(&parameter, &path);
            let value = number.to_plain();
            let key = (name.clone(), value.clone());
            numbers.entry(key).or_insert(NumberCoverage {
                name,
                value,
                from: from.as_of,
                from_below: false,
                from_above: false,
                path,
            });
        }
    }
    numbers
}

/// The outcome of a case if the rule `other` replaces the rule `own`.
fn outcome_with(engine: &Engine, case: &Case, own: &Rule, other: &Rule) -> Option<Outcome> {
    let law = ApplicableLaw::select(engine, &case.query).ok()?.with_rule(own, other);
    Some(decide_under(&law, case, &mut Budget::default(), &mut NoObserver).decision.outcome)
}
