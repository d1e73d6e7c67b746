//! A rulebook at one revision, and the queries on it. Loading makes it; nothing here changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ordinance_domain::bounds::{Bound, GrantBound, LevelBounds, OutcomeBound};
use ordinance_domain::calendar::{Date, DateRange, LawDay, TimeZone, Timeline, Timestamp};
use ordinance_domain::contract::{Contract, PrivacyReach};
use ordinance_domain::digest::Digest;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::titles::Titles;
use ordinance_sandbox::Loader;

use super::intervals::{days_of, gaps_between, publications_of};
use super::notice::Notice;
use super::rule::{BoundEligibilityRule, BoundPrivacyRule, PrivacyRule, Rule, RuleKind, RuleState};
use super::rule_load_error::RuleLoadError;
use crate::definitions::{Definitions, NumbersOfLaw, UnconfirmedValue, Upkeep};
use crate::digest::sha256;
use crate::error::DecideError;
use crate::spelling::nearest_code;

/// A rulebook at one revision.
#[derive(Clone)]
pub struct Rulebook {
    pub(super) digest: Digest,
    /// The SHA-256 of all definition files with their names.
    pub(super) definitions_digest: Digest,
    pub(super) definitions: Definitions,
    pub(super) rules: Versions<BoundEligibilityRule>,
    /// The shadow rules.
    pub(super) shadows: Vec<Rule>,
    pub(super) privacy: Versions<BoundPrivacyRule>,
    pub(super) notices: Vec<Notice>,
}

/// Every version of every rule of a kind, by its folder (of an eligibility rule the service) and its place.
pub(super) type Versions<Ready> = BTreeMap<Id, BTreeMap<JurisdictionCode, Vec<Rule<Ready>>>>;

impl Rulebook {
    /// Validates an eligibility rule from outside the rulebook against its definitions, for what-if comparisons.
    ///
    /// # Errors
    /// [`RuleLoadError`] if the component isn't a rule of this rulebook.
    pub fn validate_rule(&self, loader: &mut Loader<'_>, component: &[u8]) -> Result<Rule, RuleLoadError> {
        let ready = BoundEligibilityRule::check(loader, &self.definitions, component)?;
        Ok(Rule::new(Arc::new(ready.head(sha256(component))), RuleState::Ready(Arc::new(ready))))
    }

    /// The digest of its index. If files that the index names are missing or damaged, the digest differs, since the
    /// same cases may have other outcomes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Its places, facts, services and bounds, as they stand in its files.
    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    #[must_use]
    pub fn titles(&self) -> &Titles {
        &self.definitions.titles
    }

    /// Its places, as they are known once all that is announced is published. What decides takes them as they are
    /// known on a day.
    #[must_use]
    pub fn jurisdictions(&self) -> &Jurisdictions {
        self.definitions.places.all_published()
    }

    /// Its places, as they are known on a day.
    #[must_use]
    pub fn jurisdictions_at(&self, known_at: Date) -> &Jurisdictions {
        self.definitions.places.known_at(known_at)
    }

    /// Its places, as they are known at a moment.
    #[must_use]
    pub fn jurisdictions_now(&self, moment: Timestamp) -> &Jurisdictions {
        self.jurisdictions_at(TimeZone::UTC.to_datetime(moment).date())
    }

    /// The day that it is in a place at a moment; that in UTC, if no place up its tree has a time zone.
    #[must_use]
    pub fn day_at(&self, place: &JurisdictionCode, moment: Timestamp) -> Date {
        self.jurisdictions_now(moment).day_at(place, moment)
    }

    /// Whether some place has this code, on any day and whatever is known.
    #[must_use]
    pub fn knows(&self, place: &JurisdictionCode) -> bool {
        self.definitions.places.trees().any(|trees| trees.knows(place))
    }

    /// The contract of a service.
    #[must_use]
    pub fn contract(&self, service: &Id) -> Option<&Arc<Contract>> {
        self.definitions.contracts.get(service)
    }

