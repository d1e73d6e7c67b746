//! Calendar days, and the computation of ages.

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

impl Date {
    /// Creates a day. `month` counts from 1.
    #[must_use]
    pub const fn new(year: i32, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// Full years from this day to `day`: the age on `day` of a person born on this day. A year is full on the
    /// anniversary; the anniversary of 29 February is 1 March in a common year. Negative if `day` is earlier.
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
