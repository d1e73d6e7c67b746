//! The cache of rulings of privacy law.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::privacy::{Activity, Disclosure, LegalBasis};

/// Everything, except the rulebook, on which the rulings on a request depend.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RulingKey {
    /// The codes of the whole chain: a place has had other places above it before.
    chain: String,
    disclosure: Disclosure,
    activity: Activity,
    /// The names of the facts.
    facts: String,
    /// For the rules of the uppermost levels that the whole chain doesn't bind: the codes of the places that bind each.
    upper_levels: Vec<String>,
}

impl RulingKey {
    pub(crate) fn new<'a>(
        chain: impl Iterator<Item = &'a JurisdictionCode>,
        disclosure: &Disclosure,
        activity: Activity,
        facts: &[&Fact],
    ) -> Self {
        let chain = joined(chain.map(JurisdictionCode::as_str));
        let facts = joined(facts.iter().map(|fact| fact.name.as_str()));
        Self { chain, disclosure: disclosure.clone(), activity, facts, upper_levels: Vec::new() }
    }

    /// The same request, with rulings of their own for the rules of the uppermost levels: of these places for each.
    pub(crate) fn with_upper_levels<'a>(self, levels: impl Iterator<Item = &'a [JurisdictionCode]>) -> Self {
        let upper_levels = levels.map(|places| joined(places.iter().map(JurisdictionCode::as_str))).collect();
        Self { upper_levels, ..self }
    }
}

/// The names, joined by spaces. No name contains a space.
fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.fold(String::new(), |text, name| text + name + " ")
}

/// A cache of rulings. A ruling depends on the rulebook and the request alone, and a portal sends the same request for
/// all people. The cache contains no fact's value.
pub(crate) struct RulingCache<T>(RwLock<HashMap<RulingKey, T>>);

/// The most rulings that are cached; the cache is emptied when it is full.
const RULINGS_MAX: usize = 4096;
/// Rulings on a consent of more names than these aren't cached, so that no caller fills the memory with them.
const CONSENT_NAMES_MAX: usize = 64;

impl<T> Default for RulingCache<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: Clone> RulingCache<T> {
    pub(crate) fn get(&self, key: &RulingKey) -> Option<T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn insert(&self, key: RulingKey, ruled: &T) {
        if !may_be_kept(&key.disclosure) {
            return;
        }
        let mut rulings = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if rulings.len() >= RULINGS_MAX {
            rulings.clear();
        }
        rulings.insert(key, ruled.clone());
    }
}

/// Whether rulings on a request may be kept. Those on a consent of very many names may not.
pub(crate) fn may_be_kept(disclosure: &Disclosure) -> bool {
    names_of(disclosure) <= CONSENT_NAMES_MAX
}

/// How many names a consent has in all.
fn names_of(disclosure: &Disclosure) -> usize {
    match &disclosure.basis {
        LegalBasis::Consent(consent) => consent.facts.len() + consent.separate.len() + consent.purposes.len(),
        LegalBasis::StatutoryDuty | LegalBasis::Contract | LegalBasis::Emergency | LegalBasis::PublicInterest => 0,
    }
}
