//! The processing of the facts of a case: the forms on which privacy law rules, for the applicant and for each other
//! person of the case.

use std::collections::{BTreeMap, HashMap};

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::facts::Facts;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{DataSubject, Disclosure, LegalBasis, Party, PersonPlace, Recipient};
use ordinance_domain::value::{Record, Value};

use crate::claims::{PersonClaim, check_contradictions};
use crate::input_error::InputError;

/// Another person of a case, and the forms of the processing of the person's facts on which privacy law rules.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherPerson {
    pub place: PersonPlace,
    /// On the day of processing, for the age that the person's facts give.
    pub disclosure: Disclosure,
    /// On another day, or for the age that the request claims.
    pub alternatives: Vec<Disclosure>,
}

/// The processing of the facts of a case, in every form on which privacy law rules; see [`Case`](crate::Case).
#[derive(Debug, Clone, PartialEq)]
pub struct Processing {
    /// On the day of processing, for the age that the applicant's facts give.
    pub disclosure: Disclosure,
    /// On another day, or for the age that the request claims.
    pub alternatives: Vec<Disclosure>,
    /// The same for the other people of the case.
    pub others: Vec<OtherPerson>,
}

/// The context in which the facts of a case are processed. The basis of a service doesn't apply to the police, a
/// company, a researcher or another person: these must name their own basis.
pub struct ProcessingContext<'t> {
    /// The recipient of the decision.
    pub recipient: Recipient,
    /// The basis, if the request names one, and its pointer in the request.
    pub basis: (Option<LegalBasis>, &'t str),
    /// The applicant.
    pub subject: DataSubject,
    /// What the request claims of other people, and its pointer in the request.
    pub people: (&'t [PersonClaim], &'t str),
    /// The day on which the facts are processed.
    pub on: Date,
    /// Another day whose privacy law counts as well.
    pub also_on: Option<Date>,
    /// The day whose published privacy law counts.
    pub known_at: Date,
}

/// The recipient, the purpose and the legal basis for a case of a service with these facts.
///
/// # Errors
/// A recipient that must name its own basis names none.
pub fn processing_of(
    contract: &Contract,
    context: ProcessingContext<'_>,
    facts: &Facts,
) -> Result<Processing, Vec<InputError>> {
    let mut disclosure = contract.disclosure(context.recipient, context.on);
    let (basis, pointer) = context.basis;
    if let Some(basis) = basis {
        disclosure.basis = basis;
    } else if !disclosure.recipient.kind.acts_for_service() {
        let kind = disclosure.recipient.kind.as_str();
        let message = format!("a recipient of the kind `{kind}` doesn't act on the basis of the service");
        let expected = "its own basis, such as \"contract\" or {\"consent\": {\"facts\": [...]}}";
        return Err(vec![InputError::expecting(pointer, message, expected)]);
    }
    disclosure.subject = context.subject;
    disclosure.known_at = context.known_at;
    check_people(context.people.0, facts, contract.facts.iter(), context.people.1)?;
    Ok(processing(disclosure, context.also_on, facts, contract.facts.iter(), context.people.0))
}

/// In how many ways the claims of a request about people may differ. Privacy law rules on each of them, for each age
/// band that the facts give, so this bounds how often one decision calls privacy rules.
pub const PERSON_CLAIMS_MAX: usize = 16;

