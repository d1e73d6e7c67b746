//! The engine: a rulebook with its caches and its key of pseudonyms. A reload makes a new engine, so no cache outlives
//! its rulebook.

use std::sync::Arc;

use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::query::CaseQuery;

use crate::error::DecideError;
use crate::law_plan::LawPlan;
use crate::plan_cache::PlanCache;
use crate::pseudonyms::Pseudonymiser;
use crate::rulebook::Rulebook;
use crate::ruling_cache::RulingCache;

/// A rulebook, the key of its pseudonyms, and the rulings that were already given.
pub struct Engine {
    rulebook: Arc<Rulebook>,
    pseudonymiser: Pseudonymiser,
    plans: PlanCache,
    /// Rulings on requests for disclosure.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) disclosure_rulings: RulingCache<Arc<ordinance_domain::privacy::Rulings>>,
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
            plans: PlanCache::default(),
            #[cfg(not(target_family = "wasm"))]
            disclosure_rulings: RulingCache::default(),
            case_rulings: RulingCache::default(),
        }
    }

    /// An engine for commands whose decisions have no effect. Its pseudonyms last as long as the process.
    #[cfg(not(target_family = "wasm"))]
    #[must_use]
    pub fn with_throwaway_key(rulebook: impl Into<Arc<Rulebook>>) -> Self {
        Self::new(rulebook, Pseudonymiser::with_throwaway_key())
    }

    #[must_use]
    pub fn rulebook(&self) -> &Arc<Rulebook> {
        &self.rulebook
    }

    /// The plan of the law that a query selects.
    ///
    /// # Errors
    /// [`DecideError`] if the place or the service is unknown.
    pub(crate) fn plan(&self, query: &CaseQuery) -> Result<Arc<LawPlan>, DecideError> {
        self.plans.get_or_make(query, || LawPlan::of(&self.rulebook, query))
    }

    pub(crate) fn pseudonymiser(&self) -> &Pseudonymiser {
        &self.pseudonymiser
    }
}
