//! An even rate of arrivals, by the generic cell rate algorithm (ITU-T I.371). It computes how long an arrival that is
//! too early has to wait; an arrival that would have to wait for too long is rejected and delays no other.

use std::time::{Duration, Instant};

/// A rate with its tolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ArrivalRate {
    /// The time between two arrivals at the rate.
    pub(crate) interval: Duration,
    /// How much earlier than at an even rate arrivals may come.
    pub(crate) burst: Duration,
    /// The longest delay.
    pub(crate) delay_max: Duration,
}

/// The arrival would have to be delayed for longer than the longest delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many arrivals wait already")]
pub(crate) struct DelayTooLongError;

impl ArrivalRate {
    /// By how much an arrival is to be delayed; `due` is when the next one is due at an even rate.
    ///
    /// # Errors
    /// [`DelayTooLongError`] if it would be for longer than the longest delay. The arrival isn't counted then.
    pub(crate) fn delay(&self, due: &mut Instant, now: Instant) -> Result<Duration, DelayTooLongError> {
        let next = (*due).max(now);
        let delay = next.saturating_duration_since(now + self.burst);
        if delay > self.delay_max {
            return Err(DelayTooLongError);
        }
        *due = next + self.interval;
        Ok(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_comes_at_once_and_what_follows_is_delayed_until_the_limit_which_counts() {
        let second = Duration::from_secs(1);
        let rate = ArrivalRate { interval: second, burst: second, delay_max: second * 2 };
        let now = Instant::now();
        let mut due = now;
        let mut delays = Vec::new();
        while let Ok(delay) = rate.delay(&mut due, now) {
            delays.push(delay.as_secs());
        }
        assert_eq!(delays, [0, 0, 1, 2]);
        assert_eq!(rate.delay(&mut due, now + second), Ok(second * 2), "a rejected arrival adds nothing");
    }
}
