//! Admission control of decisions. At most `concurrency.limit` run and `queue-max` wait, fairly by caller; the host
//! rejects further requests with 503. While a caller sends more than its part of the host can do, its own queue shrinks
//! to its part of `overload-queue-max`; the others don't notice.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::admission::overload::ClientLoad;
use crate::admission::turn_queue::{Turn, TurnQueue};
use crate::config::HostConfig;
use crate::mutex::lock;

/// The largest body that is parsed beside the other requests of a thread; a larger one may hold thousands of values.
const INLINE_BODY_BYTES: usize = 4 << 10;

/// How often the wait for a thread is measured, and from which on the host is busy: less than a caller notices, and
/// more than the requests of a few connections cause.
const WATCH_EVERY: Duration = Duration::from_millis(10);
const BUSY_WAIT: Duration = Duration::from_millis(5);

/// The limit on decisions that run at the same time, with its queue.
pub(crate) struct ConcurrencyLimit {
    turns: Arc<TurnQueue>,
    queued: AtomicUsize,
    queue_max: usize,
    overload_queue_max: usize,
    /// The longest time in the queue.
    queue_time: Duration,
    /// A caller whose every request waits longer is overloaded.
    wait_max: Duration,
    /// Whether requests wait for a thread before they come here.
    is_busy: AtomicBool,
    inline_fuel_max: u64,
    /// The clients that are overloaded.
    overloaded: Mutex<Vec<Arc<ClientLoad>>>,
    /// How many they are.
    overloaded_clients: AtomicUsize,
}

/// The queue is full, or the request waited in it for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the queue of decisions is full")]
pub(crate) struct QueueFullError;

impl ConcurrencyLimit {
    pub(crate) fn new(config: &HostConfig) -> Self {
        let settings = &config.concurrency;
        Self {
            turns: TurnQueue::new(config.concurrency_limit()),
            queued: AtomicUsize::new(0),
            queue_max: settings.queue_max,
            overload_queue_max: config.overload_queue_max(),
            queue_time: Duration::from_millis(settings.queue_ms),
            wait_max: Duration::from_millis(settings.overloaded_ms),
            is_busy: AtomicBool::new(false),
            inline_fuel_max: settings.inline_fuel_max,
            overloaded: Mutex::new(Vec::new()),
            overloaded_clients: AtomicUsize::new(0),
        }
    }

    /// Waits for a turn. On a host that isn't busy there is one at once, and the request goes on in the same task.
    ///
    /// # Errors
    /// [`QueueFullError`] if the queue is full or the wait takes too long.
    pub(crate) async fn acquire(&self, client: &Arc<ClientLoad>) -> Result<Turn, QueueFullError> {
        let begun = Instant::now();
        if !self.is_busy.load(Ordering::Relaxed)
            && !client.is_overloaded()
            && let Some(turn) = self.turns.try_take(client.turn_client(), begun)
        {
            client.record_wait(begun, Duration::ZERO, self.wait_max);
            return Ok(turn);
        }
        let turn = self.wait(client, begun).await;
        let now = Instant::now();
        let was_overloaded = client.is_overloaded();
        match turn {
            Ok(_) => client.record_wait(now, now.saturating_duration_since(begun), self.wait_max),
            Err(QueueFullError) => client.record_rejection(now, self.wait_max),
        }
        self.note_overload(client, was_overloaded);
        if turn.is_err() {
            client.pace_rejection().await;
        }
        turn
    }

    /// Waits for another turn of a request that has begun. It isn't rejected any more.
    pub(crate) async fn acquire_again(&self, client: &ClientLoad) -> Result<Turn, QueueFullError> {
        self.turns.enqueue(client.turn_client()).wait().await.ok_or(QueueFullError)
    }

    async fn wait(&self, client: &ClientLoad, begun: Instant) -> Result<Turn, QueueFullError> {
        let in_queue = QueueEntry::enter(&self.queued);
        let of_client = QueueEntry::enter(&client.queued);
        if self.is_full(in_queue.before, client, of_client.before) {
            return Err(QueueFullError);
        }
        // All requests that have come are counted before one of them runs, or none would be seen to wait. The runtime
        // decides in which order they go on.
        tokio::task::yield_now().await;
        let left = self.queue_time.saturating_sub(begun.elapsed());
        // With a queue time of zero a free turn is still taken.
        if left.is_zero() && !self.queue_time.is_zero() {
            return Err(QueueFullError);
        }
        match tokio::time::timeout(left, self.turns.enqueue(client.turn_client()).wait()).await {
            Ok(Some(turn)) => Ok(turn),
            Ok(None) | Err(_) => Err(QueueFullError),
        }
    }

