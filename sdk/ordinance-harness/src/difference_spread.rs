//! How differences of amounts are spread over people: quantiles of a number of people without bound, in bounded memory.

use std::collections::BTreeMap;

use ordinance_domain::value::Decimal;
use serde::{Deserialize, Serialize};

use crate::people_count::PeopleCount;

/// The most differences that are kept apart. Beyond them differences are rounded down to a coarser step.
const STEPS_MAX: usize = 1000;

/// The power of ten of the finest step.
const FINEST: i32 = -6;

/// The quantiles that reports tell, in percent.
const PERCENTS: [u32; 5] = [10, 25, 50, 75, 90];

/// The number of people by difference. The result doesn't depend on the order in which people are added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceSpread {
    /// The power of ten to whose multiples differences are rounded down.
    exponent: i32,
    /// The people by difference, counted in steps.
    #[serde(with = "as_pairs")]
    people: BTreeMap<i128, PeopleCount>,
}

/// A map whose keys aren't texts, as a list of pairs.
mod as_pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::people_count::PeopleCount;

    pub(super) fn serialize<S: Serializer>(
        people: &BTreeMap<i128, PeopleCount>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        people.iter().map(|(step, count)| (step.to_string(), count)).collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<i128, PeopleCount>, D::Error> {
        let pairs: Vec<(String, PeopleCount)> = Deserialize::deserialize(deserializer)?;
        let pair = |(step, count): (String, PeopleCount)| Ok((step.parse().map_err(serde::de::Error::custom)?, count));
        pairs.into_iter().map(pair).collect()
    }
}

/// A quantile of the differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantile {
    /// The share of people whose difference is at most `value`, in percent.
    pub percent: u32,
    /// The difference: above 0 for those who are granted more. Rounded down to a multiple of `step`.
    pub value: Decimal,
    /// What the value is rounded down to.
    pub step: Decimal,
}

impl Default for DifferenceSpread {
    fn default() -> Self {
        Self { exponent: FINEST, people: BTreeMap::new() }
    }
}

impl DifferenceSpread {
    /// Adds people with a difference.
    pub(crate) fn add(&mut self, difference: Decimal, people: PeopleCount) {
        let step = steps(difference, self.exponent);
        self.people.entry(step).or_default().add(people);
        self.coarsen_to_bound();
    }

    /// Adds the people of another spread.
    pub(crate) fn merge(&mut self, other: &Self) {
        while self.exponent < other.exponent {
            self.coarsen();
        }
        let factor = 10_i128.checked_pow(self.exponent.abs_diff(other.exponent)).unwrap_or(i128::MAX);
        for (step, people) in &other.people {
            self.people.entry(step.div_euclid(factor)).or_default().add(*people);
        }
        self.coarsen_to_bound();
    }

