//! The cells of a service and a month, and what can be computed from them by one who knows how they are formed.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn table(counts: &[(&str, u64)]) -> BTreeMap<String, Tally> {
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    counts.map(|(chain, count)| ((*chain).to_owned(), Tally::from([(0, *count)]))).collect()
}

fn cells(counts: &[(&str, u64)], smallest: u64) -> BTreeMap<String, u64> {
    form_cells(table(counts), smallest).iter().map(|(chain, tally)| (chain.clone(), total(tally))).collect()
}

fn check(counts: &[(&str, u64)], expect: &[(&str, u64)]) {
    let expect: BTreeMap<String, u64> = expect.iter().map(|(chain, count)| ((*chain).to_owned(), *count)).collect();
    assert_eq!(cells(counts, 10), expect);
}

#[test]
fn a_place_with_too_few_counts_with_the_place_above() {
    check(&[("CN/A", 9), ("CN/B", 30)], &[("CN/B", 30)]);
    check(&[("CN", 1), ("CN/A", 9), ("CN/B", 30)], &[("CN", 10), ("CN/B", 30)]);
    check(&[("CN/A/X", 4), ("CN/A/Y", 6), ("CN/A/Z", 10)], &[("CN/A", 10), ("CN/A/Z", 10)]);
    check(&[("CN/A/X", 4), ("CN/B", 3), ("CN/B/Y", 5)], &[("CN", 12)]);
    check(&[("CN", 9)], &[]);
    check(&[], &[]);
}

#[test]
fn trees_share_no_cell() {
    check(&[("CN/A", 9), ("US/A", 9)], &[]);
}

#[test]
fn the_profiles_of_places_that_are_counted_together_are_added() {
    let own = BTreeMap::from([
        ("CN/A".to_owned(), Tally::from([(0, 3), (1, 2)])),
        ("CN".to_owned(), Tally::from([(1, 4), (2, 5)])),
    ]);
    assert_eq!(form_cells(own, 10), BTreeMap::from([("CN".to_owned(), Tally::from([(0, 3), (1, 6), (2, 5)]))]));
}

/// All tables of these places with at most so many decisions.
fn tables(places: usize, decisions: u64) -> Vec<Vec<u64>> {
    if places == 0 {
        return vec![Vec::new()];
    }
    let with_first = |first: u64| {
        let rests = tables(places - 1, decisions - first).into_iter();
        rests.map(move |rest| [vec![first], rest].concat())
    };
    (0..=decisions).flat_map(with_first).collect()
}

/// Of all tables from which the same cells come, so of all that somebody has to think possible who knows the procedure:
/// the number of decisions of any places together is either one of a group that is large enough, or has as many
/// possible values as the smallest number.
#[test]
fn no_sum_of_places_is_known_unless_it_is_large_enough() {
    const PLACES: [&str; 5] = ["N", "N/P", "N/P/C", "N/P/D", "N/Q"];
    for (smallest, decisions) in [(2, 9), (3, 11)] {
        let mut by_cells: BTreeMap<BTreeMap<String, u64>, Vec<Vec<u64>>> = BTreeMap::new();
        for table in tables(PLACES.len(), decisions) {
            let counts: Vec<(&str, u64)> = PLACES.into_iter().zip(table.iter().copied()).collect();
            by_cells.entry(cells(&counts, smallest)).or_default().push(table);
        }
        // With more decisions in cells, not all the tables from which they come are among these.
        by_cells.retain(|cells, _| cells.values().sum::<u64>() + smallest - 1 <= decisions);
        assert!(by_cells.len() > 10);
        for (cells, tables) in by_cells {
            for subset in 1_u32..(1 << PLACES.len()) {
                let sums = tables.iter().map(|table| {
                    (0..PLACES.len()).filter(|place| subset & (1 << place) != 0).map(|place| table[place]).sum::<u64>()
                });
                let (least, most) = sums.fold((u64::MAX, 0), |(least, most), sum| (least.min(sum), most.max(sum)));
                let is_known = least == most && least >= smallest;
                assert!(is_known || most - least >= smallest - 1, "{cells:?}: {subset:b} from {least} to {most}");
            }
        }
    }
}

fn some_chain() -> impl Strategy<Value = String> {
    proptest::collection::vec(0_u8..3, 0..4)
        .prop_map(|steps| steps.iter().fold("N".to_owned(), |chain, step| format!("{chain}/{step}")))
}

proptest! {
    #[test]
    fn each_decision_is_in_at_most_one_cell_and_a_place_lacks_fewer_than_the_smallest(
        counts in proptest::collection::btree_map(some_chain(), 1_u64..25, 1..30),
        smallest in 2_u64..15,
    ) {
        let own = counts.iter().map(|(chain, count)| (chain.clone(), Tally::from([(0, *count)]))).collect();
        let cells = form_cells(own, smallest);
        prop_assert!(cells.values().all(|tally| total(tally) >= smallest));
        for chain in counts.keys().chain([&"N".to_owned()]) {
            let is_within = |other: &str| other == chain || other.starts_with(&format!("{chain}/"));
            let decided: u64 = counts.iter().filter(|(other, _)| is_within(other)).map(|(_, count)| count).sum();
            let shown: u64 = cells.iter().filter(|(other, _)| is_within(other)).map(|(_, tally)| total(tally)).sum();
            prop_assert!(shown <= decided);
            prop_assert!(decided - shown < smallest);
        }
    }
}
