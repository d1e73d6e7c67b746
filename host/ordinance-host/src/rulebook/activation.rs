//! When a new rulebook comes into use: at once, or when the operator says so to all hosts behind a load balancer, once
//! each of them has prepared it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use ordinance_domain::digest::Digest;
use ordinance_engine::Rulebook;

use crate::config::Activation;
use crate::mutex::lock;

/// A rulebook that is loaded, compiled and tested, and waits to be activated.
pub(super) struct PreparedRulebook {
    pub(super) rulebook: Arc<Rulebook>,
    /// The rules that it keeps from the one before it, each with the reason.
    pub(super) kept: Vec<String>,
}

/// What waits to be activated.
pub(super) struct ActivationQueue {
    policy: Activation,
    prepared: Mutex<Option<PreparedRulebook>>,
    /// Whether the rulebook of the start, or one after it, was activated.
    is_activated: AtomicBool,
}

/// The rulebook that is to be activated is neither prepared nor in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{wanted} is neither prepared nor in use here; {}", waiting(*.prepared))]
pub struct NotPreparedError {
    /// Which one is to be activated.
    pub wanted: Digest,
    /// Which one is prepared, if one is.
    pub prepared: Option<Digest>,
}

fn waiting(prepared: Option<Digest>) -> String {
    prepared.map_or_else(|| "nothing is prepared: reload first".to_owned(), |digest| format!("{digest} is prepared"))
}

impl ActivationQueue {
    pub(super) fn new(policy: Activation) -> Self {
        let is_activated = AtomicBool::new(policy == Activation::AtOnce);
        Self { policy, prepared: Mutex::default(), is_activated }
    }

    /// Whether a new rulebook waits until it is activated.
    pub(super) fn waits(&self) -> bool {
        self.policy == Activation::OnRequest
    }

    /// Whether nothing was activated since the start.
    pub(super) fn waits_since_start(&self) -> bool {
        !self.is_activated.load(Ordering::Acquire)
    }

    pub(super) fn set_activated(&self) {
        self.is_activated.store(true, Ordering::Release);
    }

    pub(super) fn put(&self, prepared: PreparedRulebook) {
        *lock(&self.prepared) = Some(prepared);
    }

    /// The digest of what is prepared.
    pub(super) fn digest(&self) -> Option<Digest> {
        lock(&self.prepared).as_ref().map(|prepared| prepared.rulebook.digest())
    }

    /// Takes what is prepared, if it has this digest.
    pub(super) fn take(&self, wanted: Digest) -> Result<PreparedRulebook, NotPreparedError> {
        let mut prepared = lock(&self.prepared);
        let found = prepared.take_if(|prepared| prepared.rulebook.digest() == wanted);
        found.ok_or_else(|| NotPreparedError {
            wanted,
            prepared: prepared.as_ref().map(|prepared| prepared.rulebook.digest()),
        })
    }

    /// Drops what is prepared: the rulebook in use is the newest again.
    pub(super) fn clear(&self) {
        *lock(&self.prepared) = None;
    }
}
