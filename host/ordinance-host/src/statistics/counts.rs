//! The counters of the months that aren't published yet: decisions by service, chain and profile, in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use crate::statistics::attribute::Attribute;
use crate::statistics::logged_decision::LoggedDecision;
use crate::statistics::month::Month;

/// The most counters of all months. A decision that would need a new one beyond this is counted by its outcome alone.
const DETAILED_MAX: usize = 1 << 19;
/// The most counters with those by outcome alone. A decision that would need a new one beyond this isn't counted.
const COUNTERS_MAX: usize = 1 << 20;

/// The counters.
#[derive(Debug)]
pub(crate) struct Counts {
    months: BTreeMap<Month, MonthCounts>,
    counters: usize,
    detailed_max: usize,
    counters_max: usize,
}

/// The counters of one month.
#[derive(Debug, Default)]
pub(crate) struct MonthCounts {
    pub(crate) services: Interner<String>,
    pub(crate) chains: Interner<String>,
    pub(crate) attributes: Interner<Attribute>,
    /// Each a list of attributes.
    pub(crate) profiles: Interner<Vec<u32>>,
    /// Decisions by service, chain and profile.
    pub(crate) decisions: BTreeMap<(u32, u32, u32), u64>,
    /// Whether some record is of an earlier version of the host, which recorded fewer dimensions.
    pub(crate) has_older_records: bool,
    /// Whether some decision was counted by its outcome alone, or not at all, for lack of room.
    pub(crate) lacked_room: bool,
}

/// Numbers for things, each of which is kept once.
#[derive(Debug)]
pub(crate) struct Interner<T> {
    numbers: HashMap<T, u32>,
    things: Vec<T>,
}

impl Default for Counts {
    fn default() -> Self {
        Self::with_room(DETAILED_MAX, COUNTERS_MAX)
    }
}

impl Counts {
    fn with_room(detailed_max: usize, counters_max: usize) -> Self {
        Self { months: BTreeMap::new(), counters: 0, detailed_max, counters_max }
    }

    /// Counts a decision.
    pub(crate) fn add(&mut self, decision: &LoggedDecision) {
        let month = self.months.entry(decision.month).or_default();
        month.has_older_records |= decision.is_older;
        if month.add(decision, &decision.attributes, self.counters < self.detailed_max, &mut self.counters) {
            return;
        }
        month.lacked_room = true;
        let outcome = decision.attributes.get(..1).unwrap_or_default();
        month.add(decision, outcome, self.counters < self.counters_max, &mut self.counters);
    }

    /// The months that have counters, earliest first.
    pub(crate) fn months(&self) -> impl Iterator<Item = (Month, &MonthCounts)> {
        self.months.iter().map(|(month, counts)| (*month, counts))
    }

    /// Drops the counters of a month.
    pub(crate) fn remove(&mut self, month: Month) {
        if let Some(counts) = self.months.remove(&month) {
            self.counters = self.counters.saturating_sub(counts.decisions.len());
        }
    }
}

impl MonthCounts {
    /// Counts a decision with these attributes, if there is a counter or room for a new one.
    fn add(&mut self, decision: &LoggedDecision, attributes: &[Attribute], room: bool, counters: &mut usize) -> bool {
        let known = self.known_counter(decision, attributes);
        let key = match known {
            Some(key) => key,
            None if room => self.new_counter(decision, attributes),
            None => return false,
        };
        let counter = self.decisions.entry(key).or_insert_with(|| {
            *counters += 1;
            0
        });
        *counter += 1;
        true
    }

    fn known_counter(&self, decision: &LoggedDecision, attributes: &[Attribute]) -> Option<(u32, u32, u32)> {
        let service = self.services.find(&decision.service)?;
        let chain = self.chains.find(&decision.chain)?;
        let profile: Option<Vec<u32>> = attributes.iter().map(|attribute| self.attributes.find(attribute)).collect();
        let key = (service, chain, self.profiles.find(&profile?)?);
        self.decisions.contains_key(&key).then_some(key)
    }

    fn new_counter(&mut self, decision: &LoggedDecision, attributes: &[Attribute]) -> (u32, u32, u32) {
        let service = self.services.number(&decision.service);
        let chain = self.chains.number(&decision.chain);
        let profile: Vec<u32> = attributes.iter().map(|attribute| self.attributes.number(attribute)).collect();
        (service, chain, self.profiles.number(&profile))
    }
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), things: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    fn find(&self, thing: &T) -> Option<u32> {
        self.numbers.get(thing).copied()
    }

    fn number(&mut self, thing: &T) -> u32 {
        if let Some(known) = self.find(thing) {
            return known;
        }
        // There are never more things than counters times attributes, far below this.
        let number = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
        self.numbers.insert(thing.clone(), number);
        self.things.push(thing.clone());
        number
    }

    /// The thing of a number.
    pub(crate) fn thing(&self, number: u32) -> Option<&T> {
        self.things.get(usize::try_from(number).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::attribute::Dimension;

    fn decision(chain: &str, missing: &str) -> LoggedDecision {
        LoggedDecision {
            month: Month::parse("2026-01").unwrap(),
            service: "allowance".to_owned(),
            chain: chain.to_owned(),
            attributes: vec![
                Attribute::new(Dimension::Outcomes, "undetermined"),
                Attribute::new(Dimension::Missing, missing),
            ],
            is_older: false,
        }
    }

    /// The counters of the only month, and whether it lacked room.
    fn count(counts: &mut Counts, decisions: &[LoggedDecision]) -> (Vec<u64>, bool) {
        decisions.iter().for_each(|decision| counts.add(decision));
        let (_, month) = counts.months().next().unwrap();
        (month.decisions.values().copied().collect(), month.lacked_room)
    }

    #[test]
    fn equal_decisions_have_one_counter() {
        let mut counts = Counts::default();
        let decisions = [decision("CN", "age"), decision("CN", "age"), decision("CN", "grade")];
        assert_eq!(count(&mut counts, &decisions), (vec![2, 1], false));
    }

    #[test]
    fn without_room_for_details_a_decision_is_counted_by_its_outcome_and_then_not_at_all() {
        let mut counts = Counts::with_room(1, 2);
        let decisions = [
            decision("CN", "age"),
            decision("CN", "a"),
            decision("CN", "b"),
            decision("CN", "age"),
            decision("US", "c"),
        ];
        assert_eq!(count(&mut counts, &decisions), (vec![2, 2], true));
        counts.remove(Month::parse("2026-01").unwrap());
        assert_eq!(count(&mut counts, &decisions[4..]), (vec![1], false));
    }
}
