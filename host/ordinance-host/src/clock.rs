//! The clock of the host. It is asked once for a request; which day that is, depends on the place.

use ordinance_domain::calendar::Timestamp;

/// The present moment.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
