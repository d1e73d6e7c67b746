//! A group of people: how many gain or lose under a new rulebook, and what is granted to them in total.

use std::collections::BTreeMap;

use ordinance_domain::value::Decimal;
use serde::{Deserialize, Serialize};

use crate::difference_spread::DifferenceSpread;
use crate::outcome_change::OutcomeChange;
use crate::people_count::PeopleCount;

/// A group of people.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImpactGroup {
    /// The people by change.
    pub people: BTreeMap<OutcomeChange, PeopleCount>,
    /// The totals granted, by the field of the grant.
    pub totals: BTreeMap<String, GrantTotal>,
}

/// The total of a number of the grant. Each person counts with their weight.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GrantTotal {
    /// Under the old rulebook. A total above all decimals is the largest one.
    #[serde(with = "crate::decimal_text")]
    pub old: Decimal,
    /// Under the new rulebook.
    #[serde(with = "crate::decimal_text")]
    pub new: Decimal,
    /// Those who are granted something of it under the old rulebook, and under the new one.
    pub granted: [PeopleCount; 2],
    /// Those to whom it makes a difference.
    pub differing: PeopleCount,
    /// The differences of those who gain, lose or are granted otherwise, and to whom it makes a difference.
    pub differences: DifferenceSpread,
}

impl ImpactGroup {
    /// Adds a person. `amounts` has what is granted of each field: under the old and under the new rulebook, nothing as
    /// 0.
    pub fn add<'f>(
        &mut self,
        change: OutcomeChange,
        weight: Decimal,
        amounts: impl Iterator<Item = (&'f str, [Decimal; 2])>,
    ) {
        let person = PeopleCount::of_weight(weight);
        self.people.entry(change).or_default().add(person);
        for (name, [old, new]) in amounts {
            let total = match self.totals.get_mut(name) {
                Some(total) => total,
                None => self.totals.entry(name.to_owned()).or_default(),
            };
            total.add(change, person, [old, new]);
        }
    }

    /// Adds the people of another group.
    pub fn merge(&mut self, other: &Self) {
        for (change, people) in &other.people {
            self.people.entry(*change).or_default().add(*people);
        }
        for (name, total) in &other.totals {
            self.totals.entry(name.clone()).or_default().merge(total);
        }
    }

    /// The people with a change.
    #[must_use]
    pub fn people_with(&self, change: OutcomeChange) -> PeopleCount {
        self.people.get(&change).copied().unwrap_or_default()
    }

    /// How many people those with a change stand for.
    #[must_use]
    pub fn count(&self, change: OutcomeChange) -> u64 {
        self.people_with(change).represented()
    }

    /// How many people all stand for.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.people.values().map(PeopleCount::represented).sum()
    }

    /// Those whose outcome changes.
    #[must_use]
    pub fn changed(&self) -> PeopleCount {
        let mut changed = PeopleCount::default();
        let others = self.people.iter().filter(|(change, _)| **change != OutcomeChange::Same);
        others.for_each(|(_, people)| changed.add(*people));
        changed
    }
}

impl GrantTotal {
    fn add(&mut self, change: OutcomeChange, person: PeopleCount, [old, new]: [Decimal; 2]) {
        let weighted = |amount: Decimal| match person.weight == Decimal::ONE {
            true => amount,
            false => {
                let mut weighted = amount.saturating_mul(person.weight).normalize();
                weighted.rescale(weighted.scale().max(amount.scale()));
                weighted
            }
        };
        self.old = self.old.saturating_add(weighted(old));
        self.new = self.new.saturating_add(weighted(new));
        for (granted, amount) in self.granted.iter_mut().zip([old, new]) {
            if !amount.is_zero() {
                granted.add(person);
            }
        }
        if old != new {
            self.differing.add(person);
        }
        if matches!(change, OutcomeChange::Gains | OutcomeChange::Loses | OutcomeChange::Otherwise) && old != new {
            self.differences.add(new.saturating_sub(old), person);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.old = self.old.saturating_add(other.old);
        self.new = self.new.saturating_add(other.new);
        self.granted.iter_mut().zip(other.granted).for_each(|(granted, others)| granted.add(others));
        self.differing.add(other.differing);
        self.differences.merge(&other.differences);
    }
}