/// Checks the claims of a request about people: none contradicts another, each is about somebody who may be in the
/// case, and they don't differ in more than [`PERSON_CLAIMS_MAX`] ways. How many items a list has makes no difference,
/// or an error would tell that to who may not see the list; a claim about an item that isn't there is about nobody.
///
/// # Errors
/// The first fault; `pointer` is that of the claims.
pub fn check_people<'a>(
    claims: &[PersonClaim],
    facts: &Facts,
    catalogue: impl Iterator<Item = &'a Fact> + Clone,
    pointer: &str,
) -> Result<(), Vec<InputError>> {
    check_contradictions(claims, pointer)?;
    let is_named = |claim: &PersonClaim| claim.is_applicant && !claim.person.is_part();
    if let Some(index) = claims.iter().position(is_named) {
        let expected = "an item of a list of people; who applies has facts of their own beside those of this person";
        let pointer = format!("{pointer}/{index}/is_applicant");
        return Err(vec![InputError::expecting(&pointer, "this person is another than the applicant", expected)]);
    }
    let is_unknown = |claim: &PersonClaim| !catalogue.clone().any(|fact| may_be_of(fact, facts, &claim.person));
    if let Some(index) = claims.iter().position(is_unknown) {
        let pointer = format!("{pointer}/{index}/person");
        let expected = expected_person(facts, catalogue);
        return Err(vec![InputError::expecting(&pointer, "the case has no such person", expected)]);
    }
    let mut different: Vec<&PersonClaim> = Vec::new();
    for claim in claims.iter().filter(|claim| !claim.is_applicant) {
        if !different.iter().any(|known| known.subject == claim.subject && known.basis == claim.basis) {
            different.push(claim);
        }
    }
    if different.len() > PERSON_CLAIMS_MAX {
        let message = format!("{} different claims are made about people", different.len());
        let expected = format!(
            "at most {PERSON_CLAIMS_MAX} that differ in `subject` or `basis`; give people of whom the same is claimed \
             the same words, or ask for fewer people at a time"
        );
        return Err(vec![InputError::expecting(pointer, message, expected)]);
    }
    Ok(())
}

/// Whether a fact of the catalogue may be, or have a part that is, of the person of this name in the case.
fn may_be_of(fact: &Fact, facts: &Facts, person: &FieldName) -> bool {
    match &fact.holder {
        Holder::Applicant | Holder::Household => false,
        Holder::Other(name) => name == person,
        Holder::EachItem => match person.steps().collect::<Vec<_>>().as_slice() {
            [(list, Some(index))] => fact.name.is(list) && facts.has(&fact.name) && *index < fact.fact_type.items_max(),
            _ => false,
        },
    }
}

/// Of whom a request may claim something.
fn expected_person<'a>(facts: &Facts, catalogue: impl Iterator<Item = &'a Fact>) -> String {
    let mut known: Vec<String> = Vec::new();
    for fact in catalogue {
        let name = match &fact.holder {
            Holder::Applicant | Holder::Household => continue,
            Holder::Other(person) => format!("`{person}`"),
            Holder::EachItem if !facts.has(&fact.name) => continue,
            Holder::EachItem => {
                let last = fact.fact_type.items_max().saturating_sub(1);
                format!("`{}` to `{}`", fact.name.item(0), fact.name.item(last))
            }
        };
        if !known.contains(&name) {
            known.push(name);
        }
    }
    match known.is_empty() {
        true => "none: the facts are about nobody but the applicant".to_owned(),
        false => format!("one of {}", known.join(", ")),
    }
}

/// Completes the processing of a case from its facts: an age or a date of birth among the facts of a person gives that
/// person's age band on the day of processing, so that no caller has to send it twice, and none can declare a child an
/// adult. On another day whose law counts as well everybody has the same age, or a caller could find a date of birth by
/// naming day after day. If the request claims another age band, privacy law rules for both: an error would tell
/// whoever may not be shown the age whether a guess of it is right.
#[must_use]
pub fn processing<'a>(
    disclosure: Disclosure,
    also_on: Option<Date>,
    facts: &Facts,
    catalogue: impl Iterator<Item = &'a Fact> + Clone,
    claims: &[PersonClaim],
) -> Processing {
    let mut ages = Ages { on: disclosure.on, of: BTreeMap::new() };
    for (name, value) in &facts.0 {
        if let Some(fact) = catalogue.clone().find(|fact| fact.name == *name) {
            ages.collect(fact, value);
        }
    }
    let mut of_applicant = ages.band_of(&None);
    let mut others = Vec::new();
    let claims: HashMap<&FieldName, &PersonClaim> = claims.iter().map(|claim| (&claim.person, claim)).collect();
    for place in places_of(facts, catalogue) {
        let claim = if claims.is_empty() { None } else { claims.get(&place.path()).copied() };
        let person = Some(place);
        let of_person = ages.band_of(&person);
        let is_applicant = claim.is_some_and(|claim| claim.is_applicant);
        if is_applicant {
            of_applicant = youngest(of_applicant, of_person);
        }
        let other = (!is_applicant).then(|| (of_person, other_disclosure(&disclosure, claim)));
        others.extend(person.map(|place| (place, other)));
    }
    let (disclosure, alternatives) = forms(disclosure, also_on, of_applicant);
    let others = others
        .into_iter()
        .map(|(place, other)| {
            let (disclosure, alternatives) = match other {
                Some((of_person, other)) => forms(other, also_on, of_person),
                None => (disclosure.clone(), alternatives.clone()),
            };
            OtherPerson { place, disclosure, alternatives }
        })
        .collect();
    Processing { disclosure, alternatives, others }
}