    /// The error that it has no such service, with the one that the id may misspell.
    #[must_use]
    pub fn unknown_service(&self, service: &Id) -> DecideError {
        let near = self.nearest_service(service.as_str()).and_then(|near| Id::new(near).ok());
        DecideError::UnknownService { service: service.clone(), near }
    }

    /// Whether `word` is the id of one of its services.
    #[must_use]
    pub fn has_service(&self, word: &str) -> bool {
        Id::new(word).is_ok_and(|id| self.contract(&id).is_some())
    }

    /// Whether `word` is the code of one of its places on any day.
    #[must_use]
    pub fn has_place(&self, word: &str) -> bool {
        JurisdictionCode::new(word).is_ok_and(|code| self.knows(&code))
    }

    /// The code of a place on any day that a word may misspell.
    #[must_use]
    pub fn nearest_place(&self, word: &str) -> Option<&str> {
        nearest_code(word, self.jurisdictions().periods().map(|place| place.code.as_str()))
    }

    /// The id of a service that a word may misspell.
    #[must_use]
    pub fn nearest_service(&self, word: &str) -> Option<&str> {
        nearest_code(word, self.definitions.contracts.keys().map(Id::as_str))
    }

    /// Every fact of the rulebook, by name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.definitions.facts.get(name)
    }

    /// The fact, or the part of one, that a path names.
    #[must_use]
    pub fn fact_at(&self, path: &FieldName) -> Option<&Fact> {
        self.fact(path.fact_name())?.at(path)
    }

    /// Every fact of the rulebook, by name.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.definitions.facts.values()
    }

    /// Whether rules may use facts of these places without a ruling while no level has privacy law in force.
    pub(crate) fn is_ungoverned<'a>(&self, mut chain: impl Iterator<Item = &'a JurisdictionCode>) -> bool {
        chain.any(|place| self.definitions.ungoverned.contains(place))
    }

    /// The privacy rules of a place in force on a day.
    pub fn privacy_in_force(&self, place: &JurisdictionCode, day: LawDay) -> impl Iterator<Item = &PrivacyRule> {
        self.privacy.values().filter_map(move |places| in_force_of(places.get(place)?, day))
    }

    /// Every version of a place's privacy rules, by id and first day.
    pub fn privacy_rules_of(&self, place: &JurisdictionCode) -> impl Iterator<Item = &PrivacyRule> {
        self.privacy.values().filter_map(move |places| places.get(place)).flatten()
    }

    /// Every version of every privacy rule, by its id and place.
    pub fn privacy_rules(&self) -> impl Iterator<Item = &PrivacyRule> {
        self.privacy.values().flat_map(BTreeMap::values).flatten()
    }

    /// The notices: states that are lawful and may be mistakes.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// How it is kept up.
    #[must_use]
    pub fn upkeep(&self) -> &Upkeep {
        &self.definitions.upkeep
    }

    /// The values of its law, as they are known at a moment, that nobody has confirmed for long, and that hold then or
    /// later.
    #[must_use]
    pub fn unconfirmed_values(&self, moment: Timestamp) -> Vec<UnconfirmedValue> {
        let upkeep = &self.definitions.upkeep;
        let heads = self.rules().map(|rule| &rule.head).chain(self.privacy_rules().map(|rule| &rule.head));
        let of_rule = |head: &Arc<RuleHead>| {
            let today = self.day_at(&head.jurisdiction, moment);
            let counts = head.publication.covers(today) && head.in_force.until().is_none_or(|until| today < until);
            let day = LawDay { as_of: today.max(head.in_force.from()), known_at: today };
            if counts { upkeep.unconfirmed_of(NumbersOfLaw::Rule(head), day) } else { Vec::new() }
        };
        let today = |day| LawDay { as_of: day, known_at: day };
        let utc = TimeZone::UTC.to_datetime(moment).date();
        let of_contract =
            |contract: &Arc<Contract>| upkeep.unconfirmed_of(NumbersOfLaw::Contract(contract), today(utc));
        let of_level = |level: &Arc<LevelBounds>| {
            let day = self.day_at(&level.jurisdiction, moment);
            upkeep.unconfirmed_of(NumbersOfLaw::Level(level), today(day))
        };
        let levels = self.definitions.bounds.values().flat_map(BTreeMap::values);
        self.contracts().flat_map(of_contract).chain(levels.flat_map(of_level)).chain(heads.flat_map(of_rule)).collect()
    }

    /// Every contract, by service.
    pub fn contracts(&self) -> impl Iterator<Item = &Arc<Contract>> {
        self.definitions.contracts.values()
    }

    /// The bounds that a place sets for those below it.
    #[must_use]
    pub fn bounds(&self, place: &JurisdictionCode, service: &Id) -> Option<&LevelBounds> {
        self.shared_bounds(place, service).map(Arc::as_ref)
    }

    /// The bounds that all places set.
    pub fn all_bounds(&self) -> impl Iterator<Item = &LevelBounds> {
        self.definitions.bounds.values().flat_map(BTreeMap::values).map(Arc::as_ref)
    }

    /// The bounds that a place sets for those below it, to be kept.
    pub(crate) fn shared_bounds(&self, place: &JurisdictionCode, service: &Id) -> Option<&Arc<LevelBounds>> {
        self.definitions.bounds.get(service)?.get(place)
    }

    /// The rule of a place for a service on a day. `None` if the level is silent. If a broken rule and a rule that runs
    /// claim the same day, the broken rule wins, since the law is then uncertain.
    #[must_use]
    pub fn in_force(&self, place: &JurisdictionCode, service: &Id, day: LawDay) -> Option<&Rule> {
        in_force_of(self.rules.get(service)?.get(place)?, day)
    }

    /// Every version of a place's rules, by service and first day.
    pub fn rules_of(&self, place: &JurisdictionCode) -> impl Iterator<Item = &Rule> {
        self.rules.values().filter_map(move |places| places.get(place)).flatten()
    }

    /// Every version of every rule of a service, by place and first day.
    pub fn rules_for(&self, service: &Id) -> impl Iterator<Item = &Rule> {
        self.rules.get(service).into_iter().flat_map(BTreeMap::values).flatten()
    }

    /// Every rule, broken ones too, by service, jurisdiction and first day.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().flat_map(BTreeMap::values).flatten()
    }

    /// The shadow rules, which have no effect on decisions, including those that can't run.
    pub fn shadows(&self) -> impl Iterator<Item = &Rule> {
        self.shadows.iter()
    }

    /// The rules of both kinds that can't run, each with the reason.
    pub fn broken_rules(&self) -> impl Iterator<Item = (&RuleHead, &RuleLoadError)> {
        self.rules().filter_map(broken).chain(self.privacy_rules().filter_map(broken))
    }

    /// The shadow rules that can't run, each with the reason.
    pub fn broken_shadows(&self) -> impl Iterator<Item = (&RuleHead, &RuleLoadError)> {
        self.shadows().filter_map(broken)
    }

    /// The gap that a day falls into.
    #[must_use]
    pub fn gap_on(&self, place: &JurisdictionCode, service: &Id, day: LawDay) -> Option<DateRange> {
        let versions = self.rules.get(service)?.get(place)?;
        gaps_between(versions, day.known_at).into_iter().find(|days| days.contains(day.as_of))
    }

    /// The days on which the law of a place for a service can change: its places, versions, numbers and bounds, and
    /// those of every place that is ever above it.
    #[must_use]
    pub fn days_of_change(&self, place: &JurisdictionCode, service: &Id) -> BTreeSet<Date> {
        let mut days = BTreeSet::new();
        self.each_day_of_change(place, service, &mut |day| {
            days.insert(day);
        });
        days
    }

    /// Visits the same days in no order, with repeats.
    pub(crate) fn each_day_of_change(&self, place: &JurisdictionCode, service: &Id, visit: &mut dyn FnMut(Date)) {
        self.definitions.places.trees().for_each(|places| places.days_of_change(place).for_each(&mut *visit));
        self.each_timeline(place, service, &mut |dated| match dated {
            DatedLaw::Outcome(bounds) => bounds.days().for_each(&mut *visit),
            DatedLaw::Reach(reaches) => reaches.days().for_each(&mut *visit),
            DatedLaw::Numbers(bounds) => {
                bounds.days().for_each(&mut *visit);
                bounds.iter().flat_map(|dated| dated.value.kind.days()).for_each(&mut *visit);
            }
            DatedLaw::Rule(head) => days_of(head).for_each(&mut *visit),
        });
    }

    /// Visits the days on which what is known of the law of a place for a service changes; in no order, with repeats.
    pub(crate) fn each_day_of_publication(&self, place: &JurisdictionCode, service: &Id, visit: &mut dyn FnMut(Date)) {
        self.definitions.places.days().for_each(&mut *visit);
        self.each_timeline(place, service, &mut |dated| match dated {
            DatedLaw::Outcome(bounds) => bounds.publications().for_each(&mut *visit),
            DatedLaw::Reach(reaches) => reaches.publications().for_each(&mut *visit),
            DatedLaw::Numbers(bounds) => {
                bounds.publications().for_each(&mut *visit);
                bounds.iter().flat_map(|dated| dated.value.kind.publications()).for_each(&mut *visit);
            }
            DatedLaw::Rule(head) => publications_of(head).for_each(&mut *visit),
        });
    }

    /// Visits all dated law of a service that can bind a place: that of the contract, of the place, and of every place
    /// that is ever above it.
    fn each_timeline(&self, place: &JurisdictionCode, service: &Id, visit: &mut dyn FnMut(DatedLaw<'_>)) {
        if let Some(contract) = self.contract(service) {
            visit(DatedLaw::Outcome(&contract.outcome));
            visit(DatedLaw::Reach(&contract.privacy_reach));
            contract.grant.iter().for_each(|field| visit(DatedLaw::Numbers(&field.bound)));
        }
        let above = self.definitions.places.trees().flat_map(|places| places.ever_above(place));
        let levels: BTreeSet<&JurisdictionCode> = above.chain([place]).collect();
        for code in levels {
            if let Some(level) = self.bounds(code, service) {
                visit(DatedLaw::Outcome(&level.outcome));
                level.grant.values().chain(level.parameters.values()).for_each(|bounds| {
                    visit(DatedLaw::Numbers(bounds));
                });
            }
            for rule in self.rules.get(service).and_then(|places| places.get(code)).into_iter().flatten() {
                visit(DatedLaw::Rule(&rule.head));
            }
        }
    }
}

/// Law that changes by days.
enum DatedLaw<'r> {
    Outcome(&'r Timeline<Bound<OutcomeBound>>),
    Numbers(&'r Timeline<Bound<GrantBound>>),
    Reach(&'r Timeline<Bound<PrivacyReach>>),
    Rule(&'r RuleHead),
}

fn broken<Ready>(rule: &Rule<Ready>) -> Option<(&RuleHead, &RuleLoadError)> {
    match &rule.state {
        RuleState::Broken(why) => Some((rule.head.as_ref(), why)),
        RuleState::Ready(_) => None,
    }
}

fn in_force_of<Ready>(versions: &[Rule<Ready>], day: LawDay) -> Option<&Rule<Ready>> {
    let LawDay { as_of, known_at } = day;
    let counts = |rule: &&Rule<Ready>| rule.head.in_force.contains(as_of) && rule.head.publication.covers(known_at);
    let known = versions.iter().filter(counts).map(|rule| rule.known_at(known_at));
    known.max_by_key(|rule| matches!(rule.state, RuleState::Broken(_)))
}
