//! What is told of a cell, and what can be computed from it by one who knows how it comes about.

use std::collections::BTreeMap;

use super::*;
use crate::statistics::attribute::Dimension::{Missing, Outcomes, RefusedBy, Undeclared, Withheld};

const ELIGIBLE: usize = 0;
const INELIGIBLE: usize = 1;
const UNDETERMINED: usize = 2;

/// The dimensions of the outcomes and of further attributes, which have the numbers from 3 on.
fn with_outcomes(further: &[Dimension]) -> Vec<Dimension> {
    [&[Outcomes; 3], further].concat()
}

fn told(groups: &[(&[usize], u64)], further: &[Dimension], smallest: u64) -> CellRanges {
    let groups = groups.iter().filter(|(_, decisions)| *decisions > 0);
    let groups =
        groups.map(|(attributes, decisions)| ProfileGroup { attributes: attributes.to_vec(), decisions: *decisions });
    tell_ranges(groups.collect(), &with_outcomes(further), smallest)
}

fn check(groups: &[(&[usize], u64)], further: &[Dimension], expect: &[(usize, u64, u64)]) {
    let ranges = told(groups, further, 10).told;
    let ranges: Vec<_> = ranges.iter().map(|range| (range.attribute, range.at_least, range.at_most)).collect();
    assert_eq!(ranges, expect);
}

#[test]
fn an_outcome_is_told_exactly_if_twice_the_smallest_number_have_it_and_have_it_not() {
    check(&[(&[ELIGIBLE], 20), (&[INELIGIBLE], 20)], &[], &[(ELIGIBLE, 20, 20)]);
    check(&[(&[ELIGIBLE], 20), (&[INELIGIBLE], 19)], &[], &[]);
    check(
        &[(&[ELIGIBLE], 20), (&[INELIGIBLE], 22), (&[UNDETERMINED], 21)],
        &[],
        &[(ELIGIBLE, 20, 20), (INELIGIBLE, 22, 22), (UNDETERMINED, 21, 21)],
    );
}

#[test]
fn that_all_or_that_none_have_an_outcome_is_never_told() {
    check(&[(&[ELIGIBLE], 50)], &[], &[(ELIGIBLE, 31, 50)]);
    check(&[(&[ELIGIBLE], 31), (&[INELIGIBLE], 19)], &[], &[(ELIGIBLE, 31, 50)]);
    check(&[(&[ELIGIBLE], 39)], &[], &[]);
}

#[test]
fn a_criterion_that_refuses_all_but_one_is_told_as_if_it_refused_all() {
    let further = [RefusedBy, RefusedBy];
    let nearly_all = [(&[ELIGIBLE][..], 50), (&[INELIGIBLE, 3], 39), (&[INELIGIBLE, 4], 1)];
    let all = [(&[ELIGIBLE][..], 50), (&[INELIGIBLE, 3], 40)];
    assert_eq!(told(&nearly_all, &further, 10), told(&all, &further, 10));
    check(&nearly_all, &further, &[(ELIGIBLE, 50, 50), (INELIGIBLE, 21, 40), (3, 21, 59)]);
}

/// All ways to give these profiles so many decisions together.
fn tables(profiles: usize, decisions: u64) -> Vec<Vec<u64>> {
    if profiles == 1 {
        return vec![vec![decisions]];
    }
    let with_first = |first: u64| {
        let rests = tables(profiles - 1, decisions - first).into_iter();
        rests.map(move |rest| [vec![first], rest].concat())
    };
    (0..=decisions).flat_map(with_first).collect()
}

