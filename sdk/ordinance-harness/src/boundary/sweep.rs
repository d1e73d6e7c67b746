//! Finds where the law turns along one fact: between two values that come to different things, the line is brought down to one
//! step. A slope is told from a line by the steps beside it.

use ordinance_domain::decision::Decision;
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value};

use crate::comparable_outcome::ComparableOutcome;
use crate::fact_sets::with;
use crate::law_under_test::LawUnderTest;
use crate::value_steps::{are_adjacent, midpoint, next_value, value_at_step};

/// How many cases are decided to bring one line down to one step.
const CASES_MAX: usize = 72;

/// How far beside a change the next one is sought, in steps.
const BESIDE_MAX: i64 = 4096;

/// No law rounds to more than this.
const ROUNDED_TO_MAX: Decimal = Decimal::TEN;

/// The two sides of a line, the lower value of the fact first.
type BoundarySides = [(Facts, Decision); 2];

/// The cases that have all but one fact from a base.
pub(super) struct FactSweep<'t, 'a> {
    pub(super) trial: &'t LawUnderTest<'a>,
    pub(super) base: &'t Facts,
    pub(super) fact: &'t Fact,
}

/// A value of the fact and what is decided.
#[derive(Clone)]
struct SweepPoint {
    value: Value,
    decision: Decision,
}

impl FactSweep<'_, '_> {
    fn at(&self, value: &Value) -> SweepPoint {
        let decision = self.trial.decide(&with(self.base, &self.fact.name, value.clone()));
        SweepPoint { value: value.clone(), decision }
    }

    fn sides(&self, [low, high]: [&SweepPoint; 2]) -> BoundarySides {
        [low, high].map(|side| (with(self.base, &self.fact.name, side.value.clone()), side.decision.clone()))
    }

    /// Where the law turns between one value and the next.
    pub(super) fn lines(&self, values: &[Value]) -> Vec<BoundarySides> {
        let sides: Vec<SweepPoint> = values.iter().map(|value| self.at(value)).collect();
        let mut found = Vec::new();
        for two in sides.windows(2) {
            let [low, high] = two else { continue };
            let [one, other] = [low, high].map(|side| ComparableOutcome::of(&side.decision));
            if one.is_none() || other.is_none() {
                continue;
            }
            if next_value(&self.fact.fact_type, &low.value).is_none() {
                // Words and answers have no steps between them: the two are one apart as they are.
                found.extend(is_turn(low, high).then(|| self.sides([low, high])));
            } else if is_turn(low, high) || one != other {
                found.extend(self.bisect(low.clone(), high.clone()));
            }
        }
        found
    }

    /// The line between two values, down to one step of the fact. What turns is followed first, then the deepest fall: on a slope
    /// each half has a share of it, and a cliff keeps its own.
    fn bisect(&self, low: SweepPoint, high: SweepPoint) -> Option<BoundarySides> {
        let mut open = vec![[low, high]];
        for _ in 0..CASES_MAX {
            let depth = |sides: &[SweepPoint; 2]| {
                (is_turn(&sides[0], &sides[1]), amount_difference(&sides[0].decision, &sides[1].decision))
            };
            let deepest = (0..open.len()).max_by_key(|at| open.get(*at).map(depth))?;
            let [low, high] = open.swap_remove(deepest);
            if are_adjacent(&self.fact.fact_type, &low.value, &high.value) {
                if is_turn(&low, &high) || self.is_jump([&low, &high]) {
                    return Some(self.sides([&low, &high]));
                }
                continue;
            }
            let Some(middle) = midpoint(&self.fact.fact_type, &low.value, &high.value) else { continue };
            let middle = self.at(&middle);
            for sides in [[low, middle.clone()], [middle, high]] {
                if is_turn(&sides[0], &sides[1])
                    || ComparableOutcome::of(&sides[0].decision) != ComparableOutcome::of(&sides[1].decision)
                {
                    open.push(sides);
                }
            }
        }
        None
    }

    /// Whether an amount changes more in this step than where it changes next on either side. A formula changes it a little in
    /// each step, or, where it rounds, by as much every few steps.
    fn is_jump(&self, [low, high]: [&SweepPoint; 2]) -> bool {
        let own = amount_difference(&low.decision, &high.decision);
        let is_more = |beside: Decimal| own > beside * Decimal::TWO + Decimal::new(1, 2);
        let beside = [self.next_change(low, -1), self.next_change(high, 1)];
        let is_steep = beside.iter().flatten().all(|change| is_more(change.size));
        let is_rounded = own <= ROUNDED_TO_MAX && beside.iter().flatten().any(|change| !is_more(change.size));
        is_steep || (!is_rounded && beside.iter().flatten().all(|change| change.steps > 1))
    }

    /// The next change of an amount in a direction, if there is one near.
    fn next_change(&self, from: &SweepPoint, direction: i64) -> Option<AmountChange> {
        let to = |steps: i64| Some(self.at(&value_at_step(&self.fact.fact_type, &from.value, direction * steps)?));
        let differs = |side: &SweepPoint| amount_difference(&from.decision, &side.decision) > Decimal::ZERO;
        let mut steps = 1;
        while to(steps).is_some_and(|side| !differs(&side)) {
            steps *= 2;
            if steps > BESIDE_MAX {
                return None;
            }
        }
        // The first step that differs lies in the second half of the way.
        let (mut same, mut other) = (steps / 2, steps);
        to(other)?;
        while other - same > 1 {
            let middle = same.midpoint(other);
            if differs(&to(middle)?) {
                other = middle;
            } else {
                same = middle;
            }
        }
        Some(AmountChange { size: amount_difference(&from.decision, &to(other)?.decision), steps: other })
    }
}

/// A change of an amount: by how much, and how many steps away.
struct AmountChange {
    size: Decimal,
    steps: i64,
}

/// Whether the outcome or a finding is another.
fn is_turn(one: &SweepPoint, other: &SweepPoint) -> bool {
    let (one, other) = (&one.decision, &other.decision);
    one.outcome.as_str() != other.outcome.as_str()
        || (ComparableOutcome::of(one) != ComparableOutcome::of(other) && findings(one) != findings(other))
}

/// Every finding of every rule.
pub(super) fn findings(decision: &Decision) -> Vec<Option<bool>> {
    let answers = decision.layers.iter().filter_map(|layer| layer.status.answer());
    answers.flat_map(|answer| &answer.findings).map(|finding| finding.satisfied).collect()
}

/// By how much the numbers of what is granted differ, in all.
fn amount_difference(one: &Decision, other: &Decision) -> Decimal {
    let (Some(one), Some(other)) = (ComparableOutcome::of(one), ComparableOutcome::of(other)) else {
        return Decimal::ZERO;
    };
    let names: Vec<&FieldName> = [&one, &other].into_iter().flat_map(ComparableOutcome::fields).collect();
    let differences = names.into_iter().filter_map(|name| Some((one.amount(name)? - other.amount(name)?).abs()));
    differences.fold(Decimal::ZERO, |sum, more| sum.saturating_add(more))
}
