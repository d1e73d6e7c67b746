//! The lane of live decisions: so many computed at one time, so many waiting, the rest sent away before latency
//! collapses.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::HostConfig;

/// The lane.
pub(crate) struct Lane {
    turns: Semaphore,
    waiting: AtomicUsize,
    queue_max: usize,
    queue_time: Duration,
    inline_fuel_max: u64,
}

/// A turn to compute one decision; it ends when it is dropped.
pub(crate) struct Turn<'a>(#[expect(dead_code, reason = "held for its drop")] SemaphorePermit<'a>);

/// The lane is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Lane {
    pub(crate) fn new(config: &HostConfig) -> Self {
        Self {
            turns: Semaphore::new(config.concurrency()),
            waiting: AtomicUsize::new(0),
            queue_max: config.lane.queue_max,
            queue_time: Duration::from_millis(config.lane.queue_ms),
            inline_fuel_max: config.lane.inline_fuel_max,
        }
    }

    /// Waits for a turn, unless too many wait already or it takes too long.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>, Full> {
        if let Ok(permit) = self.turns.try_acquire() {
            return Ok(Turn(permit));
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.queue_max {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Full);
        }
        let waiting = Waiting(&self.waiting);
        let permit = tokio::time::timeout(self.queue_time, self.turns.acquire()).await;
        drop(waiting);
        match permit {
            Ok(Ok(permit)) => Ok(Turn(permit)),
            Ok(Err(_)) | Err(_) => Err(Full),
        }
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
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_lane_sends_away_at_once_and_a_slow_one_after_its_time() {
        let mut config = HostConfig::default();
        config.lane.concurrency = 1;
        config.lane.queue_max = 0;
        config.lane.queue_ms = 1;
        let lane = Lane::new(&config);
        let turn = lane.turn().await.unwrap_or_else(|_| panic!("a free lane gives a turn"));
        assert!(matches!(lane.turn().await, Err(Full)));
        config.lane.queue_max = 1;
        let slow = Lane::new(&config);
        let held = slow.turn().await;
        assert!(matches!(slow.turn().await, Err(Full)));
        assert_eq!(slow.waiting(), 0);
        drop((turn, held));
        assert!(lane.turn().await.is_ok());
    }
}
