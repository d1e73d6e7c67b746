//! Whether more is asked of this host than it can do. A burst is not: those who wait are soon answered. It is where waits stay long;
//! then it is better to send some away at once, so that the others are answered as promptly as ever.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long what is seen counts together.
const WINDOW: Duration = Duration::from_millis(50);

/// What was seen of the lane lately.
#[derive(Debug)]
pub(crate) struct Load {
    /// What a wait may be on average.
    wait_max: Duration,
    is_overloaded: AtomicBool,
    window: Mutex<Window>,
}

/// What was seen in one time, and of the time before.
#[derive(Debug)]
struct Window {
    number: u64,
    begun: Instant,
    waits: u32,
    waited: Duration,
    sent_away: u32,
    askers: usize,
    was_slow: bool,
    askers_before: usize,
}

/// Somebody who asks, as one of those who share the lane.
#[derive(Debug, Default)]
pub(crate) struct Asker {
    /// How many of its requests wait.
    pub(crate) waiting: AtomicUsize,
    /// The window in which it was counted last.
    counted_in: AtomicU64,
}

impl Load {
    pub(crate) fn new(wait_max: Duration, now: Instant) -> Self {
        let window = Window {
            number: 1,
            begun: now,
            waits: 0,
            waited: Duration::ZERO,
            sent_away: 0,
            askers: 0,
            was_slow: false,
            askers_before: 0,
        };
        Self { wait_max, is_overloaded: AtomicBool::new(false), window: Mutex::new(window) }
    }

    /// Whether it is more than the host can do.
    pub(crate) fn is_overloaded(&self) -> bool {
        self.is_overloaded.load(Ordering::Relaxed)
    }

    /// Among how many the lane is shared.
    pub(crate) fn askers(&self) -> usize {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.askers.max(window.askers_before).max(1)
    }

    /// One waited for so long.
    pub(crate) fn waited(&self, asker: Option<&Asker>, now: Instant, wait: Duration) {
        let mut window = self.at(now, asker);
        window.waits += 1;
        window.waited += wait;
    }

    /// One was sent away.
    pub(crate) fn sent_away(&self, asker: Option<&Asker>, now: Instant) {
        self.at(now, asker).sent_away += 1;
    }

    /// The window of this time, with the asker, where it is known, counted in it.
    fn at(&self, now: Instant, asker: Option<&Asker>) -> MutexGuard<'_, Window> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(window.begun) >= WINDOW {
            self.end(&mut window, now);
        }
        if asker.is_some_and(|asker| asker.counted_in.swap(window.number, Ordering::Relaxed) != window.number) {
            window.askers += 1;
        }
        window
    }

    /// Waits that were long in two windows begin an overload; a window in which nobody was sent away ends it.
    fn end(&self, window: &mut Window, now: Instant) {
        let is_slow = window.waits > 0 && window.waited > self.wait_max * window.waits;
        let (was, is) = match self.is_overloaded() {
            true => (true, window.sent_away > 0),
            false => (false, is_slow && window.was_slow),
        };
        self.is_overloaded.store(is, Ordering::Relaxed);
        match (was, is) {
            (false, true) => tracing::warn!("more is asked than this host can do: some are sent away with 503"),
            (true, false) => tracing::info!("nobody is sent away any more"),
            (true, true) | (false, false) => {}
        }
        *window = Window {
            number: window.number + 1,
            begun: now,
            waits: 0,
            waited: Duration::ZERO,
            sent_away: 0,
            askers: 0,
            was_slow: is_slow,
            askers_before: window.askers,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_millis(20);
    const SHORT: Duration = Duration::from_millis(1);

    /// Windows as letters, each with ten requests: `l` wait long, `s` wait short, `a` half of them are sent away and the others wait
    /// short; the state after each, `O` for overloaded.
    fn check(windows: &str, expect: &str) {
        let begun = Instant::now();
        let load = Load::new(Duration::from_millis(10), begun);
        let asker = Asker::default();
        let mut states = String::new();
        let times = (0_u32..).map(|number| begun + WINDOW * number);
        for (kind, at) in windows.chars().zip(times.clone()) {
            for request in 0..10 {
                match kind {
                    'a' if request % 2 == 0 => load.sent_away(None, at),
                    'l' => load.waited(Some(&asker), at, LONG),
                    _ => load.waited(Some(&asker), at, SHORT),
                }
            }
            // The first of the next window ends this one.
            load.waited(Some(&asker), at + WINDOW, SHORT);
            states.push(if load.is_overloaded() { 'O' } else { '.' });
        }
        assert_eq!(states, expect, "{windows}");
    }

    #[test]
    fn a_burst_is_no_overload_and_waits_that_stay_long_are() {
        check("sls", "...");
        check("sllsl", "..O..");
        check("llaaas", ".OOOO.");
        check("aaa", "...");
    }

    #[test]
    fn the_lane_is_shared_among_those_who_ask() {
        let begun = Instant::now();
        let load = Load::new(SHORT, begun);
        let askers = [Asker::default(), Asker::default(), Asker::default()];
        for asker in askers.iter().chain(&askers) {
            load.waited(Some(asker), begun, SHORT);
        }
        assert_eq!(load.askers(), 3);
        // Who asked in the window before still counts, and who asked before that doesn't.
        load.waited(Some(&askers[0]), begun + WINDOW, SHORT);
        assert_eq!(load.askers(), 3);
        load.waited(Some(&askers[0]), begun + WINDOW * 2, SHORT);
        assert_eq!(load.askers(), 1);
    }
}
