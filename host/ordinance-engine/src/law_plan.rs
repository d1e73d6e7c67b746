//! The plan of a law: what selecting it leads to, computed once for all days on which it is the same. It depends on the
//! rulebook and a query alone, and holds no fact's value.

use std::sync::{Arc, Mutex, PoisonError};

use ordinance_domain::bounds::LevelBounds;
use ordinance_domain::calendar::{Date, DateRange, LawDay};
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{Disclosure, PrivacyRulings};
use ordinance_domain::query::CaseQuery;
use ordinance_domain::rule_type::declaration;
use ordinance_domain::value::Record;

use crate::error::DecideError;
use crate::rulebook::{BoundEligibilityRule, Rule, Rulebook};
use crate::ruling_cache::may_be_kept;

/// The law of a place for a service, on the days on which it doesn't change.
pub(crate) struct LawPlan {
    place: JurisdictionCode,
    service: Id,
    days: UnchangedDays,
    /// The days on which the same is known of it.
    known: UnchangedDays,
    pub(crate) contract: Arc<Contract>,
    /// The levels of the chain, top first.
    pub(crate) levels: Vec<Level>,
    /// The facts that a rule of the chain declares: their indices in the contract, in its order.
    declared: Vec<usize>,
    rulings: Mutex<Vec<KeptRulings>>,
}

/// One level of the chain.
#[derive(Clone)]
pub(crate) struct Level {
    pub(crate) place: JurisdictionCode,
    pub(crate) rule: Option<Rule>,
    pub(crate) gap: Option<DateRange>,
    /// The parameters of its rule, in the types that the rule reads.
    pub(crate) parameters: Record,
    /// Whether a number of its rule has no value.
    pub(crate) lacks_number: bool,
    /// Whether its rule can't be called, since a number that it requires has no value.
    pub(crate) lacks_required_number: bool,
    /// The bounds that it sets for the levels below it.
    pub(crate) for_lower: Option<Arc<LevelBounds>>,
}

/// Days on which the law of a place is the same: from the first until the day before the next change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct UnchangedDays {
    /// `None` for no first day.
    from: Option<Date>,
    /// `None` for no end.
    until: Option<Date>,
}

/// Which of the people of a case some facts are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PersonKind<'p> {
    Applicant,
    /// A person whom the catalogue names.
    Named(&'p FieldName),
    /// An item of a list of people.
    Item,
}

/// The rulings on one processing of facts under the law.
struct KeptRulings {
    /// The name of the person whom the catalogue names, if it is one; whether it is an item of a list.
    person: (Option<FieldName>, bool),
    processing: (Disclosure, Vec<Disclosure>),
    hides_age: bool,
    rulings: PrivacyRulings,
}

/// The most rulings that a plan keeps; a further one replaces the oldest.
const RULINGS_MAX: usize = 8;

impl LawPlan {
    /// Resolves the chain and selects the rules in force.
    ///
    /// # Errors
    /// [`DecideError`] if the place or the service is unknown.
    pub(crate) fn of(rulebook: &Rulebook, query: &CaseQuery) -> Result<Self, DecideError> {
        let CaseQuery { jurisdiction, service, as_of, known_at } = query;
        let day = query.day();
        let chain = rulebook.jurisdictions_at(*known_at).chain(jurisdiction, *as_of)?;
        let contract = rulebook.contract(service).ok_or_else(|| rulebook.unknown_service(service))?;
        let level = |place: &JurisdictionCode| {
            let rule = rulebook.in_force(place, service, day);
            let gap = if rule.is_some() { None } else { rulebook.gap_on(place, service, day) };
            let for_lower = rulebook.shared_bounds(place, service).cloned();
            Level { place: place.clone(), for_lower, ..Level::with_rule(place, rule.cloned(), gap, day) }
        };
        let levels: Vec<Level> = chain.iter().map(level).collect();
        let (days, known) = match chain.place() == Some(jurisdiction) {
            true => (
                UnchangedDays::around(*as_of, |visit| rulebook.each_day_of_change(jurisdiction, service, visit)),
                UnchangedDays::around(*known_at, |visit| {
                    rulebook.each_day_of_publication(jurisdiction, service, visit)
                }),
            ),
            // Another place has the role of the code; how long, depends on more than the changes of either.
            false => (UnchangedDays::only(*as_of), UnchangedDays::only(*known_at)),
        };
        Ok(Self {
            place: jurisdiction.clone(),
            service: service.clone(),
            days,
            known,
            declared: declared_by(&levels, contract),
            contract: Arc::clone(contract),
            levels,
            rulings: Mutex::default(),
        })
    }

    /// Whether the query leads to this plan.
    pub(crate) fn answers(&self, query: &CaseQuery) -> bool {
        self.days.contains(query.as_of)
            && self.known.contains(query.known_at)
            && self.place == query.jurisdiction
            && self.service == query.service
    }

    /// The same law with other levels, for its day alone.
    pub(crate) fn with_levels(&self, levels: Vec<Level>, day: LawDay) -> Self {
        Self {
            place: self.place.clone(),
            service: self.service.clone(),
            days: UnchangedDays::only(day.as_of),
            known: UnchangedDays::only(day.known_at),
            contract: Arc::clone(&self.contract),
            declared: declared_by(&levels, &self.contract),
            levels,
            rulings: Mutex::default(),
        }
    }

    /// The facts that a rule of the chain declares, in the contract's order.
    pub(crate) fn declared_facts(&self) -> impl Iterator<Item = &Fact> {
        self.declared.iter().filter_map(|index| self.contract.facts.get(*index))
    }

