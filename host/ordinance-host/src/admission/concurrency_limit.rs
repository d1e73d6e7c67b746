//! Admission control of decisions. At most `concurrency.limit` run and `queue-max` wait; the host rejects further
//! requests with 503. During an overload the queue shrinks to `overload-queue-max` and is divided evenly among the
//! callers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::admission::overload::{ClientLoad, OverloadDetector};
use crate::config::HostConfig;

/// The limit on decisions that run at the same time, with its queue.
pub(crate) struct ConcurrencyLimit {
    permits: Semaphore,
    queued: AtomicUsize,
    queue_max: usize,
    overload_queue_max: usize,
    /// The longest time in the queue.
    queue_time: Duration,
    inline_fuel_max: u64,
    overload: OverloadDetector,
    /// The load of all requests without a caller together.
    anonymous: ClientLoad,
}

/// The permission to run one decision; dropping it returns it.
pub(crate) struct ConcurrencyPermit<'a>(#[expect(dead_code, reason = "held for its drop")] SemaphorePermit<'a>);

/// The queue is full, or the request waited in it for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the queue of decisions is full")]
pub(crate) struct QueueFullError;

impl ConcurrencyLimit {
    pub(crate) fn new(config: &HostConfig) -> Self {
        let settings = &config.concurrency;
        Self {
            permits: Semaphore::new(config.concurrency_limit()),
            queued: AtomicUsize::new(0),
            queue_max: settings.queue_max,
            overload_queue_max: config.overload_queue_max(),
            queue_time: Duration::from_millis(settings.queue_ms),
            inline_fuel_max: settings.inline_fuel_max,
            overload: OverloadDetector::new(Duration::from_millis(settings.overloaded_ms), Instant::now()),
            anonymous: ClientLoad::default(),
        }
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// [`QueueFullError`] if the queue is full or the wait takes too long.
    pub(crate) async fn acquire(&self, client: &ClientLoad) -> Result<ConcurrencyPermit<'_>, QueueFullError> {
        let begun = Instant::now();
        let permit = self.wait(client, begun).await;
        let now = Instant::now();
        match permit {
            Ok(_) => self.overload.record_wait(client, now, now.saturating_duration_since(begun)),
            Err(QueueFullError) => self.overload.record_rejection(client, now),
        }
        permit
    }

    /// The same for a request without a caller.
    pub(crate) async fn acquire_anonymous(&self) -> Result<ConcurrencyPermit<'_>, QueueFullError> {
        self.acquire(&self.anonymous).await
    }

    async fn wait(&self, client: &ClientLoad, begun: Instant) -> Result<ConcurrencyPermit<'_>, QueueFullError> {
        let in_queue = QueueEntry::enter(&self.queued);
        let of_client = QueueEntry::enter(&client.queued);
        if self.is_full(in_queue.before, of_client.before) {
            return Err(QueueFullError);
        }
        // All requests that have come are counted before one of them runs, or none would be seen to wait. The runtime
        // decides in which order they go on.
        tokio::task::yield_now().await;
        let left = self.queue_time.saturating_sub(begun.elapsed());
        // With a queue time of zero a free permit is still taken.
        if left.is_zero() && !self.queue_time.is_zero() {
            return Err(QueueFullError);
        }
        if let Ok(permit) = self.permits.try_acquire() {
            return Ok(ConcurrencyPermit(permit));
        }
        match tokio::time::timeout(left, self.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(ConcurrencyPermit(permit)),
            Ok(Err(_)) | Err(_) => Err(QueueFullError),
        }
    }

    /// Whether the queue has no place for one more request, where `queued` wait, `of_client` of them of its client.
    /// During an overload the clients share a short queue; one that has none waiting finds a place beyond it, so that a
    /// client with many requests can't lock out one with few.
    fn is_full(&self, queued: usize, of_client: usize) -> bool {
        let free = self.permits.available_permits();
        if !self.overload.is_overloaded() {
            return queued >= self.queue_max + free;
        }
        let places = self.overload_queue_max + free;
        match of_client {
            0 => queued >= places + self.overload_queue_max,
            own => queued >= places || own >= places.div_ceil(self.overload.active_clients()),
        }
    }

    pub(crate) fn is_overloaded(&self) -> bool {
        self.overload.is_overloaded()
    }

    /// Ends an overload after which no request comes.
    pub(crate) fn expire(&self) {
        self.overload.expire(Instant::now());
    }

    /// Whether a request of this client would be rejected now. If so it counts as rejected.
    pub(crate) fn should_shed(&self, client: &ClientLoad) -> bool {
        let is_full = self.is_full(self.queued(), client.queued.load(Ordering::Relaxed));
        if is_full {
            self.overload.record_rejection(client, Instant::now());
        }
        is_full
    }

    /// How many requests wait in the queue.
    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Runs a computation on this thread. If it may need much fuel, the thread first hands its other requests to
    /// another one; a short computation doesn't pay for that.
    pub(crate) fn run<T>(&self, fuel_max: u64, compute: impl FnOnce() -> T) -> T {
        if fuel_max <= self.inline_fuel_max { compute() } else { tokio::task::block_in_place(compute) }
    }
}

