//! The impact of a new rulebook on a population, as JSON for programs.

use std::collections::BTreeMap;

use ordinance_domain::value::Decimal;
use serde::Serialize;

use crate::difference_spread::Quantile;
use crate::impact_group::{GrantTotal, ImpactGroup};
use crate::population_impact::PopulationImpact;
use crate::revision_diff::{CriterionChange, NumberChange, WithheldFact};

/// An impact in the form that `--json` prints and that a rulebook carries of its rules.
#[derive(Debug, Serialize)]
pub struct ImpactReport<'i> {
    all: GroupReport,
    by_jurisdiction: BTreeMap<&'i str, GroupReport>,
    by_service: BTreeMap<&'i str, GroupReport>,
    by_column: BTreeMap<&'i str, BTreeMap<&'i str, GroupReport>>,
    /// Each with the number of people; the most frequent first.
    criteria: Vec<(&'i CriterionChange, u64)>,
    numbers: Vec<(&'i NumberChange, u64)>,
    /// The people in whom criteria and numbers were looked for, if they are a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<u64>,
    unusable: u64,
    #[serde(skip_serializing_if = "is_zero")]
    open_by_privacy: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<(&'i WithheldFact, u64)>,
}

/// A group of people.
#[derive(Debug, Serialize)]
struct GroupReport {
    /// The number of people whom those of the file stand for, by change.
    people: BTreeMap<&'static str, u64>,
    /// The number of people of the file, if they stand for another number of people.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    totals: BTreeMap<String, TotalReport>,
}

#[derive(Debug, Serialize)]
struct TotalReport {
    #[serde(serialize_with = "crate::decimal_text::serialize")]
    old: Decimal,
    #[serde(serialize_with = "crate::decimal_text::serialize")]
    new: Decimal,
    /// The differences of those whose amount changes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    quantiles: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl<'i> ImpactReport<'i> {
    /// The form of an impact. A quantile is told if at least so many people are on either side of it.
    #[must_use]
    pub fn new(impact: &'i PopulationImpact, smallest_side: u64) -> Self {
        let groups = |groups: &'i BTreeMap<String, ImpactGroup>| {
            groups.iter().map(|(name, group)| (name.as_str(), GroupReport::new(group, smallest_side))).collect()
        };
        Self {
            all: GroupReport::new(&impact.all, smallest_side),
            by_jurisdiction: groups(&impact.by_jurisdiction),
            by_service: groups(&impact.by_service),
            by_column: impact.by_column.iter().map(|(column, of)| (column.as_str(), groups(of))).collect(),
            criteria: impact.criteria(),
            numbers: impact.numbers(),
            explained: impact.is_explained_by_sample().then(|| impact.explained.represented()),
            unusable: impact.unusable,
            open_by_privacy: impact.open_by_privacy.represented(),
            withheld: impact.withheld(),
        }
    }
}

impl GroupReport {
    fn new(group: &ImpactGroup, smallest_side: u64) -> Self {
        let rows: u64 = group.people.values().map(|people| people.people).sum();
        let total = |(name, total): (&String, &GrantTotal)| (name.clone(), TotalReport::new(total, smallest_side));
        Self {
            people: group.people.iter().map(|(change, people)| (change.as_str(), people.represented())).collect(),
            rows: (rows != group.size()).then_some(rows),
            totals: group.totals.iter().map(total).collect(),
        }
    }
}

impl TotalReport {
    fn new(total: &GrantTotal, smallest_side: u64) -> Self {
        let told = |quantile: Quantile| (format!("p{}", quantile.percent), quantile.value.to_string());
        Self {
            old: total.old,
            new: total.new,
            quantiles: total.differences.quantiles(smallest_side).into_iter().map(told).collect(),
        }
    }
}
