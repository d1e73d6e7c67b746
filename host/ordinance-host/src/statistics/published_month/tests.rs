//! The table of a month against the decisions of which it is made.

use proptest::prelude::*;

use super::*;
use crate::statistics::counts::Counts;
use crate::statistics::logged_decision::LoggedDecision;

const MONTH: &str = "2026-09";

fn decision(service: &str, chain: &str, outcome: &str, missing: &[u8], is_older: bool) -> LoggedDecision {
    let missing = missing.iter().map(|fact| Attribute::new(Dimension::Missing, format!("fact_{fact}")));
    let mut attributes: Vec<Attribute> =
        [Attribute::new(Dimension::Outcomes, outcome)].into_iter().chain(missing).collect();
    attributes.sort_unstable();
    attributes.dedup();
    let month = Month::parse(MONTH).unwrap();
    LoggedDecision { month, service: service.to_owned(), chain: chain.to_owned(), attributes, is_older }
}

fn table(decisions: &[LoggedDecision], smallest: u64) -> PublishedMonth {
    let mut counts = Counts::default();
    decisions.iter().for_each(|decision| counts.add(decision));
    let (month, counts) = counts.months().next().unwrap();
    publish(month, counts, smallest, false)
}

/// The cell of a decision: that of the nearest place up its chain that has one.
fn cell_of<'a>(table: &'a PublishedMonth, decision: &LoggedDecision) -> Option<&'a PublishedCell> {
    let mut chain = decision.chain.as_str();
    loop {
        let cell = table.cells.iter().find(|cell| cell.service == decision.service && cell.chain == chain);
        match (cell, chain.rsplit_once('/')) {
            (None, Some((above, _))) => chain = above,
            (found, _) => return found,
        }
    }
}

fn some_decision() -> impl Strategy<Value = LoggedDecision> {
    let chain = prop_oneof![Just("N"), Just("N/A"), Just("N/A/1"), Just("N/A/2"), Just("N/B")];
    let outcome = prop_oneof![3 => Just("eligible"), 2 => Just("ineligible"), 1 => Just("undetermined")];
    let missing = proptest::collection::vec(0_u8..4, 0..3);
    (prop_oneof![3 => Just("one"), 1 => Just("two")], chain, outcome, missing)
        .prop_map(|(service, chain, outcome, missing)| decision(service, chain, outcome, &missing, false))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_told_holds_of_the_decisions(
        decisions in proptest::collection::vec(some_decision(), 1..400),
        smallest in 2_u64..8,
    ) {
        let table = table(&decisions, smallest);
        for cell in &table.cells {
            let of_cell: Vec<&LoggedDecision> = decisions
                .iter()
                .filter(|decision| cell_of(&table, decision).is_some_and(|other| std::ptr::eq(other, cell)))
                .collect();
            prop_assert_eq!(u64::try_from(of_cell.len()).unwrap(), cell.decisions);
            prop_assert!(cell.decisions >= smallest);
            let all: BTreeSet<&Attribute> = of_cell.iter().flat_map(|decision| &decision.attributes).collect();
            for attribute in all {
                let having = of_cell.iter().filter(|decision| decision.attributes.contains(attribute)).count();
                let having = u64::try_from(having).unwrap();
                let figure = cell.figures.iter().find(|figure| &table.attributes[figure.attribute] == attribute);
                let at_most = figure.map_or(cell.others_at_most(attribute.dimension), |figure| figure.at_most);
                let at_least = figure.map_or(0, |figure| figure.at_least);
                prop_assert!((at_least..=at_most).contains(&having), "{attribute:?}: {having} of {at_least}..={at_most}");
                prop_assert!(at_least == 0 || at_least >= smallest);
            }
        }
    }
}

#[test]
fn what_few_have_is_not_named() {
    let mut decisions = vec![decision("one", "N", "eligible", &[], false); 50];
    decisions.push(decision("one", "N", "undetermined", &[3], false));
    let table = table(&decisions, 10);
    assert_eq!(table.attributes, [Attribute::new(Dimension::Outcomes, "eligible")]);
    assert_eq!(table.cells[0].figures, [PublishedFigure { attribute: 0, at_least: 32, at_most: 51 }]);
}

#[test]
fn with_a_record_of_an_earlier_version_nothing_is_told_that_it_lacks() {
    let mut decisions = vec![decision("one", "N", "undetermined", &[3], false); 50];
    assert_eq!(table(&decisions, 10).attributes.len(), 2);
    decisions.push(decision("two", "N", "eligible", &[], true));
    let table = table(&decisions, 10);
    assert!(table.has_older_records);
    assert_eq!(table.attributes, [Attribute::new(Dimension::Outcomes, "undetermined")]);
}

#[test]
fn the_table_does_not_depend_on_the_order_of_the_records() {
    let mut decisions = Vec::new();
    for (number, outcome) in ["eligible", "ineligible", "undetermined"].into_iter().enumerate() {
        for fact in 0..4 {
            let decision = decision(["one", "two"][usize::from(fact % 2)], "N/A", outcome, &[fact, 3 - fact], false);
            decisions.extend(vec![decision; 20 + number]);
        }
    }
    let in_order = table(&decisions, 5);
    decisions.reverse();
    assert_eq!(table(&decisions, 5), in_order);
}
