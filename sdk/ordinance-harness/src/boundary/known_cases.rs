//! The cases beside a rule, as far as they cover boundaries.

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::value::{Value, each_part, field};

use super::boundary_pair::{BoundaryPair, Findings, changed_criteria, findings_by_criterion};
use crate::comparable_outcome::ComparableOutcome;
use crate::fact_sets::without_fact;

/// The decided cases beside a rule.
pub(super) struct KnownCases {
    evaluated: Vec<(Facts, Evaluation)>,
    /// The first day of each period of the law.
    days: Vec<Date>,
}

impl KnownCases {
    pub(super) fn new(evaluated: Vec<(Facts, Evaluation)>, days: &[Date]) -> Self {
        Self { evaluated, days: days.to_vec() }
    }

    /// Whether the cases cover a boundary: two of them lie at its values with its outcomes. Of a boundary at which an
    /// amount alone changes, two at its values in its period of the law do whatever the amounts are; of one that no
    /// number of the law sets, any two that show a boundary of its kind. These two differ in the fact alone.
    pub(super) fn cover(&self, pair: &BoundaryPair, is_derived: bool) -> bool {
        let [(_, low), (_, high)] = &pair.cases;
        let changed = changed_criteria(low, high);
        let is_side = |known: &(Facts, Evaluation), side: usize, evaluation: &Evaluation| {
            let (facts, known) = known;
            let has_value = values_of(facts, &pair.fact).any(|value| Some(&value) == pair.value(side));
            has_value && is_same_side(known, evaluation, &changed)
        };
        let covers = |side: usize, evaluation| self.evaluated.iter().any(|known| is_side(known, side, evaluation));
        (covers(0, low) && covers(1, high))
            || (is_derived && self.have_kind_of(pair, |_| true))
            || (changed.is_empty() && self.have_kind_of(pair, |other| self.has_values_and_period_of(pair, other)))
    }

    fn has_values_and_period_of(&self, pair: &BoundaryPair, other: &BoundaryPair) -> bool {
        let period = |pair: &BoundaryPair| {
            let day = pair.day();
            self.days.iter().filter(|first| **first <= day).max()
        };
        pair.has_values_of(other) && period(pair) == period(other)
    }

    /// Whether two cases differ in the fact of the pair alone and show a boundary of its kind that `counts`.
    fn have_kind_of(&self, pair: &BoundaryPair, counts: impl Fn(&BoundaryPair) -> bool) -> bool {
        let with_fact =
            self.evaluated.iter().filter(|(facts, _)| facts.0.iter().any(|(name, _)| name.is(pair.fact.fact_name())));
        let rest: Vec<(Facts, &(Facts, Evaluation))> =
            with_fact.map(|known| (without_fact(&known.0, &pair.fact), known)).collect();
        let kind = pair.kind();
        rest.iter().enumerate().any(|(index, (one_rest, one))| {
            rest.iter().skip(index + 1).filter(|(other_rest, _)| same_facts(one_rest, other_rest)).any(|(_, other)| {
                let shows = |low: &(Facts, Evaluation), high: &(Facts, Evaluation)| {
                    let shown = BoundaryPair { fact: pair.fact.clone(), cases: [low.clone(), high.clone()] };
                    shown.kind() == kind && counts(&shown)
                };
                shows(one, other) || shows(other, one)
            })
        })
    }
}

fn same_facts(one: &Facts, other: &Facts) -> bool {
    one.0.len() == other.0.len() && one.0.iter().all(|(name, value)| field(&other.0, name) == Some(value))
}

/// Whether a case is as one side of a boundary: it has the same findings on the criteria that change there, or, where
/// none does, the same outcome.
fn is_same_side(known: &Evaluation, side: &Evaluation, changed: &[(usize, Id)]) -> bool {
    if changed.is_empty() {
        return ComparableOutcome::of(known) == ComparableOutcome::of(side);
    }
    let (known_findings, findings) = (findings_by_criterion(known), findings_by_criterion(side));
    known.outcome.as_str() == side.outcome.as_str()
        && changed.iter().all(|criterion| {
            let of = |findings: &Findings| findings.get(criterion).map(|all| all.contains(&Some(true)));
            of(&known_findings) == of(&findings)
        })
}

/// The values that a case has of a fact or a part, whatever item of a list it is of.
fn values_of(facts: &Facts, path: &FieldName) -> impl Iterator<Item = Value> {
    let whole = path.without_items();
    let mut values = Vec::new();
    for (name, value) in &facts.0 {
        let mut visit = |name: &FieldName, value: &Value| {
            if name.without_items() == whole {
                values.push(value.clone());
            }
        };
        visit(name, value);
        each_part(name, value, &mut visit);
    }
    values.into_iter()
}
