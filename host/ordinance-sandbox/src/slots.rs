//! Slots of the instance pool. Who calls a rule waits here for a free one, so that the pool itself never refuses; and what calls
//! use is added up here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

#[derive(Debug)]
pub(crate) struct Slots {
    count: u32,
    free: Mutex<u32>,
    freed: Condvar,
    calls: AtomicU64,
    fuel: AtomicU64,
}

/// A slot that is given back when it is dropped.
pub(crate) struct Slot<'a>(&'a Slots);

/// What the calls of all rules have used, and use now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleUsage {
    /// How many rules may run at one time.
    pub slots: u32,
    /// How many run now.
    pub taken: u32,
    /// How many calls have ended.
    pub calls: u64,
    /// The fuel that they used.
    pub fuel: u64,
}

impl Slots {
    pub(crate) fn new(count: u32) -> Self {
        Self {
            count,
            free: Mutex::new(count),
            freed: Condvar::new(),
            calls: AtomicU64::new(0),
            fuel: AtomicU64::new(0),
        }
    }

    /// Takes a slot; waits for at most one call's deadline times the callers before this one.
    pub(crate) fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Slot(self)
    }

    /// Adds what a call used.
    pub(crate) fn add(&self, fuel: u64) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.fuel.fetch_add(fuel, Ordering::Relaxed);
    }

    pub(crate) fn used(&self) -> RuleUsage {
        let free = *self.free.lock().unwrap_or_else(PoisonError::into_inner);
        RuleUsage {
            slots: self.count,
            taken: self.count.saturating_sub(free),
            calls: self.calls.load(Ordering::Relaxed),
            fuel: self.fuel.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
