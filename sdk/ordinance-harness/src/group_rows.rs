//! An impact as a table: a row for each group and each number of its grant.

use std::collections::BTreeMap;

use ordinance_domain::value::Decimal;

use crate::difference_spread::Quantile;
use crate::impact_group::{GrantTotal, ImpactGroup};
use crate::outcome_change::OutcomeChange;
use crate::population_impact::{PopulationImpact, groups_by_size};

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// What groups the people: `all`, `jurisdiction`, `service`, or a fact or column.
    pub grouping: String,
    /// The group.
    pub group: String,
    /// How many people those with each change stand for, in the order of [`OutcomeChange::ALL`].
    pub people: [u64; 6],
    /// The field of the grant; `None` of a group to whom no number is granted.
    pub field: Option<String>,
    /// The totals under the old and the new rulebook.
    pub totals: Option<[Decimal; 2]>,
    /// The quantiles of the differences that are told.
    pub quantiles: Vec<Quantile>,
}

impl GroupRow {
    /// The names of the columns.
    pub const COLUMNS: [&'static str; 17] = [
        "grouping",
        "group",
        "people",
        "gains",
        "loses",
        "otherwise",
        "becomes_undetermined",
        "becomes_determined",
        "same",
        "field",
        "old",
        "new",
        "p10",
        "p25",
        "p50",
        "p75",
        "p90",
    ];

    /// How many people the group stands for.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.people.iter().sum()
    }

    /// The quantile of a percentage, if it is told.
    #[must_use]
    pub fn quantile(&self, percent: u32) -> Option<Decimal> {
        self.quantiles.iter().find(|quantile| quantile.percent == percent).map(|quantile| quantile.value)
    }

    /// The cells as texts, in the order of the columns. What isn't there is empty.
    #[must_use]
    pub fn cells(&self) -> [String; 17] {
        let text = |number: Option<Decimal>| number.map(|number| number.to_string()).unwrap_or_default();
        let [gains, loses, otherwise, undetermined, determined, same] = self.people.map(|people| people.to_string());
        let quantile = |percent: u32| text(self.quantile(percent));
        [
            self.grouping.clone(),
            self.group.clone(),
            self.size().to_string(),
            gains,
            loses,
            otherwise,
            undetermined,
            determined,
            same,
            self.field.clone().unwrap_or_default(),
            text(self.totals.map(|[old, _]| old)),
            text(self.totals.map(|[_, new]| new)),
            quantile(10),
            quantile(25),
            quantile(50),
            quantile(75),
            quantile(90),
        ]
    }
}

/// The rows of an impact. A quantile is told if at least so many people are on either side of it.
#[must_use]
pub fn group_rows(impact: &PopulationImpact, smallest_side: u64) -> Vec<GroupRow> {
    let mut rows = Vec::new();
    add_group(&mut rows, ("all", "all"), &impact.all, smallest_side);
    let mut add = |grouping: &str, groups: &BTreeMap<String, ImpactGroup>| {
        for (name, group) in groups_by_size(groups) {
            add_group(&mut rows, (grouping, name), group, smallest_side);
        }
    };
    add("jurisdiction", &impact.by_jurisdiction);
    add("service", &impact.by_service);
    impact.by_column.iter().for_each(|(column, groups)| add(column, groups));
    rows
}

fn add_group(rows: &mut Vec<GroupRow>, (grouping, name): (&str, &str), group: &ImpactGroup, smallest_side: u64) {
    let people = OutcomeChange::ALL.map(|change| group.count(change));
    let row = |field: Option<(&String, &GrantTotal)>| GroupRow {
        grouping: grouping.to_owned(),
        group: name.to_owned(),
        people,
        field: field.map(|(name, _)| name.clone()),
        totals: field.map(|(_, total)| [total.old, total.new]),
        quantiles: field.map(|(_, total)| total.differences.quantiles(smallest_side)).unwrap_or_default(),
    };
    if group.totals.is_empty() {
        rows.push(row(None));
    }
    rows.extend(group.totals.iter().map(|field| row(Some(field))));
}
