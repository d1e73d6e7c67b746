//! The rulings whose reasons the recipient of facts may see: those on a person of unknown age where the age is not
//! handed over, for the law of children would tell it.

use std::collections::BTreeSet;
use std::sync::Arc;

use ordinance_domain::fact::{Fact, Holder};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{DataSubject, Disclosure, Party, PersonPlace, Rulings, Verdict};
use ordinance_domain::value::each_part;

use super::case::DisclosureCase;
use super::requested_facts::{RequestedFacts, rulings_on_people};
use crate::engine::Engine;
use crate::error::DecideError;
use crate::rulebook::Rulebook;

/// The rulings on the same request, of each person whose age was sent and isn't handed over for one of unknown age.
pub(super) fn explained_rulings(
    engine: &Engine,
    case: &DisclosureCase,
    rulings: &Arc<Rulings>,
) -> Result<Arc<Rulings>, DecideError> {
    let hidden = people_of_hidden_ages(engine.rulebook(), case, rulings);
    if hidden.is_empty() {
        return Ok(Arc::clone(rulings));
    }
    let is_applicant = |disclosure: &Disclosure| disclosure.subject.party == Party::Applicant;
    let mut neutral = case.clone();
    // An item may be the applicant: facts beside the list and in it tell one person's age.
    let is_item_hidden =
        case.others.iter().any(|other| is_applicant(&other.disclosure) && hidden.contains(&Some(other.place.clone())));
    let hides_own = hidden.contains(&None) || is_item_hidden;
    if hides_own {
        leave_out_age(&mut neutral.disclosure, &mut neutral.alternatives);
    }
    for other in &mut neutral.others {
        if (hides_own && is_applicant(&other.disclosure)) || hidden.contains(&Some(other.place.clone())) {
            leave_out_age(&mut other.disclosure, &mut other.alternatives);
        }
    }
    rulings_on_people(engine, &neutral, &RequestedFacts::of(engine, &neutral))
}

fn leave_out_age(disclosure: &mut Disclosure, alternatives: &mut [Disclosure]) {
    for form in std::iter::once(disclosure).chain(alternatives) {
        form.subject = DataSubject { age_band: None, ..form.subject };
    }
}

/// The people whose age or date of birth was sent and isn't handed over as it is; `None` for the applicant.
fn people_of_hidden_ages(
    rulebook: &Rulebook,
    case: &DisclosureCase,
    rulings: &Rulings,
) -> BTreeSet<Option<PersonPlace>> {
    let mut hidden = BTreeSet::new();
    for (name, value) in &case.values.0 {
        let Some(fact) = rulebook.fact(name.as_str()) else { continue };
        let mut note = |path: &FieldName| {
            let tells_age = fact.at(path).is_some_and(Fact::tells_age);
            if tells_age && !is_handed_over(case, rulings, fact, path) {
                hidden.extend(person_of(fact, path));
            }
        };
        note(name);
        each_part(name, value, &mut |path, _| note(path));
    }
    hidden
}

fn is_handed_over(case: &DisclosureCase, rulings: &Rulings, whole: &Fact, path: &FieldName) -> bool {
    let verdict = match &whole.holder {
        Holder::EachItem => rulings.verdict_on_own_part(path),
        Holder::Applicant | Holder::Household | Holder::Other(_) => rulings.verdict_on_part(path),
    };
    let is_permitted = match verdict {
        Some(verdict) => verdict == Verdict::Permit,
        // A part that isn't ruled on by itself is handed over with what is around it.
        None => {
            let name = path.without_items();
            path.is_part() && !whole.ruled_parts().iter().any(|part| part.name == name)
        }
    };
    is_permitted && rulings.permit_around(path) && case.facts.contains(&whole.name)
}

/// Whose a fact or a part is: `Some(None)` for the applicant, `None` for nobody.
fn person_of(whole: &Fact, path: &FieldName) -> Option<Option<PersonPlace>> {
    match &whole.holder {
        Holder::Applicant => Some(None),
        Holder::Household => None,
        Holder::Other(person) => Some(Some(PersonPlace::Named(person.clone()))),
        Holder::EachItem => {
            let (_, index) = path.steps().next()?;
            Some(Some(PersonPlace::Item { list: whole.name.clone(), index: index? }))
        }
    }
}
