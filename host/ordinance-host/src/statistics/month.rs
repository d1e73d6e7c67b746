//! Months of the calendar in UTC, by which records are counted: one log holds places of several time zones.

use std::fmt;

use ordinance_domain::calendar::{TimeZone, Timestamp};

/// A month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Month {
    year: u16,
    /// From 1 to 12.
    month: u8,
}

impl Month {
    /// The month of a moment.
    pub(crate) fn of(moment: Timestamp) -> Self {
        let day = TimeZone::UTC.to_datetime(moment).date();
        Self { year: u16::try_from(day.year()).unwrap_or_default(), month: u8::try_from(day.month()).unwrap_or(1) }
    }

    /// When the month after it begins; `None` at the end of the calendar.
    pub(crate) fn end(self) -> Option<Timestamp> {
        let (year, month) = if self.month == 12 { (self.year + 1, 1) } else { (self.year, self.month + 1) };
        let first = jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
        TimeZone::UTC.to_timestamp(first.at(0, 0, 0, 0)).ok()
    }

    /// Reads `YYYY-MM`; `None` for another text or a month that doesn't exist.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let is_digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(year, 4) || !is_digits(month, 2) {
            return None;
        }
        let read = Self { year: year.parse().ok()?, month: month.parse().ok()? };
        (1..=12).contains(&read.month).then_some(read)
    }
}

impl fmt::Display for Month {
    /// `YYYY-MM`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_and_written_in_one_way() {
        for text in ["2026-01", "0000-12", "9999-10"] {
            assert_eq!(Month::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "2026", "2026-00", "2026-13", "2026-1", "26-01", "2026-01-01", "+026-01", "２０２６-01"] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_is_in_its_month_of_utc() {
        let month = |text: &str| Month::of(text.parse().unwrap()).to_string();
        assert_eq!(month("2026-10-31T23:59:59.999Z"), "2026-10");
        assert_eq!(month("2026-11-01T07:59:59+08:00"), "2026-10");
        assert!(Month::parse("2026-09") < Month::parse("2026-10"));
    }

    #[test]
    fn a_month_ends_where_the_next_one_begins() {
        let end = |text: &str| Month::parse(text).unwrap().end().unwrap().to_string();
        assert_eq!(end("2026-11"), "2026-12-01T00:00:00Z");
        assert_eq!(end("2026-12"), "2027-01-01T00:00:00Z");
        assert_eq!(Month::parse("9999-12").unwrap().end(), None);
    }
}
