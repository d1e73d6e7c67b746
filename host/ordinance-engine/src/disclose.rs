//! Disclosure: which facts of a place a recipient may receive, and in which form.

use std::sync::Arc;

use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, Disclosure, Rulings, Verdict};
use ordinance_domain::value::field;

use crate::engine::Engine;
use crate::error::DecideError;
use crate::privacy::{PrivacyRequest, rule_on};
use crate::pseudonyms::Pseudonymiser;
use crate::ruling_cache::RulingKey;

/// A request for facts of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct DisclosureCase {
    /// The place whose law rules on it.
    pub jurisdiction: JurisdictionCode,
    /// Recipient, purpose, legal basis, data subject and day.
    pub disclosure: Disclosure,
    /// What is to be done with the facts.
    pub activity: Activity,
    pub facts: Vec<FieldName>,
    /// Their values, where they are to be handed over; a fact without one is ruled on alone.
    pub values: Facts,
    /// Whether it is a dry run. A dry run makes pseudonyms with a throw-away key; with the real key, an unrecorded
    /// caller could confirm guesses (a dictionary attack).
    pub is_dry_run: bool,
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
}

/// Rules on a request for facts, and masks their values.
///
/// # Errors
/// [`DecideError`] if the place is unknown on that day. There is no ruling on a fact that the rulebook doesn't have;
/// the reader of requests rejects such a fact.
pub fn disclose(engine: &Engine, case: &DisclosureCase) -> Result<DisclosureDecision, DecideError> {
    let rulebook = engine.rulebook();
    let chain: Chain = rulebook.jurisdictions().chain(&case.jurisdiction, case.disclosure.on)?;
    let places: Vec<JurisdictionCode> = chain.iter().cloned().collect();
    let facts: Vec<&Fact> = case.facts.iter().filter_map(|name| rulebook.fact(name.as_str())).collect();
    let key = RulingKey::new(places.iter(), &case.disclosure, case.activity, &facts);
    let rulings = engine.disclosure_rulings.get(&key).unwrap_or_else(|| {
        let request = PrivacyRequest { disclosure: &case.disclosure, activity: case.activity, facts: &facts };
        let found = rule_on(rulebook, &places, request);
        let rulings = Arc::new(found.rulings);
        if found.is_repeatable {
            engine.disclosure_rulings.insert(key, &rulings);
        }
        rulings
    });
    let throwaway = Pseudonymiser::with_throwaway_key();
    let pseudonymiser = if case.is_dry_run { &throwaway } else { engine.pseudonymiser() };
    let hand_over = |fact: &&Fact| {
        let value = field(&case.values.0, &fact.name)?;
        let form = match rulings.ruling_on(&fact.name)?.verdict {
            Verdict::Permit => value.clone(),
            Verdict::Mask(mask) => pseudonymiser.mask(mask, &case.disclosure, &fact.name, value),
            Verdict::Withhold => return None,
        };
        Some((fact.name.clone(), form))
    };
    Ok(DisclosureDecision {
        jurisdiction: chain.place().unwrap_or(&case.jurisdiction).clone(),
        values: Facts(facts.iter().filter_map(hand_over).collect()),
        rulings,
    })
}
