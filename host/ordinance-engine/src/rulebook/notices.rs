//! The search for what is lawful in a rulebook and may yet be a mistake. Build and load print it; it rejects nothing.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::rule_type::declaration;
use ordinance_domain::type_check::{OutsideType, UnrecognisedValues};

use super::intervals::gaps_between;
use super::notice::Notice;
use super::revision::Rulebook;
use super::rule::{BoundEligibilityRule, Rule};

fn gaps_of<Ready>((place, versions): (&JurisdictionCode, &Vec<Rule<Ready>>)) -> Vec<Notice> {
    let folder = versions.first().map(|rule| rule.head.folder().clone());
    let gap = |days| Some(Notice::Gap { place: place.clone(), folder: folder.clone()?, days });
    gaps_between(versions, Date::MAX).into_iter().filter_map(gap).collect()
}

fn breaks_later(rule: &Rule) -> Option<Notice> {
    let (from, why) = rule.breaks_later()?;
    Some(Notice::BreaksLater { rule: rule.head.place_and_version(), from, why: why.to_string() })
}

/// The values that a later one, known as early, ends before the day that they name.
fn ends_too_late(head: &RuleHead) -> impl Iterator<Item = Notice> {
    head.parameters.iter().flat_map(move |parameter| {
        parameter.values.iter().zip(parameter.values.iter().skip(1)).filter_map(move |(dated, next)| {
            let until = dated.until.filter(|until| next.from < *until)?;
            let is_known_as_early = next.published.is_none() || next.published <= dated.published;
            is_known_as_early.then(|| Notice::EndsTooLate {
                rule: head.place_and_version(),
                parameter: parameter.name.clone(),
                until,
                next: next.from,
            })
        })
    })
}

impl Rulebook {
    /// Looks for what may be a mistake.
    pub(super) fn find_notices(&self) -> Vec<Notice> {
        self.gaps()
            .chain(self.rules().filter_map(|rule| self.outlives(&rule.head)))
            .chain(self.privacy_rules().filter_map(|rule| self.outlives(&rule.head)))
            .chain(self.rules().filter_map(breaks_later))
            .chain(self.values_that_rules_do_not_recognise())
            .chain(self.rules().flat_map(|rule| ends_too_late(&rule.head)))
            .chain(self.privacy_rules().flat_map(|rule| ends_too_late(&rule.head)))
            .chain(self.lawless())
            .chain(self.without_time_zone())
            .chain(self.bounds_on_nothing())
            .chain(self.bounds_that_begin())
            .collect()
    }

    /// The gaps in the law once all that is announced is published.
    fn gaps(&self) -> impl Iterator<Item = Notice> {
        self.rules.values().flatten().flat_map(gaps_of).chain(self.privacy.values().flatten().flat_map(gaps_of))
    }

    /// The values of facts that rules were made without, with the rules that know them.
    fn values_that_rules_do_not_recognise(&self) -> Vec<Notice> {
        let ready = || self.rules().filter_map(|rule| Some((rule.head.place_and_version(), rule.ready()?)));
        let mut unaware: BTreeMap<(FieldName, OutsideType), Vec<String>> = BTreeMap::new();
        for (name, rule) in ready() {
            for UnrecognisedValues { path, values } in &rule.unrecognised {
                unaware.entry((path.clone(), values.clone())).or_default().push(name.clone());
            }
        }
        let notice = |((fact, values), unaware): ((FieldName, OutsideType), Vec<String>)| {
            let takes = |rule: &BoundEligibilityRule| {
                let knows_all = rule.unrecognised.iter().all(|unrecognised| unrecognised.path != fact);
                knows_all && declaration(&rule.compiled.rule_type().applicant, &fact).is_some()
            };
            let aware = ready().filter(|(_, rule)| takes(rule)).map(|(name, _)| name).collect();
            Notice::UnrecognisedValues { fact, values, unaware, aware }
        };
        unaware.into_iter().map(notice).collect()
    }

