//! Sweeps one fact over its values while the others stay the same. Between two values with different outcomes it
//! bisects down to one step. It compares a change of an amount with the steps beside it to distinguish a jump from a
//! slope.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::value::{Decimal, Value};

use super::boundary_pair::changed_criteria;
use crate::candidate_values::spread_indices;
use crate::comparable_outcome::ComparableOutcome;
use crate::fact_sets::{FactPlace, with_fact};
use crate::law_under_test::LawUnderTest;
use crate::value_steps::{are_adjacent, midpoint, next_value, value_at_step};

/// The largest number of cases decided to find one boundary.
const CASES_MAX: usize = 72;

/// The largest distance, in steps, at which the next change of an amount is searched.
const BESIDE_MAX: i64 = 4096;

/// The largest difference between the changes of an amount in two halves of a slope: what rounding to cents makes.
const EVEN_MAX: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// The same, where amounts are rounded to whole units.
const WHOLE_UNIT: Decimal = Decimal::ONE;

/// The largest unit to which a law is expected to round amounts.
const ROUNDED_TO_MAX: Decimal = Decimal::TEN;

/// The two cases beside a boundary, the lower value of the fact first.
type BoundarySides = [(Facts, Evaluation); 2];

/// A fact and the other facts of a base, which stay the same.
pub(super) struct FactSweep<'t, 'a> {
    law: &'t LawUnderTest<'a>,
    base: &'t Facts,
    place: &'t FactPlace<'t>,
    /// The criteria whose findings count by themselves, whatever the outcome is.
    alone: &'t [(usize, Id)],
    /// The evaluations so far: the search for jumps comes by the same values often.
    known: RefCell<HashMap<Value, Evaluation>>,
}

/// At how many of the values a fact is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SweepDepth {
    /// At each one.
    EachValue,
    /// At a few, and at those between two of them that differ.
    WhereItChanges,
}

/// A value of the fact and the decision with it.
#[derive(Clone)]
struct SweepPoint {
    value: Value,
    evaluation: Evaluation,
}

impl<'t, 'a> FactSweep<'t, 'a> {
    pub(super) fn new(
        law: &'t LawUnderTest<'a>,
        base: &'t Facts,
        place: &'t FactPlace<'t>,
        alone: &'t [(usize, Id)],
    ) -> Self {
        Self { law, base, place, alone, known: RefCell::default() }
    }

    fn point(&self, value: &Value) -> SweepPoint {
        let evaluate = || self.law.evaluate(&with_fact(self.base, &self.place.name, value.clone()));
        let evaluation = self.known.borrow_mut().entry(value.clone()).or_insert_with(evaluate).clone();
        SweepPoint { value: value.clone(), evaluation }
    }

    fn sides(&self, points: [&SweepPoint; 2]) -> BoundarySides {
        points.map(|point| (with_fact(self.base, &self.place.name, point.value.clone()), point.evaluation.clone()))
    }

    /// The boundaries between each of the values and the next.
    pub(super) fn boundaries(&self, values: &[Value], depth: SweepDepth) -> Vec<BoundarySides> {
        let points = match depth {
            SweepDepth::EachValue => values.iter().map(|value| self.point(value)).collect(),
            SweepDepth::WhereItChanges => self.points_at_changes(values),
        };
        let mut boundaries = Vec::new();
        for pair in points.windows(2) {
            let [low, high] = pair else { continue };
            let Some(low_outcome) = ComparableOutcome::of(&low.evaluation) else { continue };
            let Some(high_outcome) = ComparableOutcome::of(&high.evaluation) else { continue };
            if next_value(&self.place.fact.fact_type, &low.value).is_none() {
                // The type has no steps, such as a choice, so the two values are adjacent.
                if self.is_turn(low, high) {
                    boundaries.push(self.sides([low, high]));
                }
            } else if self.is_turn(low, high) || low_outcome != high_outcome {
                boundaries.extend(self.bisect(low.clone(), high.clone()));
            }
        }
        boundaries
    }

    /// Points at a few of the values, spread over all, and at each value between two of them that differ. In most sets
    /// of facts something else decides, and the fact changes nothing.
    fn points_at_changes(&self, values: &[Value]) -> Vec<SweepPoint> {
        let few: Vec<usize> = spread_indices(values.len()).collect();
        let mut points = Vec::new();
        for pair in few.windows(2) {
            let [from, to] = pair else { continue };
            self.add_points_at_changes(values, *from..*to, &mut points);
        }
        points.extend(few.last().and_then(|last| values.get(*last)).map(|value| self.point(value)));
        points
    }

    /// Adds the points from the first of a range of values on, without its end, which comes next.
    fn add_points_at_changes(&self, values: &[Value], range: Range<usize>, points: &mut Vec<SweepPoint>) {
        let (Some(low), Some(high)) = (values.get(range.start), values.get(range.end)) else { return };
        let (low, high) = (self.point(low), self.point(high));
        let differ = self.is_turn(&low, &high)
            || ComparableOutcome::of(&low.evaluation) != ComparableOutcome::of(&high.evaluation);
        if !differ || range.len() < 2 || self.is_slope(&low, &high) {
            points.push(low);
            return;
        }
        let middle = range.start.midpoint(range.end);
        self.add_points_at_changes(values, range.start..middle, points);
        self.add_points_at_changes(values, middle..range.end, points);
    }

    /// Whether an amount changes between two values as on a slope, so that no jump lies between them.
    fn is_slope(&self, low: &SweepPoint, high: &SweepPoint) -> bool {
        let middle = midpoint(&self.place.fact.fact_type, &low.value, &high.value);
        !self.is_turn(low, high)
            && middle.is_some_and(|middle| self.is_even(low, &self.point(&middle), high, WHOLE_UNIT))
    }

