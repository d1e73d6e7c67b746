//! The limits of one address among the visitors of the portal, who are one caller: how many requests a second, the rest
//! of which wait, and how many at one time, the rest of which are refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::admission::address_block::AddressBlock;
use crate::admission::stranger_rate::{StrangerRate, TooManyStrangersError};
use crate::mutex::lock;

/// The limits of the addresses of visitors.
pub(crate) struct VisitorLimits {
    rate: StrangerRate,
    /// The most requests of one address at one time; 0 for no bound.
    in_flight_max: usize,
    in_flight: Arc<Mutex<HashMap<AddressBlock, usize>>>,
}

/// A request of an address that is in flight.
pub(crate) struct AddressGuard {
    address: AddressBlock,
    in_flight: Arc<Mutex<HashMap<AddressBlock, usize>>>,
}

impl VisitorLimits {
    /// `per_second` requests and `in_flight_max` at one time of each address, 0 for no bound.
    pub(crate) fn new(per_second: u32, in_flight_max: usize) -> Self {
        Self { rate: StrangerRate::new(per_second), in_flight_max, in_flight: Arc::default() }
    }

    /// Begins a request of an address, in its turn.
    ///
    /// # Errors
    /// If the address has too many requests.
    pub(crate) async fn begin(&self, address: AddressBlock) -> Result<AddressGuard, TooManyStrangersError> {
        self.rate.pace(address).await?;
        let mut in_flight = lock(&self.in_flight);
        let count = in_flight.entry(address).or_insert(0);
        if self.in_flight_max > 0 && *count >= self.in_flight_max {
            return Err(TooManyStrangersError);
        }
        *count += 1;
        Ok(AddressGuard { address, in_flight: Arc::clone(&self.in_flight) })
    }
}

impl Drop for AddressGuard {
    fn drop(&mut self) {
        let mut in_flight = lock(&self.in_flight);
        if let Some(count) = in_flight.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                in_flight.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    #[tokio::test]
    async fn an_address_has_a_share_and_another_its_own() {
        let limits = VisitorLimits::new(0, 2);
        let address = |last| AddressBlock::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)));
        let first = limits.begin(address(1)).await.unwrap();
        let _second = limits.begin(address(1)).await.unwrap();
        assert!(limits.begin(address(1)).await.is_err());
        assert!(limits.begin(address(2)).await.is_ok());
        drop(first);
        assert!(limits.begin(address(1)).await.is_ok());
        assert_eq!(lock(&limits.in_flight).len(), 1);
    }
}
