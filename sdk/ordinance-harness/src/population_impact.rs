//! What another rulebook changes for many people: who gains, who loses and by how much, in all and by group.

use std::collections::BTreeMap;

use ordinance_domain::value::Decimal;
use serde::Serialize;

use crate::revision_diff::{CaseDiff, CriterionChange, OutcomeChange};

/// What changes for many people.
#[derive(Debug, Default, Serialize)]
pub struct PopulationImpact {
    /// All of them.
    pub all: ImpactGroup,
    /// By place.
    pub by_jurisdiction: BTreeMap<String, ImpactGroup>,
    /// By each fact that was asked for, and its value.
    pub by_fact: BTreeMap<String, BTreeMap<String, ImpactGroup>>,
    /// How often each finding changes.
    #[serde(serialize_with = "by_frequency")]
    criteria: BTreeMap<CriterionChange, u64>,
    /// How many cases can't be put to one of the rulebooks.
    pub unusable: u64,
}

fn by_frequency<S: serde::Serializer>(
    criteria: &BTreeMap<CriterionChange, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    most_frequent_first(criteria).serialize(serializer)
}

fn most_frequent_first(criteria: &BTreeMap<CriterionChange, u64>) -> Vec<(&CriterionChange, u64)> {
    let mut criteria: Vec<(&CriterionChange, u64)> = criteria.iter().map(|(change, count)| (change, *count)).collect();
    criteria.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    criteria
}

/// People and what changes for them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImpactGroup {
    /// How many there are of each change.
    pub people: BTreeMap<&'static str, u64>,
    /// The sum of each number that is granted.
    pub totals: BTreeMap<String, GrantTotal>,
}

/// The sum of a number that is granted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct GrantTotal {
    /// Under the old rulebook.
    #[serde(serialize_with = "as_text")]
    pub old: Decimal,
    /// Under the new one.
    #[serde(serialize_with = "as_text")]
    pub new: Decimal,
}

fn as_text<S: serde::Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// The most groups of one kind; people of further ones are counted together.
const GROUPS_MAX: usize = 500;
const OTHERS: &str = "(others)";

impl PopulationImpact {
    /// Adds a case.
    pub fn add(&mut self, compared: &CaseDiff) {
        self.all.add(compared);
        group(&mut self.by_jurisdiction, &compared.jurisdiction).add(compared);
        for (fact, value) in &compared.by {
            group(self.by_fact.entry(fact.clone()).or_default(), value).add(compared);
        }
        if compared.change != OutcomeChange::Same {
            for criterion in &compared.criteria {
                *self.criteria.entry(criterion.clone()).or_default() += 1;
            }
        }
    }

    /// The criteria whose findings change, and how often; the most frequent first.
    #[must_use]
    pub fn criteria(&self) -> Vec<(&CriterionChange, u64)> {
        most_frequent_first(&self.criteria)
    }

    /// How many people come out otherwise.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.all.size() - self.all.count(OutcomeChange::Same)
    }
}

/// The groups of a fact, numbers by their size and before words.
#[must_use]
pub fn groups_by_size(groups: &BTreeMap<String, ImpactGroup>) -> Vec<(&String, &ImpactGroup)> {
    let mut sorted: Vec<(&String, &ImpactGroup)> = groups.iter().collect();
    sorted.sort_by_cached_key(|(name, _)| {
        let number = name.parse::<Decimal>().ok();
        (number.is_none(), number, (*name).clone())
    });
    sorted
}

fn group<'g>(groups: &'g mut BTreeMap<String, ImpactGroup>, name: &str) -> &'g mut ImpactGroup {
    let is_full = groups.len() >= GROUPS_MAX && !groups.contains_key(name);
    groups.entry(if is_full { OTHERS } else { name }.to_owned()).or_default()
}

impl ImpactGroup {
    fn add(&mut self, compared: &CaseDiff) {
        *self.people.entry(compared.change.as_str()).or_default() += 1;
        for (sides, is_new) in [(&compared.old, false), (&compared.new, true)] {
            for (name, amount) in &sides.amounts {
                let total = self.totals.entry(name.clone()).or_default();
                *(if is_new { &mut total.new } else { &mut total.old }) += amount;
            }
        }
    }

    /// How many people there are of a change.
    #[must_use]
    pub fn count(&self, change: OutcomeChange) -> u64 {
        self.people.get(change.as_str()).copied().unwrap_or_default()
    }

    /// How many people there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.people.values().sum()
    }
}
