//! Disclosure: which facts of a place a recipient may receive, and in which form.

use std::sync::Arc;

use ordinance_domain::calendar::Date;
use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, Disclosure, PersonPlace, RuledFact, RuledPeople, Rulings, Verdict};
use ordinance_domain::value::{Record, Value, field};

use crate::engine::Engine;
use crate::error::DecideError;
use crate::privacy::{PrivacyRequest, call_privacy_rules};
use crate::processing::{OtherPerson, disclosure_of_unknown};
use crate::pseudonyms::Pseudonymiser;
use crate::ruling_cache::RulingKey;

/// A request for facts of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct DisclosureCase {
    /// The place whose law rules on it.
    pub jurisdiction: JurisdictionCode,
    /// Recipient, purpose, legal basis, data subject and day.
    pub disclosure: Disclosure,
    /// Other forms of the request on which privacy law rules as well; see [`Case::alternatives`](crate::Case).
    pub alternatives: Vec<Disclosure>,
    /// The other people whom the values are about.
    pub others: Vec<OtherPerson>,
    /// What is to be done with the facts.
    pub activity: Activity,
    /// The facts, or parts of facts by their names in the catalogue.
    pub facts: Vec<FieldName>,
    /// Their values, where they are to be handed over; a fact without one is ruled on alone.
    pub values: Facts,
    /// Whether it is a dry run. A dry run makes pseudonyms with a throw-away key; with the real key, an unrecorded
    /// caller could confirm guesses (a dictionary attack).
    pub is_dry_run: bool,
}

impl DisclosureCase {
    /// Another day than that of the request, whose privacy law counts as well.
    #[must_use]
    pub fn also_on(&self) -> Option<Date> {
        self.alternatives.iter().map(|alternative| alternative.on).find(|day| *day != self.disclosure.on)
    }
}

/// The rulings on a request for facts, and the values that may be disclosed.
#[derive(Debug, Clone, PartialEq)]
pub struct DisclosureDecision {
    /// The place that the requested code names on that day.
    pub jurisdiction: JurisdictionCode,
    /// What the law of all levels rules.
    pub rulings: Arc<Rulings>,
    /// What is handed over, masked where it is ruled so.
    pub values: Facts,
    /// The other people whom the values are about.
    pub people: Vec<RuledPeople>,
}

impl DisclosureDecision {
    /// The ruling that counts for all requested facts together: the strictest of those on them and on their parts.
    #[must_use]
    pub fn strictest(&self) -> Option<&RuledFact> {
        let rank = |ruled: &&RuledFact| match ruled.verdict {
            Verdict::Withhold => 0,
            Verdict::Mask(_) => 1,
            Verdict::Permit => 2,
        };
        self.rulings.facts().iter().min_by_key(rank)
    }
}

/// Rules on a request for facts, and masks their values.
///
/// # Errors
/// [`DecideError`] if the place is unknown on that day. There is no ruling on a fact that the rulebook doesn't have;
/// the reader of requests rejects such a fact.
pub fn disclose(engine: &Engine, case: &DisclosureCase) -> Result<DisclosureDecision, DecideError> {
    let rulebook = engine.rulebook();
    let facts: Vec<&Fact> = case.facts.iter().filter_map(|name| rulebook.fact_at(name)).collect();
    let chain: Chain = rulebook.jurisdictions().chain(&case.jurisdiction, case.disclosure.on)?;
    let place = chain.place().unwrap_or(&case.jurisdiction).clone();
    let rulings = rulings_on_people(engine, case, &facts)?;
    let throwaway = Pseudonymiser::with_throwaway_key();
    let pseudonymiser = if case.is_dry_run { &throwaway } else { engine.pseudonymiser() };
    let handover = Handover { case, rulings: &rulings, pseudonymiser };
    let hand_over = |fact: &&Fact| {
        let value = field(&case.values.0, &fact.name)?;
        Some((fact.name.clone(), handover.form(fact, &fact.name, value, rulings.verdict_on(&fact.name))?))
    };
    Ok(DisclosureDecision {
        jurisdiction: place,
        values: Facts(facts.iter().filter_map(hand_over).collect()),
        people: RuledPeople::groups_of(case.others.iter().map(|other| (&other.place, &other.disclosure))),
        rulings,
    })
}

/// The handing over of values, each part as it is ruled on.
struct Handover<'h> {
    case: &'h DisclosureCase,
    rulings: &'h Rulings,
    pseudonymiser: &'h Pseudonymiser,
}

