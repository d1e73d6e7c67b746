//! Overload detection, for each client by itself, since each waits in a line of its own. It judges by what a request of
//! the client would meet: the overload begins when in two consecutive 50 ms windows even the one that waited least
//! waited longer than `concurrency.overloaded-ms`, or one was rejected; it ends when fewer than 1 in 10 are rejected. A
//! burst, whose queue drains, doesn't trigger it, nor a thread that the system stops for a while, nor what another
//! client sends. The least wait tells a queue that stands from one that drains (controlled delay, RFC 8289).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::admission::arrival_rate::ArrivalRate;
use crate::admission::turn_queue::TurnClient;
use crate::mutex::lock;

/// The time over which waits and rejections are counted.
const WINDOW: Duration = Duration::from_millis(50);

/// An overload lasts while at least one of so many requests is rejected.
const EXIT_RATIO: u32 = 10;

/// At which rate rejections of a client are sent.
const REJECTIONS: ArrivalRate = ArrivalRate {
    interval: Duration::from_millis(10),
    burst: Duration::from_secs(1),
    delay_max: Duration::from_secs(1),
};

/// Whether a client is overloaded, by the waits and rejections of the last windows.
#[derive(Debug)]
struct OverloadDetector {
    is_overloaded: AtomicBool,
    window: Mutex<Window>,
}

/// The counts of one window, and what the next one needs of them.
#[derive(Debug)]
struct Window {
    begun: Instant,
    waits: u32,
    /// The least of the waits; `None` without any.
    least_wait: Option<Duration>,
    rejected: u32,
    was_slow: bool,
}

/// The load of one client: its work under way, and whether it sends more than its part of the host can do.
#[derive(Debug)]
pub(crate) struct ClientLoad {
    number: u64,
    /// Its requests in the queue of decisions.
    pub(crate) queued: AtomicUsize,
    /// Its batches that are open.
    pub(crate) open_batches: AtomicUsize,
    /// Its cases that wait for shadow rules.
    pub(crate) shadow_cases: AtomicUsize,
    overload: OverloadDetector,
    /// When its next rejection is due at an even rate.
    rejection_due: Mutex<Instant>,
}

impl ClientLoad {
    /// The load of a new client, with a number of its own.
    pub(crate) fn new(now: Instant) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            queued: AtomicUsize::new(0),
            open_batches: AtomicUsize::new(0),
            shadow_cases: AtomicUsize::new(0),
            overload: OverloadDetector::new(now),
            rejection_due: Mutex::new(now),
        }
    }

    pub(crate) fn turn_client(&self) -> TurnClient {
        TurnClient::Caller(self.number)
    }

    pub(crate) fn is_overloaded(&self) -> bool {
        self.overload.is_overloaded()
    }

    /// A request got its turn after `wait`; a window in which each waits longer than `wait_max` is slow.
    pub(crate) fn record_wait(&self, now: Instant, wait: Duration, wait_max: Duration) {
        self.overload.record(now, wait_max, |window| {
            window.waits += 1;
            window.least_wait = Some(window.least_wait.map_or(wait, |least| least.min(wait)));
        });
    }

    /// A request was rejected.
    pub(crate) fn record_rejection(&self, now: Instant, wait_max: Duration) {
        self.overload.record(now, wait_max, |window| window.rejected += 1);
    }

    /// Waits before a rejection of the client is sent. A few are sent at once and further ones late, or a client that
    /// asks again at each rejection would keep the host busy with rejections.
    pub(crate) async fn pace_rejection(&self) {
        let delay = self.rejection_delay(Instant::now());
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    fn rejection_delay(&self, now: Instant) -> Duration {
        let mut due = lock(&self.rejection_due);
        REJECTIONS.delay(&mut due, now).unwrap_or(REJECTIONS.delay_max)
    }

    /// Ends an overload after which no request comes.
    pub(crate) fn expire(&self, now: Instant, wait_max: Duration) {
        self.overload.expire(now, wait_max);
    }
}

impl OverloadDetector {
    fn new(now: Instant) -> Self {
        Self { is_overloaded: AtomicBool::new(false), window: Mutex::new(Window::new(now)) }
    }

