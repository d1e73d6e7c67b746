//! Working days by a calendar that the rulebook holds.

use alloc::vec::Vec;

use crate::date::{Date, Weekday};

/// Which days are working days, from a first to a last day: the days of the week but those of rest, without the public
/// holidays, and with the days of rest that are worked in exchange for them (as in China). Of days that it doesn't
/// cover, it knows nothing.
///
/// The holidays come as parameters, so that next year's calendar is a new value and no new code:
///
/// ```text
/// let special = |is_worked: bool| {
///     parameters.special_days.iter().filter(move |day| day.is_worked == is_worked).map(|special| special.day)
/// };
/// let calendar = WorkingCalendar::new(parameters.first, parameters.last, &[Weekday::Saturday, Weekday::Sunday])
///     .with_holidays(special(false))
///     .with_working_days(special(true));
/// let decided_by = calendar.after(applicant.applied_on, 10);
/// ```
#[derive(Debug, Clone)]
pub struct WorkingCalendar {
    first: Date,
    last: Date,
    days_of_rest: Vec<Weekday>,
    holidays: Vec<Date>,
    working_days: Vec<Date>,
}

impl WorkingCalendar {
    /// A calendar of the days from `first` to `last`, both included, without holidays.
    #[must_use]
    pub fn new(first: Date, last: Date, days_of_rest: &[Weekday]) -> Self {
        Self { first, last, days_of_rest: days_of_rest.to_vec(), holidays: Vec::new(), working_days: Vec::new() }
    }

    /// The calendar with these public holidays too.
    #[must_use]
    pub fn with_holidays(mut self, days: impl IntoIterator<Item = Date>) -> Self {
        self.holidays.extend(days);
        self
    }

    /// The calendar with these days worked whatever day of the week they are, even where they are among the holidays.
    #[must_use]
    pub fn with_working_days(mut self, days: impl IntoIterator<Item = Date>) -> Self {
        self.working_days.extend(days);
        self
    }

    /// Whether the day is a working day. `None` if the calendar doesn't cover it.
    #[must_use]
    pub fn is_working_day(&self, day: Date) -> Option<bool> {
        let is_covered = self.first <= day && day <= self.last;
        let is_worked = || {
            let is_free = self.days_of_rest.contains(&day.weekday()) || self.holidays.contains(&day);
            !is_free || self.working_days.contains(&day)
        };
        is_covered.then(is_worked)
    }

    /// The working day on which a term of so many working days ends that begins on the day after `day`: `after(day, 1)`
    /// is the next working day, `after(day, 0)` is `day`. `None` if the calendar ends before.
    #[must_use]
    pub fn after(&self, day: Date, working_days: u32) -> Option<Date> {
        let mut left = working_days;
        let mut day = day;
        while left > 0 {
            day = day.add_days(1);
            left -= u32::from(self.is_working_day(day)?);
        }
        Some(day)
    }

    /// The day itself if it is a working day, else the next one: the end of a term that would end on a day of rest.
    /// `None` if the calendar ends before.
    #[must_use]
    pub fn on_or_after(&self, day: Date) -> Option<Date> {
        self.after(day.add_days(-1), 1)
    }

    /// The day itself if it is a working day, else the last one before it: a payment due on a day of rest. `None` if
    /// the calendar begins later.
    #[must_use]
    pub fn on_or_before(&self, day: Date) -> Option<Date> {
        let mut day = day;
        while !self.is_working_day(day)? {
            day = day.add_days(-1);
        }
        Some(day)
    }

    /// The working days after `from` up to and including `to`; 0 if `to` isn't later. `None` if the calendar doesn't
    /// cover them all.
    #[must_use]
    pub fn between(&self, from: Date, to: Date) -> Option<u32> {
        let mut count = 0;
        let mut day = from;
        while day < to {
            day = day.add_days(1);
            count += u32::from(self.is_working_day(day)?);
        }
        Some(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEKEND: [Weekday; 2] = [Weekday::Saturday, Weekday::Sunday];

    /// The week around a holiday from Thursday 1 to Saturday 3 January 2026, whose Friday is worked on Sunday the 4th.
    fn calendar() -> WorkingCalendar {
        WorkingCalendar::new(Date::new(2025, 12, 1), Date::new(2026, 1, 31), &WEEKEND)
            .with_holidays([1, 2, 3].map(|day| Date::new(2026, 1, day)))
            .with_working_days([Date::new(2026, 1, 4)])
    }

    #[test]
    fn a_term_skips_holidays_and_counts_the_sunday_that_is_worked() {
        assert_eq!(calendar().after(Date::new(2025, 12, 31), 1), Some(Date::new(2026, 1, 4)));
        assert_eq!(calendar().after(Date::new(2025, 12, 31), 2), Some(Date::new(2026, 1, 5)));
        assert_eq!(calendar().between(Date::new(2025, 12, 31), Date::new(2026, 1, 11)), Some(6));
        assert_eq!(calendar().on_or_after(Date::new(2026, 1, 1)), Some(Date::new(2026, 1, 4)));
        assert_eq!(calendar().on_or_before(Date::new(2026, 1, 3)), Some(Date::new(2025, 12, 31)));
    }

    #[test]
    fn a_calendar_knows_nothing_of_days_that_it_does_not_cover() {
        assert_eq!(calendar().is_working_day(Date::new(2026, 2, 2)), None);
        assert_eq!(calendar().after(Date::new(2026, 1, 29), 2), None);
        assert_eq!(calendar().on_or_before(Date::new(2025, 11, 30)), None);
        assert_eq!(calendar().between(Date::new(2026, 1, 30), Date::new(2026, 2, 1)), None);
    }
}
