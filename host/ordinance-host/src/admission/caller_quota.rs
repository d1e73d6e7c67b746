//! What one caller may take of the host: so many requests a second, and so many in work at one time, so that one who asks too much
//! is slowed down before the others are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::admission::callers::Caller;
use crate::admission::overload::ClientLoad;

/// A caller's share.
#[derive(Debug)]
pub(crate) struct CallerQuota {
    /// None for any number.
    per_second: Option<u32>,
    in_work_max: usize,
    in_work: AtomicUsize,
    /// It among those who share the lane.
    pub(crate) asker: ClientLoad,
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
pub(crate) struct QuotaExceededError;

/// One request of a caller that is in work; it ends when it is dropped.
pub(crate) struct InFlightGuard(Arc<Caller>);

impl CallerQuota {
    /// So many requests a second (0 for any number), so many in work at one time.
    pub(crate) fn new(per_second: u32, in_work_max: usize) -> Self {
        let bucket = Mutex::new(Bucket { left: f64::from(per_second), at: Instant::now() });
        let per_second = (per_second > 0).then_some(per_second);
        Self { per_second, in_work_max, in_work: AtomicUsize::new(0), asker: ClientLoad::default(), bucket }
    }

    /// Takes one request of the rate, if there is one.
    fn spend(&self, now: Instant) -> Result<(), QuotaExceededError> {
        let Some(per_second) = self.per_second else { return Ok(()) };
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.fill(now, per_second);
        if bucket.left < 1.0 {
            return Err(QuotaExceededError);
        }
        bucket.left -= 1.0;
        Ok(())
    }

    /// Takes so many requests of the rate and leaves one, so that a batch doesn't keep out what its caller asks beside it.
    ///
    /// # Errors
    /// How long until they are there.
    pub(crate) fn spend_many(&self, requests: usize, now: Instant) -> Result<(), Duration> {
        let Some(per_second) = self.per_second else { return Ok(()) };
        let requests = u32::try_from(requests).map_or(f64::MAX, f64::from);
        let wanted = (requests + 1.0).min(f64::from(per_second));
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.fill(now, per_second);
        if bucket.left < wanted {
            let missing = (wanted - bucket.left) / f64::from(per_second);
            return Err(Duration::try_from_secs_f64(missing).unwrap_or(Duration::MAX));
        }
        bucket.left -= requests;
        Ok(())
    }

    /// How many requests of a batch are best taken at one time: what half a second gives.
    pub(crate) fn many(&self) -> usize {
        self.per_second.map_or(usize::MAX, |per_second| usize::try_from(per_second / 2).unwrap_or(usize::MAX).max(1))
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

impl InFlightGuard {
    /// Begins a request of a caller, if its share has room for it.
    pub(crate) fn begin(caller: Arc<Caller>) -> Result<Self, QuotaExceededError> {
        let share = &caller.share;
        if share.in_work.fetch_add(1, Ordering::Relaxed) >= share.in_work_max {
            share.in_work.fetch_sub(1, Ordering::Relaxed);
            return Err(QuotaExceededError);
        }
        let begun = Self(caller);
        begun.0.share.spend(Instant::now())?;
        Ok(begun)
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.share.in_work.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_lets_a_seconds_worth_through_at_once_and_then_fills_again() {
        let share = CallerQuota::new(10, 1);
        let begin = Instant::now();
        assert_eq!((0..20).filter(|_| share.spend(begin).is_ok()).count(), 10);
        let later = begin + Duration::from_millis(300);
        assert_eq!((0..20).filter(|_| share.spend(later).is_ok()).count(), 3);
        assert!((0..1000).all(|_| CallerQuota::new(0, 1).spend(begin).is_ok()), "0 is no limit");
    }

    #[test]
    fn a_batch_waits_for_what_it_takes_and_leaves_one_for_who_asks_beside_it() {
        let share = CallerQuota::new(10, 2);
        let begin = Instant::now();
        assert_eq!(share.many(), 5);
        assert_eq!(share.spend_many(5, begin), Ok(()));
        assert_eq!(share.spend_many(5, begin), Err(Duration::from_millis(100)));
        assert_eq!(share.spend_many(5, begin + Duration::from_millis(101)), Ok(()));
        assert!(share.spend(begin + Duration::from_millis(101)).is_ok());
        let slow = CallerQuota::new(1, 1);
        assert_eq!((slow.many(), slow.spend_many(1, begin)), (1, Ok(())));
        assert_eq!(CallerQuota::new(0, 1).spend_many(1000, begin), Ok(()));
    }
}
