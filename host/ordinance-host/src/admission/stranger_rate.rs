//! The rate of strangers: requests without a key that cost little each, by address. One that comes too early is
//! answered late, not rejected, since a rejection would cost as much as the answer; so a flood from however many
//! connections comes to a few requests a second.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::admission::address_block::AddressBlock;
use crate::admission::arrival_rate::{ArrivalRate, DelayTooLongError};
use crate::mutex::lock;

/// How much earlier than at an even rate requests may come: a burst of a second.
const BURST: Duration = Duration::from_secs(1);
/// The longest that an answer is delayed. A request that would have to wait longer is rejected after this time.
const DELAY_MAX: Duration = Duration::from_secs(5);
/// From how many addresses on those that wait for nothing are forgotten.
const ADDRESSES_KEPT: usize = 1024;

/// The rate of strangers.
#[derive(Debug)]
pub(crate) struct StrangerRate {
    /// `None` for no bound.
    rate: Option<ArrivalRate>,
    state: Mutex<ArrivalTimes>,
}

#[derive(Debug)]
struct ArrivalTimes {
    /// When the next request of an address is due at an even rate.
    due: HashMap<AddressBlock, Instant>,
    forget_from: usize,
}

/// The address sends too many requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this address sends too many requests without a key")]
pub(crate) struct TooManyStrangersError;

impl StrangerRate {
    /// `per_second` requests of each address, 0 for no bound.
    pub(crate) fn new(per_second: u32) -> Self {
        let rate = |per_second| ArrivalRate {
            interval: Duration::from_secs(1) / per_second,
            burst: BURST,
            delay_max: DELAY_MAX,
        };
        let rate = (per_second > 0).then(|| rate(per_second));
        Self { rate, state: Mutex::new(ArrivalTimes { due: HashMap::new(), forget_from: ADDRESSES_KEPT }) }
    }

    /// Waits until a request of the address may be answered.
    ///
    /// # Errors
    /// After the longest delay, if too many of its requests wait.
    pub(crate) async fn pace(&self, address: AddressBlock) -> Result<(), TooManyStrangersError> {
        let (delay, result) = match self.delay(address, Instant::now()) {
            Ok(delay) => (delay, Ok(())),
            Err(TooManyStrangersError) => (DELAY_MAX, Err(TooManyStrangersError)),
        };
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        result
    }

    fn delay(&self, address: AddressBlock, now: Instant) -> Result<Duration, TooManyStrangersError> {
        let Some(rate) = self.rate else { return Ok(Duration::ZERO) };
        let mut state = lock(&self.state);
        state.forget_idle(now);
        rate.delay(state.due.entry(address).or_insert(now), now).map_err(|DelayTooLongError| TooManyStrangersError)
    }
}

impl ArrivalTimes {
    /// Forgets the addresses whose next request is due, now and then.
    fn forget_idle(&mut self, now: Instant) {
        if self.due.len() >= self.forget_from {
            self.due.retain(|_, due| *due > now);
            self.forget_from = ADDRESSES_KEPT.max(self.due.len() * 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn address(number: u32) -> AddressBlock {
        AddressBlock::from(IpAddr::V4(Ipv4Addr::from_bits(number)))
    }

    #[test]
    fn an_address_has_a_burst_and_is_then_slowed_down_alone() {
        let (rate, now) = (StrangerRate::new(10), Instant::now());
        let delays: Vec<u128> =
            (0..14).map(|_| rate.delay(address(1), now).unwrap().as_millis()).filter(|delay| *delay > 0).collect();
        assert_eq!(delays, [100, 200, 300]);
        assert_eq!(rate.delay(address(2), now), Ok(Duration::ZERO));
        assert_eq!(rate.delay(address(1), now + Duration::from_secs(2)), Ok(Duration::ZERO));
        assert_eq!(StrangerRate::new(0).delay(address(1), now), Ok(Duration::ZERO));
    }

    #[test]
    fn requests_that_would_wait_too_long_are_rejected_and_add_nothing() {
        let (rate, now) = (StrangerRate::new(10), Instant::now());
        let admitted = (0..1000).filter(|_| rate.delay(address(1), now).is_ok()).count();
        assert_eq!(admitted, 61);
        assert!(rate.delay(address(1), now + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn addresses_that_wait_for_nothing_are_forgotten() {
        let (rate, now) = (StrangerRate::new(10), Instant::now());
        for number in 0..5_000 {
            rate.delay(address(number), now + Duration::from_secs(u64::from(number))).unwrap();
        }
        assert!(rate.state.lock().unwrap().due.len() <= ADDRESSES_KEPT);
    }
}
