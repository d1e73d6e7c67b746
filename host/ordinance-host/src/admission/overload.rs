//! Whether more is asked of this host than it can do. A burst is not: those who wait are soon answered. It is where waits stay long;
//! then it is better to send some away at once, so that the others are answered as promptly as ever.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long what is seen counts together.
const WINDOW: Duration = Duration::from_millis(50);

/// An overload lasts as long as one of so many, or more, is sent away.
const STAYS: u32 = 10;

/// What was seen of the lane lately.
#[derive(Debug)]
pub(crate) struct OverloadDetector {
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
pub(crate) struct ClientLoad {
    /// How many of its requests wait.
    pub(crate) waiting: AtomicUsize,
    /// The window in which it was counted last.
    counted_in: AtomicU64,
}

impl OverloadDetector {
    pub(crate) fn new(wait_max: Duration, now: Instant) -> Self {
        Self { wait_max, is_overloaded: AtomicBool::new(false), window: Mutex::new(Window::new(now)) }
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
    pub(crate) fn waited(&self, asker: &ClientLoad, now: Instant, wait: Duration) {
        self.see(asker, now, |window| {
            window.waits += 1;
            window.waited += wait;
        });
    }

    /// One was sent away.
    pub(crate) fn sent_away(&self, asker: &ClientLoad, now: Instant) {
        self.see(asker, now, |window| window.sent_away += 1);
    }

    /// Counts something in the window of this time, and the asker with it.
    fn see(&self, asker: &ClientLoad, now: Instant, count: impl FnOnce(&mut Window)) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let change = self.end_after(WINDOW, &mut window, now);
        if asker.counted_in.swap(window.number, Ordering::Relaxed) != window.number {
            window.askers += 1;
        }
        count(&mut window);
        drop(window);
        tell(change);
    }

    /// Ends an overload after which nobody asks any more.
    pub(crate) fn forget_old(&self, now: Instant) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let change = self.end_after(WINDOW * 2, &mut window, now);
        drop(window);
        tell(change);
    }

    /// Begins a new window if this one is so old; whether an overload begins or ends with that.
    fn end_after(&self, old: Duration, window: &mut Window, now: Instant) -> Option<bool> {
        let age = now.saturating_duration_since(window.begun);
        if age < old {
            return None;
        }
        // What comes after a pause has nothing to do with what was before it.
        let is_recent = age < WINDOW * 2;
        let is_slow = window.sent_away > 0 || window.waited > self.wait_max * window.waits;
        let was = self.is_overloaded();
        let is = is_recent
            && match was {
                true => window.sent_away * STAYS > window.waits,
                false => is_slow && window.was_slow,
            };
        self.is_overloaded.store(is, Ordering::Relaxed);
        *window = Window {
            number: window.number + 1,
            was_slow: is_recent && is_slow && !was,
            askers_before: if is_recent { window.askers } else { 0 },
            ..Window::new(now)
        };
        (was != is).then_some(is)
    }
}

/// Says in the log that an overload begins or ends. That is about no request, least of all about the first of a window.
fn tell(change: Option<bool>) {
    match change {
        Some(true) => tracing::warn!(parent: None, "more is asked than this host can do: some are sent away with 503"),
        Some(false) => tracing::info!(parent: None, "the host can do again what is asked of it"),
        None => {}
    }
}

impl Window {
    fn new(begun: Instant) -> Self {
        Self {
            number: 1,
            begun,
            waits: 0,
            waited: Duration::ZERO,
            sent_away: 0,
            askers: 0,
            was_slow: false,
            askers_before: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_millis(20);
    const SHORT: Duration = Duration::from_millis(1);

    /// Windows as letters, each with twenty requests: `l` wait long, `s` wait short, `a` half of them are sent away and `f` one of
    /// them, and the others wait short; `-` is one in which nothing comes. The state after each that isn't, `O` for overloaded.
    fn check(windows: &str, expect: &str) {
        let begun = Instant::now();
        let load = OverloadDetector::new(Duration::from_millis(10), begun);
        let asker = ClientLoad::default();
        let mut states = String::new();
        for (number, kind) in (0_u32..).zip(windows.chars()) {
            let at = begun + WINDOW * number;
            if kind == '-' {
                continue;
            }
            for request in 0..20 {
                match kind {
                    'a' if request % 2 == 0 => load.sent_away(&asker, at),
                    'f' if request == 0 => load.sent_away(&asker, at),
                    'l' => load.waited(&asker, at, LONG),
                    _ => load.waited(&asker, at, SHORT),
                }
                if request == 0 {
                    states.push(if load.is_overloaded() { 'O' } else { '.' });
                }
            }
        }
        assert_eq!(states, expect, "{windows}");
    }

    #[test]
    fn a_burst_is_no_overload_and_waits_that_stay_long_are() {
        check("slss", "....");
        check("sllss", "...O.");
        check("llaaass", "..OOOO.");
    }

    #[test]
    fn a_queue_that_stays_full_is_an_overload_however_short_the_waits() {
        check("aaaa", "..OO");
        check("afas", "..OO");
    }

    #[test]
    fn an_overload_ends_when_few_are_sent_away() {
        check("aaaffs", "..OO..");
    }

    #[test]
    fn what_comes_after_a_pause_begins_anew() {
        check("l--l", "..");
        check("aaa--s", "..O.");
    }

    #[test]
    fn an_overload_is_over_when_nobody_asks_any_more() {
        let begun = Instant::now();
        let load = OverloadDetector::new(SHORT, begun);
        (0..3).for_each(|number| load.waited(&ClientLoad::default(), begun + WINDOW * number, LONG));
        assert!(load.is_overloaded());
        load.forget_old(begun + WINDOW * 3);
        assert!(load.is_overloaded());
        load.forget_old(begun + WINDOW * 9);
        assert!(!load.is_overloaded());
    }

    #[test]
    fn the_lane_is_shared_among_those_who_ask() {
        let begun = Instant::now();
        let load = OverloadDetector::new(SHORT, begun);
        let askers = [ClientLoad::default(), ClientLoad::default(), ClientLoad::default()];
        for asker in askers.iter().chain(&askers) {
            load.waited(asker, begun, SHORT);
        }
        assert_eq!(load.askers(), 3);
        // Who asked in the window before still counts, and who asked before that doesn't.
        load.waited(&askers[0], begun + WINDOW, SHORT);
        assert_eq!(load.askers(), 3);
        load.waited(&askers[0], begun + WINDOW * 2, SHORT);
        assert_eq!(load.askers(), 1);
    }
}
