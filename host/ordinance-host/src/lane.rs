//! The lane of live decisions: so many computed at one time, so many waiting, the rest sent away before latency collapses. While more
//! is asked than the host can do, few wait, and those who ask share the places.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::HostConfig;
use crate::load::{Asker, Load};

/// The lane.
pub(crate) struct Lane {
    turns: Semaphore,
    waiting: AtomicUsize,
    queue_max: usize,
    /// How many may wait while the host is overloaded.
    crowd_max: usize,
    queue_time: Duration,
    inline_fuel_max: u64,
    load: Load,
    /// Whoever asks without saying who it is.
    anybody: Asker,
}

/// A turn to compute one decision; it ends when it is dropped.
pub(crate) struct Turn<'a>(#[expect(dead_code, reason = "held for its drop")] SemaphorePermit<'a>);

/// The lane is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Lane {
    pub(crate) fn new(config: &HostConfig) -> Self {
        let lane = &config.lane;
        Self {
            turns: Semaphore::new(config.concurrency()),
            waiting: AtomicUsize::new(0),
            queue_max: lane.queue_max,
            crowd_max: config.crowd_max(),
            queue_time: Duration::from_millis(lane.queue_ms),
            inline_fuel_max: lane.inline_fuel_max,
            load: Load::new(Duration::from_millis(lane.overloaded_ms), Instant::now()),
            anybody: Asker::default(),
        }
    }

    /// Waits for a turn of somebody, unless too many wait already or it takes too long.
    pub(crate) async fn turn(&self, asker: &Asker) -> Result<Turn<'_>, Full> {
        let begun = Instant::now();
        let turn = self.wait(asker).await;
        let now = Instant::now();
        match turn {
            Ok(_) => self.load.waited(Some(asker), now, now.saturating_duration_since(begun)),
            Err(Full) => self.load.sent_away(Some(asker), now),
        }
        turn
    }

    /// The same for whoever asks without saying who it is.
    pub(crate) async fn turn_of_anybody(&self) -> Result<Turn<'_>, Full> {
        self.turn(&self.anybody).await
    }

    async fn wait(&self, asker: &Asker) -> Result<Turn<'_>, Full> {
        let (waiting, own) = (Waiting::begin(&self.waiting), Waiting::begin(&asker.waiting));
        let (most, most_of_one) = match self.load.is_overloaded() {
            true => (self.crowd(), self.crowd().div_ceil(self.load.askers())),
            false => (self.queue_max + self.turns.available_permits(), usize::MAX),
        };
        if waiting.others >= most || own.others >= most_of_one {
            return Err(Full);
        }
        // All requests that have come are counted before one of them is computed, or none would be seen to wait.
        tokio::task::yield_now().await;
        if let Ok(permit) = self.turns.try_acquire() {
            return Ok(Turn(permit));
        }
        let permit = tokio::time::timeout(self.queue_time, self.turns.acquire()).await;
        match permit {
            Ok(Ok(permit)) => Ok(Turn(permit)),
            Ok(Err(_)) | Err(_) => Err(Full),
        }
    }

    /// Whether whoever comes now is sent away, whoever it is; it counts as sent away.
    pub(crate) fn sends_away_at_once(&self) -> bool {
        let is_full = self.load.is_overloaded() && self.waiting() >= self.crowd();
        if is_full {
            self.load.sent_away(None, Instant::now());
        }
        is_full
    }

    /// How many may wait while the host is overloaded, with those who have their turn at once.
    fn crowd(&self) -> usize {
        self.crowd_max + self.turns.available_permits()
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
    all: &'a AtomicUsize,
    /// How many waited when it came.
    others: usize,
}

impl<'a> Waiting<'a> {
    fn begin(all: &'a AtomicUsize) -> Self {
        Self { all, others: all.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::LaneConfig;

    fn lane(settings: impl Fn(&mut LaneConfig)) -> Lane {
        let mut config = HostConfig::default();
        config.lane.concurrency = 1;
        settings(&mut config.lane);
        Lane::new(&config)
    }

    #[tokio::test]
    async fn a_full_lane_sends_away_at_once_and_a_slow_one_after_its_time() {
        let full = lane(|lane| lane.queue_max = 0);
        let turn = full.turn_of_anybody().await;
        assert!(turn.is_ok(), "a free lane gives a turn");
        assert!(matches!(full.turn_of_anybody().await, Err(Full)));
        let slow = lane(|lane| (lane.queue_max, lane.queue_ms) = (1, 1));
        let held = slow.turn_of_anybody().await;
        assert!(matches!(slow.turn_of_anybody().await, Err(Full)));
        assert_eq!(slow.waiting(), 0);
        drop((turn, held));
        assert!(full.turn_of_anybody().await.is_ok());
    }

    #[tokio::test]
    async fn while_it_is_overloaded_few_wait_and_who_asks_little_is_not_sent_away_for_who_asks_much() {
        let lane = Arc::new(lane(|lane| (lane.crowd_max, lane.overloaded_ms) = (4, 0)));
        let (greedy, modest) = (Arc::new(Asker::default()), Arc::new(Asker::default()));
        while !lane.load.is_overloaded() {
            let _ = (lane.turn(&greedy).await, lane.turn(&modest).await);
        }
        let ask = |asker: &Arc<Asker>, times: usize| {
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
        assert_eq!(given, [3, 2], "four wait and one has its turn");
    }
}
