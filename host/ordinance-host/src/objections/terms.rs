//! The days of an objection, by the contract of the service.

use jiff::ToSpan as _;
use ordinance_domain::calendar::Date;
use ordinance_domain::contract::ObjectionTerms;

/// The day so many days after another; the last day of the calendar if there is none.
pub(crate) fn days_after(day: Date, days: u32) -> Date {
    day.checked_add(i64::from(days).days()).unwrap_or(Date::MAX)
}

/// The last day to object to a decision of a day.
pub(crate) fn last_day_to_object(terms: &ObjectionTerms, decided_on: Date) -> Date {
    days_after(decided_on, terms.within_days)
}

/// The last day to answer an objection of a day.
pub(crate) fn last_day_to_answer(terms: &ObjectionTerms, received_on: Date) -> Date {
    days_after(received_on, terms.answer_days)
}

/// Whether an objection that was answered on a day is no longer kept.
pub(crate) fn is_retention_over(answered_on: Date, keep_days: u32, today: Date) -> bool {
    today > days_after(answered_on, keep_days)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_last_day_counts_and_the_day_after_is_too_late() {
        assert_eq!(days_after(date(2026, 1, 1), 60), date(2026, 3, 2));
        assert_eq!(days_after(date(2024, 2, 28), 1), date(2024, 2, 29));
        assert_eq!(days_after(date(9999, 12, 31), 5), Date::MAX);
        assert!(!is_retention_over(date(2026, 1, 1), 30, date(2026, 1, 31)));
        assert!(is_retention_over(date(2026, 1, 1), 30, date(2026, 2, 1)));
    }
}