/// The processing of the facts of another person of whom nothing is known.
#[must_use]
pub fn disclosure_of_unknown(of_applicant: &Disclosure) -> Disclosure {
    other_disclosure(of_applicant, None)
}

/// The processing of the facts of another person, of whom the request claims this.
fn other_disclosure(of_applicant: &Disclosure, claim: Option<&PersonClaim>) -> Disclosure {
    let subject = claim.map_or(DataSubject::unknown(Party::Other), |claim| claim.subject);
    // What the applicant consents to binds nobody else.
    let without_claim = || LegalBasis::of_kind(of_applicant.basis.kind());
    let basis = claim.and_then(|claim| claim.basis.clone());
    let basis = basis.map_or_else(without_claim, |basis| basis.for_purpose(&of_applicant.purpose));
    Disclosure { basis, subject: DataSubject { party: Party::Other, ..subject }, ..of_applicant.clone() }
}

/// The people of a case besides the applicant, each once: the items of lists of people, and those whose facts the
/// catalogue names.
fn places_of<'a>(facts: &Facts, catalogue: impl Iterator<Item = &'a Fact>) -> Vec<PersonPlace> {
    let mut places = Vec::new();
    for fact in catalogue {
        match &fact.holder {
            Holder::Applicant | Holder::Household => {}
            Holder::Other(person) => {
                let place = PersonPlace::Named(person.clone());
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            Holder::EachItem => {
                let value = facts.0.iter().find(|(name, _)| *name == fact.name).map(|(_, value)| value);
                let items = if let Some(Value::List(items)) = value { items.len() } else { 0 };
                places.extend((0..items).map(|index| PersonPlace::Item { list: fact.name.clone(), index }));
            }
        }
    }
    places
}

/// The forms of one person's processing: the first is that on its own day, for the age that the facts give.
fn forms(disclosure: Disclosure, also_on: Option<Date>, of_facts: Option<AgeBand>) -> (Disclosure, Vec<Disclosure>) {
    let claimed = disclosure.subject.age_band;
    let contradicted = claimed.filter(|claimed| of_facts.is_some_and(|band| band != *claimed));
    let with = |age_band, on| {
        let subject = DataSubject { age_band, ..disclosure.subject };
        Disclosure { subject, on, ..disclosure.clone() }
    };
    let bands = [Some(of_facts.or(claimed)), contradicted.map(Some)];
    let days = [Some(disclosure.on), also_on.filter(|day| *day != disclosure.on)];
    let mut forms = days.into_iter().flatten().flat_map(|day| bands.into_iter().flatten().map(move |band| (band, day)));
    let first = forms.next().map_or_else(|| disclosure.clone(), |(band, day)| with(band, day));
    (first, forms.map(|(band, day)| with(band, day)).collect())
}

/// The age bands that the facts of a case give.
struct Ages {
    /// The day of processing.
    on: Date,
    /// Of each person; `None` for the applicant.
    of: BTreeMap<Option<PersonPlace>, PersonAges>,
}

/// The youngest age bands that the facts of one person give.
#[derive(Default)]
struct PersonAges {
    of_birth: Option<AgeBand>,
    of_age: Option<AgeBand>,
}

impl Ages {
    fn collect(&mut self, fact: &Fact, value: &Value) {
        match (&fact.holder, value) {
            // A list or a record of the household tells nobody's age.
            (Holder::Household, _) => {}
            (Holder::EachItem, Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let place = PersonPlace::Item { list: fact.name.clone(), index };
                    self.collect_parts(Some(&place), fact, item);
                }
            }
            (Holder::EachItem, _) => {}
            (Holder::Other(person), value) => self.collect_of(Some(&PersonPlace::Named(person.clone())), fact, value),
            (Holder::Applicant, value) => self.collect_of(None, fact, value),
        }
    }

    fn collect_of(&mut self, place: Option<&PersonPlace>, fact: &Fact, value: &Value) {
        if let Value::Record(record) = value {
            self.collect_parts(place, fact, record);
        }
        if let Some(band) = AgeBand::of_fact(fact, value, self.on) {
            let ages = self.of.entry(place.cloned()).or_default();
            let known = if matches!(value, Value::Date(_)) { &mut ages.of_birth } else { &mut ages.of_age };
            *known = youngest(*known, Some(band));
        }
    }

    fn collect_parts(&mut self, place: Option<&PersonPlace>, whole: &Fact, record: &Record) {
        for field in whole.fact_type.fields() {
            if let Some((_, value)) = record.iter().find(|(name, _)| *name == field.name) {
                self.collect_of(place, &field.part, value);
            }
        }
    }

    /// The band of a person; `None` of the applicant. A date of birth counts before an age, which may be that of
    /// another day.
    fn band_of(&self, person: &Option<PersonPlace>) -> Option<AgeBand> {
        self.of.get(person).and_then(|ages| ages.of_birth.or(ages.of_age))
    }
}

