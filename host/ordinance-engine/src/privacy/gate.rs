//! The privacy gate: what privacy law rules on the facts that the rules of a chain declare. Stage 4 of a decision.

use std::collections::HashSet;

use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::PrivacyReach;
use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_domain::privacy::{
    Activity, DataSubject, Disclosure, PersonPlace, PrivacyRulings, RecipientKind, Verdict,
};

use crate::case::Case;
use crate::law::ApplicableLaw;
use crate::law_plan::PersonKind;
use crate::observer::{Observer, Stage};
use crate::privacy::rule_on::{PrivacyRequest, call_privacy_rules};
use crate::processing::OtherPerson;
use crate::ruling_cache::RulingKey;

/// Gets the rulings on the facts of a case: for the rules, for the recipient and, if the case reveals an age that is
/// hidden from the recipient, for a person of unknown age. Each person's facts are ruled on for that person; people of
/// whom the law can't tell a difference share one request.
#[must_use]
pub fn gate(law: &ApplicableLaw<'_>, case: &Case, observer: &mut impl Observer) -> PrivacyRulings {
    let own = Subject { kind: PersonKind::Applicant, disclosure: &case.disclosure, alternatives: &case.alternatives };
    let of_applicant = rule_on_subject(law, own, &|rulings| reveals_hidden_age(law, &case.facts, rulings), observer);
    if case.others.is_empty() {
        return of_applicant;
    }
    let mut subjects: Vec<(Subject<'_>, PrivacyRulings)> = Vec::new();
    let mut people: Vec<(&PersonPlace, usize)> = Vec::new();
    for OtherPerson { place, disclosure, alternatives } in &case.others {
        let kind = match place {
            PersonPlace::Named(person) => PersonKind::Named(person),
            PersonPlace::Item { .. } => PersonKind::Item,
        };
        let subject = Subject { kind, disclosure, alternatives };
        let known = subjects.iter().position(|(known, _)| *known == subject);
        let index = known.unwrap_or_else(|| {
            let hides_age = |rulings: &PrivacyRulings| hides_an_age(law, kind, rulings);
            subjects.push((subject, rule_on_subject(law, subject, &hides_age, observer)));
            subjects.len() - 1
        });
        people.push((place, index));
    }
    let of_people = people.iter().filter_map(|(place, index)| Some((*place, &subjects.get(*index)?.1)));
    of_applicant.with_people(of_people)
}

/// One of the people of a case, or several of whom the law can't tell a difference, and the forms of the processing of
/// their facts.
#[derive(Clone, Copy, PartialEq)]
struct Subject<'c> {
    kind: PersonKind<'c>,
    disclosure: &'c Disclosure,
    alternatives: &'c [Disclosure],
}

/// The rulings on the facts of one person, with those on a person of unknown age if they hide the age.
fn rule_on_subject(
    law: &ApplicableLaw<'_>,
    subject: Subject<'_>,
    hides_age: &dyn Fn(&PrivacyRulings) -> bool,
    observer: &mut impl Observer,
) -> PrivacyRulings {
    let ruled = kept_or_ruled(law, subject, false, || strictest(law, subject, observer));
    if subject.disclosure.subject.age_band.is_none() || !hides_age(&ruled.rulings) {
        return ruled.rulings;
    }
    let explained = kept_or_ruled(law, subject, true, || {
        let neutral = |disclosure: &Disclosure| {
            let subject = DataSubject { age_band: None, ..disclosure.subject };
            Disclosure { subject, ..disclosure.clone() }
        };
        let alternatives: Vec<Disclosure> = subject.alternatives.iter().map(neutral).collect();
        let disclosure = neutral(subject.disclosure);
        let of_unknown = Subject { disclosure: &disclosure, alternatives: &alternatives, ..subject };
        let age_neutral = strictest(law, of_unknown, observer);
        Ruled {
            rulings: ruled.rulings.with_age_neutral(Some(age_neutral.rulings)),
            is_repeatable: ruled.is_repeatable && age_neutral.is_repeatable,
        }
    });
    explained.rulings
}