    /// The tops of trees with rules and without privacy law that the rulebook doesn't list as `ungoverned`.
    fn lawless(&self) -> impl Iterator<Item = Notice> {
        let places = self.jurisdictions();
        let tops_of = |code: &JurisdictionCode| {
            let above = places.ever_above(code);
            let chain = || above.iter().copied().chain([code]);
            let has_law = self.privacy_rules().any(|rule| chain().any(|place| rule.head.jurisdiction == *place));
            let is_allowed = has_law || self.is_ungoverned(chain());
            let is_top = |place: &&JurisdictionCode| places.ever_above(place).is_empty();
            let tops: Vec<JurisdictionCode> = chain().filter(is_top).cloned().collect();
            if is_allowed { Vec::new() } else { tops }
        };
        let tops: BTreeSet<JurisdictionCode> = self.rules().flat_map(|rule| tops_of(&rule.head.jurisdiction)).collect();
        tops.into_iter().map(|place| Notice::NoPrivacyLaw { place })
    }

    /// The tops of trees with rules whose place has no time zone, itself or from above.
    fn without_time_zone(&self) -> impl Iterator<Item = Notice> {
        let places = self.jurisdictions();
        let tops_of = |code: &JurisdictionCode| {
            let chain = places.ever_above(code).into_iter().chain([code]);
            let is_top = |place: &&JurisdictionCode| places.ever_above(place).is_empty();
            // A place that moves from one tree to another has a time zone in each.
            let is_without = |top: &&JurisdictionCode| {
                let periods = places.periods_of(code).iter().map(|period| period.period.from());
                periods.into_iter().any(|day| {
                    let is_below = places.chain(code, day).is_ok_and(|chain| chain.iter().any(|above| above == *top));
                    is_below && places.time_zone(code, day).is_none()
                })
            };
            chain.filter(is_top).filter(is_without).cloned().collect::<Vec<JurisdictionCode>>()
        };
        let heads = self.rules().map(|rule| &rule.head).chain(self.privacy_rules().map(|rule| &rule.head));
        let tops: BTreeSet<JurisdictionCode> = heads.flat_map(|head| tops_of(&head.jurisdiction)).collect();
        tops.into_iter().map(|place| Notice::NoTimeZone { place })
    }

    fn outlives(&self, head: &RuleHead) -> Option<Notice> {
        let until = self.jurisdictions().latest(&head.jurisdiction)?.period.until()?;
        let outlives = head.in_force.until().is_none_or(|end| end > until);
        outlives.then(|| Notice::OutlivesPlace {
            place: head.jurisdiction.clone(),
            folder: head.folder().clone(),
            version: head.version.clone(),
            until,
        })
    }

    fn bounds_that_begin(&self) -> impl Iterator<Item = Notice> {
        self.contracts().flat_map(|contract| {
            let fields =
                contract.grant.iter().map(|field| (format!("grant.{}", field.name), field.bound.first_days().next()));
            let outcome = ("outcome".to_owned(), contract.outcome.first_days().next());
            fields.chain([outcome]).filter_map(|(subject, from)| {
                let from = from.filter(|from| *from != Date::MIN)?;
                Some(Notice::BoundBegins { service: contract.service.clone(), subject, from })
            })
        })
    }

    fn bounds_on_nothing(&self) -> impl Iterator<Item = Notice> {
        let levels = self.definitions.bounds.values().flat_map(|places| places.values());
        levels.flat_map(|level| {
            let is_below =
                |rule: &&Rule| self.jurisdictions().ever_above(&rule.head.jurisdiction).contains(&&level.jurisdiction);
            let below: Vec<&Rule> = self.rules_for(&level.service).filter(is_below).collect();
            let has = move |name: &FieldName| {
                below.iter().any(|rule| rule.head.parameters.iter().any(|parameter| parameter.name == *name))
            };
            level.parameters.keys().filter(move |name| !has(name)).map(|name| Notice::BoundOnNothing {
                place: level.jurisdiction.clone(),
                service: level.service.clone(),
                parameter: name.clone(),
            })
        })
    }
}
