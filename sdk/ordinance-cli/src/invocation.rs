//! The day and the arguments of this run of the program.

/// The current day in UTC, on which facts are processed.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date()
}

/// The command line of this run, from which a report can be made again.
pub(crate) fn command_line() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("ordinance {}", arguments.join(" "))
}