    /// The boundary between two values, down to one step of the fact. The search first follows halves in which the
    /// outcome or a finding changes, then the half in which amounts differ most: on a slope each half has a part of the
    /// difference, while one half with a jump has all of it.
    fn bisect(&self, low: SweepPoint, high: SweepPoint) -> Option<BoundarySides> {
        let mut intervals = vec![[low, high]];
        for _ in 0..CASES_MAX {
            let priority = |[low, high]: &[SweepPoint; 2]| {
                (self.is_turn(low, high), amount_difference(&low.evaluation, &high.evaluation))
            };
            let first = (0..intervals.len()).max_by_key(|index| intervals.get(*index).map(priority))?;
            let [low, high] = intervals.swap_remove(first);
            if are_adjacent(&self.place.fact.fact_type, &low.value, &high.value) {
                if self.is_turn(&low, &high) || self.is_jump([&low, &high]) {
                    return Some(self.sides([&low, &high]));
                }
                continue;
            }
            let Some(middle) = midpoint(&self.place.fact.fact_type, &low.value, &high.value) else { continue };
            let middle = self.point(&middle);
            if self.is_even(&low, &middle, &high, EVEN_MAX) {
                continue;
            }
            for [low, high] in [[low, middle.clone()], [middle, high]] {
                let differs = ComparableOutcome::of(&low.evaluation) != ComparableOutcome::of(&high.evaluation);
                if self.is_turn(&low, &high) || differs {
                    intervals.push([low, high]);
                }
            }
        }
        None
    }

    /// Whether an amount changes more in this step than at its next change on either side. A formula changes an amount
    /// a little in each step or, if it rounds, by the same amount every few steps.
    fn is_jump(&self, [low, high]: [&SweepPoint; 2]) -> bool {
        let own = amount_difference(&low.evaluation, &high.evaluation);
        let is_more_than = |beside: Decimal| own > beside * Decimal::TWO + Decimal::new(1, 2);
        let beside = [self.next_change(low, -1), self.next_change(high, 1)];
        let is_steep = beside.iter().flatten().all(|change| is_more_than(change.size));
        let is_rounded = own <= ROUNDED_TO_MAX && beside.iter().flatten().any(|change| !is_more_than(change.size));
        is_steep || (!is_rounded && beside.iter().flatten().all(|change| change.steps > 1))
    }

    /// Whether an amount changes alike in both halves, as on a slope, and nothing else changes. A jump lies in one
    /// half. Rounding makes a difference between them of at most `most`.
    fn is_even(&self, low: &SweepPoint, middle: &SweepPoint, high: &SweepPoint, most: Decimal) -> bool {
        let changes =
            [(low, middle), (middle, high)].map(|(one, other)| amount_difference(&one.evaluation, &other.evaluation));
        let is_final = [low, middle, high].iter().all(|point| ComparableOutcome::of(&point.evaluation).is_some());
        let turns = self.is_turn(low, middle) || self.is_turn(middle, high);
        is_final && !turns && (changes[0] - changes[1]).abs() <= most
    }

    /// Whether the outcome itself differs, a finding with it, or one of the findings that count by themselves.
    fn is_turn(&self, one: &SweepPoint, other: &SweepPoint) -> bool {
        let (one, other) = (&one.evaluation, &other.evaluation);
        one.outcome.as_str() != other.outcome.as_str()
            || (ComparableOutcome::of(one) != ComparableOutcome::of(other) && findings_in(one) != findings_in(other))
            || (!self.alone.is_empty()
                && changed_criteria(one, other).iter().any(|changed| self.alone.contains(changed)))
    }

    /// The next change of an amount in a direction (-1 or 1). `None` if there is none within [`BESIDE_MAX`] steps.
    fn next_change(&self, from: &SweepPoint, direction: i64) -> Option<AmountChange> {
        let at =
            |steps: i64| Some(self.point(&value_at_step(&self.place.fact.fact_type, &from.value, direction * steps)?));
        let differs = |point: &SweepPoint| amount_difference(&from.evaluation, &point.evaluation) > Decimal::ZERO;
        let mut steps = 1;
        while at(steps).is_some_and(|point| !differs(&point)) {
            steps *= 2;
            if steps > BESIDE_MAX {
                return None;
            }
        }
        // The first step that differs is in the second half of the steps so far.
        let mut last_same = steps / 2;
        let mut first_different = steps;
        at(first_different)?;
        while first_different - last_same > 1 {
            let middle = last_same.midpoint(first_different);
            if differs(&at(middle)?) {
                first_different = middle;
            } else {
                last_same = middle;
            }
        }
        let size = amount_difference(&from.evaluation, &at(first_different)?.evaluation);
        Some(AmountChange { size, steps: first_different })
    }
}

/// A change of an amount: its size, and its distance in steps.
struct AmountChange {
    size: Decimal,
    steps: i64,
}

/// Every finding of every rule.
fn findings_in(evaluation: &Evaluation) -> Vec<Option<bool>> {
    let answers = evaluation.layers.iter().filter_map(|layer| layer.status.answer());
    answers.flat_map(|answer| &answer.findings).map(|finding| finding.satisfied).collect()
}

/// The sum of the differences between the numbers of two grants.
fn amount_difference(one: &Evaluation, other: &Evaluation) -> Decimal {
    let Some(one) = ComparableOutcome::of(one) else { return Decimal::ZERO };
    let Some(other) = ComparableOutcome::of(other) else { return Decimal::ZERO };
    let names: Vec<&FieldName> = [&one, &other].into_iter().flat_map(ComparableOutcome::fields).collect();
    let differences = names.into_iter().filter_map(|name| Some((one.amount(name)? - other.amount(name)?).abs()));
    differences.fold(Decimal::ZERO, |sum, difference| sum.saturating_add(difference))
}
