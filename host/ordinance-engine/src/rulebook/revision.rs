//! A rulebook at one revision, and the queries on it. Loading makes it; nothing here changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ordinance_domain::bounds::{Bound, GrantBound, LevelBounds};
use ordinance_domain::calendar::{Date, DateRange, Timeline};
use ordinance_domain::contract::Contract;
use ordinance_domain::digest::Digest;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::titles::Titles;
use ordinance_sandbox::Loader;

use super::intervals::{days_of, gaps_between};
use super::notice::Notice;
use super::rule::{BoundEligibilityRule, BoundPrivacyRule, PrivacyRule, Rule, RuleKind, RuleState};
use super::rule_load_error::RuleLoadError;
use crate::definitions::Definitions;
use crate::digest::sha256;

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
        Ok(Rule { head: Arc::new(ready.head(sha256(component))), state: RuleState::Ready(Arc::new(ready)) })
    }

    /// The digest of its index. If files that the index names are missing or damaged, the digest differs, since the
    /// same cases may have other outcomes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    #[must_use]
    pub fn titles(&self) -> &Titles {
        &self.definitions.titles
    }

    /// Its places.
    #[must_use]
    pub fn jurisdictions(&self) -> &Jurisdictions {
        &self.definitions.jurisdictions
    }

    /// The contract of a service.
    #[must_use]
    pub fn contract(&self, service: &Id) -> Option<&Arc<Contract>> {
        self.definitions.contracts.get(service)
    }

    /// Whether `word` is the id of one of its services.
    #[must_use]
    pub fn has_service(&self, word: &str) -> bool {
        Id::new(word).is_ok_and(|id| self.contract(&id).is_some())
    }

    /// Whether `word` is the code of one of its places on any day.
    #[must_use]
    pub fn has_place(&self, word: &str) -> bool {
        JurisdictionCode::new(word).is_ok_and(|code| self.jurisdictions().knows(&code))
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

    /// The privacy rules of a place in force on a day, in the law as it is published now.
    pub fn privacy_in_force(&self, place: &JurisdictionCode, day: Date) -> impl Iterator<Item = &PrivacyRule> {
        self.privacy.values().filter_map(move |places| in_force_of(places.get(place)?, day, None))
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

    /// Every contract, by service.
    pub fn contracts(&self) -> impl Iterator<Item = &Arc<Contract>> {
        self.definitions.contracts.values()
    }

    /// The bounds that a place sets for those below it.
    #[must_use]
    pub fn bounds(&self, place: &JurisdictionCode, service: &Id) -> Option<&LevelBounds> {
        self.shared_bounds(place, service).map(Arc::as_ref)
    }

    /// The same, to be kept.
    pub(crate) fn shared_bounds(&self, place: &JurisdictionCode, service: &Id) -> Option<&Arc<LevelBounds>> {
        self.definitions.bounds.get(service)?.get(place)
    }

    /// The rule of a place for a service on a day, in the law as published on `known_at`. `None` if the level is
    /// silent. If a broken rule and a rule that runs claim the same day, the broken rule wins, since the law is then
    /// uncertain.
    #[must_use]
    pub fn in_force(&self, place: &JurisdictionCode, service: &Id, day: Date, known_at: Option<Date>) -> Option<&Rule> {
        in_force_of(self.rules.get(service)?.get(place)?, day, known_at)
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
    pub fn gap_on(
        &self,
        place: &JurisdictionCode,
        service: &Id,
        day: Date,
        known_at: Option<Date>,
    ) -> Option<DateRange> {
        let versions = self.rules.get(service)?.get(place)?;
        gaps_between(versions, known_at).into_iter().find(|days| days.contains(day))
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
    pub(crate) fn each_day_of_change(&self, place: &JurisdictionCode, service: &Id, visit: &mut impl FnMut(Date)) {
        let places = self.jurisdictions();
        places.days_of_change(place).for_each(&mut *visit);
        if let Some(contract) = self.contract(service) {
            contract.outcome.days().for_each(&mut *visit);
            contract.grant.iter().for_each(|field| each_day_of_bounds(&field.bound, visit));
        }
        for code in places.ever_above(place).into_iter().chain([place]) {
            if let Some(level) = self.bounds(code, service) {
                level.outcome.days().for_each(&mut *visit);
                level
                    .grant
                    .values()
                    .chain(level.parameters.values())
                    .for_each(|bounds| each_day_of_bounds(bounds, visit));
            }
            for rule in self.rules.get(service).and_then(|places| places.get(code)).into_iter().flatten() {
                days_of(&rule.head).for_each(&mut *visit);
            }
        }
    }
}

fn each_day_of_bounds(bounds: &Timeline<Bound<GrantBound>>, visit: &mut impl FnMut(Date)) {
    for (from, bound) in bounds.iter() {
        visit(*from);
        bound.kind.days().into_iter().for_each(&mut *visit);
    }
}

fn broken<Ready>(rule: &Rule<Ready>) -> Option<(&RuleHead, &RuleLoadError)> {
    match &rule.state {
        RuleState::Broken(why) => Some((rule.head.as_ref(), why)),
        RuleState::Ready(_) => None,
    }
}

fn in_force_of<Ready>(versions: &[Rule<Ready>], day: Date, known_at: Option<Date>) -> Option<&Rule<Ready>> {
    let counts = |rule: &&Rule<Ready>| rule.head.in_force.contains(day) && rule.head.publication.covers(known_at);
    versions.iter().filter(counts).max_by_key(|rule| matches!(rule.state, RuleState::Broken(_)))
}
