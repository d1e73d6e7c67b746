//! What days, times and durations are.

/// A day of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// From -999,999,999 to 999,999,999.
    pub year: i32,
    /// From 1 to 12.
    pub month: u8,
    /// From 1 to the last of the month.
    pub day: u8,
}

/// The difference of a place's time from UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offset {
    /// None is given.
    Local,
    /// In seconds, less than 15 hours either way.
    Seconds(i32),
    /// The name of a zone, such as `Europe/Paris`.
    Zone(alloc::rc::Rc<str>),
}

impl Offset {
    /// The seconds, if they are known: no data of zones are at hand, but for those that are UTC.
    #[must_use]
    pub fn seconds(&self) -> Option<i32> {
        match self {
            Self::Local => None,
            Self::Seconds(seconds) => Some(*seconds),
            Self::Zone(name) => matches!(&**name, "UTC" | "GMT" | "Etc/UTC" | "Etc/GMT" | "Etc/UCT").then_some(0),
        }
    }
}

/// A time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Time {
    /// From midnight, less than 86,400 * 10^9.
    pub nanoseconds: u64,
    /// Where it is so late.
    pub offset: Offset,
}

/// A day with a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTime {
    /// The day.
    pub date: Date,
    /// The time of that day.
    pub time: Time,
}

/// A duration of days, hours, minutes and seconds, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DaysDuration(pub i128);

/// A duration of years and months, in months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthsDuration(pub i64);
