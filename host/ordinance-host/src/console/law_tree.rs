//! The trees of places with how the law of each stands for one service on one day.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::calendar::{Date, DateRange, LawDay};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode, Jurisdictions};
use ordinance_engine::{Rule, RuleState, Rulebook};

use super::access::ConsoleReader;
use super::amounts::{AmountField, AmountRange};
use super::law_state::LawState;
use crate::rulebook::coverage::LawCoverage;

/// How many places are in which state.
pub(super) type StateCounts = BTreeMap<LawState, usize>;

/// A place with how its law stands, and the places below it.
pub(super) struct PlaceLaw<'a> {
    pub(super) place: &'a Jurisdiction,
    pub(super) state: LawState,
    /// The rule that decides, or that can't run: its own, or the nearest above.
    pub(super) rule: Option<&'a Rule>,
    /// The days between two versions of its own.
    pub(super) gap: Option<DateRange>,
    pub(super) amounts: Option<AmountRange>,
    pub(super) below: Vec<PlaceLaw<'a>>,
    /// Of the place and all below it.
    pub(super) counts: StateCounts,
    /// Whether it and all below it have no law of their own and no gap: they stand as the nearest place above does.
    pub(super) is_inheriting: bool,
}

/// On what somebody has to act.
#[derive(Default)]
pub(super) struct LawFaults<'a> {
    /// The rules that can't run, each once, however many places it leaves without a decision.
    pub(super) broken: Vec<&'a Rule>,
    /// The places that are between two versions of their own.
    pub(super) gaps: Vec<(&'a Jurisdiction, DateRange)>,
}

impl LawFaults<'_> {
    pub(super) fn count(&self) -> usize {
        self.broken.len() + self.gaps.len()
    }
}

/// What is looked at.
#[derive(Clone, Copy)]
pub(super) struct LawView<'a> {
    pub(super) rulebook: &'a Rulebook,
    pub(super) contract: &'a Contract,
    pub(super) day: LawDay,
    pub(super) console: &'a ConsoleReader,
}

impl<'a> PlaceLaw<'a> {
    /// The place with all below it.
    pub(super) fn size(&self) -> usize {
        self.counts.values().sum()
    }

    /// Whether somebody has to act on the law of the place itself or of one below; that of a place above is acted on
    /// there.
    pub(super) fn has_fault(&self) -> bool {
        let is_own = self.gap.is_some() || self.has_own_rule();
        (self.state.is_fault() && is_own) || self.below.iter().any(PlaceLaw::has_fault)
    }

    /// Whether the rule is its own.
    pub(super) fn has_own_rule(&self) -> bool {
        self.rule.is_some_and(|rule| rule.head.jurisdiction == self.place.code)
    }

    /// This place and all below it, each before those below it.
    pub(super) fn visit<'s>(&'s self, visit: &mut impl FnMut(&'s Self)) {
        visit(self);
        self.below.iter().for_each(|place| place.visit(visit));
    }
}

impl<'a> LawView<'a> {
    fn places(&self) -> &'a Jurisdictions {
        self.rulebook.jurisdictions_at(self.day.known_at)
    }

    /// The trees of the places that the caller may see; below one place, if it is named.
    pub(super) fn trees(&self, within: Option<&JurisdictionCode>) -> Vec<PlaceLaw<'a>> {
        let places = self.places();
        match within {
            Some(code) => places.on(code, self.day.as_of).map(|place| self.seen(place)).unwrap_or_default(),
            None => {
                let tops = places.all_on(self.day.as_of).filter(|place| place.parent.is_none());
                tops.flat_map(|place| self.seen(place)).collect()
            }
        }
    }

    /// The place, or where the caller may not see it, those below it that it may see.
    fn seen(&self, place: &'a Jurisdiction) -> Vec<PlaceLaw<'a>> {
        let Ok(chain) = self.places().chain(&place.code, self.day.as_of) else { return Vec::new() };
        if self.console.sees(&chain) {
            return vec![self.law_of(place)];
        }
        self.places().children(&place.code, self.day.as_of).flat_map(|place| self.seen(place)).collect()
    }

    fn law_of(&self, place: &'a Jurisdiction) -> PlaceLaw<'a> {
        let service = &self.contract.service;
        let chain = self.places().chain(&place.code, self.day.as_of);
        let coverage = chain.ok().map(|chain| LawCoverage::of(self.rulebook, service, (&place.code, &chain), self.day));
        let state = coverage.as_ref().map_or(LawState::None, LawState::of);
        let rule = coverage.as_ref().and_then(|coverage| coverage.nearest);
        let amounts = AmountField::of(self.contract).zip(rule);
        let amounts = amounts.and_then(|(field, rule)| field.amounts(&rule.head, self.day));
        let below: Vec<PlaceLaw<'a>> =
            self.places().children(&place.code, self.day.as_of).map(|place| self.law_of(place)).collect();
        let mut counts = StateCounts::from([(state, 1)]);
        for (state, count) in below.iter().flat_map(|place| &place.counts) {
            *counts.entry(*state).or_default() += count;
        }
        let gap = coverage.and_then(|coverage| coverage.gap);
        let has_own = self.rulebook.in_force(&place.code, service, self.day).is_some();
        let is_inheriting = !has_own && gap.is_none() && below.iter().all(|place| place.is_inheriting);
        PlaceLaw { place, state, rule, gap, amounts, below, counts, is_inheriting }
    }

    /// What is wrong in these trees, and in the law above them that binds them.
    pub(super) fn faults(&self, trees: &[PlaceLaw<'a>]) -> LawFaults<'a> {
        let mut faults = LawFaults::default();
        let mut known: BTreeSet<*const Rule> = BTreeSet::new();
        let mut add = |rule: &'a Rule, broken: &mut Vec<&'a Rule>| {
            if matches!(rule.state, RuleState::Broken(_)) && known.insert(std::ptr::from_ref(rule)) {
                broken.push(rule);
            }
        };
        for top in trees {
            let above = self.places().chain(&top.place.code, self.day.as_of).into_iter();
            let above: Vec<JurisdictionCode> =
                above.flat_map(|chain| chain.iter().cloned().collect::<Vec<_>>()).collect();
            let rules = above.iter().filter_map(|code| self.rulebook.in_force(code, &self.contract.service, self.day));
            rules.for_each(|rule| add(rule, &mut faults.broken));
            top.visit(&mut |law| {
                law.rule.into_iter().for_each(|rule| add(rule, &mut faults.broken));
                faults.gaps.extend(law.gap.map(|gap| (law.place, gap)));
            });
        }
        faults
    }

    /// The days on which the law of the service changes in some place of these trees, the first one first: for each
    /// place with rules and for the top places, whose law may be that of a place above.
    pub(super) fn days_of_change(&self, trees: &[PlaceLaw<'_>]) -> Vec<Date> {
        let service = &self.contract.service;
        let mut days = BTreeSet::new();
        let makers = self.rulebook.rules_for(service).map(|rule| &rule.head.jurisdiction);
        let seen = makers.filter(|code| self.console.sees_code(self.rulebook, code, self.day));
        let places: BTreeSet<_> = seen.chain(trees.iter().map(|top| &top.place.code)).collect();
        for place in places {
            days.extend(self.rulebook.days_of_change(place, service));
        }
        days.into_iter().filter(|day| *day > Date::MIN && *day < Date::MAX).collect()
    }
}