    /// Measures without end how long a task that is ready waits for a thread: the host is busy while that takes longer
    /// than [`BUSY_WAIT`]. Only then requests must be counted before they run.
    pub(crate) async fn watch_threads(&self) {
        loop {
            let due = Instant::now() + WATCH_EVERY;
            tokio::time::sleep_until(due.into()).await;
            self.is_busy.store(due.elapsed() > BUSY_WAIT, Ordering::Relaxed);
        }
    }

    /// Whether the queue has no place for one more request of a client, where `queued` wait, `own` of them the
    /// client's. A client that fills the queue takes no place from another: each has at least its part.
    fn is_full(&self, queued: usize, client: &ClientLoad, own: usize) -> bool {
        let free = self.turns.free();
        if client.is_overloaded() {
            let overloaded = self.overloaded_clients.load(Ordering::Relaxed);
            return own >= (self.overload_queue_max + free).div_ceil(overloaded.max(1));
        }
        let places = self.queue_max + free;
        queued >= places && own >= places.div_ceil(self.turns.clients_waiting().max(1))
    }

    /// Whether any client is overloaded.
    pub(crate) fn is_overloaded(&self) -> bool {
        self.overloaded_clients.load(Ordering::Relaxed) > 0
    }

    /// Ends overloads after which no request comes.
    pub(crate) fn expire(&self) {
        let overloaded = lock(&self.overloaded).clone();
        for client in overloaded {
            let was_overloaded = client.is_overloaded();
            client.expire(Instant::now(), self.wait_max);
            self.note_overload(&client, was_overloaded);
        }
    }

    /// Notes a change of a client. The line in the log belongs to no request, least of all to the first of a window.
    fn note_overload(&self, client: &Arc<ClientLoad>, was_overloaded: bool) {
        if client.is_overloaded() == was_overloaded {
            return;
        }
        let mut overloaded = lock(&self.overloaded);
        let before = overloaded.len();
        overloaded.retain(|other| !Arc::ptr_eq(other, client));
        if client.is_overloaded() {
            overloaded.push(Arc::clone(client));
        }
        self.overloaded_clients.store(overloaded.len(), Ordering::Relaxed);
        match (before, overloaded.len()) {
            (0, 1..) => tracing::warn!(parent: None, "overload began: requests are rejected with 503"),
            (1.., 0) => tracing::info!(parent: None, "overload ended"),
            (_, _) => {}
        }
    }

    /// Whether a request of this client would be rejected now. If so it counts as rejected.
    pub(crate) fn should_shed(&self, client: &Arc<ClientLoad>) -> bool {
        let is_full = self.is_full(self.queued(), client, client.queued.load(Ordering::Relaxed));
        if is_full {
            let was_overloaded = client.is_overloaded();
            client.record_rejection(Instant::now(), self.wait_max);
            self.note_overload(client, was_overloaded);
        }
        is_full
    }

    /// How many requests wait in the queue.
    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Whether a computation of so much fuel leaves the thread's other requests to another thread. A short one doesn't
    /// pay for that.
    pub(crate) fn is_long(&self, fuel_max: u64) -> bool {
        fuel_max > self.inline_fuel_max
    }

    /// Parses a body of so many bytes on this thread; for a large one it first hands the thread's other requests over.
    pub(crate) fn parse<T>(&self, bytes: usize, parse: impl FnOnce() -> T) -> T {
        if bytes <= INLINE_BODY_BYTES { parse() } else { tokio::task::block_in_place(parse) }
    }

