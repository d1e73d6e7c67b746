//! The facts of a request by whose they are, and the rulings on them: each is ruled on once, for its own person.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Disclosure, Party, PersonPlace, Rulings, Verdict};
use ordinance_domain::value::{Value, field};

use super::case::DisclosureCase;
use crate::engine::Engine;
use crate::error::DecideError;
use crate::privacy::{PrivacyRequest, call_privacy_rules};
use crate::processing::{OtherPerson, disclosure_of_unknown};
use crate::ruling_cache::RulingKey;

/// The facts of a request, each once, by whose they are.
#[derive(Default)]
pub(super) struct RequestedFacts<'r> {
    /// The facts that are asked for whole.
    pub(super) wholes: Vec<&'r Fact>,
    /// What is ruled on for the person whom the request is about: facts, and parts on which privacy law rules by
    /// themselves.
    own: Vec<&'r Fact>,
    /// The same for each person whom the catalogue names.
    of_named: Vec<(&'r FieldName, Vec<&'r Fact>)>,
}

impl<'r> RequestedFacts<'r> {
    pub(super) fn of(engine: &'r Engine, case: &'r DisclosureCase) -> Self {
        let rulebook = engine.rulebook();
        let mut requested = Self::default();
        let mut seen: HashSet<&FieldName> = HashSet::new();
        let mut parts: Vec<(Option<&FieldName>, &Fact)> = Vec::new();
        for fact in case.facts.iter().filter_map(|name| rulebook.fact_at(name)) {
            if !seen.insert(&fact.name) {
                continue;
            }
            let person = match rulebook.fact(fact.name.fact_name()).map(|whole| &whole.holder) {
                // A request that is about another person than the applicant is about this one.
                Some(Holder::Other(person)) if case.disclosure.subject.party == Party::Applicant => Some(person),
                // A part of a list of people that is asked for by itself is that of whom the request is about.
                Some(Holder::Other(_) | Holder::Applicant | Holder::Household | Holder::EachItem) | None => None,
            };
            requested.add(person, fact);
            if !fact.name.is_part() {
                requested.wholes.push(fact);
            }
            if fact.holder != Holder::EachItem {
                parts.extend(fact.ruled_parts().into_iter().map(|part| (person, part)));
            }
        }
        // A part that is asked for by itself beside its whole is ruled on once.
        for (person, part) in parts {
            if seen.insert(&part.name) {
                requested.add(person, part);
            }
        }
        requested
    }

    fn add(&mut self, person: Option<&'r FieldName>, fact: &'r Fact) {
        let Some(person) = person else {
            self.own.push(fact);
            return;
        };
        match self.of_named.iter_mut().find(|(known, _)| *known == person) {
            Some((_, facts)) => facts.push(fact),
            None => self.of_named.push((person, vec![fact])),
        }
    }
}

/// The rulings on the facts of everybody whom the request is about, each under its name in the values. The parts of a
/// list of people have their names in the catalogue, for a person of whom nothing is known, where there are no values,
/// and where the list isn't handed over as it is: the names of its items would tell how many they are.
pub(super) fn rulings_on_people(
    engine: &Engine,
    case: &DisclosureCase,
    facts: &RequestedFacts<'_>,
) -> Result<Arc<Rulings>, DecideError> {
    let own = strictest(engine, case, &case.disclosure, &case.alternatives, &facts.own)?;
    let unknown = UnknownPerson::of(case);
    let mut people = PeopleRulings::new(engine, case, &unknown);
    for (person, facts) in &facts.of_named {
        people.rule_on(std::iter::once(PersonPlace::Named((*person).clone())), facts)?;
    }
    let mut without_items: Vec<&Fact> = Vec::new();
    for list in facts.wholes.iter().filter(|fact| fact.holder == Holder::EachItem) {
        let parts = list.ruled_parts();
        match field(&case.values.0, &list.name) {
            Some(Value::List(items)) if !items.is_empty() && own.verdict_on(&list.name) == Some(Verdict::Permit) => {
                let item = |index| PersonPlace::Item { list: list.name.clone(), index };
                people.rule_on((0..items.len()).map(item), &parts)?;
            }
            _ => without_items.extend(parts.into_iter().filter(|part| !case.facts.contains(&part.name))),
        }
    }
    if people.ruled.is_empty() && without_items.is_empty() {
        return Ok(own);
    }
    let mut rulings = own.with_people(people.ruled.iter().map(|(place, rulings)| (place, rulings.as_ref())));
    if !without_items.is_empty() {
        let of_unknown = strictest(engine, case, &unknown.disclosure, &unknown.alternatives, &without_items)?;
        rulings = rulings.with_others(&of_unknown);
    }
    Ok(Arc::new(rulings))
}

