//! A law of the scenarios that asks for no more than the band of an age and the year of birth: adults born before 2000.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Band);

impl Guest for Band {
    fn determine(applicant: Applicant) -> Answer {
        let test = all([
            criterion("old-enough", applicant.age.map(|band| matches!(band, AgeBand::Adult))),
            criterion("resident", applicant.born.map(|year| year < 2000)),
        ]);
        answer(test, || Determination::Eligible(Grant { amount: None }))
    }
}
