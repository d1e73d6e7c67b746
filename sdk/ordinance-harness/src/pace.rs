//! The pace of a study: how far it is, and when it must end. A study asks between two steps whether its time is over;
//! it then reports what it finished, and says what it didn't reach.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// The time that studies may take, and how far they are. Threads share it.
#[derive(Debug, Default)]
pub struct Pace {
    /// `None` without a limit.
    deadline: Option<Instant>,
    /// What is studied now, in words; empty if there is nothing to say beyond the rule.
    part: Mutex<String>,
    steps: AtomicU64,
    done: AtomicU64,
    unreached: Mutex<Vec<String>>,
}

impl Pace {
    /// A pace that ends at a moment; `None` for one without an end.
    #[must_use]
    pub fn until(deadline: Option<Instant>) -> Self {
        Self { deadline, ..Self::default() }
    }

    /// Whether the time is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// What is studied now, how many of its steps are done, and how many it has. No steps if they aren't known.
    #[must_use]
    pub fn progress(&self) -> (String, u64, u64) {
        let part = self.part.lock().map(|part| part.clone()).unwrap_or_default();
        (part, self.done.load(Ordering::Relaxed), self.steps.load(Ordering::Relaxed))
    }

    /// What wasn't reached in time, each as a noun with its place.
    #[must_use]
    pub fn unreached(&self) -> Vec<String> {
        self.unreached.lock().map(|unreached| unreached.clone()).unwrap_or_default()
    }

    /// Says what wasn't reached.
    pub fn leave_out(&self, what: String) {
        if let Ok(mut unreached) = self.unreached.lock() {
            unreached.push(what);
        }
    }

    /// Begins a part of the study with its own count: how many steps later parts have is not known before them.
    pub fn begin_part(&self, what: String, steps: usize) {
        self.done.store(0, Ordering::Relaxed);
        self.steps.store(u64::try_from(steps).unwrap_or(u64::MAX), Ordering::Relaxed);
        if let Ok(mut part) = self.part.lock() {
            *part = what;
        }
    }

    /// Counts a step that is done.
    pub(crate) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_without_an_end_is_never_over_and_one_with_an_end_is_over_after_it() {
        assert!(!Pace::default().is_over());
        assert!(Pace::until(Some(Instant::now())).is_over());
    }

    #[test]
    fn each_part_is_counted_by_itself() {
        let pace = Pace::default();
        pace.begin_part("one".to_owned(), 2);
        pace.step();
        assert_eq!(pace.progress(), ("one".to_owned(), 1, 2));
        pace.begin_part("other".to_owned(), 5);
        assert_eq!(pace.progress(), ("other".to_owned(), 0, 5));
    }
}