/// Rulings, and whether the rules would give them again.
struct Ruled {
    rulings: PrivacyRulings,
    is_repeatable: bool,
}

/// The rulings that the plan of the law keeps on the processing of a person's facts, or else those that `rule` gets.
fn kept_or_ruled(
    law: &ApplicableLaw<'_>,
    subject: Subject<'_>,
    hides_age: bool,
    rule: impl FnOnce() -> Ruled,
) -> Ruled {
    let Subject { kind, disclosure, alternatives } = subject;
    if let Some(kept) = law.plan.kept_rulings(kind, disclosure, alternatives, hides_age) {
        return Ruled { rulings: kept, is_repeatable: true };
    }
    let ruled = rule();
    if ruled.is_repeatable {
        law.plan.keep_rulings(kind, disclosure, alternatives, hides_age, &ruled.rulings);
    }
    ruled
}

/// Gets the rulings on the facts that the rules of a chain declare and that are the applicant's, without a case.
#[must_use]
pub fn rulings_without_case(
    law: &ApplicableLaw<'_>,
    disclosure: &Disclosure,
    observer: &mut impl Observer,
) -> PrivacyRulings {
    rule_on_declared_facts(law, PersonKind::Applicant, disclosure, observer).rulings
}

/// For each fact the strictest of the rulings on a processing and on its alternatives.
fn strictest(law: &ApplicableLaw<'_>, subject: Subject<'_>, observer: &mut impl Observer) -> Ruled {
    let Subject { kind, disclosure, alternatives } = subject;
    let ruled = rule_on_declared_facts(law, kind, disclosure, observer);
    let others = alternatives.iter().filter(|other| *other != disclosure);
    others.fold(ruled, |ruled, other| {
        let other = rule_on_declared_facts(law, kind, other, observer);
        Ruled {
            rulings: ruled.rulings.stricter(&other.rulings),
            is_repeatable: ruled.is_repeatable && other.is_repeatable,
        }
    })
}

fn rule_on_declared_facts(
    law: &ApplicableLaw<'_>,
    kind: PersonKind<'_>,
    disclosure: &Disclosure,
    observer: &mut impl Observer,
) -> Ruled {
    let chain = &privacy_chain(law, disclosure);
    let declared = law.plan.declared_of(kind);
    let upper = upper_chains(law, chain, disclosure);
    let key = RulingKey::new(chain.iter(), disclosure, Activity::Decide, &declared)
        .with_upper_levels(upper.iter().map(Vec::as_slice));
    if let Some(rulings) = law.engine.case_rulings.get(&key) {
        return Ruled { rulings, is_repeatable: true };
    }
    let call =
        |activity| call_privacy_rules(law.rulebook(), chain, PrivacyRequest { disclosure, activity, facts: &declared });
    let (for_rules, for_recipient) =
        observer.stage(Stage::PrivacyRules, |_| (call(Activity::Decide), call(Activity::Explain)));
    let rulings = PrivacyRulings::new(
        disclosure.clone(),
        for_rules.compose(chain),
        upper.iter().map(|upper| for_rules.compose(upper)).collect(),
        for_recipient.compose(chain),
    );
    let is_repeatable = for_rules.is_repeatable() && for_recipient.is_repeatable();
    if is_repeatable {
        law.engine.case_rulings.insert(key, &rulings);
    }
    Ruled { rulings, is_repeatable }
}

