//! The registry that is in use. A reload swaps it in one step; a request that began with one ends with it.

use std::sync::{Arc, PoisonError, RwLock};

use ordinance_engine::Registry;

/// The registry in use.
pub struct Live(RwLock<Arc<Registry>>);

impl Live {
    /// Begins with a registry.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self(RwLock::new(Arc::new(registry)))
    }

    /// The registry in use now.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another in its place; requests that are being answered keep the old one.
    pub fn swap(&self, registry: Registry) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(registry);
    }
}
