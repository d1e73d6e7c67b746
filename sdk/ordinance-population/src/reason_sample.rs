//! A sample of the people whose outcome changes, in whom the reasons are looked for. It is the same in whatever parts
//! and in whatever order a population is compared, and each person whose outcome changes is as likely in it as any
//! other.

use std::collections::BTreeMap;

use ordinance_domain::value::Decimal;
use ordinance_harness::{ChangeReasons, PopulationImpact};

/// A sample of at most so many people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "files", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct ReasonSample {
    size: usize,
    /// People are taken whose number is below 2 to the power of 64 less this.
    halvings: u32,
    people: BTreeMap<u64, ExplainedPerson>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "files", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct ExplainedPerson {
    pub(crate) reasons: ChangeReasons,
    /// A decimal.
    pub(crate) weight: String,
}

impl ReasonSample {
    pub(crate) fn new(size: usize) -> Self {
        Self { size, halvings: 0, people: BTreeMap::new() }
    }

    /// An empty sample that takes the same share.
    pub(crate) fn without_people(&self) -> Self {
        Self { size: self.size, halvings: self.halvings, people: BTreeMap::new() }
    }

    /// Whether a person of this number is in the sample, unless it gets too large.
    pub(crate) fn takes(&self, number: u64) -> bool {
        self.size > 0 && is_taken(number, self.halvings)
    }

    pub(crate) fn add(&mut self, number: u64, person: ExplainedPerson) {
        if self.takes(number) {
            self.people.insert(number, person);
            self.halve_to_bound();
        }
    }

    /// Adds the people of another part. Both parts have the same size of a sample.
    pub(crate) fn merge(&mut self, other: Self) {
        self.halvings = self.halvings.max(other.halvings);
        self.people.extend(other.people);
        self.retain_taken();
        self.halve_to_bound();
    }

    fn halve_to_bound(&mut self) {
        while self.people.len() > self.size {
            self.halvings += 1;
            self.retain_taken();
        }
    }

    fn retain_taken(&mut self) {
        let halvings = self.halvings;
        self.people.retain(|number, _| is_taken(*number, halvings));
    }

    /// Tells an impact the reasons.
    pub(crate) fn explain(&self, impact: &mut PopulationImpact) {
        for person in self.people.values() {
            impact.explain(&person.reasons, person.weight.parse::<Decimal>().unwrap_or(Decimal::ONE));
        }
    }

    /// How often the share of the people in the sample was halved.
    pub(crate) fn halvings(&self) -> u32 {
        self.halvings
    }

    /// Takes no more than a sample that was halved so often.
    pub(crate) fn halve_to(&mut self, halvings: u32) {
        self.halvings = self.halvings.max(halvings);
        self.retain_taken();
    }
}

fn is_taken(number: u64, halvings: u32) -> bool {
    number.leading_zeros() >= halvings.min(u64::BITS)
}

/// A number for a row that looks random and is always the same, after Steele, Lea and Flood's `SplitMix64`.
pub(crate) fn number_of(row: u64) -> u64 {
    let mixed = row.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample_of(rows: impl Iterator<Item = u64>) -> ReasonSample {
        let mut sample = ReasonSample::new(100);
        let person = || ExplainedPerson { reasons: ChangeReasons::default(), weight: "1".to_owned() };
        rows.for_each(|row| sample.add(number_of(row), person()));
        sample
    }

    #[test]
    fn the_same_people_are_in_the_sample_in_any_order_and_in_any_parts() {
        let forward = sample_of(0..10_000);
        assert_eq!(forward, sample_of((0..10_000).rev()));
        let mut merged = sample_of(9000..10_000);
        merged.merge(sample_of(0..10));
        merged.merge(sample_of(10..9000));
        assert_eq!(forward, merged);
        assert!((30..=100).contains(&forward.people.len()), "{}", forward.people.len());
        assert_eq!(sample_of(0..90).people.len(), 90);
    }

    #[test]
    fn people_of_all_parts_are_in_the_sample() {
        let sample = sample_of(0..100_000);
        let numbers: Vec<u64> = (0..100_000).filter(|row| sample.people.contains_key(&number_of(*row))).collect();
        assert_eq!(numbers.len(), sample.people.len());
        let early = numbers.iter().filter(|row| **row < 50_000).count();
        assert!((numbers.len() / 4..numbers.len() * 3 / 4).contains(&early), "{early} of {}", numbers.len());
    }
}
