//! The quota of one caller: a token-bucket rate limit and a limit on its requests in flight, so that a caller that
//! sends too many is slowed down before it slows down the others. The rate counts units of work: a request is one, and
//! so is each further place of a comparison, each further evaluation of a set, and each line of a batch.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::admission::overload::ClientLoad;
use crate::mutex::lock;

/// The limits of a caller, and how much of them it uses.
#[derive(Debug)]
pub(crate) struct CallerQuota {
    /// Units per second; `None` for no limit.
    rate_limit: Option<u32>,
    in_flight_max: usize,
    in_flight: AtomicUsize,
    /// The caller's part in the load of the host.
    pub(crate) load: Arc<ClientLoad>,
    bucket: Mutex<TokenBucket>,
}

/// Tokens, one for each unit. It fills at the rate limit and holds at most the tokens of one second.
#[derive(Debug)]
struct TokenBucket {
    tokens: f64,
    filled_at: Instant,
}

/// The limit that a request of a caller exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QuotaError {
    #[error("the caller's rate limit is used up")]
    Rate {
        /// The time until there is a token again.
        retry_after: Duration,
    },
    #[error("the caller has as many requests in flight as it may have")]
    InFlight,
    /// The rate limit gives too few tokens for one request, however long the caller waits before it.
    #[error(
        "the request costs {units} units, as each place of a comparison and each evaluation is one, and the caller's \
         rate limit pays for at most {units_max} in one request; ask for fewer at once, or send decisions as the lines \
         of a batch, which wait for the rate"
    )]
    Cost { units: usize, units_max: usize },
}

/// For how many seconds of its rate limit a caller may ask in one request: so long it may be slowed down.
const REQUEST_S_MAX: usize = 10;

/// A request of a caller in flight; dropping it ends the request.
#[derive(Debug)]
pub(crate) struct InFlightGuard(Arc<CallerQuota>);

impl CallerQuota {
    /// `rate_limit` is in units per second, 0 for no limit.
    pub(crate) fn new(rate_limit: u32, in_flight_max: usize) -> Self {
        let now = Instant::now();
        let bucket = Mutex::new(TokenBucket { tokens: f64::from(rate_limit), filled_at: now });
        let rate_limit = (rate_limit > 0).then_some(rate_limit);
        Self { rate_limit, in_flight_max, in_flight: AtomicUsize::new(0), load: Arc::new(ClientLoad::new(now)), bucket }
    }

    /// Begins a request: takes a token and counts the request as in flight.
    pub(crate) fn try_acquire(self: &Arc<Self>) -> Result<InFlightGuard, QuotaError> {
        if self.in_flight.fetch_add(1, Ordering::Relaxed) >= self.in_flight_max {
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            return Err(QuotaError::InFlight);
        }
        let guard = InFlightGuard(Arc::clone(self));
        self.try_take_token(Instant::now())?;
        Ok(guard)
    }

    fn try_take_token(&self, now: Instant) -> Result<(), QuotaError> {
        let Some(rate_limit) = self.rate_limit else { return Ok(()) };
        let mut bucket = lock(&self.bucket);
        bucket.fill(now, rate_limit);
        if bucket.tokens < 1.0 {
            return Err(QuotaError::Rate { retry_after: bucket.time_until(1.0, rate_limit) });
        }
        bucket.tokens -= 1.0;
        Ok(())
    }

    /// Checks that one request may have so many units.
    ///
    /// # Errors
    /// [`QuotaError::Cost`] if it would be slowed down for too long.
    pub(crate) fn check_cost(&self, units: usize) -> Result<(), QuotaError> {
        let units_max = self.rate_limit.map_or(usize::MAX, |rate_limit| {
            usize::try_from(rate_limit).unwrap_or(usize::MAX).saturating_mul(REQUEST_S_MAX)
        });
        if units > units_max { Err(QuotaError::Cost { units, units_max }) } else { Ok(()) }
    }

