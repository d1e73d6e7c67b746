//! Properties of days, terms and ages over two centuries.

use ordinance_sdk::{AgeReached, Date, LeapDayBirthday, MonthEnd, Weekday, WorkingCalendar};

const MONTH_ENDS: [MonthEnd; 3] = [MonthEnd::LastDay, MonthEnd::FirstOfNext, MonthEnd::EndStaysEnd];
const LEAP_DAYS: [LeapDayBirthday; 2] = [LeapDayBirthday::On28February, LeapDayBirthday::On1March];
const REACHED: [AgeReached; 2] = [AgeReached::OnBirthday, AgeReached::DayBeforeBirthday];

/// Every day from 1895 to 2105, from the lengths of the months.
fn days() -> Vec<Date> {
    let mut days = Vec::new();
    for year in 1895..=2105 {
        let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (month, length) in (1..).zip(lengths) {
            days.extend((1..=length).map(|day| Date::new(year, month, day)));
        }
    }
    days
}

/// Days around the ends of months of leap years, common years and 1900, and some others.
fn telling_days() -> Vec<Date> {
    let years = [1899, 1900, 1999, 2000, 2023, 2024, 2025];
    let is_telling = |day: &Date| years.contains(&day.year) && (day.day >= 28 || day.day <= 1 || day.day == 15);
    days().into_iter().filter(is_telling).collect()
}

#[test]
fn days_are_counted_one_by_one() {
    let days = days();
    let first = days[0].days_since_epoch();
    for (number, day) in (first..).zip(&days) {
        assert_eq!(day.days_since_epoch(), number);
        assert_eq!(Date::from_days_since_epoch(number), *day);
    }
    for pair in days.windows(2) {
        assert_eq!(pair[0].add_days(1), pair[1]);
        assert_eq!(pair[0].end_of_month() == pair[0], pair[0].first_of_next_month() == pair[1], "{pair:?}");
        assert_eq!(pair[0].first_of_month(), Date::new(pair[0].year, pair[0].month, 1));
    }
}

#[test]
fn the_days_of_the_week_follow_each_other() {
    let week = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    // 1 January 1900 was a Monday.
    let from_monday = days().into_iter().filter(|day| *day >= Date::new(1900, 1, 1));
    for (day, weekday) in from_monday.zip(week.into_iter().cycle()) {
        assert_eq!(day.weekday(), weekday, "{day:?}");
    }
}

#[test]
fn a_month_later_is_the_same_day_where_there_is_one_and_else_as_the_convention_says() {
    let days = days();
    for day in telling_days() {
        for months in -30..=30 {
            let count = day.year * 12 + i32::from(day.month) - 1 + months;
            let of_month: Vec<Date> =
                days.iter().filter(|other| other.year * 12 + i32::from(other.month) - 1 == count).copied().collect();
            let same = of_month.iter().find(|other| other.day == day.day).copied();
            let last = *of_month.last().unwrap();
            let is_last = day.end_of_month() == day;
            assert_eq!(day.same_day_after_months(months), same);
            assert_eq!(day.add_months(months, MonthEnd::LastDay), same.unwrap_or(last));
            assert_eq!(day.add_months(months, MonthEnd::FirstOfNext), same.unwrap_or(last.add_days(1)));
            let expected = if is_last { last } else { same.unwrap_or(last) };
            assert_eq!(day.add_months(months, MonthEnd::EndStaysEnd), expected);
        }
    }
}

#[test]
fn the_time_between_two_days_added_to_the_first_gives_the_second() {
    let days = telling_days();
    for (from, to) in days.iter().flat_map(|from| days.iter().map(move |to| (*from, *to))) {
        for month_end in MONTH_ENDS {
            let time = from.time_until(to, month_end);
            let months = time.years * 12 + i32::from(time.months);
            assert_eq!(from.add_months(months, month_end).add_days(time.days.into()), to, "{from:?} {month_end:?}");
            assert!(from.add_months(months + 1, month_end) > to, "{from:?} {to:?} {month_end:?}");
            assert!(time.months < 12);
        }
        let anniversaries = from.time_until(to, MonthEnd::FirstOfNext);
        assert_eq!(from.full_years_until(to), anniversaries.years, "{from:?} {to:?}");
    }
}

#[test]
fn a_person_has_an_age_from_the_day_on_which_it_is_reached() {
    let days: Vec<Date> = days().into_iter().filter(|day| (1996..=2032).contains(&day.year)).collect();
    let births: Vec<Date> = telling_days().into_iter().filter(|day| (1999..=2000).contains(&day.year)).collect();
    for (born, leap_day) in births.iter().flat_map(|born| LEAP_DAYS.map(|leap_day| (*born, leap_day))) {
        for reached in REACHED {
            let mut age = born.age_on(days[0], leap_day, reached);
            for day in &days {
                age += i32::from(born.reaches_age(age + 1, leap_day, reached) == *day);
                assert_eq!(born.age_on(*day, leap_day, reached), age, "{born:?} {day:?} {leap_day:?} {reached:?}");
            }
        }
        let before = born.reaches_age(18, leap_day, AgeReached::DayBeforeBirthday);
        assert_eq!(before.add_days(1), born.reaches_age(18, leap_day, AgeReached::OnBirthday));
    }
}

#[test]
fn a_term_of_working_days_ends_on_the_working_day_that_is_so_many_later() {
    let weekend = [Weekday::Saturday, Weekday::Sunday];
    let calendar = WorkingCalendar::new(Date::new(2024, 1, 1), Date::new(2026, 12, 31), &weekend)
        .with_holidays((1..=7).map(|day| Date::new(2025, 10, day)))
        .with_working_days([Date::new(2025, 9, 28), Date::new(2025, 10, 11)]);
    for from in days().into_iter().filter(|day| day.year == 2025) {
        for term in 0..30 {
            let end = calendar.after(from, term).unwrap();
            assert_eq!(calendar.between(from, end), Some(term));
            assert!(term == 0 || calendar.is_working_day(end) == Some(true), "{from:?} {term}");
        }
        let next = calendar.on_or_after(from).unwrap();
        let last = calendar.on_or_before(from).unwrap();
        assert_eq!(next == from, calendar.is_working_day(from) == Some(true));
        assert_eq!(last == from, next == from);
    }
}
