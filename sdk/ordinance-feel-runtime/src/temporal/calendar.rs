//! The calendar.

use super::types::{Date, MonthsDuration};

/// The greatest year, and the least without its sign.
const YEAR_MAX: i64 = 999_999_999;

impl Date {
    /// The day; `None` if there is no such day.
    #[must_use]
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let exists = (-YEAR_MAX..=YEAR_MAX).contains(&year)
            && (1..=12).contains(&month)
            && (1..=i64::from(days_of_month(year, month as u8))).contains(&day);
        exists.then_some(Self { year: year as i32, month: month as u8, day: day as u8 })
    }

    /// Days since 1970-01-01. (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".)
    #[must_use]
    pub fn to_days(self) -> i64 {
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year - era * 400;
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The day so many days after 1970-01-01; `None` if its year is beyond the limits.
    #[must_use]
    pub fn from_days(days: i64) -> Option<Self> {
        let shifted = days.checked_add(719_468)?;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted - era * 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self::new(year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    /// The day so many months later; the last of its month if the month is too short. `None` beyond the limits.
    #[must_use]
    pub fn add_months(self, months: i64) -> Option<Self> {
        let total = months.checked_add(i64::from(self.year) * 12 + i64::from(self.month) - 1)?;
        let (year, month) = (total.div_euclid(12), total.rem_euclid(12) + 1);
        let day = self.day.min(days_of_month(year, month as u8));
        Self::new(year, month, i64::from(day))
    }

    /// The whole months from this day until another one; negative if that is earlier.
    #[must_use]
    pub fn months_until(self, other: Self) -> MonthsDuration {
        let month = |date: Self| i64::from(date.year) * 12 + i64::from(date.month);
        let months = month(other) - month(self);
        let incomplete = if months > 0 {
            -i64::from(other.day < self.day)
        } else if months < 0 {
            i64::from(other.day > self.day)
        } else {
            0
        };
        MonthsDuration(months + incomplete)
    }

    /// From 1 for Monday to 7 for Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        ((self.to_days() + 3).rem_euclid(7) + 1) as u8
    }

    /// From 1 to 366.
    #[must_use]
    pub fn day_of_year(self) -> u16 {
        (self.to_days() - Self { month: 1, day: 1, ..self }.to_days() + 1) as u16
    }

    /// The number of the week, from 1 to 53 (ISO 8601): the first week is that of the first Thursday.
    #[must_use]
    pub fn week_of_year(self) -> u8 {
        let thursday = self.to_days() - i64::from(self.weekday()) + 4;
        Self::from_days(thursday).map_or(1, |day| ((day.day_of_year() - 1) / 7 + 1) as u8)
    }
}

fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: u8) -> u8 {
    match month {
        2 => 28 + u8::from(is_leap_year(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
