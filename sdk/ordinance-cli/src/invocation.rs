//! The moment and the arguments of this run of the program.

use ordinance_domain::calendar::{Date, TimeZone, Timestamp};

/// The present moment. Which day that is, depends on the place.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The day in UTC, for what is about no place.
pub(crate) fn utc_day() -> Date {
    TimeZone::UTC.to_datetime(now()).date()
}

/// The command line of this run, from which a report can be made again.
pub(crate) fn command_line() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("ordinance {}", arguments.join(" "))
}
