//! The lane of live decisions: so many computed at one time, so many waiting, the rest sent away before latency collapses. While more
//! is asked than the host can do, few wait, and those who ask share the places.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::admission::overload::{ClientLoad, OverloadDetector};
use crate::config::HostConfig;

/// The lane.
pub(crate) struct ConcurrencyLimit {
    turns: Semaphore,
    waiting: AtomicUsize,
    queue_max: usize,
    /// How many may wait while the host is overloaded.
    crowd_max: usize,
    queue_time: Duration,
    inline_fuel_max: u64,
    load: OverloadDetector,
    /// Whoever asks without saying who it is, as one.
    anybody: ClientLoad,
}

/// A turn to compute one decision; it ends when it is dropped.
pub(crate) struct ConcurrencyPermit<'a>(#[expect(dead_code, reason = "held for its drop")] SemaphorePermit<'a>);

/// The lane is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFullError;

impl ConcurrencyLimit {
    pub(crate) fn new(config: &HostConfig) -> Self {
        let lane = &config.lane;
        Self {
            turns: Semaphore::new(config.concurrency()),
            waiting: AtomicUsize::new(0),
            queue_max: lane.queue_max,
            crowd_max: config.crowd_max(),
            queue_time: Duration::from_millis(lane.queue_ms),
            inline_fuel_max: lane.inline_fuel_max,
            load: OverloadDetector::new(Duration::from_millis(lane.overloaded_ms), Instant::now()),
            anybody: ClientLoad::default(),
        }
    }

    /// Waits for a turn of somebody, unless too many wait already or it takes too long.
    pub(crate) async fn turn(&self, asker: &ClientLoad) -> Result<ConcurrencyPermit<'_>, QueueFullError> {
        let begun = Instant::now();
        let turn = self.wait(asker, begun).await;
        let now = Instant::now();
        match turn {
            Ok(_) => self.load.waited(asker, now, now.saturating_duration_since(begun)),
            Err(QueueFullError) => self.load.sent_away(asker, now),
        }
        turn
    }

    /// The same for whoever asks without saying who it is.
    pub(crate) async fn turn_of_anybody(&self) -> Result<ConcurrencyPermit<'_>, QueueFullError> {
        self.turn(&self.anybody).await
    }

    async fn wait(&self, asker: &ClientLoad, begun: Instant) -> Result<ConcurrencyPermit<'_>, QueueFullError> {
        let (waiting, own) = (Waiting::begin(&self.waiting), Waiting::begin(&asker.waiting));
        if self.is_full(waiting.others, own.others) {
            return Err(QueueFullError);
        }
        // All requests that have come are counted before one of them is computed, or none would be seen to wait. In which order they
        // go on then is the runtime's affair.
        tokio::task::yield_now().await;
        let left = self.queue_time.saturating_sub(begun.elapsed());
        // Where no time is set for waiting, a turn that is free is taken all the same.
        if left.is_zero() && !self.queue_time.is_zero() {
            return Err(QueueFullError);
        }
        if let Ok(permit) = self.turns.try_acquire() {
            return Ok(ConcurrencyPermit(permit));
        }
        match tokio::time::timeout(left, self.turns.acquire()).await {
            Ok(Ok(permit)) => Ok(ConcurrencyPermit(permit)),
            Ok(Err(_)) | Err(_) => Err(QueueFullError),
        }
    }

    /// Whether one more has no place beside so many that wait, and so many of its own asker. While the host is overloaded those who
    /// ask share few places; who has none waiting finds one beyond these, so that who asks much can't keep out who asks little.
    fn is_full(&self, others: usize, own: usize) -> bool {
        let free = self.turns.available_permits();
        if !self.load.is_overloaded() {
            return others >= self.queue_max + free;
        }
        let crowd = self.crowd_max + free;
        match own {
            0 => others >= crowd + self.crowd_max,
            own => others >= crowd || own >= crowd.div_ceil(self.load.askers()),
        }
    }

    /// Whether more is asked than the host can do.
    pub(crate) fn is_overloaded(&self) -> bool {
        self.load.is_overloaded()
    }

    /// Forgets an overload after which nobody asks any more.
    pub(crate) fn forget_old(&self) {
        self.load.forget_old(Instant::now());
    }

    /// Whether somebody is sent away if it asks now; it counts as sent away then.
    pub(crate) fn sends_away(&self, asker: &ClientLoad) -> bool {
        let is_so = self.is_full(self.waiting(), asker.waiting.load(Ordering::Relaxed));
        if is_so {
            self.load.sent_away(asker, Instant::now());
        }
        is_so
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Computes on this thread. A computation that may take long first hands this thread's other requests to another
    /// thread; a short one doesn't pay for that.
    pub(crate) fn run<T>(&self, fuel_max: u64, compute: impl FnOnce() -> T) -> T {
        if fuel_max <= self.inline_fuel_max { compute() } else { tokio::task::block_in_place(compute) }
    }
}

/// Counts one that waits, also when its request is given up.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    /// How many waited when it came.
    others: usize,
}

impl<'a> Waiting<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        Self { count, others: count.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::ConcurrencyConfig;

    fn lane(settings: impl Fn(&mut ConcurrencyConfig)) -> ConcurrencyLimit {
        let mut config = HostConfig::default();
        config.lane.concurrency = 1;
        settings(&mut config.lane);
        ConcurrencyLimit::new(&config)
    }

    #[tokio::test]
    async fn a_full_lane_sends_away_at_once_and_a_slow_one_after_its_time() {
        let full = lane(|lane| lane.queue_max = 0);
        let turn = full.turn_of_anybody().await;
        assert!(turn.is_ok(), "a free lane gives a turn");
        assert!(matches!(full.turn_of_anybody().await, Err(QueueFullError)));
        let slow = lane(|lane| (lane.queue_max, lane.queue_ms) = (1, 1));
        let held = slow.turn_of_anybody().await;
        assert!(matches!(slow.turn_of_anybody().await, Err(QueueFullError)));
        assert_eq!(slow.waiting(), 0);
        let unqueued = lane(|lane| lane.queue_ms = 0);
        assert!(unqueued.turn_of_anybody().await.is_ok(), "a free turn is no wait");
        drop((turn, held));
        assert!(full.turn_of_anybody().await.is_ok());
    }

    #[tokio::test]
    async fn while_it_is_overloaded_few_wait_and_who_asks_little_is_not_sent_away_for_who_asks_much() {
        let lane = Arc::new(lane(|lane| (lane.crowd_max, lane.overloaded_ms) = (4, 1)));
        let (greedy, modest) = (Arc::new(ClientLoad::default()), Arc::new(ClientLoad::default()));
        let (begun, long) = (Instant::now(), Duration::from_millis(9));
        for window in 0..3 {
            lane.load.waited(&greedy, begun + Duration::from_millis(60 * window), long);
        }
        assert!(lane.load.is_overloaded());
        let ask = |asker: &Arc<ClientLoad>, times: usize| {
            let once = || {
                let (lane, asker) = (Arc::clone(&lane), Arc::clone(asker));
                tokio::spawn(async move { lane.turn(&asker).await.is_ok() })
            };
            (0..times).map(|_| once()).collect::<Vec<_>>()
        };
        let (greedy, modest) = (ask(&greedy, 20), ask(&modest, 2));
        let mut given = [0, 0];
        for (given, asked) in given.iter_mut().zip([greedy, modest]) {
            for once in asked {
                *given += usize::from(once.await.unwrap());
            }
        }
        // The greedy one has all places, as it is alone when it comes; the modest one finds one beyond these.
        assert_eq!(given, [5, 1]);
    }
}
