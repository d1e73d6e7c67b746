//! The impact of a new rulebook on a population: how many people gain or lose, and by how much, in total and by group.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::value::Decimal;
use serde::Serialize;

use crate::revision_diff::{CaseDiff, CriterionChange, NumberChange, OutcomeChange, WithheldFact};

#[derive(Debug, Default, Serialize)]
pub struct PopulationImpact {
    /// The whole population.
    pub all: ImpactGroup,
    /// The groups by place, by the place's code.
    pub by_jurisdiction: BTreeMap<String, ImpactGroup>,
    /// The groups by service, by its id.
    pub by_service: BTreeMap<String, ImpactGroup>,
    /// The groups by fact and value, for each fact by which the report groups.
    pub by_fact: BTreeMap<String, BTreeMap<String, ImpactGroup>>,
    /// The number of cases in which each finding changes.
    #[serde(serialize_with = "by_frequency")]
    criteria: BTreeMap<CriterionChange, u64>,
    /// The number of cases whose outcome each number of the law changes.
    #[serde(serialize_with = "by_frequency")]
    numbers: BTreeMap<NumberChange, u64>,
    /// The number of cases that one of the rulebooks can't decide.
    pub unusable: u64,
    /// The number of cases whose outcome is open for want of facts that were sent and that privacy law withholds.
    #[serde(skip_serializing_if = "is_zero")]
    pub open_by_privacy: u64,
    /// The number of such cases for each fact and law.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", serialize_with = "by_frequency")]
    withheld: BTreeMap<WithheldFact, u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn by_frequency<Change: Serialize + Ord, S: serde::Serializer>(
    changes: &BTreeMap<Change, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    most_frequent_first(changes).serialize(serializer)
}

fn most_frequent_first<Change>(changes: &BTreeMap<Change, u64>) -> Vec<(&Change, u64)> {
    let mut sorted: Vec<(&Change, u64)> = changes.iter().map(|(change, count)| (change, *count)).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}

/// A group of people.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImpactGroup {
    /// The number of people by change, as [`OutcomeChange::as_str`] gives it.
    pub people: BTreeMap<&'static str, u64>,
    /// The totals granted, by the field of the grant.
    pub totals: BTreeMap<String, GrantTotal>,
}

/// The total of a number of the grant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct GrantTotal {
    /// Under the old rulebook.
    #[serde(serialize_with = "as_text")]
    pub old: Decimal,
    /// Under the new rulebook.
    #[serde(serialize_with = "as_text")]
    pub new: Decimal,
}

fn as_text<S: serde::Serializer>(number: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// The largest number of groups of one fact. Further values form one group.
const GROUPS_MAX: usize = 500;
const OTHERS: &str = "(others)";

impl PopulationImpact {
    /// Counts a case.
    pub fn add(&mut self, diff: &CaseDiff) {
        self.all.add(diff);
        group_named(&mut self.by_jurisdiction, &diff.jurisdiction).add(diff);
        group_named(&mut self.by_service, &diff.service).add(diff);
        for (fact, value) in &diff.by {
            group_named(self.by_fact.entry(fact.clone()).or_default(), value).add(diff);
        }
        self.open_by_privacy += u64::from(!diff.withheld.is_empty());
        for withheld in &diff.withheld {
            *self.withheld.entry(withheld.clone()).or_default() += 1;
        }
        if diff.change != OutcomeChange::Same {
            // Of several people of one case a criterion counts once.
            let of_case: BTreeSet<CriterionChange> =
                diff.criteria.iter().map(|change| CriterionChange { item: None, ..change.clone() }).collect();
            for criterion in of_case {
                *self.criteria.entry(criterion).or_default() += 1;
            }
            for number in &diff.numbers {
                *self.numbers.entry(number.clone()).or_default() += 1;
            }
        }
    }

    /// The criteria whose findings change, with the number of cases; the most frequent first.
    #[must_use]
    pub fn criteria(&self) -> Vec<(&CriterionChange, u64)> {
        most_frequent_first(&self.criteria)
    }

    /// The numbers of the law that change outcomes, with the number of cases; the most frequent first.
    #[must_use]
    pub fn numbers(&self) -> Vec<(&NumberChange, u64)> {
        most_frequent_first(&self.numbers)
    }

    /// The facts that privacy law withholds and for want of which outcomes are open, with the law and the number of
    /// cases; the most frequent first.
    #[must_use]
    pub fn withheld(&self) -> Vec<(&WithheldFact, u64)> {
        most_frequent_first(&self.withheld)
    }

    /// The number of people whose outcome changes.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.all.size() - self.all.count(OutcomeChange::Same)
    }
}

/// The groups of a fact: numbers by size, then texts in alphabetical order.
#[must_use]
pub fn groups_by_size(groups: &BTreeMap<String, ImpactGroup>) -> Vec<(&String, &ImpactGroup)> {
    let mut sorted: Vec<(&String, &ImpactGroup)> = groups.iter().collect();
    sorted.sort_by_cached_key(|(name, _)| {
        let number = name.parse::<Decimal>().ok();
        (number.is_none(), number, (*name).clone())
    });
    sorted
}

fn group_named<'g>(groups: &'g mut BTreeMap<String, ImpactGroup>, name: &str) -> &'g mut ImpactGroup {
    let is_full = groups.len() >= GROUPS_MAX && !groups.contains_key(name);
    groups.entry(if is_full { OTHERS } else { name }.to_owned()).or_default()
}

impl ImpactGroup {
    fn add(&mut self, diff: &CaseDiff) {
        *self.people.entry(diff.change.as_str()).or_default() += 1;
        for (name, amount) in &diff.old.amounts {
            self.totals.entry(name.clone()).or_default().old += amount;
        }
        for (name, amount) in &diff.new.amounts {
            self.totals.entry(name.clone()).or_default().new += amount;
        }
    }

    /// The number of people with a change.
    #[must_use]
    pub fn count(&self, change: OutcomeChange) -> u64 {
        self.people.get(change.as_str()).copied().unwrap_or_default()
    }

    /// The number of people.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.people.values().sum()
    }
}
