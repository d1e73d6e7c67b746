//! Overload detection. Overload begins when in two consecutive 50 ms windows the mean time in the queue exceeds
//! `concurrency.overloaded-ms` or a request was rejected; it ends when fewer than 1 in 10 are rejected. Single bursts
//! don't trigger it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time over which waits and rejections are counted.
const WINDOW: Duration = Duration::from_millis(50);

/// An overload lasts while at least one of so many requests is rejected.
const EXIT_RATIO: u32 = 10;

/// Whether the host is overloaded, by the waits and rejections of the last windows.
#[derive(Debug)]
pub(crate) struct OverloadDetector {
    /// The mean time in the queue above which a window is slow.
    wait_max: Duration,
    is_overloaded: AtomicBool,
    window: Mutex<Window>,
}

/// The counts of one window, and what the next one needs of them.
#[derive(Debug)]
struct Window {
    number: u64,
    begun: Instant,
    waits: u32,
    waited: Duration,
    rejected: u32,
    clients: usize,
    was_slow: bool,
    clients_before: usize,
}

/// The load of one client: its requests in the queue, and whether it counts as active.
#[derive(Debug, Default)]
pub(crate) struct ClientLoad {
    /// Its requests in the queue.
    pub(crate) queued: AtomicUsize,
    /// The number of the window in which it was counted last.
    counted_in: AtomicU64,
}

impl OverloadDetector {
    pub(crate) fn new(wait_max: Duration, now: Instant) -> Self {
        Self { wait_max, is_overloaded: AtomicBool::new(false), window: Mutex::new(Window::new(now)) }
    }

    pub(crate) fn is_overloaded(&self) -> bool {
        self.is_overloaded.load(Ordering::Relaxed)
    }

    /// How many clients sent requests in this window or the one before, at least 1: the queue is divided among them.
    pub(crate) fn active_clients(&self) -> usize {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.clients.max(window.clients_before).max(1)
    }

    /// A request got its permit after `wait`.
    pub(crate) fn record_wait(&self, client: &ClientLoad, now: Instant, wait: Duration) {
        self.record(client, now, |window| {
            window.waits += 1;
            window.waited += wait;
        });
    }

    /// A request was rejected.
    pub(crate) fn record_rejection(&self, client: &ClientLoad, now: Instant) {
        self.record(client, now, |window| window.rejected += 1);
    }

    /// Counts an event of a client in the window of `now`.
    fn record(&self, client: &ClientLoad, now: Instant, count: impl FnOnce(&mut Window)) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let change = self.end_window_after(WINDOW, &mut window, now);
        if client.counted_in.swap(window.number, Ordering::Relaxed) != window.number {
            window.clients += 1;
        }
        count(&mut window);
        drop(window);
        log_change(change);
    }

    /// Ends an overload after which no request comes.
    pub(crate) fn expire(&self, now: Instant) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let change = self.end_window_after(WINDOW * 2, &mut window, now);
        drop(window);
        log_change(change);
    }

    /// Begins a new window if this one is older than `old`. Returns whether the host is overloaded, if that changes.
    fn end_window_after(&self, old: Duration, window: &mut Window, now: Instant) -> Option<bool> {
        let age = now.saturating_duration_since(window.begun);
        if age < old {
            return None;
        }
        // A window after a pause says nothing about the time before the pause.
        let is_recent = age < WINDOW * 2;
        let is_slow = window.rejected > 0 || window.waited > self.wait_max * window.waits;
        let was = self.is_overloaded();
        let is = is_recent
            && match was {
                true => window.rejected * EXIT_RATIO > window.waits,
                false => is_slow && window.was_slow,
            };
        self.is_overloaded.store(is, Ordering::Relaxed);
        *window = Window {
            number: window.number + 1,
            was_slow: is_recent && is_slow && !was,
            clients_before: if is_recent { window.clients } else { 0 },
            ..Window::new(now)
        };
        (was != is).then_some(is)
    }
}

/// Logs the begin or the end of an overload. The line belongs to no request, least of all to the first of a window.
fn log_change(change: Option<bool>) {
    match change {
        Some(true) => tracing::warn!(parent: None, "overload began: requests are rejected with 503"),
        Some(false) => tracing::info!(parent: None, "overload ended"),
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
            rejected: 0,
            clients: 0,
            was_slow: false,
            clients_before: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_millis(20);
    const SHORT: Duration = Duration::from_millis(1);

    /// Windows as letters, each with twenty requests: `l` wait long, `s` wait short, `a` half of them are rejected and
    /// `f` one of them, and the others wait short; `-` is one without requests. The state after each other window, `O`
    /// for overloaded.
    fn check(windows: &str, expect: &str) {
        let begun = Instant::now();
        let detector = OverloadDetector::new(Duration::from_millis(10), begun);
        let client = ClientLoad::default();
        let mut states = String::new();
        for (number, kind) in (0_u32..).zip(windows.chars()) {
            let at = begun + WINDOW * number;
            if kind == '-' {
                continue;
            }
            for request in 0..20 {
                match kind {
                    'a' if request % 2 == 0 => detector.record_rejection(&client, at),
                    'f' if request == 0 => detector.record_rejection(&client, at),
                    'l' => detector.record_wait(&client, at, LONG),
                    _ => detector.record_wait(&client, at, SHORT),
                }
                if request == 0 {
                    states.push(if detector.is_overloaded() { 'O' } else { '.' });
                }
            }
        }
        assert_eq!(states, expect, "{windows}");
    }

    #[test]
    fn a_burst_is_no_overload_and_lasting_waits_are() {
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
    fn an_overload_ends_when_few_are_rejected() {
        check("aaaffs", "..OO..");
    }

    #[test]
    fn a_window_after_a_pause_begins_anew() {
        check("l--l", "..");
        check("aaa--s", "..O.");
    }

    #[test]
    fn an_overload_ends_when_no_request_comes() {
        let begun = Instant::now();
        let detector = OverloadDetector::new(SHORT, begun);
        (0..3).for_each(|number| detector.record_wait(&ClientLoad::default(), begun + WINDOW * number, LONG));
        assert!(detector.is_overloaded());
        detector.expire(begun + WINDOW * 3);
        assert!(detector.is_overloaded());
        detector.expire(begun + WINDOW * 9);
        assert!(!detector.is_overloaded());
    }

    #[test]
    fn the_queue_is_divided_among_the_active_clients() {
        let begun = Instant::now();
        let detector = OverloadDetector::new(SHORT, begun);
        let clients = [ClientLoad::default(), ClientLoad::default(), ClientLoad::default()];
        for client in clients.iter().chain(&clients) {
            detector.record_wait(client, begun, SHORT);
        }
        assert_eq!(detector.active_clients(), 3);
        // A client of the window before still counts, and one of an earlier window doesn't.
        detector.record_wait(&clients[0], begun + WINDOW, SHORT);
        assert_eq!(detector.active_clients(), 3);
        detector.record_wait(&clients[0], begun + WINDOW * 2, SHORT);
        assert_eq!(detector.active_clients(), 1);
    }
}
