//! A boundary: two neighbouring cases, and what kind of boundary lies between them.

use std::collections::BTreeMap;

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::value::{Value, value_at};

use crate::comparable_outcome::ComparableOutcome;

/// Two cases that differ by one step of a fact.
#[derive(Debug, Clone)]
pub struct BoundaryPair {
    /// The fact whose value differs.
    pub fact: FieldName,
    /// The facts of both cases and the decisions on them; the lower value of the fact first.
    pub cases: [(Facts, Evaluation); 2],
}

/// The fact or part by its name in the catalogue, the outcomes on both sides, and the criteria whose findings differ,
/// each with the index of its level.
pub(super) type BoundaryKind = (FieldName, [&'static str; 2], Vec<(usize, Id)>);

impl BoundaryPair {
    pub(super) fn value(&self, side: usize) -> Option<&Value> {
        let (facts, _) = self.cases.get(side)?;
        value_at(&facts.0, &self.fact)
    }

    pub(super) fn outcomes(&self) -> [Option<ComparableOutcome>; 2] {
        self.cases.each_ref().map(|(_, evaluation)| ComparableOutcome::of(evaluation))
    }

    pub(super) fn kind(&self) -> BoundaryKind {
        let [(_, low), (_, high)] = &self.cases;
        (self.fact.without_items(), [low.outcome.as_str(), high.outcome.as_str()], changed_criteria(low, high))
    }

    /// Whether a number of the law may set this boundary: it equals one of the values, or the values are dates (an age
    /// may set a date of birth).
    pub(super) fn may_be_set_by(&self, number: &Value) -> bool {
        let values = [self.value(0), self.value(1)];
        matches!(values[0], Some(Value::Date(_)))
            || values.into_iter().flatten().any(|value| value.number() == number.number())
    }

    /// The day for which both cases are decided.
    pub(super) fn day(&self) -> Date {
        self.cases[0].1.query.as_of
    }

    /// Whether both pairs have the same values of the same fact.
    pub(super) fn has_values_of(&self, other: &Self) -> bool {
        self.fact.without_items() == other.fact.without_items()
            && (0..2).all(|side| self.value(side) == other.value(side))
    }

    /// Whether both pairs have the same values, and the same outcomes or the same turn, possibly on different days.
    /// Where an amount alone changes, pairs of one day are the same whatever the amount is.
    pub(super) fn is_same_boundary(&self, other: &Self) -> bool {
        let is_same_turn = || self.kind() == other.kind() && (!self.kind().2.is_empty() || self.day() == other.day());
        self.has_values_of(other) && (self.outcomes() == other.outcomes() || is_same_turn())
    }
}

/// The findings on each criterion, by the index of its level.
pub(super) type Findings = BTreeMap<(usize, Id), Vec<Option<bool>>>;

pub(super) fn findings_by_criterion(evaluation: &Evaluation) -> Findings {
    let mut findings = Findings::new();
    for (index, layer) in evaluation.layers.iter().enumerate() {
        for finding in layer.status.answer().iter().flat_map(|answer| &answer.findings) {
            findings.entry((index, finding.criterion.clone())).or_default().push(finding.satisfied);
        }
    }
    findings
}

/// The criteria whose findings differ, each with the index of its level.
pub(super) fn changed_criteria(one: &Evaluation, other: &Evaluation) -> Vec<(usize, Id)> {
    let (one, other) = (findings_by_criterion(one), findings_by_criterion(other));
    let criteria = one.keys().chain(other.keys().filter(|criterion| !one.contains_key(*criterion)));
    criteria.filter(|criterion| one.get(*criterion) != other.get(*criterion)).cloned().collect()
}
