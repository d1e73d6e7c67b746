//! The current rulebook, and the revisions before it that a simulation may still ask for. A reload swaps the rulebook
//! in one step; a request ends with the rulebook that it began with.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_engine::{Engine, Rulebook};

use crate::clock::now;
use crate::config::ReloadConfig;
use crate::mutex::lock;

/// The current rulebook and its retired revisions.
pub struct CurrentRulebook {
    in_use: RwLock<Arc<Engine>>,
    retired: Mutex<VecDeque<RetiredRevision>>,
    keep: Duration,
    keep_max: usize,
    /// Since when the current rulebook is in use.
    used_from: Mutex<Timestamp>,
    /// The folder that the rulebooks are loaded from, if there is one.
    folder: Option<PathBuf>,
}

/// A revision that was the current one.
struct RetiredRevision {
    engine: Arc<Engine>,
    since: Instant,
    /// From when on and until when it was in use.
    used: (Timestamp, Timestamp),
}

/// A revision with the time of its use.
pub(crate) struct UsedRevision {
    pub(crate) engine: Arc<Engine>,
    pub(crate) from: Timestamp,
    /// `None` of the one in use.
    pub(crate) until: Option<Timestamp>,
}

impl RetiredRevision {
    fn digest(&self) -> Digest {
        self.engine.rulebook().digest()
    }
}

impl CurrentRulebook {
    /// Starts with a rulebook. `config` bounds how many revisions are kept, and for how long.
    #[must_use]
    pub fn new(engine: Engine, config: &ReloadConfig) -> Self {
        Self {
            in_use: RwLock::new(Arc::new(engine)),
            retired: Mutex::new(VecDeque::new()),
            keep: Duration::from_secs(config.keep_s),
            keep_max: config.keep_max,
            used_from: Mutex::new(now()),
            folder: None,
        }
    }

    /// The same with the folder that its rulebooks are loaded from, where what they tell of each rule is.
    #[must_use]
    pub fn with_folder(self, folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..self }
    }

    /// The folder that its rulebooks are loaded from, if there is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The engine of the current rulebook.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.in_use.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The current rulebook.
    #[must_use]
    pub fn rulebook(&self) -> Arc<Rulebook> {
        Arc::clone(self.engine().rulebook())
    }

    /// Replaces the current rulebook. Requests in flight keep the old one, and a simulation may ask for it by its
    /// digest until it expires.
    pub fn swap(&self, engine: Engine) {
        let mut in_use = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
        let engine = std::mem::replace(&mut *in_use, Arc::new(engine));
        drop(in_use);
        let moment = now();
        let used = (std::mem::replace(&mut *lock(&self.used_from), moment), moment);
        let mut retired = self.retired();
        retired.retain(|known| known.digest() != engine.rulebook().digest());
        retired.push_back(RetiredRevision { engine, since: Instant::now(), used });
        while retired.len() > self.keep_max {
            retired.pop_front();
        }
    }

    /// The revision with this digest: the current one, or one that has not expired.
    #[must_use]
    pub fn revision(&self, digest: Digest) -> Option<Arc<Engine>> {
        let in_use = self.engine();
        if in_use.rulebook().digest() == digest {
            return Some(in_use);
        }
        self.retired().iter().rfind(|retired| retired.digest() == digest).map(|found| Arc::clone(&found.engine))
    }

    /// Drops the revisions whose time is over.
    pub fn expire(&self) {
        drop(self.retired());
    }

    /// The digests of all revisions, the current one first, then from the newest.
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

    /// All revisions with the time of their use, the current one first, then from the newest.
    pub(crate) fn used_revisions(&self) -> Vec<UsedRevision> {
        let current = UsedRevision { engine: self.engine(), from: *lock(&self.used_from), until: None };
        let digest = current.engine.rulebook().digest();
        let retired = self.retired();
        let earlier = retired.iter().rev().filter(|retired| retired.digest() != digest);
        let earlier = earlier.map(|retired| UsedRevision {
            engine: Arc::clone(&retired.engine),
            from: retired.used.0,
            until: Some(retired.used.1),
        });
        [current].into_iter().chain(earlier).collect()
    }

    /// The retired revisions; those whose time is over are dropped here.
    fn retired(&self) -> std::sync::MutexGuard<'_, VecDeque<RetiredRevision>> {
        let mut retired = lock(&self.retired);
        while retired.front().is_some_and(|oldest| oldest.since.elapsed() >= self.keep) {
            retired.pop_front();
        }
        retired
    }
}
