//! Disclosure: which facts of a place a recipient may receive, and in which form.

mod case;
mod explained;
mod requested_facts;

use std::sync::Arc;

use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{RuledFact, RuledPeople, Rulings, Verdict};
use ordinance_domain::value::{Record, Value, field};

pub use self::case::DisclosureCase;
use self::explained::explained_rulings;
use self::requested_facts::{RequestedFacts, rulings_on_people};
use crate::engine::Engine;
use crate::error::DecideError;
use crate::pseudonyms::Pseudonymiser;

/// The rulings on a request for facts, and the values that may be disclosed.
#[derive(Debug, Clone, PartialEq)]
pub struct DisclosureDecision {
    /// The place that the requested code names on that day.
    pub jurisdiction: JurisdictionCode,
    /// What the law of all levels rules.
    pub rulings: Arc<Rulings>,
    /// The rulings whose reasons the recipient may see: of each person whose age was sent and isn't handed over, those
    /// on a person of unknown age.
    pub explained: Arc<Rulings>,
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
    let places = engine.rulebook().jurisdictions_at(case.disclosure.known_at);
    let chain: Chain = places.chain(&case.jurisdiction, case.disclosure.on)?;
    let place = chain.place().unwrap_or(&case.jurisdiction).clone();
    let facts = RequestedFacts::of(engine, case);
    let rulings = rulings_on_people(engine, case, &facts)?;
    let explained = explained_rulings(engine, case, &rulings)?;
    let throwaway = Pseudonymiser::with_throwaway_key();
    let pseudonymiser = if case.is_dry_run { &throwaway } else { engine.pseudonymiser() };
    let handover = Handover { case, rulings: &rulings, pseudonymiser };
    let hand_over = |fact: &&Fact| {
        let value = field(&case.values.0, &fact.name)?;
        let valued = Valued { fact, is_of_people: fact.holder == Holder::EachItem, name: &fact.name, value };
        Some((fact.name.clone(), handover.form(valued, rulings.verdict_on(&fact.name))?))
    };
    Ok(DisclosureDecision {
        jurisdiction: place,
        values: Facts(facts.wholes.iter().filter_map(hand_over).collect()),
        people: RuledPeople::groups_of(case.others.iter().map(|other| (&other.place, &other.disclosure))),
        rulings,
        explained,
    })
}

/// The handing over of values, each part as it is ruled on.
struct Handover<'h> {
    case: &'h DisclosureCase,
    rulings: &'h Rulings,
    pseudonymiser: &'h Pseudonymiser,
}

/// A value that may be handed over.
#[derive(Clone, Copy)]
struct Valued<'v> {
    fact: &'v Fact,
    /// Whether it is, or is in, a list of people: then each part is ruled on for its own person.
    is_of_people: bool,
    /// Its name in the values.
    name: &'v FieldName,
    value: &'v Value,
}

impl Handover<'_> {
    /// The form in which a fact or a part is handed over.
    fn form(&self, valued: Valued<'_>, verdict: Option<Verdict>) -> Option<Value> {
        match verdict? {
            Verdict::Permit => Some(self.with_parts(valued)),
            Verdict::Mask(mask) => {
                Some(self.pseudonymiser.mask(mask, &self.case.disclosure, valued.fact, valued.value))
            }
            Verdict::Withhold => None,
        }
    }

    fn with_parts(&self, Valued { fact, is_of_people, name, value }: Valued<'_>) -> Value {
        let record = |name: &FieldName, record: &Record| -> Record {
            let part = |(field, value): &(FieldName, Value)| {
                let known = fact.fact_type.fields().iter().find(|known| known.name == *field)?;
                let name = &name.part(field);
                let verdict = match (known.is_ruled_on, is_of_people) {
                    (true, true) => self.rulings.verdict_on_own_part(name),
                    (true, false) => self.rulings.verdict_on_part(name),
                    (false, _) => Some(Verdict::Permit),
                };
                let valued = Valued { fact: &known.part, is_of_people, name, value };
                Some((field.clone(), self.form(valued, verdict)?))
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
