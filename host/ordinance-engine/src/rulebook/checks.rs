//! Checks across all rules of a rulebook: two versions on one day, a day without any, a field that an upper level
//! leaves open, a number beyond what an upper level lets a place set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ordinance_domain::bounds::GrantBound;
use ordinance_domain::calendar::{Date, DateRange, LawDay, PublicationPeriod};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::rule_type::Argument;
use ordinance_domain::value::Value;

use ordinance_sandbox::wit_name::to_wit;

use super::intervals::days_of;
use super::revision::{Rulebook, Versions};
use super::rule::{BoundEligibilityRule, Rule, RuleState};
use super::rule_load_error::{ParameterOutOfBounds, RuleLoadError};

/// Adds a rule; of two that are in force on one day in one folder of a place, and published at the same time, the later
/// one is broken.
pub(super) fn add<Ready>(all: &mut Versions<Ready>, mut rule: Rule<Ready>) {
    let head = &rule.head;
    let versions = all.entry(head.folder().clone()).or_default().entry(head.jurisdiction.clone()).or_default();
    let conflicts = |other: &&Rule<Ready>| {
        other.head.in_force.overlaps(&head.in_force) && other.head.publication.overlaps(&head.publication)
    };
    if versions.iter().any(|other| other.head.version == head.version) {
        rule.state = RuleState::Broken(RuleLoadError::DuplicateVersion(head.version.clone()));
    } else if let Some(other) = versions.iter().find(conflicts).filter(|other| is_unreadable(&other.head)) {
        let place = head.jurisdiction.clone();
        let folder = other.head.folder().clone();
        rule.state = RuleState::Broken(RuleLoadError::BesideUnreadableVersion { place, folder });
    } else if let Some(other) = versions.iter().find(conflicts) {
        rule.state = RuleState::Broken(RuleLoadError::OverlappingVersions {
            version: head.version.clone(),
            other: other.head.version.clone(),
            id: other.head.id.clone(),
        });
    }
    versions.push(rule);
    versions.sort_by_key(|rule| rule.head.in_force.from());
}

impl Rulebook {
    /// An upper level may leave a grant field open; a rule that reads what it inherits must allow for that.
    pub(super) fn break_rules_that_need_more_than_they_may_inherit(&mut self) {
        let open: BTreeMap<Id, Vec<OpenField>> = self
            .rules
            .iter()
            .map(|(service, places)| (service.clone(), places.values().flatten().flat_map(open_fields).collect()))
            .collect();
        self.mark_broken(|rulebook, rule| {
            let above = rulebook.jurisdictions().ever_above(&rule.head.jurisdiction);
            let conflicts = |open: &&OpenField| {
                above.contains(&&open.place)
                    && open.in_force.overlaps(&rule.head.in_force)
                    && open.publication.overlaps(&rule.head.publication)
                    && needs(rule, &open.field)
            };
            let of_service = open.get(rule.head.folder())?.iter();
            let first = of_service.filter(conflicts).min_by_key(|open| open.publication.published)?;
            let OpenField { place, field, .. } = first;
            let error = RuleLoadError::InheritedFieldMayBeOpen { field: to_wit(field), place: place.clone() };
            Some((first.publication.published.unwrap_or(Date::MIN), error))
        });
    }

    /// A parameter that an upper level bounds stays within the bound on every day.
    pub(super) fn break_rules_beyond_the_bounds_of_their_parameters(&mut self) {
        self.mark_broken(|rulebook, rule| rulebook.beyond_bounds(rule, rule.ready()?));
    }

    /// Marks the rules that don't fit the others as broken, shadow rules too, from the day on which that is known.
    fn mark_broken(&mut self, why: impl Fn(&Self, &Rule) -> Option<(Date, RuleLoadError)>) {
        let misfits: Vec<(RuleKey, (Date, RuleLoadError))> =
            self.rules().filter_map(|rule| Some((rule.key(), why(self, rule)?))).collect();
        let reasons: Vec<Option<(Date, RuleLoadError)>> = self.shadows.iter().map(|rule| why(self, rule)).collect();
        self.break_rules(misfits);
        for (rule, reason) in self.shadows.iter_mut().zip(reasons) {
            if let Some((from, reason)) = reason {
                rule.break_from(from, &reason);
            }
        }
    }

    /// How a rule breaks a bound of its parameters, and the day from which on that is known. Who knows all that is
    /// published until the rule is withdrawn must find the breach: what was mended since is past.
    fn beyond_bounds(&self, rule: &Rule, ready: &BoundEligibilityRule) -> Option<(Date, RuleLoadError)> {
        let publication = rule.head.publication;
        let last = publication.last_day().unwrap_or(Date::MAX);
        let breach = self.beyond_bounds_known_at(rule, ready, last)?;
        let mut days = BTreeSet::from([publication.published.unwrap_or(Date::MIN)]);
        self.each_day_of_publication(&rule.head.jurisdiction, rule.head.folder(), &mut |day| {
            days.insert(day);
        });
        days.retain(|day| publication.covers(*day));
        let is_beyond = |day: &&Date| self.beyond_bounds_known_at(rule, ready, **day).is_some();
        let from = days.iter().rev().take_while(is_beyond).last().copied();
        Some((from.unwrap_or(Date::MIN), breach))
    }

