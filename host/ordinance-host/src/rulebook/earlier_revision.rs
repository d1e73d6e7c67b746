//! What a simulation on an earlier revision may not give away: privacy law may have become stricter since. The law of
//! the revision in use counts too, so such a simulation is given only if it shows no fact more than that law lets it.

use ordinance_domain::calendar::Date;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{JurisdictionCode, UnknownPlaceError};
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, DataSubject, Disclosure};
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_engine::{Case, DecideError, DisclosureCase, Engine, disclose};

/// What a decision does with facts: rules use them, and the recipient is told of them.
const ACTIVITIES: [Activity; 2] = [Activity::Decide, Activity::Explain];

/// The facts of a service on which the privacy law in use is stricter than that of an earlier revision, for the
/// recipient, the purpose, the basis and the place of a case. Every age of the person is tried, so that the answer
/// tells nothing of the age of the case.
///
/// # Errors
/// [`DecideError`] if one of the revisions doesn't have the place or the service.
pub(crate) fn stricter_facts(earlier: &Engine, in_use: &Engine, case: &Case) -> Result<Vec<FieldName>, DecideError> {
    let service = &case.query.service;
    let contract = earlier.rulebook().contract(service);
    let contract = contract.ok_or_else(|| DecideError::UnknownService(service.clone()))?;
    let names: Vec<FieldName> = contract.facts.iter().map(|fact| fact.name.clone()).collect();
    let places = places_on(in_use, &case.query.jurisdiction, case.disclosure.on)?;
    let mut stricter: Vec<FieldName> = Vec::new();
    for age_band in AgeBand::ALL.map(Some).into_iter().chain([None]) {
        let subject = DataSubject { age_band, ..case.disclosure.subject };
        let disclosure = Disclosure { subject, ..case.disclosure.clone() };
        for place in &places {
            for activity in ACTIVITIES {
                let of_then = rule_on(earlier, place, &disclosure, activity, &names)?;
                let of_now = rule_on(in_use, place, &disclosure, activity, &names)?;
                let found = names.iter().filter(|name| is_stricter_now(name, &of_then, &of_now)).cloned();
                let found: Vec<FieldName> = found.filter(|name| !stricter.contains(name)).collect();
                stricter.extend(found);
            }
        }
    }
    Ok(stricter)
}

/// The places whose law rules on a day: the place itself, or those that it has become by then.
fn places_on(engine: &Engine, code: &JurisdictionCode, day: Date) -> Result<Vec<JurisdictionCode>, DecideError> {
    match engine.rulebook().jurisdictions().chain(code, day) {
        Ok(_) => Ok(vec![code.clone()]),
        Err(UnknownPlaceError::Ended { successors, .. }) if !successors.is_empty() => Ok(successors),
        Err(error) => Err(DecideError::UnknownPlace(error)),
    }
}

/// What the privacy law of one revision rules on these facts.
fn rule_on(
    engine: &Engine,
    jurisdiction: &JurisdictionCode,
    disclosure: &Disclosure,
    activity: Activity,
    facts: &[FieldName],
) -> Result<DisclosureDecision, DecideError> {
    let case = DisclosureCase {
        jurisdiction: jurisdiction.clone(),
        disclosure: disclosure.clone(),
        alternatives: Vec::new(),
        activity,
        facts: facts.to_vec(),
        values: Facts::default(),
        is_dry_run: true,
    };
    disclose(engine, &case)
}

/// A fact on which the revision in use has no ruling, since its catalogue no longer has the fact, may not be used.
fn is_stricter_now(name: &FieldName, of_then: &DisclosureDecision, of_now: &DisclosureDecision) -> bool {
    let then = of_then.rulings.ruling_on(name).map(|ruled| ruled.verdict);
    let now = of_now.rulings.ruling_on(name).map(|ruled| ruled.verdict);
    match (then, now) {
        (Some(then), Some(now)) => !then.is_as_strict_as(now),
        (Some(_), None) => true,
        (None, _) => false,
    }
}
