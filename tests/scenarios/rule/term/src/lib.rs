//! A law of the scenarios on terms and ages: an appeal in so many working days, by a person of age.
#![no_std]

use ordinance_sdk::Weekday;
use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Term, intermediates);

impl Guest for Term {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let last_day =
            applicant.notified_on.and_then(|notified| calendar(&parameters).after(notified, parameters.term));
        let in_time = applicant.appealed_on.zip(last_day).map(|(appealed, last_day)| appealed <= last_day);
        let age_on_appeal = applicant
            .born_on
            .zip(applicant.appealed_on)
            .map(|(born, appealed)| born.age_on(appealed, LeapDayBirthday::On28February, AgeReached::OnBirthday));
        let of_age = age_on_appeal.map(|age| age >= parameters.age);
        let test = all([criterion("in-time", in_time), criterion("of-age", of_age)]);
        answer(test, Intermediates { last_day, age_on_appeal }, || Determination::Eligible(Grant { amount: None }))
    }
}

fn calendar(parameters: &Parameters) -> WorkingCalendar {
    let special = |is_worked: bool| {
        parameters.special_days.iter().filter(move |special| special.is_worked == is_worked).map(|special| special.day)
    };
    let Calendar { first, last } = parameters.calendar;
    WorkingCalendar::new(first, last, &[Weekday::Saturday, Weekday::Sunday])
        .with_holidays(special(false))
        .with_working_days(special(true))
}
