//! What a simulation on an earlier revision may not give away: privacy law may have become stricter since. The law of
//! the revision in use counts too, so such a simulation is given only if it shows no fact more than that law lets it.

use std::sync::Arc;

use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::{Contract, PrivacyReach};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{JurisdictionCode, UnknownPlaceError};
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, DataSubject, Disclosure};
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_engine::{Case, DecideError, DisclosureCase, Engine, disclose};

/// The facts of a service on which the privacy law in use is stricter than that of an earlier revision, for the
/// recipient, the purpose, the basis and the place of a case. Every age of the person is tried, so that the answer
/// tells nothing of the age of the case. Where the law of a level doesn't bind the rules above it, the law for the
/// rules of each level is compared.
///
/// # Errors
/// [`DecideError`] if one of the revisions doesn't have the place or the service.
pub(crate) fn stricter_facts(earlier: &Engine, in_use: &Engine, case: &Case) -> Result<Vec<FieldName>, DecideError> {
    let contract = contract_of(earlier, case)?;
    let with_parts = contract.facts.iter().flat_map(|fact| std::iter::once(fact).chain(fact.ruled_parts()));
    let names: Vec<FieldName> = with_parts.map(|fact| fact.name.clone()).collect();
    let mut people: Vec<&Disclosure> = vec![&case.disclosure];
    for other in &case.others {
        if !people.contains(&&other.disclosure) {
            people.push(&other.disclosure);
        }
    }
    let mut stricter: Vec<FieldName> = Vec::new();
    for comparison in comparisons(earlier, in_use, case)? {
        for person in &people {
            for age_band in AgeBand::ALL.map(Some).into_iter().chain([None]) {
                let subject = DataSubject { age_band, ..person.subject };
                let disclosure = Disclosure { subject, ..Disclosure::clone(person) };
                let of_then = rule_on(earlier, &comparison.then, &disclosure, comparison.activity, &names)?;
                let of_now = rule_on(in_use, &comparison.now, &disclosure, comparison.activity, &names)?;
                let found = names.iter().filter(|name| is_stricter_now(name, &of_then, &of_now)).cloned();
                let found: Vec<FieldName> = found.filter(|name| !stricter.contains(name)).collect();
                stricter.extend(found);
            }
        }
    }
    Ok(stricter)
}

/// Which law of then is held against which law of now: the law of a place with all above it.
struct LawComparison {
    activity: Activity,
    then: JurisdictionCode,
    now: JurisdictionCode,
}

/// What may be told is a matter of the whole chain; what a rule may use, of the law that binds the rule.
fn comparisons(earlier: &Engine, in_use: &Engine, case: &Case) -> Result<Vec<LawComparison>, DecideError> {
    let as_of = case.query.day();
    let reach_then = contract_of(earlier, case)?.privacy_reach_on(as_of);
    let reach_now = contract_of(in_use, case)?.privacy_reach_on(as_of);
    let binding = |reach: PrivacyReach, level: &JurisdictionCode, place: &JurisdictionCode| match reach {
        PrivacyReach::AllLevels => place.clone(),
        PrivacyReach::OwnAndLower => level.clone(),
    };
    let mut comparisons = Vec::new();
    for place in places_on(in_use, &case.query.jurisdiction, case.disclosure.law_day())? {
        let chain = in_use.rulebook().jurisdictions_at(case.disclosure.known_at).chain(&place, case.disclosure.on)?;
        comparisons.extend(chain.iter().map(|level| LawComparison {
            activity: Activity::Decide,
            then: binding(reach_then, level, &place),
            now: binding(reach_now, level, &place),
        }));
        comparisons.push(LawComparison { activity: Activity::Explain, then: place.clone(), now: place });
    }
    Ok(comparisons)
}

fn contract_of<'e>(engine: &'e Engine, case: &Case) -> Result<&'e Arc<Contract>, DecideError> {
    let service = &case.query.service;
    engine.rulebook().contract(service).ok_or_else(|| engine.rulebook().unknown_service(service))
}

/// The places whose law rules on a day: the place itself, or those that it has become by then.
fn places_on(engine: &Engine, code: &JurisdictionCode, day: LawDay) -> Result<Vec<JurisdictionCode>, DecideError> {
    match engine.rulebook().jurisdictions_at(day.known_at).chain(code, day.as_of) {
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
        others: Vec::new(),
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
