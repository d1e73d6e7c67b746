//! The trees of places with how the law of each stands for one service on one day.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::calendar::{Date, DateRange, LawDay};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode, Jurisdictions};
use ordinance_engine::{Rule, Rulebook};

use super::amounts::{AmountField, AmountRange};
use super::law_state::LawState;
use crate::admission::callers::scope::CallerScope;
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
}

/// What is looked at.
#[derive(Clone, Copy)]
pub(super) struct LawView<'a> {
    pub(super) rulebook: &'a Rulebook,
    pub(super) contract: &'a Contract,
    pub(super) day: LawDay,
    pub(super) scope: &'a CallerScope,
}

impl PlaceLaw<'_> {
    /// The place with all below it.
    pub(super) fn size(&self) -> usize {
        self.counts.values().sum()
    }

    /// Whether it and all below it only inherit, or have no law.
    pub(super) fn is_quiet(&self) -> bool {
        self.counts.keys().all(|state| matches!(state, LawState::Inherits | LawState::None))
    }

    /// Whether somebody has to act on the place or one below.
    pub(super) fn has_fault(&self) -> bool {
        self.counts.keys().any(|state| state.is_fault())
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
        if self.scope.covers(chain.iter()) {
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
        PlaceLaw { place, state, rule, gap: coverage.and_then(|coverage| coverage.gap), amounts, below, counts }
    }

    /// The days on which the law of the service changes somewhere, the first one first.
    pub(super) fn days_of_change(&self) -> Vec<Date> {
        let service = &self.contract.service;
        let mut days = BTreeSet::new();
        let places: BTreeSet<_> = self.rulebook.rules_for(service).map(|rule| &rule.head.jurisdiction).collect();
        for place in places {
            days.extend(self.rulebook.days_of_change(place, service));
        }
        days.into_iter().filter(|day| *day > Date::MIN && *day < Date::MAX).collect()
    }
}