    /// Takes a token for each of `units` and leaves one, so that a batch or a comparison doesn't lock out its caller's
    /// single requests.
    ///
    /// # Errors
    /// The time until there are enough tokens.
    pub(crate) fn try_take_tokens(&self, units: usize, now: Instant) -> Result<(), Duration> {
        let Some(rate_limit) = self.rate_limit else { return Ok(()) };
        let units = u32::try_from(units).map_or(f64::MAX, f64::from);
        let wanted = (units + 1.0).min(f64::from(rate_limit));
        let mut bucket = lock(&self.bucket);
        bucket.fill(now, rate_limit);
        if bucket.tokens < wanted {
            return Err(bucket.time_until(wanted, rate_limit));
        }
        bucket.tokens -= units;
        Ok(())
    }

    /// The most units that should take their tokens together: the tokens of half a second, at least one.
    pub(crate) fn batch_burst(&self) -> usize {
        self.rate_limit.map_or(usize::MAX, |rate_limit| usize::try_from(rate_limit / 2).unwrap_or(usize::MAX).max(1))
    }
}

impl TokenBucket {
    fn fill(&mut self, now: Instant, rate_limit: u32) {
        let rate_limit = f64::from(rate_limit);
        let filled = self.tokens + now.saturating_duration_since(self.filled_at).as_secs_f64() * rate_limit;
        self.tokens = filled.min(rate_limit.max(1.0));
        self.filled_at = now;
    }

    /// The time until the bucket holds `wanted` tokens, if nobody takes any.
    fn time_until(&self, wanted: f64, rate_limit: u32) -> Duration {
        let missing = (wanted - self.tokens) / f64::from(rate_limit);
        Duration::try_from_secs_f64(missing).unwrap_or(Duration::MAX)
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_limit_allows_a_burst_of_one_second_and_then_refills() {
        let quota = CallerQuota::new(10, 1);
        let begin = Instant::now();
        let taken = (0..20).filter(|_| quota.try_take_token(begin).is_ok()).count();
        assert_eq!(taken, 10);
        let later = begin + Duration::from_millis(300);
        let taken = (0..20).filter(|_| quota.try_take_token(later).is_ok()).count();
        assert_eq!(taken, 3);
        assert!((0..1000).all(|_| CallerQuota::new(0, 1).try_take_token(begin).is_ok()), "0 is no limit");
    }

    #[test]
    fn a_request_over_the_rate_limit_says_when_the_next_token_comes() {
        let quota = CallerQuota::new(4, 1);
        let begin = Instant::now();
        (0..4).for_each(|_| quota.try_take_token(begin).unwrap());
        let wait = |at: Duration| quota.try_take_token(begin + at).unwrap_err();
        assert_eq!(wait(Duration::ZERO), QuotaError::Rate { retry_after: Duration::from_millis(250) });
        assert_eq!(wait(Duration::from_millis(125)), QuotaError::Rate { retry_after: Duration::from_millis(125) });
    }

    #[test]
    fn a_request_may_cost_what_the_rate_gives_in_ten_seconds() {
        let quota = CallerQuota::new(10, 1);
        assert_eq!(quota.check_cost(100), Ok(()));
        assert_eq!(quota.check_cost(101), Err(QuotaError::Cost { units: 101, units_max: 100 }));
        assert_eq!(CallerQuota::new(0, 1).check_cost(usize::MAX), Ok(()));
    }

    #[test]
    fn a_request_in_flight_counts_until_it_is_dropped() {
        let quota = Arc::new(CallerQuota::new(0, 1));
        let first = quota.try_acquire().unwrap();
        assert_eq!(quota.try_acquire().unwrap_err(), QuotaError::InFlight);
        drop(first);
        assert!(quota.try_acquire().is_ok());
    }

    #[test]
    fn a_batch_waits_for_its_tokens_and_leaves_one_for_a_single_request() {
        let quota = CallerQuota::new(10, 2);
        let begin = Instant::now();
        assert_eq!(quota.batch_burst(), 5);
        assert_eq!(quota.try_take_tokens(5, begin), Ok(()));
        assert_eq!(quota.try_take_tokens(5, begin), Err(Duration::from_millis(100)));
        assert_eq!(quota.try_take_tokens(5, begin + Duration::from_millis(101)), Ok(()));
        assert!(quota.try_take_token(begin + Duration::from_millis(101)).is_ok());
        let slow = CallerQuota::new(1, 1);
        assert_eq!(slow.batch_burst(), 1);
        assert_eq!(slow.try_take_tokens(1, begin), Ok(()));
        assert_eq!(CallerQuota::new(0, 1).try_take_tokens(1000, begin), Ok(()));
    }
}
