//! How much of the law the cases meet: each criterion seen satisfied, not satisfied and unknown, each outcome, and each
//! number met from both sides. A number is met from a side if some case comes out otherwise once the number is moved one
//! step to that side: then a case stands where the law turns.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinance_domain::answer::Answer;
use ordinance_domain::calendar::Date;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::manifest::Criterion;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::case::Case;
use ordinance_engine::{ApplicableLaw, Rule, RuleState, Rulebook};

use crate::parameter_numbers::{PathStep, dated_values, name_of, numbers_in, step_number};

/// What cases meet of every rule that they reached.
#[derive(Debug, Default)]
pub struct Coverage {
    rules: BTreeMap<RuleKey, RuleCoverage>,
}

/// Place, folder and version.
type RuleKey = (String, String, String);

/// What cases meet of one rule.
#[derive(Debug)]
pub struct RuleCoverage {
    /// The rule.
    pub head: Arc<RuleHead>,
    /// How often each criterion was seen satisfied, not satisfied and unknown, in the order of the head.
    seen: Vec<[u64; 3]>,
    /// How often the rule said eligible, ineligible and undetermined.
    pub answers: [u64; 3],
    numbers: BTreeMap<(String, String), NumberCoverage>,
}

/// Whether cases stand on both sides of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberCoverage {
    /// The parameter, with the way to the number in a table, such as `scheme.2.amount`.
    pub name: String,
    /// The value, as it is written.
    pub value: String,
    /// The first day on which it holds while the rule is in force.
    pub from: Date,
    /// Whether a case comes out otherwise once it is a step lower.
    pub from_below: bool,
    /// Whether a case comes out otherwise once it is a step higher.
    pub from_above: bool,
    path: Vec<PathStep>,
}

impl NumberCoverage {
    /// Whether it is met once it is moved up, or down.
    fn side(&mut self, is_up: bool) -> &mut bool {
        if is_up { &mut self.from_above } else { &mut self.from_below }
    }
}

impl Coverage {
    /// Takes note of a case that was decided.
    pub fn add(&mut self, rulebook: &Rulebook, case: &Case, decision: &Decision) {
        let Ok(law) = ApplicableLaw::select(rulebook, &case.asked) else { return };
        for rule in law.rules_in_force() {
            let entry = self.rules.entry(key_of(&rule.head)).or_insert_with(|| RuleCoverage::new(rule));
            let layer = decision.layers.iter().find(|layer| layer.jurisdiction == rule.head.jurisdiction);
            if let Some(answer) = layer.and_then(|layer| layer.status.answer()) {
                entry.add_answer(answer);
            }
            entry.add_numbers(rulebook, case, rule);
        }
    }

    /// Leaves out the rules that aren't asked about, though cases reached them.
    pub fn keep(&mut self, is_wanted: impl Fn(&RuleHead) -> bool) {
        self.rules.retain(|_, rule| is_wanted(&rule.head));
    }

    /// Every rule that was reached, by place.
    pub fn rules(&self) -> impl Iterator<Item = &RuleCoverage> {
        self.rules.values()
    }

    /// How much is met of how much, in all.
    #[must_use]
    pub fn met(&self) -> (usize, usize) {
        self.rules().map(RuleCoverage::met).fold((0, 0), |(met, all), (more, of)| (met + more, all + of))
    }
}

/// A share of a whole in percent; of nothing, all is met.
#[must_use]
pub fn percent((met, all): (usize, usize)) -> usize {
    (met * 100).checked_div(all).unwrap_or(100)
}

fn key_of(head: &RuleHead) -> RuleKey {
    (head.jurisdiction.to_string(), head.folder().to_string(), head.version.clone())
}

impl RuleCoverage {
    fn new(rule: &Rule) -> Self {
        let seen = vec![[0; 3]; rule.head.criteria.len()];
        Self { head: Arc::clone(&rule.head), seen, answers: [0; 3], numbers: unmet_numbers(rule) }
    }

    fn add_answer(&mut self, answer: &Answer) {
        let word = answer.determination.as_str();
        for (count, known) in self.answers.iter_mut().zip(["eligible", "ineligible", "undetermined"]) {
            *count += u64::from(word == known);
        }
        for finding in &answer.findings {
            let mut criteria = self.head.criteria.iter().zip(&mut self.seen);
            let Some((_, seen)) = criteria.find(|(criterion, _)| criterion.id == finding.criterion) else { continue };
            for (count, kind) in seen.iter_mut().zip([Some(true), Some(false), None]) {
                *count += u64::from(finding.satisfied == kind);
            }
        }
    }

