//! The engine: a rulebook with its caches and its key of pseudonyms. A reload makes a new engine, so no cache outlives
//! its rulebook.

use std::sync::Arc;

use ordinance_domain::privacy::{PrivacyRulings, Rulings};

use crate::pseudonyms::Pseudonymiser;
use crate::rulebook::Rulebook;
use crate::ruling_cache::RulingCache;

/// A rulebook, the key of its pseudonyms, and the rulings that were already given.
pub struct Engine {
    rulebook: Arc<Rulebook>,
    pseudonymiser: Pseudonymiser,
    /// Rulings on requests for disclosure.
    pub(crate) disclosure_rulings: RulingCache<Arc<Rulings>>,
    /// Rulings on the facts of cases.
    pub(crate) case_rulings: RulingCache<PrivacyRulings>,
}

impl Engine {
    /// An engine with empty caches.
    #[must_use]
    pub fn new(rulebook: impl Into<Arc<Rulebook>>, pseudonymiser: Pseudonymiser) -> Self {
        Self {
            rulebook: rulebook.into(),
            pseudonymiser,
            disclosure_rulings: RulingCache::default(),
            case_rulings: RulingCache::default(),
        }
    }

    /// An engine for commands whose decisions have no effect. Its pseudonyms last as long as the process.
    #[must_use]
    pub fn with_throwaway_key(rulebook: impl Into<Arc<Rulebook>>) -> Self {
        Self::new(rulebook, Pseudonymiser::with_throwaway_key())
    }

    #[must_use]
    pub fn rulebook(&self) -> &Arc<Rulebook> {
        &self.rulebook
    }

    pub(crate) fn pseudonymiser(&self) -> &Pseudonymiser {
        &self.pseudonymiser
    }
}
