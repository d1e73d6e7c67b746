//! Facts that follow from a day: an age from a date of birth, months of residence from the day of moving in. How law
//! counts them is a convention, which the catalogue states.

use crate::calendar::Date;
use crate::name::FieldName;
use crate::word_enum::word_enum;

/// How a whole number follows from a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// The fact, or the part of the same record, that holds the day.
    pub from: FieldName,
    /// What is counted.
    pub unit: TimeUnit,
    /// When those born on 29 February complete a year of a common year.
    pub leap_day: LeapDay,
    /// On which day a unit is complete.
    pub reached: Reached,
}

word_enum! {
    /// What is counted from a day on.
    TimeUnit {
        /// Complete years.
        Years = "years",
        /// Complete months. One that begins on a day that its last month lacks is complete at the end of that month.
        Months = "months",
    }
}

word_enum! {
    /// The anniversary of 29 February in a common year.
    LeapDay {
        /// 1 March.
        March = "1-march",
        /// 28 February.
        February = "28-february",
    }
}

word_enum! {
    /// The day on which a unit is complete.
    Reached {
        /// The anniversary.
        OnTheDay = "on-the-day",
        /// The day before it, as where an age is reached at the end of the day before the birthday.
        TheDayBefore = "the-day-before",
    }
}

impl Derivation {
    /// The number on a day; `None` if the counting hasn't begun then.
    #[must_use]
    pub fn count(&self, from: Date, day: Date) -> Option<i64> {
        let day = match self.reached {
            Reached::OnTheDay => day,
            Reached::TheDayBefore => day.tomorrow().ok()?,
        };
        if day < from {
            return None;
        }
        let years = i64::from(day.year()) - i64::from(from.year());
        Some(match self.unit {
            TimeUnit::Years => years - i64::from((day.month(), day.day()) < self.anniversary(from, day)),
            TimeUnit::Months => {
                let months = years * 12 + i64::from(day.month()) - i64::from(from.month());
                months - i64::from(day.day() < from.day().min(day.days_in_month()))
            }
        })
    }

    /// The month and day of the anniversary in the year of a day.
    fn anniversary(&self, from: Date, day: Date) -> (i8, i8) {
        match (from.month(), from.day(), self.leap_day) {
            (2, 29, LeapDay::February) if !day.in_leap_year() => (2, 28),
            (2, 29, LeapDay::March) if !day.in_leap_year() => (3, 1),
            (month, day, _) => (month, day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(unit: TimeUnit, leap_day: LeapDay, reached: Reached, from: &str, day: &str) -> Option<i64> {
        let derivation = Derivation { from: FieldName::new("born").unwrap(), unit, leap_day, reached };
        derivation.count(from.parse().unwrap(), day.parse().unwrap())
    }

    #[test]
    fn a_year_is_complete_by_the_convention_that_the_catalogue_states() {
        let years = |leap_day, reached, day| count(TimeUnit::Years, leap_day, reached, "2004-02-29", day);
        assert_eq!(years(LeapDay::March, Reached::OnTheDay, "2022-02-28"), Some(17));
        assert_eq!(years(LeapDay::March, Reached::OnTheDay, "2022-03-01"), Some(18));
        assert_eq!(years(LeapDay::February, Reached::OnTheDay, "2022-02-28"), Some(18));
        assert_eq!(years(LeapDay::March, Reached::TheDayBefore, "2022-02-28"), Some(18));
        assert_eq!(years(LeapDay::March, Reached::OnTheDay, "2024-02-28"), Some(19));
        assert_eq!(years(LeapDay::March, Reached::OnTheDay, "2024-02-29"), Some(20));
        assert_eq!(years(LeapDay::March, Reached::OnTheDay, "2004-02-28"), None);
    }

    #[test]
    fn a_month_ends_where_its_last_month_does() {
        let months = |from, day| count(TimeUnit::Months, LeapDay::March, Reached::OnTheDay, from, day);
        assert_eq!(months("2026-01-31", "2026-02-27"), Some(0));
        assert_eq!(months("2026-01-31", "2026-02-28"), Some(1));
        assert_eq!(months("2026-01-15", "2027-01-14"), Some(11));
        assert_eq!(months("2026-01-15", "2027-01-15"), Some(12));
    }
}
