//! The impact of a new rulebook on a population: how many people gain or lose, and by how much, in total and by group.
//! Two impacts on parts of a population make that on both, whatever the parts and their order.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::value::Decimal;
use serde::{Deserialize, Serialize};

use crate::grouping::OTHERS;
use crate::impact_group::ImpactGroup;
use crate::outcome_change::OutcomeChange;
use crate::people_count::PeopleCount;
use crate::revision_diff::{CaseDiff, ChangeReasons, CriterionChange, NumberChange, WithheldFact};

/// The impact on a population.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PopulationImpact {
    /// The whole population.
    pub all: ImpactGroup,
    /// The groups by place, by the place's code.
    pub by_jurisdiction: BTreeMap<String, ImpactGroup>,
    /// The groups by service, by its id.
    pub by_service: BTreeMap<String, ImpactGroup>,
    /// The groups by value of each fact or column by which the report groups.
    pub by_column: BTreeMap<String, BTreeMap<String, ImpactGroup>>,
    /// The cases that one of the rulebooks can't decide.
    pub unusable: u64,
    /// The people whose outcome is open for want of facts that were sent and that privacy law withholds.
    pub open_by_privacy: PeopleCount,
    /// Those whose change is explained by the criteria and the numbers below: all whose outcome changes, or a sample.
    pub explained: PeopleCount,
    #[serde(with = "as_pairs")]
    criteria: BTreeMap<CriterionChange, PeopleCount>,
    #[serde(with = "as_pairs")]
    numbers: BTreeMap<NumberChange, PeopleCount>,
    #[serde(with = "as_pairs")]
    withheld: BTreeMap<WithheldFact, PeopleCount>,
}

/// A map whose keys aren't texts, as a list of pairs.
mod as_pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::people_count::PeopleCount;

    pub(super) fn serialize<K: Serialize, S: Serializer>(
        counts: &BTreeMap<K, PeopleCount>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        counts.iter().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, K: Deserialize<'de> + Ord, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<K, PeopleCount>, D::Error> {
        Vec::<(K, PeopleCount)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}

/// The largest number of groups of one fact or column: the first ones in the order of texts. All others form one group,
/// whatever the order in which people are added.
const GROUPS_MAX: usize = 500;

impl PopulationImpact {
    /// Counts a case, and explains its change.
    pub fn add(&mut self, diff: &CaseDiff) {
        let mut person = ImpactGroup::default();
        let fields: BTreeSet<&String> = diff.old.amounts.keys().chain(diff.new.amounts.keys()).collect();
        let amounts = |name: &String| [diff.old.amount(name), diff.new.amount(name)];
        person.add(diff.change, diff.weight, fields.into_iter().map(|name| (name.as_str(), amounts(name))));
        self.add_group(&diff.jurisdiction, &diff.service, &diff.by, &person);
        self.add_withheld(&diff.withheld, diff.weight);
        if diff.change != OutcomeChange::Same {
            self.explain(&diff.reasons, diff.weight);
        }
    }

    /// Counts people of one place, one service, and one group of each fact or column by which the report groups.
    pub fn add_group(
        &mut self,
        jurisdiction: &str,
        service: &str,
        by: &BTreeMap<String, String>,
        people: &ImpactGroup,
    ) {
        self.all.merge(people);
        merge_group(&mut self.by_jurisdiction, jurisdiction, people);
        merge_group(&mut self.by_service, service, people);
        for (column, value) in by {
            merge_group(self.by_column.entry(column.clone()).or_default(), value, people);
        }
    }

    /// Counts a person whose outcome is open for want of facts that privacy law withholds.
    pub fn add_withheld(&mut self, withheld: &BTreeSet<WithheldFact>, weight: Decimal) {
        if withheld.is_empty() {
            return;
        }
        self.open_by_privacy.add(PeopleCount::of_weight(weight));
        for fact in withheld {
            self.withheld.entry(fact.clone()).or_default().add(PeopleCount::of_weight(weight));
        }
    }

    /// Explains the change of a person who is counted already.
    pub fn explain(&mut self, reasons: &ChangeReasons, weight: Decimal) {
        let person = PeopleCount::of_weight(weight);
        self.explained.add(person);
        // Of several people of one case a criterion counts once.
        let of_case: BTreeSet<CriterionChange> =
            reasons.criteria.iter().map(|change| CriterionChange { item: None, ..change.clone() }).collect();
        for criterion in of_case {
            self.criteria.entry(criterion).or_default().add(person);
        }
        for number in &reasons.numbers {
            self.numbers.entry(number.clone()).or_default().add(person);
        }
    }

    /// Counts the people of another part of the population.
    pub fn merge(&mut self, other: &Self) {
        self.all.merge(&other.all);
        merge_groups(&mut self.by_jurisdiction, &other.by_jurisdiction);
        merge_groups(&mut self.by_service, &other.by_service);
        for (column, groups) in &other.by_column {
            merge_groups(self.by_column.entry(column.clone()).or_default(), groups);
        }
        self.unusable = self.unusable.saturating_add(other.unusable);
        self.open_by_privacy.add(other.open_by_privacy);
        self.explained.add(other.explained);
        merge_counts(&mut self.criteria, &other.criteria);
        merge_counts(&mut self.numbers, &other.numbers);
        merge_counts(&mut self.withheld, &other.withheld);
    }