/// For the rules of the uppermost levels, top first, the part of the privacy chain that binds them, where that isn't
/// the whole: the places that have the role of the level's place, and those above them.
fn upper_chains(
    law: &ApplicableLaw<'_>,
    chain: &[JurisdictionCode],
    disclosure: &Disclosure,
) -> Vec<Vec<JurisdictionCode>> {
    if law.contract().privacy_reach_on(law.query.day()) == PrivacyReach::AllLevels {
        return Vec::new();
    }
    let part = |level: usize| -> Vec<JurisdictionCode> {
        let binding = chain_of_level(law, level, disclosure.law_day());
        chain.iter().filter(|place| binding.contains(place)).cloned().collect()
    };
    let parts = (0..law.levels().len()).map(part);
    // Where no place of today has the role of a level above the case's, the whole chain binds it.
    parts.take_while(|part| !part.is_empty() && part.len() < chain.len()).collect()
}

/// Whether a fact of the case reveals the age of the applicant and is hidden from the recipient.
fn reveals_hidden_age(law: &ApplicableLaw<'_>, facts: &Facts, rulings: &PrivacyRulings) -> bool {
    let sent = facts.0.iter().filter_map(|(name, _)| law.contract().fact(name.as_str()));
    let of_applicant = sent.filter(|fact| fact.holder == Holder::Applicant);
    of_applicant.flat_map(with_ruled_parts).any(|fact| is_hidden_age(fact, rulings))
}

/// Whether a fact that tells the age of another person is hidden from the recipient.
fn hides_an_age(law: &ApplicableLaw<'_>, kind: PersonKind<'_>, rulings: &PrivacyRulings) -> bool {
    law.plan.declared_of(kind).into_iter().any(|fact| is_hidden_age(fact, rulings))
}

/// A fact and those of its parts on which privacy law rules by themselves.
fn with_ruled_parts(fact: &Fact) -> Vec<&Fact> {
    let parts = fact.fact_type.fields().iter().filter(|field| field.is_ruled_on);
    std::iter::once(fact).chain(parts.flat_map(|field| with_ruled_parts(&field.part))).collect()
}

fn is_hidden_age(fact: &Fact, rulings: &PrivacyRulings) -> bool {
    let name = &fact.name;
    let is_age = fact.category.is_some_and(|category| category.is_age() || category.is_birth_date());
    let is_shown = match rulings.for_recipient().ruling_on(name) {
        Some(ruled) => ruled.verdict == Verdict::Permit,
        // Privacy law rules on no fact that no rule declares.
        None => matches!(rulings.disclosure().recipient.kind, RecipientKind::Subject | RecipientKind::Portal),
    };
    is_age && !is_shown
}

/// The places whose privacy law counts on a case: those of the day of processing.
fn privacy_chain(law: &ApplicableLaw<'_>, disclosure: &Disclosure) -> Vec<JurisdictionCode> {
    chain_of_level(law, law.levels().len().saturating_sub(1), disclosure.law_day())
}

/// The places whose privacy law counts on a day for the place of a level: those above the place that has its role then.
/// Where several have it, or none, it isn't clear which of them would rule. So all do; those above it, if none took its
/// role; and those of the day of the case. The place of the case comes last.
fn chain_of_level(law: &ApplicableLaw<'_>, level: usize, day: LawDay) -> Vec<JurisdictionCode> {
    let places = law.rulebook().jurisdictions_at(day.known_at);
    let Some(of_case) = law.levels().get(level) else { return Vec::new() };
    let roles = places.role_on(&of_case.place, law.query.as_of, day.as_of);
    let above = |place: &Jurisdiction| -> Vec<JurisdictionCode> {
        places.chain(&place.code, day.as_of).map(|chain| chain.iter().cloned().collect()).unwrap_or_default()
    };
    if let [only] = roles.as_slice() {
        return above(only);
    }
    let mut all: Vec<JurisdictionCode> = match (roles.is_empty(), level.checked_sub(1)) {
        (true, Some(upper)) => chain_of_level(law, upper, day),
        (_, _) => roles.into_iter().flat_map(above).collect(),
    };
    all.extend(law.levels().iter().take(level + 1).map(|level| level.place.clone()));
    let mut seen = HashSet::new();
    all.retain(|code| seen.insert(code.clone()));
    all
}
