//! Disclosure: which facts of a place a recipient may receive, and in which form.

use std::sync::Arc;

use ordinance_domain::calendar::Date;
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, Disclosure, Rulings, Verdict};
use ordinance_domain::value::field;

use crate::engine::Engine;
use crate::error::DecideError;
use crate::privacy::{PrivacyRequest, call_privacy_rules};
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
    /// What is to be done with the facts.
    pub activity: Activity,
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
}

/// Rules on a request for facts, and masks their values.
///
/// # Errors
/// [`DecideError`] if the place is unknown on that day. There is no ruling on a fact that the rulebook doesn't have;
/// the reader of requests rejects such a fact.
pub fn disclose(engine: &Engine, case: &DisclosureCase) -> Result<DisclosureDecision, DecideError> {
    let rulebook = engine.rulebook();
    let facts: Vec<&Fact> = case.facts.iter().filter_map(|name| rulebook.fact(name.as_str())).collect();
    let (place, mut rulings) = rulings_on(engine, case, &case.disclosure, &facts)?;
    for alternative in case.alternatives.iter().filter(|alternative| **alternative != case.disclosure) {
        let (_, others) = rulings_on(engine, case, alternative, &facts)?;
        rulings = Arc::new(rulings.stricter(&others));
    }
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
    Ok(DisclosureDecision { jurisdiction: place, values: Facts(facts.iter().filter_map(hand_over).collect()), rulings })
}

/// The rulings on one form of the request, and the place that the requested code names on its day.
fn rulings_on(
    engine: &Engine,
    case: &DisclosureCase,
    disclosure: &Disclosure,
    facts: &[&Fact],
) -> Result<(JurisdictionCode, Arc<Rulings>), DecideError> {
    let rulebook = engine.rulebook();
    let chain: Chain = rulebook.jurisdictions_at(disclosure.known_at).chain(&case.jurisdiction, disclosure.on)?;
    let place = chain.place().unwrap_or(&case.jurisdiction).clone();
    let places: Vec<JurisdictionCode> = chain.iter().cloned().collect();
    let key = RulingKey::new(places.iter(), disclosure, case.activity, facts);
    if let Some(rulings) = engine.disclosure_rulings.get(&key) {
        return Ok((place, rulings));
    }
    let called = call_privacy_rules(rulebook, &places, PrivacyRequest { disclosure, activity: case.activity, facts });
    let rulings = Arc::new(called.compose(&places));
    if called.is_repeatable() {
        engine.disclosure_rulings.insert(key, &rulings);
    }
    Ok((place, rulings))
}