    fn coarsen_to_bound(&mut self) {
        while self.people.len() > STEPS_MAX {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        self.exponent += 1;
        let mut coarser: BTreeMap<i128, PeopleCount> = BTreeMap::new();
        for (step, people) in &self.people {
            coarser.entry(step.div_euclid(10)).or_default().add(*people);
        }
        self.people = coarser;
    }

    /// The people with a difference.
    #[must_use]
    pub fn people(&self) -> PeopleCount {
        let mut all = PeopleCount::default();
        self.people.values().for_each(|people| all.add(*people));
        all
    }

    /// The quantiles of those with a difference that have at least so many people on either side, so that none tells
    /// the difference of one of few.
    #[must_use]
    pub fn quantiles(&self, smallest_side: u64) -> Vec<Quantile> {
        let all = self.people();
        PERCENTS.into_iter().filter_map(|percent| self.quantile(percent, all, smallest_side)).collect()
    }

    /// `None` if fewer people than `smallest_side` have at most this difference, or at least it: with weights a
    /// quantile may be that of one person.
    fn quantile(&self, percent: u32, all: PeopleCount, smallest_side: u64) -> Option<Quantile> {
        let wanted = all.weight.checked_mul(Decimal::new(percent.into(), 2))?;
        let mut up_to = PeopleCount::default();
        let (step, at_it) = self.people.iter().find(|(_, people)| {
            up_to.add(**people);
            up_to.weight >= wanted
        })?;
        let from_it = all.people.saturating_sub(up_to.people).saturating_add(at_it.people);
        let has_sides = up_to.people.min(from_it) >= smallest_side;
        let quantile = Quantile { percent, value: number(*step, self.exponent)?, step: number(1, self.exponent)? };
        has_sides.then_some(quantile)
    }
}

/// A number as steps of a power of ten, rounded down. A difference beyond all amounts counts as the largest one.
fn steps(number: Decimal, exponent: i32) -> i128 {
    let power = -exponent - i32::try_from(number.scale()).unwrap_or_default();
    // No decimal reaches a power of ten that doesn't fit.
    let factor = 10_i128.checked_pow(power.unsigned_abs()).unwrap_or(i128::MAX);
    match power {
        0.. => number.mantissa().saturating_mul(factor),
        _ => number.mantissa().div_euclid(factor),
    }
}

/// The number of steps of a power of ten; without the last digits of a number that has too many.
fn number(mut steps: i128, mut exponent: i32) -> Option<Decimal> {
    while exponent > 0 {
        (steps, exponent) = (steps.checked_mul(10)?, exponent - 1);
    }
    loop {
        match Decimal::try_from_i128_with_scale(steps, exponent.unsigned_abs()) {
            Ok(number) => return Some(number.normalize()),
            Err(_) if exponent < 0 => (steps, exponent) = (steps.div_euclid(10), exponent + 1),
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> PeopleCount {
        PeopleCount::of_weight(Decimal::ONE)
    }

    fn quantile(spread: &DifferenceSpread, percent: u32) -> (String, String) {
        let all = spread.people();
        let found = spread.quantile(percent, all, 1).unwrap();
        (found.value.to_string(), found.step.to_string())
    }

    #[test]
    fn few_differences_are_exact_whatever_the_weights() {
        let mut spread = DifferenceSpread::default();
        for cents in [-500_i64, 25, 100, 100, 4000] {
            spread.add(Decimal::new(cents, 2), one());
        }
        assert_eq!(quantile(&spread, 10).0, "-5");
        assert_eq!(quantile(&spread, 25).0, "0.25");
        assert_eq!(quantile(&spread, 50).0, "1");
        assert_eq!(quantile(&spread, 90).0, "40");
        spread.add(Decimal::new(9900, 2), PeopleCount::of_weight(Decimal::new(1000, 1)));
        assert_eq!(quantile(&spread, 10).0, "99");
        assert_eq!(spread.people().people, 6);
    }

    #[test]
    fn many_differences_are_rounded_down_the_same_in_any_order_and_in_any_parts() {
        // Numbers that are spread without any order.
        let differences: Vec<Decimal> =
            (0..20_000_i64).map(|index| Decimal::new((index * 7919) % 1_000_003 - 500_000, 2)).collect();
        let mut forward = DifferenceSpread::default();
        differences.iter().for_each(|difference| forward.add(*difference, one()));
        let mut backward = DifferenceSpread::default();
        differences.iter().rev().for_each(|difference| backward.add(*difference, one()));
        let mut parts = [DifferenceSpread::default(), DifferenceSpread::default(), DifferenceSpread::default()];
        for (index, difference) in differences.iter().enumerate() {
            parts[usize::from(index > 100) + usize::from(index > 9000)].add(*difference, one());
        }
        let mut merged = DifferenceSpread::default();
        parts.iter().rev().for_each(|part| merged.merge(part));
        assert_eq!(forward, backward);
        assert_eq!(forward, merged);
        assert!(forward.people.len() <= STEPS_MAX, "{}", forward.people.len());
        let mut sorted = differences.clone();
        sorted.sort_unstable();
        for (percent, at) in [(10, 1999), (50, 9999), (90, 17_999)] {
            let found = forward.quantile(percent, forward.people(), 1).unwrap();
            let exact = sorted[at];
            assert!(found.value <= exact, "{percent}: {found:?} {exact}");
            assert!(exact < found.value + found.step, "{percent}: {found:?} {exact}");
        }
        let text = serde_json::to_string(&forward).unwrap();
        assert_eq!(serde_json::from_str::<DifferenceSpread>(&text).unwrap(), forward);
    }

    #[test]
    fn a_quantile_needs_enough_people_on_either_side() {
        let mut spread = DifferenceSpread::default();
        (0..40).for_each(|amount| spread.add(Decimal::from(amount), one()));
        let told = |smallest| spread.quantiles(smallest).iter().map(|quantile| quantile.percent).collect::<Vec<_>>();
        assert_eq!(told(1), [10, 25, 50, 75, 90]);
        assert_eq!(told(10), [25, 50, 75]);
        assert_eq!(told(22), [0; 0]);
        assert_eq!(DifferenceSpread::default().quantiles(0), []);
    }

    #[test]
    fn one_person_who_stands_for_many_is_no_quantile() {
        let mut spread = DifferenceSpread::default();
        (0..40).for_each(|amount| spread.add(Decimal::from(amount), one()));
        spread.add(Decimal::from(-7), PeopleCount::of_weight(Decimal::from(1000)));
        assert_eq!(spread.quantiles(10), []);
        assert_eq!(spread.quantiles(1).len(), 5);
    }

    #[test]
    fn the_largest_numbers_fit() {
        let mut spread = DifferenceSpread::default();
        spread.add(Decimal::MAX, one());
        spread.add(Decimal::MIN, one());
        assert_eq!(spread.quantiles(0).len(), 5);
    }
}