    /// Runs a computation on this thread; a long one first hands the thread's other requests over.
    pub(crate) fn run<T>(&self, fuel_max: u64, compute: impl FnOnce() -> T) -> T {
        if self.is_long(fuel_max) { tokio::task::block_in_place(compute) } else { compute() }
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
    use std::task::Poll;

    use tokio::task::JoinHandle;

    use super::*;
    use crate::config::ConcurrencyConfig;

    /// A limit of one decision.
    fn limit(settings: impl Fn(&mut ConcurrencyConfig)) -> ConcurrencyLimit {
        let mut config = HostConfig::default();
        config.concurrency.limit = 1;
        settings(&mut config.concurrency);
        ConcurrencyLimit::new(&config)
    }

    fn client() -> Arc<ClientLoad> {
        Arc::new(ClientLoad::new(Instant::now()))
    }

    #[tokio::test]
    async fn a_full_queue_rejects_at_once_and_a_slow_one_after_its_time() {
        let client = client();
        let full = limit(|settings| settings.queue_max = 0);
        let turn = full.acquire(&client).await;
        assert!(turn.is_ok(), "a free limit gives a turn");
        assert!(matches!(full.acquire(&client).await, Err(QueueFullError)));
        let slow = limit(|settings| (settings.queue_max, settings.queue_ms) = (1, 1));
        let held = slow.acquire(&client).await;
        assert!(matches!(slow.acquire(&client).await, Err(QueueFullError)));
        assert_eq!(slow.queued(), 0);
        let unqueued = limit(|settings| settings.queue_ms = 0);
        assert!(unqueued.acquire(&client).await.is_ok(), "a free turn needs no wait");
        drop((turn, held));
        assert!(full.acquire(&client).await.is_ok());
    }

    /// How many of so many requests of a client that come at once are admitted.
    fn request(limit: &Arc<ConcurrencyLimit>, client: &Arc<ClientLoad>, times: usize) -> Vec<JoinHandle<bool>> {
        let once = || {
            let (limit, client) = (Arc::clone(limit), Arc::clone(client));
            tokio::spawn(async move { limit.acquire(&client).await.is_ok() })
        };
        (0..times).map(|_| once()).collect()
    }

    async fn admitted(requests: Vec<JoinHandle<bool>>) -> usize {
        let mut admitted = 0;
        for once in requests {
            admitted += usize::from(once.await.unwrap());
        }
        admitted
    }

    #[tokio::test]
    async fn a_busy_host_counts_requests_before_they_run_and_another_runs_them_at_once() {
        let limit = Arc::new(limit(|settings| settings.queue_max = 2));
        let client = client();
        let begin = || {
            let (limit, client) = (Arc::clone(&limit), Arc::clone(&client));
            let mut acquire = Box::pin(async move { limit.acquire(&client).await.is_ok() });
            std::future::poll_fn(move |context| Poll::Ready(acquire.as_mut().poll(context).is_ready()))
        };
        assert!(begin().await, "a free turn needs no other task");
        limit.is_busy.store(true, Ordering::Relaxed);
        assert!(!begin().await, "it lets the others come first");
        assert_eq!(admitted(request(&limit, &client, 20)).await, 3);
    }

    #[tokio::test]
    async fn the_queue_of_an_overloaded_client_is_short_and_that_of_another_is_not() {
        let limit = Arc::new(limit(|settings| (settings.overload_queue_max, settings.overloaded_ms) = (4, 1)));
        let (greedy, modest) = (client(), client());
        let (begun, long) = (Instant::now(), Duration::from_millis(9));
        for window in 0..3 {
            greedy.record_wait(begun + Duration::from_millis(60 * window), long, limit.wait_max);
        }
        limit.note_overload(&greedy, false);
        assert!(limit.is_overloaded());
        let (of_greedy, of_modest) = (request(&limit, &greedy, 20), request(&limit, &modest, 20));
        assert_eq!(admitted(of_greedy).await, 5);
        assert_eq!(admitted(of_modest).await, 20);
    }

    #[tokio::test]
    async fn a_client_that_fills_the_queue_leaves_another_its_part() {
        let limit = Arc::new(limit(|settings| (settings.queue_max, settings.overloaded_ms) = (9, 1000)));
        let (greedy, modest) = (client(), client());
        let held = limit.acquire(&greedy).await.unwrap();
        let of_greedy = request(&limit, &greedy, 20);
        while limit.turns.waiting(greedy.turn_client()).1 < 9 {
            tokio::task::yield_now().await;
        }
        let of_modest = request(&limit, &modest, 9);
        while limit.turns.clients_waiting() < 2 {
            tokio::task::yield_now().await;
        }
        drop(held);
        assert_eq!(admitted(of_greedy).await, 9);
        assert_eq!(admitted(of_modest).await, 9);
    }
}
