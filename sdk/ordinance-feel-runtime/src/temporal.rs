//! Days, times and durations, by the proleptic Gregorian calendar.

mod calendar;
mod instant;
mod parse;
mod types;
mod write;

pub use self::types::{Date, DateTime, DaysDuration, MonthsDuration, Offset, Time};
