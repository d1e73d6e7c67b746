//! What is told of the decisions of a cell: how many have an attribute, as a range.
//!
//! A cell is divided step by step, by one attribute after another, wherever both parts have at least twice the smallest
//! number of decisions. The classes that come of it share no decision, so each count that is told exactly is a sum of
//! classes, and so is every sum and difference of such counts, of whatever attributes. Of an attribute by which a class
//! isn't divided, only that nearly all of it have it, or few, is told: never whether all or none.
//!
//! Twice, since one who knows this procedure learns from an attribute that doesn't divide a class that few have it (or
//! lack it). Where each decision has one of two attributes, of 18 decisions after such a step 9 would have each. With
//! parts of twice the smallest number, what can be learnt of any group of decisions is that it is nobody's, that it may
//! be, that it is large enough, or a range of as many numbers as the smallest. The tests try all tables of some sizes.

use crate::statistics::attribute::Dimension;

/// Decisions of a cell with the same attributes.
#[derive(Debug, Clone)]
pub(crate) struct ProfileGroup {
    /// The attributes, in ascending order.
    pub(crate) attributes: Vec<usize>,
    pub(crate) decisions: u64,
}

/// How many decisions of a cell have an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttributeRange {
    pub(crate) attribute: usize,
    pub(crate) at_least: u64,
    pub(crate) at_most: u64,
}

/// What is told of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellRanges {
    /// The attributes that some class has, all or nearly all of it.
    pub(crate) told: Vec<AttributeRange>,
    /// How many decisions may have any other attribute.
    pub(crate) others_at_most: u64,
    /// The same of outcomes, which exclude each other.
    pub(crate) other_outcomes_at_most: u64,
}

/// A part of a cell.
struct Class {
    groups: Vec<ProfileGroup>,
    decisions: u64,
    /// The attributes that are known of it: whether all have it, or none.
    known: Vec<(usize, bool)>,
}

/// Tells of a cell what may be told. `dimensions` has the dimension of each attribute, in the order in which they
/// divide the cell; the outcomes, of which a decision has exactly one, are all among them.
pub(crate) fn tell_ranges(groups: Vec<ProfileGroup>, dimensions: &[Dimension], smallest: u64) -> CellRanges {
    let part_min = smallest.saturating_mul(2);
    let decisions = groups.iter().map(|group| group.decisions).sum();
    let mut classes = vec![Class { groups, decisions, known: Vec::new() }];
    for attribute in 0..dimensions.len() {
        classes = classes.into_iter().flat_map(|class| class.divide_by(attribute, dimensions, part_min)).collect();
    }
    let range = |attribute: usize| {
        let ranges = classes.iter().map(|class| class.range_of(attribute, part_min));
        let (at_least, at_most) = ranges.fold((0, 0), |sum, range| (sum.0 + range.0, sum.1 + range.1));
        AttributeRange { attribute, at_least, at_most }
    };
    let told = (0..dimensions.len()).map(range).filter(|range| range.at_least > 0).collect();
    let others_at_most = classes.iter().map(|class| class.few_at_most(part_min)).sum();
    let open = classes.iter().filter(|class| !class.has_known_outcome(dimensions));
    let other_outcomes_at_most = open.map(|class| class.few_at_most(part_min)).sum();
    CellRanges { told, others_at_most, other_outcomes_at_most }
}

impl Class {
    /// The parts with and without an attribute, or the class as it is.
    fn divide_by(self, attribute: usize, dimensions: &[Dimension], part_min: u64) -> Vec<Self> {
        let without = self.lacking(attribute);
        let with = self.decisions.saturating_sub(without);
        if with < part_min || without < part_min || self.knows(attribute).is_some() {
            return vec![self];
        }
        let (groups_with, groups_without) = self.groups.into_iter().partition(|group| group.has(attribute));
        let part = |groups, decisions, holds| {
            let known = self.known.iter().copied().chain([(attribute, holds)]).collect();
            Self { groups, decisions, known }.with_known_outcomes(dimensions)
        };
        vec![part(groups_with, with, true), part(groups_without, without, false)]
    }

    /// Adds what follows of the outcomes: a decision has exactly one.
    fn with_known_outcomes(mut self, dimensions: &[Dimension]) -> Self {
        let open: Vec<usize> = outcomes(dimensions).filter(|outcome| self.knows(*outcome).is_none()).collect();
        match open.as_slice() {
            others if self.has_known_outcome(dimensions) => {
                self.known.extend(others.iter().map(|outcome| (*outcome, false)))
            }
            [last] => self.known.push((*last, true)),
            [] | [_, ..] => {}
        }
        self
    }

    fn has_known_outcome(&self, dimensions: &[Dimension]) -> bool {
        outcomes(dimensions).any(|outcome| self.knows(outcome) == Some(true))
    }

    fn knows(&self, attribute: usize) -> Option<bool> {
        self.known.iter().find(|(known, _)| *known == attribute).map(|(_, holds)| *holds)
    }

    /// The least and the greatest number of its decisions that may have an attribute, as it is told.
    fn range_of(&self, attribute: usize, part_min: u64) -> (u64, u64) {
        match self.knows(attribute) {
            Some(true) => (self.decisions, self.decisions),
            Some(false) => (0, 0),
            None if self.is_divisible(part_min) && self.lacking(attribute) < part_min => {
                (self.decisions.saturating_sub(part_min.saturating_sub(1)), self.decisions)
            }
            None => (0, self.few_at_most(part_min)),
        }
    }

    /// How many of its decisions may have an attribute of which nothing is told.
    fn few_at_most(&self, part_min: u64) -> u64 {
        if self.is_divisible(part_min) { part_min.saturating_sub(1) } else { self.decisions }
    }

    /// Whether an attribute could divide it: of any that doesn't, few have it, or nearly all.
    fn is_divisible(&self, part_min: u64) -> bool {
        self.decisions >= part_min.saturating_mul(2)
    }

    fn lacking(&self, attribute: usize) -> u64 {
        self.groups.iter().filter(|group| !group.has(attribute)).map(|group| group.decisions).sum()
    }
}

/// The attributes that are outcomes.
fn outcomes(dimensions: &[Dimension]) -> impl Iterator<Item = usize> {
    let all = dimensions.iter().enumerate().filter(|(_, dimension)| **dimension == Dimension::Outcomes);
    all.map(|(attribute, _)| attribute)
}

impl ProfileGroup {
    fn has(&self, attribute: usize) -> bool {
        self.attributes.binary_search(&attribute).is_ok()
    }
}

#[cfg(test)]
mod tests;
