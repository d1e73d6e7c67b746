//! How many people a number stands for.

use ordinance_domain::value::Decimal;
use serde::{Deserialize, Serialize};

/// A number of people in a file, and of the people whom they stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleCount {
    /// The number of people in the file.
    pub people: u64,
    /// The sum of their weights, each of which is 1 unless the file says otherwise.
    #[serde(with = "crate::decimal_text")]
    pub weight: Decimal,
    /// The largest weight of one of them.
    #[serde(with = "crate::decimal_text")]
    pub largest: Decimal,
}

impl PeopleCount {
    /// One person of this weight; nobody, if it is 0.
    #[must_use]
    pub fn of_weight(weight: Decimal) -> Self {
        Self { people: u64::from(!weight.is_zero()), weight, largest: weight }
    }

    /// Adds others.
    pub fn add(&mut self, others: Self) {
        self.people = self.people.saturating_add(others.people);
        self.weight = self.weight.saturating_add(others.weight);
        self.largest = self.largest.max(others.largest);
    }

    /// How many people they stand for, rounded to a whole number.
    #[must_use]
    pub fn represented(&self) -> u64 {
        self.weight.round().try_into().unwrap_or(u64::MAX)
    }

    /// Whether they are so few that a number of them says something of one of them, or stand for so few, or one of them
    /// stands for more than all others.
    pub(crate) fn is_few(&self, smallest_cell: u64) -> bool {
        let stands_for_few = self.weight < Decimal::from(smallest_cell);
        let is_dominated = self.largest > self.weight.saturating_sub(self.largest);
        smallest_cell > 1 && self.people > 0 && (self.people < smallest_cell || stands_for_few || is_dominated)
    }
}