/// Counts a request in a queue until it is dropped, also if the client gives the request up.
struct QueueEntry<'a> {
    count: &'a AtomicUsize,
    /// How many waited before it.
    before: usize,
}

impl<'a> QueueEntry<'a> {
    fn enter(count: &'a AtomicUsize) -> Self {
        Self { count, before: count.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Drop for QueueEntry<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::ConcurrencyConfig;

    /// A limit of one decision.
    fn limit(settings: impl Fn(&mut ConcurrencyConfig)) -> ConcurrencyLimit {
        let mut config = HostConfig::default();
        config.concurrency.limit = 1;
        settings(&mut config.concurrency);
        ConcurrencyLimit::new(&config)
    }

    #[tokio::test]
    async fn a_full_queue_rejects_at_once_and_a_slow_one_after_its_time() {
        let full = limit(|settings| settings.queue_max = 0);
        let permit = full.acquire_anonymous().await;
        assert!(permit.is_ok(), "a free limit gives a permit");
        assert!(matches!(full.acquire_anonymous().await, Err(QueueFullError)));
        let slow = limit(|settings| (settings.queue_max, settings.queue_ms) = (1, 1));
        let held = slow.acquire_anonymous().await;
        assert!(matches!(slow.acquire_anonymous().await, Err(QueueFullError)));
        assert_eq!(slow.queued(), 0);
        let unqueued = limit(|settings| settings.queue_ms = 0);
        assert!(unqueued.acquire_anonymous().await.is_ok(), "a free permit needs no wait");
        drop((permit, held));
        assert!(full.acquire_anonymous().await.is_ok());
    }

    #[tokio::test]
    async fn during_an_overload_few_wait_and_a_client_with_many_requests_does_not_lock_out_one_with_few() {
        let limit = Arc::new(limit(|settings| (settings.overload_queue_max, settings.overloaded_ms) = (4, 1)));
        let (greedy, modest) = (Arc::new(ClientLoad::default()), Arc::new(ClientLoad::default()));
        let (begun, long) = (Instant::now(), Duration::from_millis(9));
        for window in 0..3 {
            limit.overload.record_wait(&greedy, begun + Duration::from_millis(60 * window), long);
        }
        assert!(limit.overload.is_overloaded());
        let request = |client: &Arc<ClientLoad>, times: usize| {
            let once = || {
                let (limit, client) = (Arc::clone(&limit), Arc::clone(client));
                tokio::spawn(async move { limit.acquire(&client).await.is_ok() })
            };
            (0..times).map(|_| once()).collect::<Vec<_>>()
        };
        let (greedy, modest) = (request(&greedy, 20), request(&modest, 2));
        let mut admitted = [0, 0];
        for (admitted, requests) in admitted.iter_mut().zip([greedy, modest]) {
            for once in requests {
                *admitted += usize::from(once.await.unwrap());
            }
        }
        // The greedy client has all places, as it is alone when it comes; the modest one finds a place beyond these.
        assert_eq!(admitted, [5, 1]);
    }
}
