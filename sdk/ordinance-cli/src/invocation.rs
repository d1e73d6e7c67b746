//! The day and the arguments of this run of the program.

/// Today, in UTC: the day on which facts are processed.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date()
}

/// The command as it was typed: what a report says of how to get it again.
pub(crate) fn command_line() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("ordinance {}", arguments.join(" "))
}
