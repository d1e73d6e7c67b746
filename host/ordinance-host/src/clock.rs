//! The clock of the host.

use ordinance_domain::calendar::Date;

/// Today, in UTC.
pub(crate) fn today() -> Date {
    jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date()
}
