//! Days, and what holds on them. Two times count (bitemporal): valid time is when a law is in force ([`DateRange`]),
//! and transaction time is when it was the published law ([`PublicationPeriod`]). This module must never read a
//! clock.

use std::fmt;

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

impl fmt::Display for DateRange {
    /// `from DAY`, with `until DAY` (not included) if it ends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from {}", self.from)?;
        self.until.map_or(Ok(()), |until| write!(f, " until {until}"))
    }
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

/// A day in both times: the law that is in force on one day, as it is known on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LawDay {
    /// Valid time: the day on which the law is in force.
    pub as_of: Date,
    /// Transaction time: the day whose published law counts.
    pub known_at: Date,
}

impl LawDay {
    /// A day on the law that counts once all that is announced is published, which checks of a rulebook look at.
    #[must_use]
    pub fn all_published(as_of: Date) -> Self {
        Self { as_of, known_at: Date::MAX }
    }
}

/// A value of a [`Timeline`], with the days on which it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated<T> {
    /// The first day on which it holds.
    pub from: Date,
    /// The first day on which it no longer holds, though no other value follows; `None` if it holds until the next.
    pub until: Option<Date>,
    /// The day from which on it is known; `None` if it always was.
    pub published: Option<Date>,
    pub value: T,
}

/// Values over time: each holds from its first day until its end or the next one's first day. Before the first day no
/// value holds. A value that is published later counts only for a query that knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline<T>(Vec<Dated<T>>);

impl<T> Timeline<T> {
    /// Takes values in any order. Of two with the same first day, the one that was published later holds, and of two
    /// that were published at the same time the later in the list.
    #[must_use]
    pub fn new(mut values: Vec<Dated<T>>) -> Self {
        values.sort_by_key(|dated| (dated.from, dated.published));
        Self(values)
    }

    /// Values that were always known and have no end, with their first days.
    #[must_use]
    pub fn of_days(values: Vec<(Date, T)>) -> Self {
        let dated = |(from, value)| Dated { from, until: None, published: None, value };
        Self::new(values.into_iter().map(dated).collect())
    }

    /// A timeline with one value on every day.
    #[must_use]
    pub fn always(value: T) -> Self {
        Self::of_days(vec![(Date::MIN, value)])
    }

    /// The value that holds on a day.
    #[must_use]
    pub fn on(&self, day: LawDay) -> Option<&T> {
        let begun = |dated: &&Dated<T>| {
            dated.from <= day.as_of && dated.published.is_none_or(|published| published <= day.known_at)
        };
        let latest = self.0.iter().rev().find(begun)?;
        latest.until.is_none_or(|until| day.as_of < until).then_some(&latest.value)
    }

    /// The first days of the values, earliest first.
    pub fn first_days(&self) -> impl Iterator<Item = Date> {
        self.0.iter().map(|dated| dated.from)
    }

    /// The days on which another value holds, or none any longer; in no order, with repeats.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        self.0.iter().flat_map(|dated| [Some(dated.from), dated.until]).flatten()
    }

    /// The days on which a value is published, in no order, with repeats.
    pub fn publications(&self) -> impl Iterator<Item = Date> {
        self.0.iter().filter_map(|dated| dated.published)
    }

    /// The values, earliest first.
    pub fn iter(&self) -> impl Iterator<Item = &Dated<T>> {
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
    /// Whether the version counts as the published law on a day.
    #[must_use]
    pub fn covers(&self, known_at: Date) -> bool {
        self.published.is_none_or(|published| published <= known_at)
            && self.withdrawn.is_none_or(|withdrawn| known_at < withdrawn)
    }

    /// The day nearest to the given one on which it counts as the published law.
    #[must_use]
    pub fn nearest(&self, day: Date) -> Date {
        day.min(self.last_day().unwrap_or(day)).max(self.published.unwrap_or(Date::MIN))
    }

    /// Whether no day lies in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!((self.published, self.withdrawn), (Some(published), Some(withdrawn)) if withdrawn <= published)
    }

    /// The days on which it begins to count and on which it no longer does.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        [self.published, self.withdrawn].into_iter().flatten()
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
        assert!(old.covers(date(2026, 2, 28)));
        assert!(!old.covers(date(2026, 3, 1)));
        assert!(!old.covers(date(2024, 12, 31)));
        assert!(!new.covers(date(2026, 2, 28)));
        assert!(new.covers(date(2026, 3, 1)));
        assert_eq!(old.nearest(date(2030, 1, 1)), date(2026, 2, 28));
        assert_eq!(new.nearest(date(2020, 1, 1)), date(2026, 3, 1));
        assert_eq!(new.nearest(date(2030, 1, 1)), date(2030, 1, 1));
        assert!(!old.overlaps(&new));
        assert!(!new.overlaps(&old));
        assert!(new.overlaps(&PublicationPeriod::default()));
    }

    fn on<T: Copy>(timeline: &Timeline<T>, as_of: Date, known_at: Date) -> Option<T> {
        timeline.on(LawDay { as_of, known_at }).copied()
    }

    #[test]
    fn a_dated_value_holds_until_the_next() {
        let timeline = Timeline::of_days(vec![(date(2026, 1, 1), "new"), (date(2016, 1, 1), "old")]);
        let on = |year| on(&timeline, date(year, 12, 31), Date::MIN);
        assert_eq!(on(2015), None);
        assert_eq!(on(2025), Some("old"));
        assert_eq!(on(2026), Some("new"));
        assert_eq!(Timeline::always(1).on(LawDay::all_published(Date::MIN)), Some(&1));
    }

    #[test]
    fn a_value_that_is_published_later_counts_for_who_knows_of_it() {
        let from = date(2026, 1, 1);
        let value = |published, value| Dated { from, until: None, published, value };
        let raised = Timeline::new(vec![value(Some(date(2026, 5, 10)), 110), value(None, 100)]);
        assert_eq!(on(&raised, date(2026, 2, 1), date(2026, 5, 9)), Some(100));
        assert_eq!(on(&raised, date(2026, 2, 1), date(2026, 5, 10)), Some(110));
        assert_eq!(on(&raised, date(2025, 12, 31), Date::MAX), None);
    }

    #[test]
    fn a_value_that_ends_gives_way_to_none_that_was_before() {
        let before = Dated { from: date(2020, 1, 1), until: None, published: None, value: 1 };
        let bonus = Dated { from: date(2025, 1, 1), until: Some(date(2026, 1, 1)), published: None, value: 2 };
        let timeline = Timeline::new(vec![before, bonus]);
        assert_eq!(on(&timeline, date(2024, 6, 1), Date::MIN), Some(1));
        assert_eq!(on(&timeline, date(2025, 12, 31), Date::MIN), Some(2));
        assert_eq!(on(&timeline, date(2026, 1, 1), Date::MIN), None);
    }
}
