//! When a new rulebook comes into use: at once, or when the operator says so to all hosts behind a load balancer, once
//! each of them has prepared it.

use std::collections::VecDeque;
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

/// The most rulebooks that wait. Between the preparation on all hosts and the activation one of them may prepare what
/// was published meanwhile; it must still have the one that all activate.
const PREPARED_MAX: usize = 3;

/// What waits to be activated.
pub(super) struct ActivationQueue {
    policy: Activation,
    /// The newest first.
    prepared: Mutex<VecDeque<PreparedRulebook>>,
    /// Whether the rulebook of the start, or one after it, was activated.
    is_activated: AtomicBool,
}

/// Why a rulebook isn't activated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActivationError {
    /// It is neither prepared nor in use.
    #[error("{wanted} is neither prepared nor in use here; {}", waiting(*.prepared))]
    NotPrepared {
        /// Which one is to be activated.
        wanted: Digest,
        /// Which one was prepared last, if one was.
        prepared: Option<Digest>,
    },
    /// A reload is under way, which compares with the rulebook in use.
    #[error("a reload is under way; try again")]
    ReloadUnderWay,
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

    pub(super) fn put(&self, newest: PreparedRulebook) {
        let mut prepared = lock(&self.prepared);
        prepared.retain(|known| known.rulebook.digest() != newest.rulebook.digest());
        prepared.push_front(newest);
        prepared.truncate(PREPARED_MAX);
    }

    /// The digest of what was prepared last.
    pub(super) fn newest(&self) -> Option<Digest> {
        lock(&self.prepared).front().map(|prepared| prepared.rulebook.digest())
    }

    /// Takes the prepared rulebook with this digest, and drops those that were prepared before it.
    pub(super) fn take(&self, wanted: Digest) -> Option<PreparedRulebook> {
        let mut prepared = lock(&self.prepared);
        let place = prepared.iter().position(|prepared| prepared.rulebook.digest() == wanted)?;
        prepared.drain(place..).next()
    }

    /// Drops what is prepared: the rulebook in use is the newest again.
    pub(super) fn clear(&self) {
        lock(&self.prepared).clear();
    }
}