fn youngest(one: Option<AgeBand>, other: Option<AgeBand>) -> Option<AgeBand> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use ordinance_domain::privacy::{Purpose, RecipientId, RecipientKind};

    use super::*;

    #[test]
    fn another_day_makes_nobody_younger_or_older() {
        let disclosure = Disclosure {
            recipient: Recipient { kind: RecipientKind::Business, id: RecipientId::constant("bank") },
            purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
            basis: LegalBasis::Contract,
            subject: DataSubject { age_band: Some(AgeBand::Adult), ..DataSubject::default() },
            on: "2026-11-01".parse().unwrap(),
            known_at: "2026-11-01".parse().unwrap(),
        };
        let born: Fact = fact("born");
        let facts = Facts(vec![(born.name.clone(), Value::Date("2012-11-02".parse().unwrap()))]);
        let on = |day: &str| {
            let formed =
                processing(disclosure.clone(), Some(day.parse().unwrap()), &facts, std::iter::once(&born), &[]);
            let forms = [formed.disclosure].into_iter().chain(formed.alternatives);
            forms.map(|form| form.subject.age_band.map(AgeBand::as_str)).collect::<Vec<_>>()
        };
        let of_both = [Some("age13"), Some("adult"), Some("age13"), Some("adult")];
        assert_eq!(on("2026-11-02"), of_both);
        assert_eq!(on("2020-01-01"), of_both);
        assert_eq!(on("2026-11-01"), of_both[..2]);
    }

    fn fact(name: &str) -> Fact {
        Fact {
            name: FieldName::new(name).unwrap(),
            fact_type: ordinance_domain::fact::FactType::Date,
            titles: Default::default(),
            category: Some(ordinance_domain::category::Category::new("dpv-pd:BirthDate").unwrap()),
            sensitivity: ordinance_domain::fact::Sensitivity::Personal,
            sharing: None,
            unit: None,
            holder: Holder::Applicant,
            implied_by: Vec::new(),
            guidance: Default::default(),
            normalisation: Default::default(),
            derivation: None,
        }
    }
}
