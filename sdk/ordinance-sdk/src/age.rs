//! Ages by the conventions of law: who is born on 29 February, and an age reached the day before the birthday.

use crate::date::{Date, MonthEnd};

/// The birthday, in a common year, of who is born on 29 February.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeapDayBirthday {
    /// 28 February: the last day of the month of birth.
    On28February,
    /// 1 March: the day after 28 February.
    On1March,
}

/// The day on which an age is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgeReached {
    /// On the birthday, from its beginning.
    OnBirthday,
    /// On the day before the birthday, at whose end the year of life is full.
    DayBeforeBirthday,
}

impl Date {
    /// The first day on which a person born on this day has this age.
    #[must_use]
    pub fn reaches_age(self, age: i32, leap_day: LeapDayBirthday, reached: AgeReached) -> Self {
        let month_end = match leap_day {
            LeapDayBirthday::On28February => MonthEnd::LastDay,
            LeapDayBirthday::On1March => MonthEnd::FirstOfNext,
        };
        let birthday = self.add_years(age, month_end);
        match reached {
            AgeReached::OnBirthday => birthday,
            AgeReached::DayBeforeBirthday => birthday.add_days(-1),
        }
    }

    /// The age on `day`, in full years, of a person born on this day. Negative if `day` is earlier.
    #[must_use]
    pub fn age_on(self, day: Self, leap_day: LeapDayBirthday, reached: AgeReached) -> i32 {
        // The day before a birthday on 1 January is in the year before, so the age may be one more than the years.
        let years = day.year - self.year + 1;
        let is_reached = |age: &i32| self.reaches_age(*age, leap_day, reached) <= day;
        [years, years - 1].into_iter().find(is_reached).unwrap_or(years - 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AgeReached::{DayBeforeBirthday, OnBirthday};
    use LeapDayBirthday::{On1March, On28February};

    #[test]
    fn who_is_born_on_29_february_has_the_birthday_that_the_rule_names() {
        let born = Date::new(2008, 2, 29);
        assert_eq!(born.age_on(Date::new(2026, 2, 28), On28February, OnBirthday), 18);
        assert_eq!(born.age_on(Date::new(2026, 2, 28), On1March, OnBirthday), 17);
        assert_eq!(born.age_on(Date::new(2026, 3, 1), On1March, OnBirthday), 18);
        assert_eq!(born.reaches_age(20, On28February, OnBirthday), Date::new(2028, 2, 29));
        assert_eq!(born.reaches_age(20, On1March, OnBirthday), Date::new(2028, 2, 29));
    }

    #[test]
    fn an_age_may_be_reached_the_day_before_the_birthday() {
        let born = Date::new(1960, 1, 1);
        assert_eq!(born.age_on(Date::new(2024, 12, 31), On1March, DayBeforeBirthday), 65);
        assert_eq!(born.age_on(Date::new(2024, 12, 30), On1March, DayBeforeBirthday), 64);
        assert_eq!(born.age_on(Date::new(2024, 12, 31), On1March, OnBirthday), 64);
        assert_eq!(Date::new(2008, 2, 29).reaches_age(18, On1March, DayBeforeBirthday), Date::new(2026, 2, 28));
        assert_eq!(Date::new(2008, 3, 1).reaches_age(20, On1March, DayBeforeBirthday), Date::new(2028, 2, 29));
    }
}
