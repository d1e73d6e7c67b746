//! Calendar days: months added, months and days between two days, by a convention that the rule names.

use crate::rounding::overflow;

/// A day of the Gregorian calendar. The host passes only days that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The year of the Gregorian calendar.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
}

/// What becomes of a day that the month doesn't have, such as 31 January plus a month.
///
/// | | 31 Jan 2025 plus a month | 28 Feb 2025 plus a month |
/// |---|---|---|
/// | `LastDay` | 28 Feb | 28 Mar |
/// | `FirstOfNext` | 1 Mar | 28 Mar |
/// | `EndStaysEnd` | 28 Feb | 31 Mar |
///
/// [`Date::same_day_after_months`] refuses: it has no such day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthEnd {
    /// The last day of the month.
    LastDay,
    /// The first day of the next month.
    FirstOfNext,
    /// The last day of the month, and a day that is the last of its month stays the last of its month.
    EndStaysEnd,
}

/// The time between two days: so many full months, and days after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBetween {
    /// Full years; negative if the second day is earlier.
    pub years: i32,
    /// Full months after the years, 0 to 11.
    pub months: u8,
    /// Days after the months, 0 to 30.
    pub days: u8,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

const MONTHS_A_YEAR: i32 = 12;

impl Date {
    /// Creates a day. `month` counts from 1.
    #[must_use]
    pub const fn new(year: i32, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// Full years from this day to `day`. A year is full on the anniversary; the anniversary of 29 February is 1 March
    /// in a common year. Negative if `day` is earlier. [`age_on`](Self::age_on) lets the rule name another convention.
    #[must_use]
    pub fn full_years_until(self, day: Self) -> i32 {
        let before_anniversary = (day.month, day.day) < (self.month, self.day);
        day.year - self.year - i32::from(before_anniversary)
    }

    /// Days from 1970-01-01 to this day; negative before 1970.
    #[must_use]
    pub fn days_since_epoch(self) -> i64 {
        // The year starts in March, so that the leap day is its last day (Howard Hinnant's days_from_civil).
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// Days from this day to `day`; negative if `day` is earlier.
    #[must_use]
    pub fn days_until(self, day: Self) -> i64 {
        day.days_since_epoch() - self.days_since_epoch()
    }

    /// The day so many days after 1970-01-01, or before it if negative.
    ///
    /// # Panics
    /// If the year doesn't fit in an `i32`.
    #[must_use]
    pub fn from_days_since_epoch(days: i64) -> Self {
        // The inverse of `days_since_epoch`, by the same years from March (Howard Hinnant's civil_from_days).
        let days = days + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = (month_from_march + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        match (i32::try_from(year), u8::try_from(month), u8::try_from(day)) {
            (Ok(year), Ok(month), Ok(day)) => Self { year, month, day },
            (Err(_), _, _) | (_, Err(_), _) | (_, _, Err(_)) => overflow(),
        }
    }

    /// The day so many days later, or earlier if negative.
    #[must_use]
    pub fn add_days(self, days: i64) -> Self {
        Self::from_days_since_epoch(self.days_since_epoch() + days)
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        match self.days_since_epoch().rem_euclid(7) {
            0 => Weekday::Thursday,
            1 => Weekday::Friday,
            2 => Weekday::Saturday,
            3 => Weekday::Sunday,
            4 => Weekday::Monday,
            5 => Weekday::Tuesday,
            _ => Weekday::Wednesday,
        }
    }

    /// The first day of this day's month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self { day: 1, ..self }
    }

    /// The last day of this day's month.
    #[must_use]
    pub fn end_of_month(self) -> Self {
        Self { day: days_in_month(self.year, self.month), ..self }
    }

    /// The first day of the month after this day's. A law that says "from the month after" means it, on the first day
    /// of a month too.
    #[must_use]
    pub fn first_of_next_month(self) -> Self {
        self.end_of_month().add_days(1)
    }

    /// The day so many months later, or earlier if negative. `month_end` says what becomes of a day that the month
    /// doesn't have. A term of months is counted from its first day at once: a month added twice may end elsewhere.
    #[must_use]
    pub fn add_months(self, months: i32, month_end: MonthEnd) -> Self {
        let first = self.first_after_months(months);
        let last = first.end_of_month();
        match month_end {
            MonthEnd::EndStaysEnd if self == self.end_of_month() => last,
            MonthEnd::LastDay | MonthEnd::EndStaysEnd => Self { day: self.day.min(last.day), ..first },
            MonthEnd::FirstOfNext if self.day > last.day => last.add_days(1),
            MonthEnd::FirstOfNext => Self { day: self.day, ..first },
        }
    }

    /// The same day of the month so many months later, or earlier if negative. `None` if the month has no such day.
    #[must_use]
    pub fn same_day_after_months(self, months: i32) -> Option<Self> {
        let day = Self { day: self.day, ..self.first_after_months(months) };
        (day.day <= day.end_of_month().day).then_some(day)
    }

    /// The day so many years later, or earlier if negative: 29 February is the only day that a year may not have.
    #[must_use]
    pub fn add_years(self, years: i32, month_end: MonthEnd) -> Self {
        let months = years.checked_mul(MONTHS_A_YEAR).unwrap_or_else(|| overflow());
        self.add_months(months, month_end)
    }

    /// Full months from this day to `day`: the most that, added to this day by the same convention, don't pass `day`.
    /// Negative if `day` is earlier.
    #[must_use]
    pub fn full_months_until(self, day: Self, month_end: MonthEnd) -> i32 {
        let months = (day.year - self.year) * MONTHS_A_YEAR + i32::from(day.month) - i32::from(self.month);
        months - i32::from(self.add_months(months, month_end) > day)
    }

    /// The years, months and days from this day to `day`: added to this day in this order, they give `day`. If `day` is
    /// earlier, the years are negative and the months and days count forward from there.
    #[must_use]
    pub fn time_until(self, day: Self, month_end: MonthEnd) -> TimeBetween {
        let months = self.full_months_until(day, month_end);
        let days = self.add_months(months, month_end).days_until(day);
        match (u8::try_from(months.rem_euclid(MONTHS_A_YEAR)), u8::try_from(days)) {
            (Ok(after_years), Ok(days)) => {
                TimeBetween { years: months.div_euclid(MONTHS_A_YEAR), months: after_years, days }
            }
            (Err(_), _) | (_, Err(_)) => overflow(),
        }
    }

    /// The first day of the month so many months later.
    fn first_after_months(self, months: i32) -> Self {
        let months_of_era = i64::from(self.year) * 12 + i64::from(self.month) - 1 + i64::from(months);
        match (i32::try_from(months_of_era.div_euclid(12)), u8::try_from(months_of_era.rem_euclid(12) + 1)) {
            (Ok(year), Ok(month)) => Self { year, month, day: 1 },
            (Err(_), _) | (_, Err(_)) => overflow(),
        }
    }
}

pub(crate) fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_full_on_the_birthday() {
        let born = Date::new(1945, 6, 15);
        assert_eq!(born.full_years_until(Date::new(2025, 6, 14)), 79);
        assert_eq!(born.full_years_until(Date::new(2025, 6, 15)), 80);
        assert_eq!(Date::new(2004, 2, 29).full_years_until(Date::new(2022, 2, 28)), 17);
        assert_eq!(Date::new(2004, 2, 29).full_years_until(Date::new(2022, 3, 1)), 18);
    }

    #[test]
    fn days_are_counted_across_leap_days() {
        assert_eq!(Date::new(1970, 1, 1).days_since_epoch(), 0);
        assert_eq!(Date::new(2024, 2, 28).days_until(Date::new(2024, 3, 1)), 2);
        assert_eq!(Date::new(1900, 2, 28).days_until(Date::new(1900, 3, 1)), 1);
        assert_eq!(Date::new(2026, 1, 1).days_until(Date::new(2025, 1, 1)), -365);
    }
}