    /// How a rule breaks a bound of its parameters, as it is known on a day.
    fn beyond_bounds_known_at(
        &self,
        rule: &Rule,
        ready: &BoundEligibilityRule,
        known_at: Date,
    ) -> Option<RuleLoadError> {
        let place = &rule.head.jurisdiction;
        let service = rule.head.folder();
        let bounding = self.definitions.bounds.get(service)?;
        let places = self.jurisdictions();
        let counts = |day: &Date| rule.head.in_force.contains(*day) && places.on(place, *day).is_some();
        // `days_of_change` doesn't include the days of shadow rules.
        let mut days = self.days_of_change(place, service);
        days.extend(days_of(&rule.head));
        days.retain(counts);
        for parameter in &ready.parameters {
            if !bounding.values().any(|level| level.parameters.contains_key(&parameter.name)) {
                continue;
            }
            for day in &days {
                let day = LawDay { as_of: *day, known_at };
                if let Some(value) = parameter.values.on(day) {
                    let found = self.parameter_beyond(rule, &parameter.name, value, day);
                    if let Some(found) = found {
                        return Some(RuleLoadError::ParameterOutOfBounds(Box::new(found)));
                    }
                }
            }
        }
        None
    }

    /// The bound of the levels above that a value breaks on a day, if any.
    fn parameter_beyond(
        &self,
        rule: &Rule,
        name: &FieldName,
        value: &Value,
        day: LawDay,
    ) -> Option<ParameterOutOfBounds> {
        let place = &rule.head.jurisdiction;
        let service = rule.head.folder();
        let chain = self.jurisdictions_at(day.known_at).chain(place, day.as_of).ok()?;
        let above: Vec<&JurisdictionCode> = chain.iter().take_while(|upper| *upper != place).collect();
        let inherited =
            above.iter().rev().find_map(|upper| self.in_force(upper, service, day)?.parameter_on(name, day));
        for level in above.iter().filter_map(|upper| self.bounds(upper, service)) {
            let Some(bound) = level.parameters.get(name).and_then(|bounds| bounds.on(day)) else { continue };
            let is_lawful = match (&bound.kind, &inherited) {
                (GrantBound::Fixed, Some(inherited)) => {
                    inherited == value || inherited.compare(value) == Some(std::cmp::Ordering::Equal)
                }
                (GrantBound::Fixed | GrantBound::Sum | GrantBound::Delegated, _) => true,
                (GrantBound::Within { .. }, inherited) => bound.kind.allows(value, day, inherited.as_ref()),
            };
            if !is_lawful {
                return Some(ParameterOutOfBounds {
                    name: name.clone(),
                    value: value.to_plain(),
                    day: day.as_of,
                    bound: bound.kind.text_on(day),
                    set_by: level.jurisdiction.clone(),
                    provision: bound.provision.to_string(),
                });
            }
        }
        None
    }

    fn break_rules(&mut self, reasons: Vec<(RuleKey, (Date, RuleLoadError))>) {
        for ((service, place, version, from), reason) in reasons {
            let versions = self.rules.get_mut(&service).and_then(|places| places.get_mut(&place));
            for rule in versions
                .into_iter()
                .flatten()
                .filter(|rule| rule.head.version == version && rule.head.in_force.from() == from)
            {
                rule.break_from(reason.0, &reason.1);
            }
        }
    }
}

/// Whether the rule's manifest can't be read, so that the index alone describes it.
fn is_unreadable(head: &RuleHead) -> bool {
    head.digest.is_none() && head.in_force.from() == Date::MIN
}

/// Service, place, version and first day.
type RuleKey = (Id, JurisdictionCode, String, Date);

impl Rule {
    /// Breaks the rule for who knows the law of a day or of a later one.
    fn break_from(&mut self, day: Date, reason: &RuleLoadError) {
        if day <= self.head.publication.published.unwrap_or(Date::MIN) {
            *self = Self::new(Arc::clone(&self.head), RuleState::Broken(reason.clone()));
        } else if self.breaks_later().is_none_or(|(earlier, _)| day < earlier) {
            let broken = Self::new(Arc::clone(&self.head), RuleState::Broken(reason.clone()));
            self.later = Some(Arc::new((day, broken)));
        }
    }

    fn key(&self) -> RuleKey {
        let head = &self.head;
        (head.folder().clone(), head.jurisdiction.clone(), head.version.clone(), head.in_force.from())
    }

    fn parameter_on(&self, name: &FieldName, day: LawDay) -> Option<Value> {
        self.ready()?.parameters.iter().find(|parameter| parameter.name == *name)?.values.on(day).cloned()
    }
}

/// A grant field that a rule may leave to the levels below it.
struct OpenField {
    place: JurisdictionCode,
    in_force: DateRange,
    publication: PublicationPeriod,
    field: FieldName,
}

fn open_fields(rule: &Rule) -> Vec<OpenField> {
    let Some(ready) = rule.ready() else { return Vec::new() };
    let open = ready.compiled.rule_type().grant.iter().filter(|field| field.value_type.is_optional());
    let place = &rule.head.jurisdiction;
    let RuleHead { in_force, publication, .. } = *rule.head;
    open.map(|field| OpenField { place: place.clone(), in_force, publication, field: field.name.clone() }).collect()
}

fn needs(rule: &Rule, field: &FieldName) -> bool {
    let Some(ready) = rule.ready() else { return false };
    let rule_type = ready.compiled.rule_type();
    rule_type.arguments.contains(&Argument::Inherited)
        && rule_type.grant.iter().any(|found| found.name == *field && !found.value_type.is_optional())
}
