//! An impact as it may be published: each number rests on nobody or on enough people. Small cells are joined with
//! others instead of being left blank, so that no sum tells a cell that isn't shown.

use std::collections::BTreeMap;

use crate::grouping::SMALL_GROUPS;
use crate::impact_group::{GrantTotal, ImpactGroup};
use crate::outcome_change::OutcomeChange;
use crate::people_count::PeopleCount;
use crate::population_impact::PopulationImpact;

/// What of an impact is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishedExtent {
    /// Groups, changes and totals.
    All,
    /// Totals alone: so few people keep their outcome that a number of them would tell who they are.
    Totals,
    /// Nothing but that fewer people than the smallest cell are affected.
    Nothing,
}

/// An impact without small cells.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedImpact {
    /// The impact, without what isn't published.
    pub impact: PopulationImpact,
    /// The fewest people of a number that isn't 0.
    pub smallest_cell: u64,
    /// What is published.
    pub extent: PublishedExtent,
    /// Whether changes of few people count among those of another kind.
    pub joins_changes: bool,
}

impl PublishedImpact {
    /// Leaves out and joins what rests on fewer people than `smallest_cell`. `by` names the facts and columns by which
    /// people are grouped in it, `jurisdiction` and `service` too; if it names none, the services are told, or the
    /// places of one service. Groups by place within groups by another column could be small cells.
    #[must_use]
    pub fn new(impact: &PopulationImpact, smallest_cell: u64, by: &[String]) -> Self {
        let mut published =
            Self { impact: impact.clone(), smallest_cell, extent: PublishedExtent::All, joins_changes: false };
        let own = &mut published.impact;
        if smallest_cell > 1 {
            let is_named = |name: &str| by.iter().any(|named| named == name);
            let (one_place, one_service) = (own.by_jurisdiction.len() <= 1, own.by_service.len() <= 1);
            if !(one_place && one_service) {
                // Reasons are those of a place's rule for a service: beside groups they would tell of smaller ones.
                own.leave_out_reasons();
            }
            if !(one_place || is_named("jurisdiction") || by.is_empty() && one_service) {
                own.by_jurisdiction.clear();
            }
            if !(one_service || is_named("service") || by.is_empty()) {
                own.by_service.clear();
            }
        }
        if own.unusable < smallest_cell {
            own.unusable = 0;
        }
        own.leave_out_few(smallest_cell);
        if own.open_by_privacy.is_few(smallest_cell) {
            own.open_by_privacy = PeopleCount::default();
        }
        published.extent = match (&impact.all.changed(), impact.all.people_with(OutcomeChange::Same)) {
            (changed, _) if changed.is_few(smallest_cell) => PublishedExtent::Nothing,
            (_, same) if same.is_few(smallest_cell) => PublishedExtent::Totals,
            _ => PublishedExtent::All,
        };
        let unusable = own.unusable;
        if published.extent == PublishedExtent::Nothing {
            published.impact = PopulationImpact::default();
            published.impact.unusable = unusable;
            return published;
        }
        let few: Vec<String> = few_totals(&own.all, smallest_cell).cloned().collect();
        if published.extent == PublishedExtent::Totals {
            let mut totals = std::mem::take(&mut own.all.totals);
            totals.retain(|field, _| !few.contains(field));
            published.impact = PopulationImpact::default();
            published.impact.unusable = unusable;
            published.impact.all.totals = totals;
            return published;
        }
        let joined = joined_changes(&own.all, smallest_cell);
        published.joins_changes = !joined.is_empty();
        let narrow = |group: &mut ImpactGroup| {
            join(group, &joined);
            group.totals.retain(|field, _| !few.contains(field));
        };
        narrow(&mut own.all);
        let dimensions = [&mut own.by_jurisdiction, &mut own.by_service].into_iter().chain(own.by_column.values_mut());
        for groups in dimensions {
            groups.values_mut().for_each(narrow);
            join_small_groups(groups, smallest_cell);
        }
        published
    }
}

/// The fields of which a total, or the difference of both, is that of few people.
fn few_totals(group: &ImpactGroup, smallest_cell: u64) -> impl Iterator<Item = &String> {
    let is_few = move |total: &GrantTotal| {
        let mut people = total.granted.iter().chain([&total.differing]);
        people.any(|people| people.is_few(smallest_cell)) || total.differences.people().is_few(smallest_cell)
    };
    group.totals.iter().filter(move |(_, total)| is_few(total)).map(|(field, _)| field)
}

/// The changes that count as otherwise: those of few people, and as many others as those need.
fn joined_changes(all: &ImpactGroup, smallest_cell: u64) -> Vec<OutcomeChange> {
    let mut changes: Vec<(PeopleCount, OutcomeChange)> = (all.people.iter())
        .filter(|(change, people)| {
            !matches!(change, OutcomeChange::Same | OutcomeChange::Otherwise) && people.people > 0
        })
        .map(|(change, people)| (*people, *change))
        .collect();
    changes.sort_by_key(|(people, change)| (people.people, *change));
    let mut otherwise = all.people_with(OutcomeChange::Otherwise);
    let mut joined = Vec::new();
    for (people, change) in changes {
        if people.is_few(smallest_cell) || otherwise.is_few(smallest_cell) {
            otherwise.add(people);
            joined.push(change);
        }
    }
    joined
}

fn join(group: &mut ImpactGroup, joined: &[OutcomeChange]) {
    for change in joined {
        if let Some(people) = group.people.remove(change) {
            group.people.entry(OutcomeChange::Otherwise).or_default().add(people);
        }
    }
}

