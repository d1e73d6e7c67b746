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
}

impl PeopleCount {
    /// One person of this weight.
    #[must_use]
    pub fn of_weight(weight: Decimal) -> Self {
        Self { people: 1, weight }
    }

    /// Adds others.
    pub fn add(&mut self, others: Self) {
        self.people = self.people.saturating_add(others.people);
        self.weight = self.weight.saturating_add(others.weight);
    }

    /// How many people they stand for, rounded to a whole number.
    #[must_use]
    pub fn represented(&self) -> u64 {
        self.weight.round().try_into().unwrap_or(u64::MAX)
    }

    /// Whether they are so few that a number of them says something of one of them.
    pub(crate) fn is_few(&self, smallest_cell: u64) -> bool {
        self.people > 0 && self.people < smallest_cell
    }
}
