//! Dates and intervals of validity. It owns when something is in force and must never ask what day it is.

/// A civil date; the host's side of the `date` record of the interface.
pub use jiff::civil::Date;

/// The days on which something is in force: from the first day, up to but not including `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    from: Date,
    until: Option<Date>,
}

/// An interval that ends before it begins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("in force until {until}, which is not after its first day {from}")]
pub struct EmptyRangeError {
    from: Date,
    until: Date,
}

impl DateRange {
    /// An interval from `from` (in force on that day) until `until` (no longer in force on that day).
    ///
    /// # Errors
    /// [`EmptyRangeError`] if no day lies in it.
    pub fn new(from: Date, until: Option<Date>) -> Result<Self, EmptyRangeError> {
        match until {
            Some(until) if until <= from => Err(EmptyRangeError { from, until }),
            Some(_) | None => Ok(Self { from, until }),
        }
    }

    /// The first day.
    #[must_use]
    pub fn from(&self) -> Date {
        self.from
    }

    /// The first day on which it is no longer in force.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        self.until
    }

    /// Whether it is in force on the day.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// The day itself if it is in force on it, else its first or its last day, whichever is nearer.
    #[must_use]
    pub fn nearest(&self, day: Date) -> Date {
        let last = self.until.and_then(|until| until.yesterday().ok()).unwrap_or(day);
        last.min(day).max(self.from)
    }

    /// Whether some day lies in both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.until.is_none_or(|until| other.from < until) && other.until.is_none_or(|until| self.from < until)
    }
}

/// Something that changes on certain days, ordered by them. Before the first day there is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline<T>(Vec<(Date, T)>);

impl<T> Timeline<T> {
    /// Takes values with their first days; the order doesn't matter, and of two with one day the later in the list
    /// holds.
    #[must_use]
    pub fn new(mut values: Vec<(Date, T)>) -> Self {
        values.sort_by_key(|(from, _)| *from);
        Self(values)
    }

    /// One value on every day.
    #[must_use]
    pub fn always(value: T) -> Self {
        Self(vec![(Date::MIN, value)])
    }

    /// What holds on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<&T> {
        self.0.iter().rev().find(|(from, _)| *from <= day).map(|(_, value)| value)
    }

    /// The days on which it changes.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        self.0.iter().map(|(from, _)| *from)
    }

    /// Everything, with first days.
    pub fn iter(&self) -> impl Iterator<Item = &(Date, T)> {
        self.0.iter()
    }
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// When a version was the published law of its place: from `published` until `withdrawn`, as far as these are said. A
/// decision can be asked as it would have been made on what was known on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublicationPeriod {
    /// The day it was published; none if it was always known.
    pub published: Option<Date>,
    /// The day it was withdrawn, as if it had never been the law; none if it stands.
    pub withdrawn: Option<Date>,
}

impl PublicationPeriod {
    /// Whether it counts by what was known on a day; with no day, by all that is known now.
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

    /// The last day on which it was known; none if it still is.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        self.withdrawn.and_then(|day| day.yesterday().ok())
    }

    /// Whether there is a day on which both were known.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let before = |a: Option<Date>, b: Option<Date>| match (a, b) {
            (Some(published), Some(withdrawn)) => published < withdrawn,
            (None, _) | (_, None) => true,
        };
        before(self.published, other.withdrawn) && before(other.published, self.withdrawn)
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
        assert!(old.contains(date(2025, 12, 31)) && !old.contains(date(2026, 1, 1)));
        assert!(new.contains(date(2026, 1, 1)));
        assert!(!old.overlaps(&new) && !new.overlaps(&old));
        assert!(new.overlaps(&new));
        assert!(DateRange::new(date(2026, 1, 1), Some(date(2026, 1, 1))).is_err());
    }

    #[test]
    fn what_was_withdrawn_is_known_only_before_that_day() {
        let old = PublicationPeriod { published: Some(date(2025, 1, 1)), withdrawn: Some(date(2026, 3, 1)) };
        let new = PublicationPeriod { published: Some(date(2026, 3, 1)), withdrawn: None };
        assert!(old.covers(Some(date(2026, 2, 28))) && !old.covers(Some(date(2026, 3, 1))) && !old.covers(None));
        assert!(!old.covers(Some(date(2024, 12, 31))));
        assert!(!new.covers(Some(date(2026, 2, 28))) && new.covers(Some(date(2026, 3, 1))) && new.covers(None));
        assert!(!old.overlaps(&new) && !new.overlaps(&old) && new.overlaps(&PublicationPeriod::default()));
    }

    #[test]
    fn a_dated_value_holds_until_the_next() {
        let dated = Timeline::new(vec![(date(2026, 1, 1), "new"), (date(2016, 1, 1), "old")]);
        let on = |year| dated.on(date(year, 12, 31)).copied();
        assert_eq!((on(2015), on(2025), on(2026)), (None, Some("old"), Some("new")));
        assert_eq!(Timeline::always(1).on(Date::MIN), Some(&1));
    }
}