    /// Leaves out what rests on fewer people than this of the criteria, the numbers and the facts that are withheld.
    pub(crate) fn leave_out_few(&mut self, smallest_cell: u64) {
        // The rest of all who are explained is a cell too.
        let all = self.explained;
        let is_told = |people: &PeopleCount| {
            let rest = PeopleCount {
                people: all.people.saturating_sub(people.people),
                weight: all.weight.saturating_sub(people.weight),
                largest: Decimal::ZERO,
            };
            !people.is_few(smallest_cell) && !rest.is_few(smallest_cell)
        };
        self.criteria.retain(|_, people| is_told(people));
        self.numbers.retain(|_, people| is_told(people));
        self.withheld.retain(|_, people| !people.is_few(smallest_cell));
    }

    /// Leaves out all reasons.
    pub(crate) fn leave_out_reasons(&mut self) {
        (self.criteria, self.numbers, self.withheld) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        self.explained = PeopleCount::default();
    }

    /// The criteria whose findings change, with the number of people of [`explained`](Self::explained); the most
    /// frequent first.
    #[must_use]
    pub fn criteria(&self) -> Vec<(&CriterionChange, u64)> {
        most_frequent_first(&self.criteria)
    }

    /// The numbers of the law that change outcomes, with the number of people of [`explained`](Self::explained); the
    /// most frequent first.
    #[must_use]
    pub fn numbers(&self) -> Vec<(&NumberChange, u64)> {
        most_frequent_first(&self.numbers)
    }

    /// The facts that privacy law withholds and for want of which outcomes are open, with the law and the number of
    /// people; the most frequent first.
    #[must_use]
    pub fn withheld(&self) -> Vec<(&WithheldFact, u64)> {
        most_frequent_first(&self.withheld)
    }

    /// The number of people whose outcome changes.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.all.size() - self.all.count(OutcomeChange::Same)
    }

    /// Whether the changes of only some people are explained.
    #[must_use]
    pub fn is_explained_by_sample(&self) -> bool {
        self.explained.people < self.all.changed().people
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

fn merge_groups(groups: &mut BTreeMap<String, ImpactGroup>, others: &BTreeMap<String, ImpactGroup>) {
    others.iter().for_each(|(name, group)| merge_group(groups, name, group));
}

/// Adds people to their group. The groups with the first names are kept apart: who is once among all others stays
/// there, since later names only move the last of the kept ones there too.
fn merge_group(groups: &mut BTreeMap<String, ImpactGroup>, name: &str, people: &ImpactGroup) {
    if let Some(group) = groups.get_mut(name) {
        return group.merge(people);
    }
    if name == OTHERS {
        groups.insert(OTHERS.to_owned(), people.clone());
        return;
    }
    let kept = groups.len() - usize::from(groups.contains_key(OTHERS));
    let last = groups.keys().rev().find(|known| *known != OTHERS).cloned();
    match last.filter(|_| kept >= GROUPS_MAX) {
        None => {
            groups.insert(name.to_owned(), people.clone());
        }
        Some(last) if last.as_str() < name => groups.entry(OTHERS.to_owned()).or_default().merge(people),
        Some(last) => {
            let moved = groups.remove(&last).unwrap_or_default();
            groups.entry(OTHERS.to_owned()).or_default().merge(&moved);
            groups.insert(name.to_owned(), people.clone());
        }
    }
}

fn merge_counts<K: Ord + Clone>(counts: &mut BTreeMap<K, PeopleCount>, others: &BTreeMap<K, PeopleCount>) {
    others.iter().for_each(|(key, people)| counts.entry(key.clone()).or_default().add(*people));
}

fn most_frequent_first<K>(counts: &BTreeMap<K, PeopleCount>) -> Vec<(&K, u64)> {
    let mut sorted: Vec<(&K, u64)> = counts.iter().map(|(key, people)| (key, people.represented())).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(change: OutcomeChange, old: i64, new: i64) -> ImpactGroup {
        let mut person = ImpactGroup::default();
        person.add(change, Decimal::ONE, std::iter::once(("amount", [Decimal::from(old), Decimal::from(new)])));
        person
    }

    #[test]
    fn the_same_groups_are_kept_apart_in_any_order_and_in_any_parts() {
        let names: Vec<String> = (0..3000).map(|index| format!("{:04}", (index * 7919) % 1500)).collect();
        let of = |names: &mut dyn Iterator<Item = &String>| {
            let mut impact = PopulationImpact::default();
            for name in names {
                let by = BTreeMap::from([("group".to_owned(), name.clone())]);
                impact.add_group("N", "benefit", &by, &person(OutcomeChange::Gains, 0, name.parse().unwrap()));
            }
            impact
        };
        let forward = of(&mut names.iter());
        assert_eq!(forward, of(&mut names.iter().rev()));
        let mut merged = of(&mut names.iter().skip(2000));
        merged.merge(&of(&mut names.iter().take(700)));
        merged.merge(&of(&mut names.iter().skip(700).take(1300)));
        assert_eq!(forward, merged);
        let groups = &forward.by_column["group"];
        assert_eq!(groups.len(), GROUPS_MAX + 1);
        assert_eq!(groups["0000"].size(), 2);
        assert_eq!(groups[OTHERS].size(), 2000);
        let text = serde_json::to_string(&forward).unwrap();
        assert_eq!(serde_json::from_str::<PopulationImpact>(&text).unwrap(), forward);
    }
}
