//! How many bytes of the decision log the requests of one caller may write in an hour, so that no caller fills the disk
//! for all. The count is of the last hour, by minutes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::mutex::lock;

/// The quota of one caller, and how much of it is used.
#[derive(Debug)]
pub(crate) struct WriteQuota {
    /// `None` for no limit.
    bytes_per_hour_max: Option<u64>,
    last_hour: Mutex<LastHour>,
    written: AtomicU64,
    refused: AtomicU64,
}

/// The minutes that count. A byte counts for at least an hour, so one more than an hour has.
const MINUTES: usize = 61;
const MINUTE_S: u64 = 60;
/// A record counts in steps of so many bytes. Its length rests on what the recipient may not see, such as the status of
/// a hidden layer, and who has nearly used up a quota could measure it.
const STEP_BYTES: u64 = 4096;

/// The bytes of each of the last minutes.
#[derive(Debug)]
struct LastHour {
    begun: Instant,
    /// The number of the current minute since the begin.
    minute: u64,
    /// The bytes of the current minute and of those before it, the current one first.
    bytes: [u64; MINUTES],
    /// The last minute with a line in the operator's log.
    told_at: Option<u64>,
}

/// The record of a request would exceed the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WriteQuotaError {
    /// The time until the record has room. A record that is larger than the whole quota never has: then it is an hour.
    pub(crate) retry_after: Duration,
    /// Whether it is the first refusal of this minute, which the operator's log tells.
    pub(crate) is_news: bool,
}

impl WriteQuota {
    /// `bytes_per_hour_max` is 0 for no limit.
    pub(crate) fn new(bytes_per_hour_max: u64) -> Self {
        Self {
            bytes_per_hour_max: (bytes_per_hour_max > 0).then_some(bytes_per_hour_max),
            last_hour: Mutex::new(LastHour { begun: Instant::now(), minute: 0, bytes: [0; MINUTES], told_at: None }),
            written: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// Counts a record that is about to be written.
    ///
    /// # Errors
    /// [`WriteQuotaError`] if the caller has no room for it; then it is not counted.
    pub(crate) fn take(&self, bytes: usize, now: Instant) -> Result<(), WriteQuotaError> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if let Some(most) = self.bytes_per_hour_max {
            let counted = bytes.div_ceil(STEP_BYTES).saturating_mul(STEP_BYTES);
            let mut last_hour = lock(&self.last_hour);
            if let Err(error) = last_hour.take(counted, most, now) {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Err(error);
            }
        }
        self.written.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// The bytes of all records since the start.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// The records that were refused since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl LastHour {
    fn take(&mut self, bytes: u64, most: u64, now: Instant) -> Result<(), WriteQuotaError> {
        let since_begin = now.saturating_duration_since(self.begun);
        self.turn_to(since_begin.as_secs() / MINUTE_S);
        let used: u64 = self.bytes.iter().sum();
        if used.saturating_add(bytes) <= most {
            if let Some(current) = self.bytes.first_mut() {
                *current += bytes;
            }
            return Ok(());
        }
        let is_news = self.told_at != Some(self.minute);
        self.told_at = Some(self.minute);
        Err(WriteQuotaError { retry_after: self.time_until(bytes, most, used, since_begin), is_news })
    }

    /// Drops the minutes that no longer count.
    fn turn_to(&mut self, minute: u64) {
        let passed = minute.saturating_sub(self.minute);
        let passed = usize::try_from(passed).unwrap_or(MINUTES).min(MINUTES);
        self.bytes.rotate_right(passed % MINUTES);
        self.bytes.iter_mut().take(passed).for_each(|bytes| *bytes = 0);
        self.minute = self.minute.max(minute);
    }

    /// The time until so many of the oldest minutes no longer count that the bytes have room.
    fn time_until(&self, bytes: u64, most: u64, used: u64, since_begin: Duration) -> Duration {
        let mut left = used;
        // The oldest minute is the next to end; each later one ends a minute after it.
        for (ends_in, of_minute) in (1_u64..).zip(self.bytes.iter().rev()) {
            left -= of_minute;
            if left.saturating_add(bytes) <= most {
                return Duration::from_secs((self.minute + ends_in) * MINUTE_S).saturating_sub(since_begin);
            }
        }
        Duration::from_secs(60 * MINUTE_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn steps(count: usize) -> usize {
        count * usize::try_from(STEP_BYTES).unwrap()
    }

    fn begun(quota: &WriteQuota) -> Instant {
        quota.last_hour.lock().unwrap().begun
    }

    #[test]
    fn in_no_hour_is_more_written_than_the_quota() {
        let quota = WriteQuota::new(100 * STEP_BYTES);
        let begin = begun(&quota);
        let mut written: Vec<u32> = Vec::new();
        for minute in 0..300 {
            if quota.take(steps(7), begin + minute * MINUTE).is_ok() {
                written.push(minute);
            }
        }
        for from in 0..240 {
            let in_hour = written.iter().filter(|at| (from..from + 60).contains(*at)).count();
            assert!(7 * in_hour <= 100, "from minute {from}: {in_hour}");
        }
        assert!(written.iter().any(|at| *at > 240), "it goes on after an hour");
        assert_eq!(quota.written(), u64::try_from(steps(7) * written.len()).unwrap());
        assert_eq!(quota.refused(), u64::try_from(300 - written.len()).unwrap());
    }

    #[test]
    fn a_refusal_says_when_there_is_room_and_is_news_once_a_minute() {
        let quota = WriteQuota::new(100 * STEP_BYTES);
        let begin = begun(&quota);
        quota.take(steps(60), begin).unwrap();
        quota.take(steps(40), begin + 10 * MINUTE).unwrap();
        let refused = quota.take(steps(50), begin + 20 * MINUTE).unwrap_err();
        assert_eq!(refused, WriteQuotaError { retry_after: 41 * MINUTE, is_news: true });
        let again = quota.take(steps(90), begin + 20 * MINUTE).unwrap_err();
        assert_eq!(again, WriteQuotaError { retry_after: 51 * MINUTE, is_news: false });
        assert!(quota.take(steps(50), begin + 61 * MINUTE).is_ok());
        assert_eq!(quota.take(steps(101), begin + 500 * MINUTE).unwrap_err().retry_after, 60 * MINUTE);
    }

    #[test]
    fn the_length_of_a_record_within_a_step_tells_nothing() {
        for bytes in [1, 1300, 4095, 4096] {
            let quota = WriteQuota::new(3 * STEP_BYTES);
            let room = (0..9).filter(|_| quota.take(bytes, Instant::now()).is_ok()).count();
            assert_eq!(room, 3, "{bytes}");
            assert_eq!(quota.written(), u64::try_from(3 * bytes).unwrap());
        }
    }

    #[test]
    fn without_a_limit_all_is_counted_and_nothing_refused() {
        let quota = WriteQuota::new(0);
        assert!((0..1000).all(|_| quota.take(usize::MAX >> 20, Instant::now()).is_ok()));
        assert_eq!(quota.refused(), 0);
    }
}
