//! What one caller may take of the host: so many requests a second, and so many in work at one time, so that one who asks too much
//! is slowed down before the others are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::callers::Caller;
use crate::load::Asker;

/// A caller's share.
#[derive(Debug)]
pub(crate) struct Share {
    /// None for any number.
    per_second: Option<u32>,
    in_work_max: usize,
    in_work: AtomicUsize,
    /// It among those who share the lane.
    pub(crate) asker: Asker,
    bucket: Mutex<Bucket>,
}

/// Requests that may be made at once; it fills at the rate, up to what one second gives.
#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// The caller has taken its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent;

/// One request of a caller that is in work; it ends when it is dropped.
pub(crate) struct InWork(Arc<Caller>);

impl Share {
    /// So many requests a second (0 for any number), so many in work at one time.
    pub(crate) fn new(per_second: u32, in_work_max: usize) -> Self {
        let bucket = Mutex::new(Bucket { left: f64::from(per_second), at: Instant::now() });
        let per_second = (per_second > 0).then_some(per_second);
        Self { per_second, in_work_max, in_work: AtomicUsize::new(0), asker: Asker::default(), bucket }
    }

    /// Takes one request of the rate, if there is one.
    fn spend(&self, now: Instant) -> Result<(), Spent> {
        let Some(per_second) = self.per_second else { return Ok(()) };
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.fill(now, per_second);
        if bucket.left < 1.0 {
            return Err(Spent);
        }
        bucket.left -= 1.0;
        Ok(())
    }

    /// Takes so many requests of the rate, which may not be there yet: how long until they are.
    pub(crate) fn spend_ahead(&self, requests: usize, now: Instant) -> Duration {
        let Some(per_second) = self.per_second else { return Duration::ZERO };
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.fill(now, per_second);
        bucket.left -= u32::try_from(requests).map_or(f64::MAX, f64::from);
        Duration::try_from_secs_f64(-bucket.left / f64::from(per_second)).unwrap_or_default()
    }
}

impl Bucket {
    fn fill(&mut self, now: Instant, per_second: u32) {
        let per_second = f64::from(per_second);
        let filled = self.left + now.saturating_duration_since(self.at).as_secs_f64() * per_second;
        self.left = filled.min(per_second.max(1.0));
        self.at = now;
    }
}

impl InWork {
    /// Begins a request of a caller, if its share has room for it.
    pub(crate) fn begin(caller: Arc<Caller>) -> Result<Self, Spent> {
        let share = &caller.share;
        if share.in_work.fetch_add(1, Ordering::Relaxed) >= share.in_work_max {
            share.in_work.fetch_sub(1, Ordering::Relaxed);
            return Err(Spent);
        }
        let begun = Self(caller);
        begun.0.share.spend(Instant::now())?;
        Ok(begun)
    }
}

impl Drop for InWork {
    fn drop(&mut self) {
        self.0.share.in_work.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_lets_a_seconds_worth_through_at_once_and_then_fills_again() {
        let share = Share::new(10, 1);
        let begin = Instant::now();
        assert_eq!((0..20).filter(|_| share.spend(begin).is_ok()).count(), 10);
        let later = begin + Duration::from_millis(300);
        assert_eq!((0..20).filter(|_| share.spend(later).is_ok()).count(), 3);
        assert!((0..1000).all(|_| Share::new(0, 1).spend(begin).is_ok()), "0 is no limit");
    }

    #[test]
    fn a_batch_waits_for_what_it_takes_ahead_and_who_asks_beside_it_is_slowed_down() {
        let share = Share::new(10, 2);
        let begin = Instant::now();
        assert_eq!(share.spend_ahead(10, begin), Duration::ZERO);
        assert_eq!(share.spend_ahead(5, begin), Duration::from_millis(500));
        assert!(share.spend(begin + Duration::from_millis(500)).is_err());
        assert!(share.spend(begin + Duration::from_millis(600)).is_ok());
        assert_eq!(Share::new(0, 1).spend_ahead(1000, begin), Duration::ZERO);
    }
}