/// Of all cells of which the same is told, so of all that somebody has to think possible who knows the procedure and
/// which profiles there can be: the number of decisions of any profiles together is either that of nobody or of a group
/// that is large enough, or has as many possible values as the smallest number.
fn check_nothing_small_is_known(profiles: &[&[usize]], further: &[Dimension], smallest: u64, decisions_max: u64) {
    for decisions in smallest..=decisions_max {
        let mut by_told: BTreeMap<String, Vec<Vec<u64>>> = BTreeMap::new();
        for table in tables(profiles.len(), decisions) {
            let groups: Vec<(&[usize], u64)> = profiles.iter().copied().zip(table.iter().copied()).collect();
            by_told.entry(format!("{:?}", told(&groups, further, smallest))).or_default().push(table);
        }
        for (told, tables) in by_told {
            for subset in 1_u32..(1 << profiles.len()) {
                let sums = tables.iter().map(|table| {
                    let chosen = (0..profiles.len()).filter(|profile| subset & (1 << profile) != 0);
                    chosen.map(|profile| table[profile]).sum::<u64>()
                });
                let (least, most) = sums.fold((u64::MAX, 0), |(least, most), sum| (least.min(sum), most.max(sum)));
                // One that may be nobody's shows nobody.
                let is_nobody_or_large = least == 0 || least >= smallest;
                assert!(
                    is_nobody_or_large || most - least >= smallest - 1,
                    "of {decisions} decisions those of {subset:b} are from {least} to {most}: {told}"
                );
            }
        }
    }
}

#[test]
fn no_small_number_of_an_outcome_is_known() {
    check_nothing_small_is_known(&[&[ELIGIBLE], &[INELIGIBLE], &[UNDETERMINED]], &[], 2, 16);
    check_nothing_small_is_known(&[&[ELIGIBLE], &[INELIGIBLE], &[UNDETERMINED]], &[], 3, 24);
    check_nothing_small_is_known(&[&[ELIGIBLE], &[INELIGIBLE], &[UNDETERMINED]], &[], 5, 30);
}

#[test]
fn no_small_number_is_known_where_some_criterion_refuses_each() {
    let refused: [&[usize]; 4] = [&[ELIGIBLE], &[INELIGIBLE, 3], &[INELIGIBLE, 4], &[INELIGIBLE, 3, 4]];
    check_nothing_small_is_known(&refused, &[RefusedBy; 2], 2, 12);
    check_nothing_small_is_known(&refused, &[RefusedBy; 2], 3, 16);
    let one_each: [&[usize]; 3] = [&[INELIGIBLE, 3], &[INELIGIBLE, 4], &[INELIGIBLE, 5]];
    check_nothing_small_is_known(&one_each, &[RefusedBy; 3], 3, 24);
    check_nothing_small_is_known(&one_each, &[RefusedBy; 3], 4, 30);
}

#[test]
fn no_small_number_is_known_where_one_attribute_implies_another() {
    let withheld: [&[usize]; 4] = [&[ELIGIBLE], &[UNDETERMINED, 3, 4], &[UNDETERMINED, 3], &[INELIGIBLE]];
    check_nothing_small_is_known(&withheld, &[Missing, Withheld], 2, 12);
    check_nothing_small_is_known(&withheld, &[Missing, Withheld], 3, 16);
}

#[test]
fn no_small_number_is_known_of_attributes_that_have_nothing_to_do_with_each_other() {
    let free: [&[usize]; 4] = [&[ELIGIBLE], &[ELIGIBLE, 3], &[ELIGIBLE, 4], &[ELIGIBLE, 3, 4]];
    check_nothing_small_is_known(&free, &[Undeclared; 2], 2, 12);
    check_nothing_small_is_known(&free, &[Undeclared; 2], 3, 16);
    check_nothing_small_is_known(&free, &[Undeclared, Withheld], 3, 16);
}

/// All profiles of three attributes beside an outcome.
fn combined(outcome: usize, chosen: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let further = |bits: usize| (0..3).filter(move |bit| bits & (1 << bit) != 0).map(|bit| 3 + bit);
    (0..8).filter(|bits| chosen(*bits)).map(|bits| [vec![outcome], further(bits).collect()].concat()).collect()
}

#[test]
fn no_small_number_is_known_of_any_combination_of_three_attributes() {
    let refused = [combined(INELIGIBLE, |bits| bits > 0), vec![vec![ELIGIBLE]]].concat();
    let refused: Vec<&[usize]> = refused.iter().map(Vec::as_slice).collect();
    check_nothing_small_is_known(&refused, &[RefusedBy; 3], 2, 10);
    let free = combined(ELIGIBLE, |_| true);
    let free: Vec<&[usize]> = free.iter().map(Vec::as_slice).collect();
    check_nothing_small_is_known(&free, &[Undeclared, Missing, Missing], 2, 10);
}
