//! Slots of the instance pool. A caller waits here for a free slot, so that the pool itself never refuses an
//! instance. The slots also add up what calls use.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// As many slots as rules may run side by side.
#[derive(Debug)]
pub(crate) struct Slots {
    count: u32,
    state: Mutex<SlotState>,
    freed: Condvar,
    calls: AtomicU64,
    direct_calls: AtomicU64,
    fuel: AtomicU64,
}

#[derive(Debug)]
struct SlotState {
    free: u32,
    /// Callers that wait for a slot. Without any, a freed slot wakes nobody, which would be a system call each time.
    waiting: usize,
}

/// A taken slot. Dropping it frees the slot.
pub(crate) struct Slot<'a>(&'a Slots);

/// How the host calls a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallWay {
    /// It calls the core module.
    Direct,
    /// It calls through the component runtime.
    ComponentRuntime,
}

/// What the calls of all rules use now, and have used since the sandbox was set up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleUsage {
    /// How many rules may run side by side.
    pub slots: u32,
    /// How many run now.
    pub taken: u32,
    /// How many calls have ended.
    pub calls: u64,
    /// How many of these called the core module directly.
    pub direct_calls: u64,
    /// Units of fuel of the calls that have ended.
    pub fuel: u64,
}

impl Slots {
    pub(crate) fn new(count: u32) -> Self {
        Self {
            count,
            state: Mutex::new(SlotState { free: count, waiting: 0 }),
            freed: Condvar::new(),
            calls: AtomicU64::new(0),
            direct_calls: AtomicU64::new(0),
            fuel: AtomicU64::new(0),
        }
    }

    /// Takes a slot. While all are taken, it waits for one to be freed, at most a call's deadline at a time; a caller
    /// that comes at that moment may take it first.
    pub(crate) fn take(&self) -> Slot<'_> {
        let mut state = self.lock();
        if state.free == 0 {
            state.waiting += 1;
            let none_is_free = |state: &mut SlotState| state.free == 0;
            state = self.freed.wait_while(state, none_is_free).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        state.free -= 1;
        Slot(self)
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call that has ended.
    pub(crate) fn add_call(&self, way: CallWay, fuel: u64) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if way == CallWay::Direct {
            self.direct_calls.fetch_add(1, Ordering::Relaxed);
        }
        self.fuel.fetch_add(fuel, Ordering::Relaxed);
    }

    pub(crate) fn usage(&self) -> RuleUsage {
        let free = self.lock().free;
        RuleUsage {
            slots: self.count,
            taken: self.count.saturating_sub(free),
            calls: self.calls.load(Ordering::Relaxed),
            direct_calls: self.direct_calls.load(Ordering::Relaxed),
            fuel: self.fuel.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.free += 1;
        let must_wake = state.waiting > 0;
        drop(state);
        if must_wake {
            self.0.freed.notify_one();
        }
    }
}