fn has_small_cell(group: &ImpactGroup, smallest_cell: u64) -> bool {
    group.people.values().any(|people| people.is_few(smallest_cell))
        || few_totals(group, smallest_cell).next().is_some()
}

/// Joins the groups with small cells, and with them the smallest others as long as the joined group has small cells. No
/// group is left if that takes all of them.
fn join_small_groups(groups: &mut BTreeMap<String, ImpactGroup>, smallest_cell: u64) {
    let count = groups.len();
    let small: Vec<String> =
        groups.iter().filter(|(_, group)| has_small_cell(group, smallest_cell)).map(|(name, _)| name.clone()).collect();
    if small.is_empty() {
        return;
    }
    let mut joined = ImpactGroup::default();
    let mut joined_count = small.len();
    small.iter().filter_map(|name| groups.remove(name)).for_each(|group| joined.merge(&group));
    while has_small_cell(&joined, smallest_cell) {
        let size = |group: &ImpactGroup| group.people.values().map(|people| people.people).sum::<u64>();
        let smallest = groups.iter().min_by_key(|(_, group)| size(group)).map(|(name, _)| name.clone());
        let Some(group) = smallest.and_then(|name| groups.remove(&name)) else { break };
        joined.merge(&group);
        joined_count += 1;
    }
    if joined_count < count {
        groups.insert(SMALL_GROUPS.to_owned(), joined);
    }
}

#[cfg(test)]
mod tests {
    use ordinance_domain::value::Decimal;
    use proptest::prelude::*;

    use super::*;

    const KINDS: [OutcomeChange; 6] = OutcomeChange::ALL;

    fn impact_of(people: &[(usize, usize, i64)]) -> PopulationImpact {
        let mut impact = PopulationImpact::default();
        for (kind, group, amount) in people {
            let mut person = ImpactGroup::default();
            let change = KINDS[*kind];
            let new = if change == OutcomeChange::Same { 5 } else { *amount };
            person.add(change, Decimal::ONE, std::iter::once(("amount", [5.into(), new.into()])));
            let by = BTreeMap::from([("group".to_owned(), group.to_string())]);
            impact.add_group(["N-1", "N-2", "N-3"][group % 3], "benefit", &by, &person);
        }
        impact
    }

    fn by_group() -> Vec<String> {
        vec!["group".to_owned()]
    }

    fn people(count: usize, kind: usize, group: usize) -> Vec<(usize, usize, i64)> {
        vec![(kind, group, 9); count]
    }

    #[test]
    fn a_change_of_few_people_counts_as_otherwise_and_a_small_group_among_others() {
        let all = [people(50, 0, 0), people(3, 1, 0), people(12, 2, 1), people(40, 5, 1), people(2, 5, 2)].concat();
        let published = PublishedImpact::new(&impact_of(&all), 10, &by_group());
        assert_eq!(published.extent, PublishedExtent::All);
        assert!(published.joins_changes);
        assert_eq!(published.impact.all.count(OutcomeChange::Loses), 0);
        assert_eq!(published.impact.all.count(OutcomeChange::Otherwise), 15);
        // Group 0 has 3 people otherwise, group 2 has 2 people: together with group 1 they would be all.
        assert!(published.impact.by_column["group"].is_empty());
    }

    #[test]
    fn of_too_few_affected_people_nothing_is_told() {
        let few = PublishedImpact::new(&impact_of(&[people(3, 1, 0), people(90, 5, 0)].concat()), 10, &[]);
        assert_eq!(few.extent, PublishedExtent::Nothing);
        assert_eq!(few.impact, PopulationImpact::default());
        let few_unchanged = PublishedImpact::new(&impact_of(&[people(90, 0, 0), people(3, 5, 0)].concat()), 10, &[]);
        assert_eq!(few_unchanged.extent, PublishedExtent::Totals);
        assert_eq!(few_unchanged.impact.all.size(), 0);
        assert_eq!(few_unchanged.impact.all.totals["amount"].new, Decimal::from(90 * 9 + 3 * 5));
        let nobody = PublishedImpact::new(&impact_of(&people(90, 5, 0)), 10, &[]);
        assert_eq!(nobody.extent, PublishedExtent::All);
    }

    proptest! {
        /// Each number that is published rests on nobody or on enough people, and the published groups of a grouping
        /// are the whole.
        #[test]
        fn no_cell_is_small(
            people in proptest::collection::vec((0_usize..6, 0_usize..8, 0_i64..4), 0..300),
            smallest in 1_u64..15,
        ) {
            let impact = impact_of(&people);
            let named = ["jurisdiction", "service", "group"].map(str::to_owned);
            let published = PublishedImpact::new(&impact, smallest, &named);
            let own = &published.impact;
            let dimensions = [&own.by_jurisdiction, &own.by_service, &own.by_column.get("group").cloned().unwrap_or_default()];
            let groups = dimensions.into_iter().flat_map(|groups| groups.values()).chain([&own.all]);
            for group in groups.into_iter() {
                let counts = group.people.values().map(|people| people.people);
                let of_totals = group.totals.values().flat_map(|total| {
                    let granted = total.granted.map(|people| people.people);
                    granted.into_iter().chain([total.differing.people, total.differences.people().people])
                });
                for count in counts.chain(of_totals) {
                    prop_assert!(count == 0 || count >= smallest, "{count}: {group:?}");
                }
            }
            for groups in dimensions.into_iter().filter(|groups| !groups.is_empty()) {
                let mut sum = ImpactGroup::default();
                groups.values().for_each(|group| sum.merge(group));
                prop_assert_eq!(&sum, &own.all);
            }
            if smallest == 1 {
                prop_assert_eq!(own, &impact);
            }
        }
    }
}
