//! The privacy gate: what privacy law rules on the facts that the rules of a chain declare. Stage 4 of a decision.

use std::collections::HashSet;

use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::PrivacyReach;
use ordinance_domain::fact::{Fact, Field};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode};
use ordinance_domain::privacy::{
    Activity, BasisKind, DataSubject, Disclosure, Party, PersonPlace, PrivacyRulings, RecipientKind, Verdict,
};
use ordinance_domain::value::{Value, field};

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
    let ruled = rule_on_subject(law, own, observer);
    let hides_age = reveals_hidden_age(law, &case.facts, own.kind, &ruled.rulings);
    if case.others.is_empty() {
        return explained(law, own, ruled, hides_age, observer);
    }
    let mut subjects: Vec<(Subject<'_>, Ruled)> = Vec::new();
    let mut people: Vec<(&PersonPlace, usize)> = Vec::with_capacity(case.others.len());
    for OtherPerson { place, disclosure, alternatives } in &case.others {
        let kind = match place {
            PersonPlace::Named(person) => PersonKind::Named(person),
            PersonPlace::Item { .. } => PersonKind::Item,
        };
        let subject = Subject { kind, disclosure, alternatives };
        let known = subjects.iter().position(|(known, _)| *known == subject);
        people.push((place, known.unwrap_or(subjects.len())));
        if known.is_none() {
            subjects.push((subject, rule_on_subject(law, subject, observer)));
        }
    }
    // An item may be the applicant: facts beside the list and in it are one person's, and each tells the same age.
    let hides =
        |subject: &Subject<'_>, ruled: &Ruled| reveals_hidden_age(law, &case.facts, subject.kind, &ruled.rulings);
    let hides_age =
        hides_age || subjects.iter().any(|(subject, ruled)| subject.is_applicant() && hides(subject, ruled));
    let of_applicant = explained(law, own, ruled, hides_age, observer);
    let of_subjects: Vec<PrivacyRulings> = subjects
        .into_iter()
        .map(|(subject, ruled)| {
            let hides_age = if subject.is_applicant() { hides_age } else { hides(&subject, &ruled) };
            explained(law, subject, ruled, hides_age, observer)
        })
        .collect();
    let of_people = people.iter().filter_map(|(place, index)| Some((*place, of_subjects.get(*index)?)));
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

impl Subject<'_> {
    fn is_applicant(&self) -> bool {
        self.disclosure.subject.party == Party::Applicant
    }

    /// Whether the plan of the law keeps rulings on this processing. What a request claims of other people's consent
    /// differs from case to case, and would take the places of the rulings that each case needs.
    fn is_kept(&self) -> bool {
        self.is_applicant() || self.disclosure.basis.kind() != BasisKind::Consent
    }
}

/// The rulings on the facts of one person.
fn rule_on_subject(law: &ApplicableLaw<'_>, subject: Subject<'_>, observer: &mut impl Observer) -> Ruled {
    kept_or_ruled(law, subject, false, || strictest(law, subject, observer))
}

/// The rulings on the facts of one person; where they hide the person's age, with those on a person of unknown age.
fn explained(
    law: &ApplicableLaw<'_>,
    subject: Subject<'_>,
    ruled: Ruled,
    hides_age: bool,
    observer: &mut impl Observer,
) -> PrivacyRulings {
    if subject.disclosure.subject.age_band.is_none() || !hides_age {
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
        // Most people are ruled on as anybody is.
        let told = Some(age_neutral.rulings).filter(|age_neutral| !age_neutral.rule_as(&ruled.rulings));
        Ruled {
            rulings: ruled.rulings.with_age_neutral(told),
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
    if !subject.is_kept() {
        return rule();
    }
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

/// Whether a fact of the case reveals the age of a person of this kind and is hidden from the recipient.
fn reveals_hidden_age(law: &ApplicableLaw<'_>, facts: &Facts, kind: PersonKind<'_>, rulings: &PrivacyRulings) -> bool {
    facts.0.iter().any(|(name, value)| {
        let Some(fact) = law.contract().fact(name.as_str()).filter(|fact| kind.is_holder_of(fact)) else {
            return false;
        };
        is_hidden_age(fact, rulings) || has_hidden_age(fact, value, rulings)
    })
}

/// Whether a value has a part that tells an age and is hidden from the recipient.
fn has_hidden_age(whole: &Fact, value: &Value, rulings: &PrivacyRulings) -> bool {
    whole.fact_type.fields().iter().any(|Field { name, part, is_ruled_on }| {
        let mut values = value.records().iter().filter_map(|record| field(record, name)).peekable();
        (*is_ruled_on && values.peek().is_some() && is_hidden_age(part, rulings))
            || values.any(|value| has_hidden_age(part, value, rulings))
    })
}

fn is_hidden_age(fact: &Fact, rulings: &PrivacyRulings) -> bool {
    let is_shown = || match rulings.for_recipient().ruling_on(&fact.name) {
        Some(ruled) => ruled.verdict == Verdict::Permit,
        // Privacy law rules on no fact that no rule declares.
        None => matches!(rulings.disclosure().recipient.kind, RecipientKind::Subject | RecipientKind::Portal),
    };
    fact.tells_age() && !is_shown()
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
