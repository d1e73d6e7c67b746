//! The privacy gate: what privacy law rules on the facts that the rules of a chain declare. Stage 4 of a decision.

use std::collections::HashSet;
use std::sync::Arc;

use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{JurisdictionCode, UnknownPlaceError};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, DataSubject, Disclosure, PrivacyRulings, RecipientKind, Verdict};

use crate::case::Case;
use crate::law::ApplicableLaw;
use crate::observer::{Observer, Stage};
use crate::privacy::rule_on::{PrivacyRequest, rule_on};
use crate::ruling_cache::RulingKey;

/// Gets the rulings on the facts of a case: for the rules, for the recipient and, if the case reveals an age that is
/// hidden from the recipient, for a data subject of unknown age.
#[must_use]
pub fn gate(law: &ApplicableLaw<'_>, case: &Case, observer: &mut impl Observer) -> PrivacyRulings {
    let chain = privacy_chain(law, &case.disclosure);
    let rulings = rule_on_declared_facts(law, &chain, &case.disclosure, observer);
    let hides_age = case.disclosure.subject.age_band.is_some() && reveals_hidden_age(law, &case.facts, &rulings);
    let age_neutral = hides_age.then(|| {
        let subject = DataSubject { age_band: None, ..case.disclosure.subject };
        rule_on_declared_facts(law, &chain, &Disclosure { subject, ..case.disclosure.clone() }, observer)
    });
    rulings.with_age_neutral(age_neutral)
}

/// Gets the rulings on the facts that the rules of a chain declare, without a case.
#[must_use]
pub fn rulings_without_case(
    law: &ApplicableLaw<'_>,
    disclosure: &Disclosure,
    observer: &mut impl Observer,
) -> PrivacyRulings {
    rule_on_declared_facts(law, &privacy_chain(law, disclosure), disclosure, observer)
}

fn rule_on_declared_facts(
    law: &ApplicableLaw<'_>,
    chain: &[JurisdictionCode],
    disclosure: &Disclosure,
    observer: &mut impl Observer,
) -> PrivacyRulings {
    let declared = law.facts_read();
    let key = RulingKey::new(chain.iter(), disclosure, Activity::Decide, &declared);
    if let Some(rulings) = law.engine.case_rulings.get(&key) {
        return rulings;
    }
    let rule_on = |activity| rule_on(law.rulebook(), chain, PrivacyRequest { disclosure, activity, facts: &declared });
    let (for_rules, for_recipient) =
        observer.stage(Stage::PrivacyRules, |_| (rule_on(Activity::Decide), rule_on(Activity::Explain)));
    let is_repeatable = for_rules.is_repeatable && for_recipient.is_repeatable;
    let rulings = PrivacyRulings::new(disclosure.clone(), Arc::new(for_rules.rulings), Arc::new(for_recipient.rulings));
    if is_repeatable {
        law.engine.case_rulings.insert(key, &rulings);
    }
    rulings
}

/// Whether a fact of the case reveals the age of the person and is hidden from the recipient.
fn reveals_hidden_age(law: &ApplicableLaw<'_>, facts: &Facts, rulings: &PrivacyRulings) -> bool {
    facts.0.iter().any(|(name, _)| is_hidden_age(law, name, rulings))
}

fn is_hidden_age(law: &ApplicableLaw<'_>, name: &FieldName, rulings: &PrivacyRulings) -> bool {
    let category = law.contract.fact(name.as_str()).and_then(|fact| fact.category);
    let is_age = category.is_some_and(|category| category.is_age() || category.is_birth_date());
    let is_shown = match rulings.for_recipient().ruling_on(name) {
        Some(ruled) => ruled.verdict == Verdict::Permit,
        // Privacy law rules on no fact that no rule declares.
        None => matches!(rulings.disclosure().recipient.kind, RecipientKind::Subject | RecipientKind::Portal),
    };
    is_age && !is_shown
}

/// The places whose privacy law counts: those of the day of processing, or, where the place of the case has become
/// several by then, those of all of them and of the day of the case.
fn privacy_chain(law: &ApplicableLaw<'_>, disclosure: &Disclosure) -> Vec<JurisdictionCode> {
    let places = law.rulebook().jurisdictions();
    let own = || law.levels.iter().map(|level| level.place.clone());
    match places.chain(law.place(), disclosure.on) {
        Ok(chain) => chain.iter().cloned().collect(),
        Err(UnknownPlaceError::Ended { successors, .. }) => {
            // It isn't clear which of them would rule, so all do; the place of the case comes last.
            let of_successors = successors.iter().filter_map(|code| places.chain(code, disclosure.on).ok());
            let mut all: Vec<JurisdictionCode> =
                of_successors.flat_map(|chain| chain.iter().cloned().collect::<Vec<_>>()).chain(own()).collect();
            let mut seen = HashSet::new();
            all.retain(|code| seen.insert(code.clone()));
            all
        }
        Err(_) => own().collect(),
    }
}