/// The processing of the facts of a person of whom the request says nothing: on its day, and on another that counts.
struct UnknownPerson {
    disclosure: Disclosure,
    alternatives: Vec<Disclosure>,
}

impl UnknownPerson {
    fn of(case: &DisclosureCase) -> Self {
        let alternatives = case.alternatives.iter().map(disclosure_of_unknown).collect();
        Self { disclosure: disclosure_of_unknown(&case.disclosure), alternatives }
    }
}

/// The rulings on the facts of other people than the one whom the request is about.
struct PeopleRulings<'p> {
    engine: &'p Engine,
    case: &'p DisclosureCase,
    unknown: &'p UnknownPerson,
    known: HashMap<&'p PersonPlace, &'p OtherPerson>,
    ruled: Vec<(PersonPlace, Arc<Rulings>)>,
}

impl<'p> PeopleRulings<'p> {
    fn new(engine: &'p Engine, case: &'p DisclosureCase, unknown: &'p UnknownPerson) -> Self {
        let known = case.others.iter().map(|other| (&other.place, other)).collect();
        Self { engine, case, unknown, known, ruled: Vec::new() }
    }

    /// Rules on the same facts of several people; those of whom the law can't tell a difference share the rulings.
    fn rule_on(&mut self, places: impl Iterator<Item = PersonPlace>, facts: &[&Fact]) -> Result<(), DecideError> {
        let mut shared: Vec<(&Disclosure, &[Disclosure], Arc<Rulings>)> = Vec::new();
        for place in places {
            let (disclosure, alternatives) = match self.known.get(&place) {
                Some(other) => (&other.disclosure, other.alternatives.as_slice()),
                None => (&self.unknown.disclosure, self.unknown.alternatives.as_slice()),
            };
            let found = shared.iter().find(|(known, others, _)| *known == disclosure && *others == alternatives);
            let rulings = match found {
                Some((.., rulings)) => Arc::clone(rulings),
                None => strictest(self.engine, self.case, disclosure, alternatives, facts)?,
            };
            if found.is_none() {
                shared.push((disclosure, alternatives, Arc::clone(&rulings)));
            }
            self.ruled.push((place, rulings));
        }
        Ok(())
    }
}

/// For each fact the strictest of the rulings on a processing and on its alternatives.
fn strictest(
    engine: &Engine,
    case: &DisclosureCase,
    disclosure: &Disclosure,
    alternatives: &[Disclosure],
    facts: &[&Fact],
) -> Result<Arc<Rulings>, DecideError> {
    let mut rulings = rulings_on(engine, case, disclosure, facts)?;
    for alternative in alternatives.iter().filter(|alternative| *alternative != disclosure) {
        rulings = Arc::new(rulings.stricter(rulings_on(engine, case, alternative, facts)?.as_ref()));
    }
    Ok(rulings)
}

/// The rulings on one form of the request.
fn rulings_on(
    engine: &Engine,
    case: &DisclosureCase,
    disclosure: &Disclosure,
    facts: &[&Fact],
) -> Result<Arc<Rulings>, DecideError> {
    let rulebook = engine.rulebook();
    let chain: Chain = rulebook.jurisdictions_at(disclosure.known_at).chain(&case.jurisdiction, disclosure.on)?;
    let places: Vec<JurisdictionCode> = chain.iter().cloned().collect();
    let key = RulingKey::new(places.iter(), disclosure, case.activity, facts);
    if let Some(rulings) = engine.disclosure_rulings.get(&key) {
        return Ok(rulings);
    }
    let called = call_privacy_rules(rulebook, &places, PrivacyRequest { disclosure, activity: case.activity, facts });
    let rulings = Arc::new(called.compose(&places));
    if called.is_repeatable() {
        engine.disclosure_rulings.insert(key, &rulings);
    }
    Ok(rulings)
}
