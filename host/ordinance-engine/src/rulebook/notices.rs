//! What is lawful in a rulebook and may yet be a mistake: said at build and at load, and nothing is refused for it.

use std::collections::BTreeSet;
use std::fmt;

use ordinance_domain::calendar::{Date, DateRange};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::rule_head::RuleHead;

use super::checks::gaps_between;
use super::{Rule, Rulebook};

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Days between two versions of a place's law for a service on which it has none, so that the place inherits.
    Gap {
        /// The place.
        place: JurisdictionCode,
        /// The service, or the privacy rule.
        folder: Id,
        /// The days.
        days: DateRange,
    },
    /// A rule that goes on after its place has ended or become another.
    OutlivesPlace {
        /// The place.
        place: JurisdictionCode,
        /// The service, or the privacy rule.
        folder: Id,
        /// The version.
        version: String,
        /// The first day on which the place is no more.
        until: Date,
    },
    /// A service whose bound on a subject begins on a day: before it, levels may do as they like.
    BoundBegins {
        /// The service.
        service: Id,
        /// `outcome`, or `grant.FIELD`.
        subject: String,
        /// The first day.
        from: Date,
    },
    /// A tree with rules but without privacy law, where the rulebook doesn't allow for that: no fact may be used.
    NoPrivacyLaw {
        /// The top of the tree.
        place: JurisdictionCode,
    },
    /// A bound on a parameter that no rule below has.
    BoundOnNothing {
        /// The place that sets it.
        place: JurisdictionCode,
        /// The service.
        service: Id,
        /// The parameter.
        parameter: FieldName,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrivacyLaw { place } => write!(
                f,
                "no privacy rule governs `{place}`, so no fact may be used there and nothing is decided; write one (ordinance new --kind privacy {place}/ID), or list the place in rulebook.toml: [privacy] ungoverned = [\"{place}\"]"
            ),
            Self::Gap { place, folder, days } => {
                let until = days.until().map(|until| format!(" until {until}")).unwrap_or_default();
                let from = days.from();
                write!(f, "{place}/{folder} has no version in force from {from}{until}; it inherits on these days")
            }
            Self::OutlivesPlace { place, folder, version, until } => write!(
                f,
                "{place}/{folder} {version} goes on after {until}, when `{place}` is no more; from then on the law of the places that take its role counts"
            ),
            Self::BoundBegins { service, subject, from } => write!(
                f,
                "services/{service}.toml bounds `{subject}` only from {from} on; before that day each level may do as it likes"
            ),
            Self::BoundOnNothing { place, service, parameter } => write!(
                f,
                "{place}/{service}/bounds.toml bounds the parameter `{parameter}`, which no rule of a place below has"
            ),
        }
    }
}

fn gaps_of<Ready>((place, versions): (&JurisdictionCode, &Vec<Rule<Ready>>)) -> Vec<Notice> {
    let folder = versions.first().map(|rule| rule.head.folder().clone());
    let gap = |days| Some(Notice::Gap { place: place.clone(), folder: folder.clone()?, days });
    gaps_between(versions, None).into_iter().filter_map(gap).collect()
}

impl Rulebook {
    /// Looks for what may be a mistake.
    pub(super) fn find_notices(&self) -> Vec<Notice> {
        self.gaps()
            .chain(self.rules().filter_map(|rule| self.outlives(&rule.head)))
            .chain(self.privacy_rules().filter_map(|rule| self.outlives(&rule.head)))
            .chain(self.lawless())
            .chain(self.bounds_on_nothing())
            .chain(self.bounds_that_begin())
            .collect()
    }

    /// The gaps, by what is known now.
    fn gaps(&self) -> impl Iterator<Item = Notice> {
        self.rules.values().flatten().flat_map(gaps_of).chain(self.privacy.values().flatten().flat_map(gaps_of))
    }

    /// The tops of trees that have rules but no privacy law, where the rulebook doesn't allow for that.
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

    /// The days on which the law of a place for a service can change: its places, versions, numbers and bounds, and those
    /// of every place that is ever above it.
    #[must_use]
    pub fn days_of_change(&self, place: &JurisdictionCode, service: &Id) -> BTreeSet<Date> {
        let places = self.jurisdictions();
        let mut days: BTreeSet<Date> = places.days_of_change(place).collect();
        if let Some(contract) = self.contract(service) {
            days.extend(contract.outcome.days());
            for bounds in contract.grant.iter().map(|field| &field.bound) {
                days.extend(bounds.days());
                days.extend(bounds.iter().flat_map(|(_, bound)| bound.kind.days()));
            }
        }
        for code in places.ever_above(place).into_iter().chain([place]) {
            if let Some(level) = self.bounds(code, service) {
                days.extend(level.outcome.days());
                for bounds in level.grant.values().chain(level.parameters.values()) {
                    days.extend(bounds.days());
                    days.extend(bounds.iter().flat_map(|(_, bound)| bound.kind.days()));
                }
            }
            for rule in self.rules.get(service).and_then(|places| places.get(code)).into_iter().flatten() {
                days.extend(days_of(&rule.head));
            }
        }
        days
    }

    fn outlives(&self, head: &RuleHead) -> Option<Notice> {
        let until = self.jurisdictions().latest(&head.jurisdiction)?.period.until()?;
        let (place, folder, version) = (head.jurisdiction.clone(), head.folder().clone(), head.version.clone());
        let goes_on = head.in_force.until().is_none_or(|end| end > until);
        goes_on.then_some(Notice::OutlivesPlace { place, folder, version, until })
    }

    fn bounds_that_begin(&self) -> impl Iterator<Item = Notice> {
        self.contracts().flat_map(|contract| {
            let fields =
                contract.grant.iter().map(|field| (format!("grant.{}", field.name), field.bound.days().next()));
            let outcome = ("outcome".to_owned(), contract.outcome.days().next());
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

/// The days on which a rule begins, ends or changes its numbers.
pub(super) fn days_of(head: &RuleHead) -> impl Iterator<Item = Date> {
    let values = head.parameters.iter().flat_map(|parameter| &parameter.values);
    [Some(head.in_force.from()), head.in_force.until()].into_iter().flatten().chain(values.map(|dated| dated.from))
}