impl Handover<'_> {
    /// The form in which a fact or a part is handed over; `name` is that in the values.
    fn form(&self, fact: &Fact, name: &FieldName, value: &Value, verdict: Option<Verdict>) -> Option<Value> {
        match verdict? {
            Verdict::Permit => Some(self.with_parts(fact, name, value)),
            Verdict::Mask(mask) => {
                Some(self.pseudonymiser.mask(mask, &self.case.disclosure, &name.without_items(), value))
            }
            Verdict::Withhold => None,
        }
    }

    fn with_parts(&self, fact: &Fact, name: &FieldName, value: &Value) -> Value {
        let record = |name: &FieldName, record: &Record| -> Record {
            let part = |(field, value): &(FieldName, Value)| {
                let known = fact.fact_type.fields().iter().find(|known| known.name == *field)?;
                let name = name.part(field);
                let verdict = match known.is_ruled_on {
                    true => self.rulings.verdict_on(&name).or_else(|| self.rulings.verdict_on(&name.without_items())),
                    false => Some(Verdict::Permit),
                };
                Some((field.clone(), self.form(&known.part, &name, value, verdict)?))
            };
            record.iter().filter_map(part).collect()
        };
        match value {
            Value::Record(fields) => Value::Record(record(name, fields)),
            Value::List(items) => {
                Value::List(items.iter().enumerate().map(|(index, item)| record(&name.item(index), item)).collect())
            }
            other => other.clone(),
        }
    }
}

/// The rulings on the facts of everybody whom the request is about, each under its name in the values. Of a list of
/// people without values, the parts are ruled on for a person of whom nothing is known.
fn rulings_on_people(engine: &Engine, case: &DisclosureCase, facts: &[&Fact]) -> Result<Arc<Rulings>, DecideError> {
    let of = |kind: &dyn Fn(&Fact) -> bool| facts.iter().copied().filter(|fact| kind(fact)).collect::<Vec<&Fact>>();
    // A part that is asked for by itself is one of the person whom the request is about.
    let mut of_applicant = of(&|fact| fact.name.is_part() || !matches!(fact.holder, Holder::Other(_)));
    let own_parts: Vec<&Fact> =
        of_applicant.iter().filter(|fact| fact.holder != Holder::EachItem).flat_map(|fact| ruled_parts(fact)).collect();
    of_applicant.extend(own_parts);
    let mut rulings = strictest(engine, case, &case.disclosure, &case.alternatives, &of_applicant)?;
    let lists = of(&|fact| fact.holder == Holder::EachItem);
    for OtherPerson { place, disclosure, alternatives } in &case.others {
        let theirs: Vec<&Fact> = match place {
            PersonPlace::Named(person) => {
                let whole = of(&|fact| fact.holder == Holder::Other(person.clone()));
                whole.iter().flat_map(|fact| std::iter::once(*fact).chain(ruled_parts(fact))).collect()
            }
            PersonPlace::Item { list, .. } => {
                lists.iter().filter(|fact| fact.name == *list).flat_map(|fact| ruled_parts(fact)).collect()
            }
        };
        if theirs.is_empty() {
            continue;
        }
        let others = strictest(engine, case, disclosure, alternatives, &theirs)?;
        rulings = Arc::new(rulings.with_people(std::iter::once((place, others.as_ref()))));
    }
    let is_empty = |list: &&&Fact| !case.others.iter().any(|other| other.place.is_in(&list.name));
    let unknown: Vec<&Fact> = lists.iter().filter(is_empty).flat_map(|list| ruled_parts(list)).collect();
    let unknown: Vec<&Fact> = unknown.into_iter().filter(|part| !case.facts.contains(&part.name)).collect();
    if !unknown.is_empty() {
        let disclosure = disclosure_of_unknown(&case.disclosure);
        let others = strictest(engine, case, &disclosure, &[], &unknown)?;
        rulings = Arc::new(rulings.with_others(&others));
    }
    Ok(rulings)
}

/// The parts of a fact on which privacy law rules by themselves.
fn ruled_parts(fact: &Fact) -> Vec<&Fact> {
    let fields = fact.fact_type.fields().iter();
    fields
        .flat_map(|field| {
            let own = field.is_ruled_on.then_some(&field.part);
            own.into_iter().chain(ruled_parts(&field.part))
        })
        .collect()
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
