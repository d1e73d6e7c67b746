//! The rulebook that is in use, and those that were until lately. A reload swaps it in one step; a request that began with one
//! ends with it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ordinance_domain::digest::Digest;
use ordinance_engine::{Engine, Rulebook};

use crate::config::ReloadConfig;

/// The rulebook in use.
pub struct CurrentRulebook {
    in_use: RwLock<Arc<Engine>>,
    retired: Mutex<VecDeque<Retired>>,
    keep: Duration,
    keep_max: usize,
}

/// A rulebook that was in use.
struct Retired {
    engine: Arc<Engine>,
    since: Instant,
}

impl Retired {
    fn digest(&self) -> Digest {
        self.engine.rulebook().digest()
    }
}

impl CurrentRulebook {
    /// Begins with a rulebook.
    #[must_use]
    pub fn new(engine: Engine, config: &ReloadConfig) -> Self {
        Self {
            in_use: RwLock::new(Arc::new(engine)),
            retired: Mutex::new(VecDeque::new()),
            keep: Duration::from_secs(config.keep_s),
            keep_max: config.keep_max,
        }
    }

    /// The engine of the rulebook in use now.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.in_use.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The rulebook in use now.
    #[must_use]
    pub fn rulebook(&self) -> Arc<Rulebook> {
        Arc::clone(self.engine().rulebook())
    }

    /// Puts another in its place; requests that are being answered keep the old one, and it can be asked for by its digest for a
    /// while.
    pub fn swap(&self, engine: Engine) {
        let mut in_use = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
        let engine = std::mem::replace(&mut *in_use, Arc::new(engine));
        drop(in_use);
        let mut retired = self.retired();
        retired.retain(|known| known.digest() != engine.rulebook().digest());
        retired.push_back(Retired { engine, since: Instant::now() });
        while retired.len() > self.keep_max {
            retired.pop_front();
        }
    }

    /// The revision of this digest: the one in use, or one that was until lately.
    #[must_use]
    pub fn revision(&self, digest: Digest) -> Option<Arc<Engine>> {
        let in_use = self.engine();
        if in_use.rulebook().digest() == digest {
            return Some(in_use);
        }
        self.retired().iter().rfind(|retired| retired.digest() == digest).map(|found| Arc::clone(&found.engine))
    }

    /// Forgets the revisions whose time is over.
    pub fn forget_old(&self) {
        drop(self.retired());
    }

    /// The digests that can be asked for, the one in use first, then from the newest.
    #[must_use]
    pub fn revisions(&self) -> Vec<Digest> {
        let mut digests = vec![self.rulebook().digest()];
        for retired in self.retired().iter().rev() {
            let digest = retired.digest();
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        digests
    }

    /// Those that were in use and are still kept; the others are forgotten here.
    fn retired(&self) -> std::sync::MutexGuard<'_, VecDeque<Retired>> {
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        while retired.front().is_some_and(|oldest| oldest.since.elapsed() >= self.keep) {
            retired.pop_front();
        }
        retired
    }
}
