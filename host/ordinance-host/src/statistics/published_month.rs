//! The table of a month: computed once, when the month is over, and never changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::statistics::attribute::{Attribute, Dimension, OUTCOMES};
use crate::statistics::cells::{Tally, form_cells, total};
use crate::statistics::classes::{ProfileGroup, tell_ranges};
use crate::statistics::counts::MonthCounts;
use crate::statistics::month::Month;

/// The published table of a month, as it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishedMonth {
    /// `YYYY-MM`
    pub(crate) month: String,
    /// The smallest number of decisions of a cell.
    pub(crate) smallest_cell: u64,
    /// Whether the log that was counted may begin within the month.
    pub(crate) log_begins: bool,
    /// Whether decisions were counted by their outcome alone, or not at all, for lack of room.
    pub(crate) lacked_room: bool,
    /// Whether some records lack missing and undeclared facts and refusing criteria, of which nothing is told then.
    pub(crate) has_older_records: bool,
    pub(crate) attributes: Vec<Attribute>,
    /// By service and chain.
    pub(crate) cells: Vec<PublishedCell>,
}

/// The decisions of a place and of those below it that have no cell of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishedCell {
    pub(crate) service: String,
    /// The codes of the place's chain, top first, joined.
    pub(crate) chain: String,
    pub(crate) decisions: u64,
    /// How many of the decisions have an attribute of which something is told.
    pub(crate) figures: Vec<PublishedFigure>,
    /// How many may have any other attribute.
    pub(crate) others_at_most: u64,
    /// How many may have any other outcome.
    pub(crate) other_outcomes_at_most: u64,
}

impl PublishedCell {
    /// How many decisions may have an attribute of a dimension of which nothing is told.
    pub(crate) fn others_at_most(&self, dimension: Dimension) -> u64 {
        match dimension {
            Dimension::Outcomes => self.other_outcomes_at_most,
            Dimension::Reasons
            | Dimension::RefusedBy
            | Dimension::Missing
            | Dimension::Withheld
            | Dimension::Undeclared
            | Dimension::Failures
            | Dimension::Violations
            | Dimension::Objections => self.others_at_most,
        }
    }
}

/// How many decisions of a cell have an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishedFigure {
    /// Its place in the list of the month.
    pub(crate) attribute: usize,
    pub(crate) at_least: u64,
    pub(crate) at_most: u64,
}

/// Makes the table of a month.
pub(crate) fn publish(month: Month, counts: &MonthCounts, smallest_cell: u64, log_begins: bool) -> PublishedMonth {
    let mut attributes = Vec::new();
    let mut cells = Vec::new();
    for (service, own) in own_decisions(counts) {
        let table = ServiceTable::new(counts, &own);
        let first = attributes.len();
        for (chain, tally) in form_cells(own, smallest_cell) {
            cells.push(table.cell(service, chain, &tally, smallest_cell, first));
        }
        attributes.extend(table.attributes);
    }
    let attributes = keep_told(attributes, &mut cells);
    cells.sort_unstable_by(|one, other| (&one.service, &one.chain).cmp(&(&other.service, &other.chain)));
    let MonthCounts { lacked_room, has_older_records, .. } = counts;
    PublishedMonth {
        month: month.to_string(),
        smallest_cell,
        log_begins,
        lacked_room: *lacked_room,
        has_older_records: *has_older_records,
        attributes,
        cells,
    }
}

/// Keeps the attributes of which some cell tells something, and renumbers the figures: the name of another would tell
/// that some decision has it.
fn keep_told(attributes: Vec<Attribute>, cells: &mut [PublishedCell]) -> Vec<Attribute> {
    let figures = || cells.iter().flat_map(|cell| &cell.figures);
    let told: BTreeSet<usize> = figures().map(|figure| figure.attribute).collect();
    let places: BTreeMap<usize, usize> = told.iter().enumerate().map(|(place, old)| (*old, place)).collect();
    for figure in cells.iter_mut().flat_map(|cell| &mut cell.figures) {
        figure.attribute = places.get(&figure.attribute).copied().unwrap_or_default();
    }
    attributes.into_iter().enumerate().filter(|(at, _)| told.contains(at)).map(|(_, attribute)| attribute).collect()
}

/// The decisions of each place itself, by service and chain.
fn own_decisions(counts: &MonthCounts) -> BTreeMap<&str, BTreeMap<String, Tally>> {
    let mut services: BTreeMap<&str, BTreeMap<String, Tally>> = BTreeMap::new();
    for ((service, chain, profile), decisions) in &counts.decisions {
        let names = counts.services.thing(*service).zip(counts.chains.thing(*chain));
        let Some((service, chain)) = names else { continue };
        let own = services.entry(service).or_default().entry(chain.clone()).or_default();
        *own.entry(*profile).or_default() += decisions;
    }
    services
}

/// The attributes of a service in a month, in the order in which they divide its cells.
struct ServiceTable<'a> {
    counts: &'a MonthCounts,
    attributes: Vec<Attribute>,
    dimensions: Vec<Dimension>,
}

impl<'a> ServiceTable<'a> {
    fn new(counts: &'a MonthCounts, own: &BTreeMap<String, Tally>) -> Self {
        let profiles: BTreeSet<u32> = own.values().flat_map(BTreeMap::keys).copied().collect();
        let all = profiles.into_iter().flat_map(|profile| attributes_of(counts, profile));
        let outcomes = OUTCOMES.map(|outcome| Attribute::new(Dimension::Outcomes, outcome));
        let told = |attribute: &Attribute| !(counts.has_older_records && attribute.dimension.is_new());
        let attributes: BTreeSet<Attribute> = all.cloned().chain(outcomes).filter(told).collect();
        let attributes: Vec<Attribute> = attributes.into_iter().collect();
        let dimensions = attributes.iter().map(|attribute| attribute.dimension).collect();
        Self { counts, attributes, dimensions }
    }

    /// The cell, with its figures by the attributes of the month, of which those of the service begin at `first`.
    fn cell(&self, service: &str, chain: String, tally: &Tally, smallest_cell: u64, first: usize) -> PublishedCell {
        let groups = tally
            .iter()
            .map(|(profile, decisions)| ProfileGroup { attributes: self.profile(*profile), decisions: *decisions });
        let ranges = tell_ranges(groups.collect(), &self.dimensions, smallest_cell);
        let figures = ranges.told.iter().map(|range| PublishedFigure {
            attribute: first + range.attribute,
            at_least: range.at_least,
            at_most: range.at_most,
        });
        PublishedCell {
            service: service.to_owned(),
            chain,
            decisions: total(tally),
            figures: figures.collect(),
            others_at_most: ranges.others_at_most,
            other_outcomes_at_most: ranges.other_outcomes_at_most,
        }
    }

    /// The places of a profile's attributes in the list, in order.
    fn profile(&self, profile: u32) -> Vec<usize> {
        let known = attributes_of(self.counts, profile);
        let mut places: Vec<usize> =
            known.filter_map(|attribute| self.attributes.binary_search(attribute).ok()).collect();
        places.sort_unstable();
        places
    }
}

/// The attributes of a profile.
fn attributes_of(counts: &MonthCounts, profile: u32) -> impl Iterator<Item = &Attribute> {
    let numbers = counts.profiles.thing(profile).into_iter().flatten();
    numbers.filter_map(|number| counts.attributes.thing(*number))
}

#[cfg(test)]
mod tests;