    /// The facts that a rule of the chain declares, and the parts that privacy law rules on by themselves, that are
    /// those of one of the people of a case.
    pub(crate) fn declared_of(&self, person: PersonKind<'_>) -> Vec<&Fact> {
        let mut found: Vec<&Fact> = Vec::new();
        for fact in self.declared_facts() {
            let holder = match &fact.holder {
                Holder::Applicant | Holder::Household => PersonKind::Applicant,
                Holder::Other(name) => PersonKind::Named(name),
                Holder::EachItem => PersonKind::Item,
            };
            // That there is a list of people is the household's.
            let whole_is_of = if holder == PersonKind::Item { PersonKind::Applicant } else { holder };
            if whole_is_of == person {
                found.push(fact);
            }
            if holder == person {
                self.add_ruled_parts(fact, &mut found);
            }
        }
        found
    }

    /// Adds the parts of a fact that a rule declares and that privacy law rules on by themselves.
    fn add_ruled_parts<'s>(&self, fact: &'s Fact, found: &mut Vec<&'s Fact>) {
        let rules = self.levels.iter().filter_map(Level::ready);
        for path in rules.flat_map(|rule| rule.parts()).filter(|path| fact.name.is(path.fact_name())) {
            if let Some(part) = fact.at(path).filter(|part| !found.iter().any(|known| known.name == part.name)) {
                found.push(part);
            }
        }
    }

    /// The rulings that were kept on a processing of facts and its alternatives. `hides_age` says whether the case has
    /// an age that is hidden from the recipient.
    pub(crate) fn kept_rulings(
        &self,
        person: PersonKind<'_>,
        disclosure: &Disclosure,
        alternatives: &[Disclosure],
        hides_age: bool,
    ) -> Option<PrivacyRulings> {
        let person = person.to_key();
        let kept = self.rulings.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|kept| {
            let (known, others) = &kept.processing;
            kept.hides_age == hides_age && kept.person == person && known == disclosure && others == alternatives
        });
        found.map(|kept| kept.rulings.clone())
    }

    /// Keeps the rulings on a processing of facts, unless a consent names so many facts that they would fill memory.
    pub(crate) fn keep_rulings(
        &self,
        person: PersonKind<'_>,
        disclosure: &Disclosure,
        alternatives: &[Disclosure],
        hides_age: bool,
        rulings: &PrivacyRulings,
    ) {
        if !may_be_kept(disclosure) {
            return;
        }
        let processing = (disclosure.clone(), alternatives.to_vec());
        let mut kept = self.rulings.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= RULINGS_MAX {
            kept.remove(0);
        }
        kept.push(KeptRulings { person: person.to_key(), processing, hides_age, rulings: rulings.clone() });
    }
}

fn declared_by(levels: &[Level], contract: &Contract) -> Vec<usize> {
    let is_declared = |name: &FieldName| levels.iter().any(|level| level.reads(name));
    contract.facts.iter().enumerate().filter(|(_, fact)| is_declared(&fact.name)).map(|(index, _)| index).collect()
}

impl Level {
    /// A level with this rule on a day, without bounds for lower levels.
    fn with_rule(place: &JurisdictionCode, rule: Option<Rule>, gap: Option<DateRange>, day: LawDay) -> Self {
        let ready = rule.as_ref().and_then(Rule::ready);
        let parameters = ready.map(|ready| ready.parameters_on(day)).unwrap_or_default();
        let lacks_required = |ready: &BoundEligibilityRule| {
            let fields = &ready.compiled.rule_type().parameters;
            BoundEligibilityRule::required_without_value(fields, &parameters).is_some()
        };
        Self {
            place: place.clone(),
            gap,
            lacks_required_number: ready.is_some_and(lacks_required),
            parameters,
            lacks_number: ready.is_some_and(|ready| ready.lacks_number_on(day)),
            for_lower: None,
            rule,
        }
    }

    /// The level with another rule on a day, whether or not it has one.
    pub(crate) fn replaced(&self, rule: &Rule, day: LawDay) -> Self {
        let for_lower = self.for_lower.clone();
        Self { for_lower, ..Self::with_rule(&self.place, Some(rule.clone()), None, day) }
    }

    /// Its rule, if that can run.
    pub(crate) fn ready(&self) -> Option<&BoundEligibilityRule> {
        self.rule.as_ref().and_then(Rule::ready)
    }

    /// Whether its rule may see this fact, or the part that a path names.
    pub(crate) fn reads(&self, fact: &FieldName) -> bool {
        self.ready().is_some_and(|ready| declaration(&ready.compiled.rule_type().applicant, fact).is_some())
    }
}

impl PersonKind<'_> {
    /// Whether a fact, or each part of it if that is a list of people, is about a person of this kind.
    pub(crate) fn is_holder_of(self, fact: &Fact) -> bool {
        match &fact.holder {
            Holder::Applicant => self == PersonKind::Applicant,
            Holder::Household => false,
            Holder::Other(name) => self == PersonKind::Named(name),
            Holder::EachItem => self == PersonKind::Item,
        }
    }

    fn to_key(self) -> (Option<FieldName>, bool) {
        match self {
            Self::Applicant => (None, false),
            Self::Named(name) => (Some(name.clone()), false),
            Self::Item => (None, true),
        }
    }
}

impl UnchangedDays {
    fn only(day: Date) -> Self {
        Self { from: Some(day), until: day.tomorrow().ok() }
    }

    /// The days around one on which nothing changes.
    fn around(day: Date, each_change: impl FnOnce(&mut dyn FnMut(Date))) -> Self {
        let mut days = Self { from: None, until: None };
        each_change(&mut |change| {
            if change <= day {
                days.from = days.from.max(Some(change));
            } else {
                days.until = Some(days.until.map_or(change, |until| until.min(change)));
            }
        });
        days
    }

    fn contains(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

#[cfg(test)]
pub(crate) mod tests;
