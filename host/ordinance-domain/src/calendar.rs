//! Days, and what holds on them. Two times count (bitemporal): valid time is when a law is in force ([`DateRange`]),
//! and transaction time is when it was the published law ([`PublicationPeriod`]). This module must never read a
//! clock.

/// A moment, which falls on different days in different places.
pub use jiff::Timestamp;
/// A civil date.
pub use jiff::civil::Date;
/// A time zone with its rules of all years. The data is compiled in.
pub use jiff::tz::TimeZone;

/// A range of days: from the first day, up to but not including `until`. It is never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    from: Date,
    until: Option<Date>,
}

/// A range in which no day lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("in force until {until}, which is not after its first day {from}")]
pub struct EmptyRangeError {
    from: Date,
    until: Date,
}

impl DateRange {
    /// The range from `from` (included) until `until` (not included; `None` for no end).
    ///
    /// # Errors
    /// [`EmptyRangeError`] if no day lies in it.
    pub fn new(from: Date, until: Option<Date>) -> Result<Self, EmptyRangeError> {
        match until {
            Some(until) if until <= from => Err(EmptyRangeError { from, until }),
            Some(_) | None => Ok(Self { from, until }),
        }
    }

    /// The first day of the range.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// The first day after the range; `None` if the range has no end.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        self.until
    }

    /// Whether the day lies in the range.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// The day of the range that is nearest to the given one.
    #[must_use]
    pub fn nearest(&self, day: Date) -> Date {
        let last = self.until.and_then(|until| until.yesterday().ok()).unwrap_or(day);
        last.min(day).max(self.from)
    }

    /// Whether some day lies in both ranges.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from < until) && other.until.is_none_or(|until| self.from < until)
    }
}

/// Values over time: each holds from its first day until the next one's. Before the first day no value holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline<T>(Vec<(Date, T)>);

impl<T> Timeline<T> {
    /// Takes values with their first days in any order. Of two values with the same day, the later in the list holds.
    #[must_use]
    pub fn new(mut values: Vec<(Date, T)>) -> Self {
        values.sort_by_key(|(from, _)| *from);
        Self(values)
    }

    /// A timeline with one value on every day.
    #[must_use]
    pub fn always(value: T) -> Self {
        Self(vec![(Date::MIN, value)])
    }

    /// The value that holds on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&T> {
        self.0.iter().rev().find(|(from, _)| *from <= day).map(|(_, value)| value)
    }

    /// The first days of the values, earliest first.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        self.0.iter().map(|(from, _)| *from)
    }

    /// The values with their first days, earliest first.
    pub fn iter(&self) -> impl Iterator<Item = &(Date, T)> {
        self.0.iter()
    }
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// The transaction time of a version: the days on which it was the published law of its place. A query may ask for the
/// decision on the law as published on an earlier day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublicationPeriod {
    /// The day of publication; `None` if the version was always published.
    pub published: Option<Date>,
    /// The day of withdrawal, from which on the version counts as if it had never been the law; `None` if it stands.
    pub withdrawn: Option<Date>,
}

impl PublicationPeriod {
    /// Whether the version counts for a query with this transaction time. For `None` every version counts that is not
    /// withdrawn.
    #[must_use]
    pub fn covers(&self, known_at: Option<Date>) -> bool {
        match known_at {
            Some(day) => {
                self.published.is_none_or(|published| published <= day)
                    && self.withdrawn.is_none_or(|withdrawn| day < withdrawn)
            }
            None => self.withdrawn.is_none(),
        }
    }

    /// The last day on which it was published; `None` if it still is.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        self.withdrawn.and_then(|day| day.yesterday().ok())
    }

    /// Whether both were published on some day.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        is_before(self.published, other.withdrawn) && is_before(other.published, self.withdrawn)
    }
}

fn is_before(published: Option<Date>, withdrawn: Option<Date>) -> bool {
    match (published, withdrawn) {
        (Some(published), Some(withdrawn)) => published < withdrawn,
        (None, _) | (_, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_last_day_belongs_to_the_next_version() {
        let old = DateRange::new(date(2020, 1, 1), Some(date(2026, 1, 1))).unwrap();
        let new = DateRange::new(date(2026, 1, 1), None).unwrap();
        assert!(old.contains(date(2025, 12, 31)));
        assert!(!old.contains(date(2026, 1, 1)));
        assert!(new.contains(date(2026, 1, 1)));
        assert!(!old.overlaps(&new));
        assert!(!new.overlaps(&old));
        assert!(new.overlaps(&new));
        assert!(DateRange::new(date(2026, 1, 1), Some(date(2026, 1, 1))).is_err());
    }

    #[test]
    fn a_withdrawn_version_counts_only_before_that_day() {
        let old = PublicationPeriod { published: Some(date(2025, 1, 1)), withdrawn: Some(date(2026, 3, 1)) };
        let new = PublicationPeriod { published: Some(date(2026, 3, 1)), withdrawn: None };
        assert!(old.covers(Some(date(2026, 2, 28))));
        assert!(!old.covers(Some(date(2026, 3, 1))));
        assert!(!old.covers(None));
        assert!(!old.covers(Some(date(2024, 12, 31))));
        assert!(!new.covers(Some(date(2026, 2, 28))));
        assert!(new.covers(Some(date(2026, 3, 1))));
        assert!(new.covers(None));
        assert!(!old.overlaps(&new));
        assert!(!new.overlaps(&old));
        assert!(new.overlaps(&PublicationPeriod::default()));
    }

    #[test]
    fn a_dated_value_holds_until_the_next() {
        let timeline = Timeline::new(vec![(date(2026, 1, 1), "new"), (date(2016, 1, 1), "old")]);
        let on = |year| timeline.on(date(year, 12, 31)).copied();
        assert_eq!(on(2015), None);
        assert_eq!(on(2025), Some("old"));
        assert_eq!(on(2026), Some("new"));
        assert_eq!(Timeline::always(1).on(Date::MIN), Some(&1));
    }
}