    /// Moves each number that isn't met from both sides yet, and looks whether the case comes out otherwise.
    fn add_numbers(&mut self, rulebook: &Rulebook, case: &Case, rule: &Rule) {
        let RuleState::Ready(ready) = &rule.state else { return };
        let day = case.asked.as_of;
        let mut as_it_is = None;
        for (parameter, value) in ready.parameters_on(day) {
            for (path, number) in numbers_in(&value) {
                let key = (name_of(&parameter, &path), number.to_plain());
                let Some(met) = self.numbers.get_mut(&key) else { continue };
                for is_up in [false, true] {
                    if *met.side(is_up) {
                        continue;
                    }
                    let other = step_number(&value, &met.path, is_up)
                        .and_then(|value| rule.with_parameter(&parameter, day, value))
                        .map(|other| outcome_with(rulebook, case, rule, &other));
                    let as_it_is = as_it_is.get_or_insert_with(|| outcome_with(rulebook, case, rule, rule));
                    *met.side(is_up) = other.is_some_and(|other| other != *as_it_is);
                }
            }
        }
    }

    /// How often each of its criteria was seen satisfied, not satisfied and unknown, in the order of the manifest.
    pub fn criteria(&self) -> impl Iterator<Item = (&Criterion, &[u64; 3])> {
        self.head.criteria.iter().zip(&self.seen)
    }

    /// Every value that its numbers ever hold while it is in force, by name.
    pub fn numbers(&self) -> impl Iterator<Item = &NumberCoverage> {
        self.numbers.values()
    }

    /// How much is met of how much: three findings of each criterion, two sides of each number, and the rule saying yes and
    /// no.
    #[must_use]
    pub fn met(&self) -> (usize, usize) {
        let [eligible, ineligible, _] = self.answers;
        let points = self.seen.iter().flat_map(|seen| seen.map(|count| count > 0));
        let sides = self.numbers().flat_map(|number| [number.from_below, number.from_above]);
        let points: Vec<bool> = points.chain(sides).chain([eligible > 0, ineligible > 0]).collect();
        (points.iter().filter(|met| **met).count(), points.len())
    }

    /// What no case meets, in words.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        for (count, word) in self.answers.iter().zip(["eligible", "ineligible"]) {
            if *count == 0 {
                gaps.push(format!("no case in which the rule says {word}"));
            }
        }
        for (criterion, seen) in self.criteria() {
            let lacking = seen.iter().zip(["satisfied", "not satisfied", "unknown"]).filter(|(count, _)| **count == 0);
            let lacking: Vec<&str> = lacking.map(|(_, word)| word).collect();
            if !lacking.is_empty() {
                let (id, provision) = (&criterion.id, &criterion.provision);
                gaps.push(format!("`{id}` ({provision}) is never {}", lacking.join(", never ")));
            }
        }
        for number in self.numbers() {
            let sides = [(number.from_below, "below"), (number.from_above, "above")];
            for (_, side) in sides.iter().filter(|(is_met, _)| !is_met) {
                gaps.push(format!(
                    "`{}` = {} (from {}) is not met from {side}",
                    number.name, number.value, number.from
                ));
            }
        }
        gaps
    }
}

/// Each number of a rule with each value that it ever holds. One that comes back later is the same.
fn unmet_numbers(rule: &Rule) -> BTreeMap<(String, String), NumberCoverage> {
    let mut numbers = BTreeMap::new();
    for (parameter, from, held) in dated_values(rule) {
        for (path, number) in numbers_in(&held) {
            let (name, value) = (name_of(&parameter, &path), number.to_plain());
            let key = (name.clone(), value.clone());
            numbers.entry(key).or_insert(NumberCoverage {
                name,
                value,
                from,
                from_below: false,
                from_above: false,
                path,
            });
        }
    }
    numbers
}

/// What the case comes to with another rule in the place of one.
fn outcome_with(rulebook: &Rulebook, case: &Case, own: &Rule, other: &Rule) -> Option<Outcome> {
    let law = ApplicableLaw::select(rulebook, &case.asked).ok()?.with_rule(own, other);
    let facts = law.admit(&case.facts, law.gate(&case.disclosure));
    Some(law.decide(&facts).outcome)
}