    fn is_overloaded(&self) -> bool {
        self.is_overloaded.load(Ordering::Relaxed)
    }

    /// Counts an event in the window of `now`.
    fn record(&self, now: Instant, wait_max: Duration, count: impl FnOnce(&mut Window)) {
        let mut window = lock(&self.window);
        self.end_window_after(WINDOW, &mut window, now, wait_max);
        count(&mut window);
    }

    fn expire(&self, now: Instant, wait_max: Duration) {
        let mut window = lock(&self.window);
        self.end_window_after(WINDOW * 2, &mut window, now, wait_max);
    }

    /// Begins a new window if this one is older than `old`.
    fn end_window_after(&self, old: Duration, window: &mut Window, now: Instant, wait_max: Duration) {
        let age = now.saturating_duration_since(window.begun);
        if age < old {
            return;
        }
        // A window after a pause says nothing about the time before the pause.
        let is_recent = age < WINDOW * 2;
        let is_slow = window.rejected > 0 || window.least_wait.is_some_and(|least| least > wait_max);
        let was = self.is_overloaded();
        let is = is_recent
            && match was {
                true => window.rejected * EXIT_RATIO > window.waits,
                false => is_slow && window.was_slow,
            };
        self.is_overloaded.store(is, Ordering::Relaxed);
        *window = Window { was_slow: is_recent && is_slow && !was, ..Window::new(now) };
    }
}

impl Window {
    fn new(begun: Instant) -> Self {
        Self { begun, waits: 0, least_wait: None, rejected: 0, was_slow: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_millis(20);
    const SHORT: Duration = Duration::from_millis(1);
    const WAIT_MAX: Duration = Duration::from_millis(10);

    /// Windows as letters, each with twenty requests: `l` wait long, `s` wait short, `a` half of them are rejected
    /// and `f` one of them, and the others wait short; `m` all but one wait long; `-` is one without requests. The
    /// state after each other window, `O` for overloaded.
    fn check(windows: &str, expect: &str) {
        let begun = Instant::now();
        let client = ClientLoad::new(begun);
        let mut states = String::new();
        for (number, kind) in (0_u32..).zip(windows.chars()) {
            let at = begun + WINDOW * number;
            if kind == '-' {
                continue;
            }
            for request in 0..20 {
                match kind {
                    'a' if request % 2 == 0 => client.record_rejection(at, WAIT_MAX),
                    'f' if request == 0 => client.record_rejection(at, WAIT_MAX),
                    'm' if request != 7 => client.record_wait(at, LONG, WAIT_MAX),
                    'l' => client.record_wait(at, LONG, WAIT_MAX),
                    _ => client.record_wait(at, SHORT, WAIT_MAX),
                }
                if request == 0 {
                    states.push(if client.is_overloaded() { 'O' } else { '.' });
                }
            }
        }
        assert_eq!(states, expect, "{windows}");
    }

    #[test]
    fn some_rejections_are_sent_at_once_and_further_ones_late() {
        let begun = Instant::now();
        let client = ClientLoad::new(begun);
        let late = (0..1000).filter(|_| !client.rejection_delay(begun).is_zero()).count();
        assert_eq!(late, 899);
        assert_eq!(client.rejection_delay(begun), REJECTIONS.delay_max);
        assert_eq!(client.rejection_delay(begun + REJECTIONS.delay_max * 3), Duration::ZERO);
    }

    #[test]
    fn a_burst_is_no_overload_and_lasting_waits_are() {
        check("slss", "....");
        check("sllss", "...O.");
        check("llaaass", "..OOOO.");
    }

    #[test]
    fn a_queue_that_drains_in_each_window_is_no_overload_however_long_most_wait() {
        check("lmlmmm", "......");
        check("mmlls", "....O");
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
        let client = ClientLoad::new(begun);
        (0..3).for_each(|number| client.record_wait(begun + WINDOW * number, LONG, WAIT_MAX));
        assert!(client.is_overloaded());
        client.expire(begun + WINDOW * 3, WAIT_MAX);
        assert!(client.is_overloaded());
        client.expire(begun + WINDOW * 9, WAIT_MAX);
        assert!(!client.is_overloaded());
    }
}
