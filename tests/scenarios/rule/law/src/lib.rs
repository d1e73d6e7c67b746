//! The law of the scenarios: it says what its parameters tell it to say. It doesn't read what it inherits, so it is
//! called whatever the levels above it say.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Law);

impl Guest for Law {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let granted = Determination::Eligible(Grant { amount: parameters.amount });
        let to_all = |determination| Answer { determination, findings: Vec::new() };
        match parameters.says {
            Word::Eligible => to_all(granted),
            Word::Ineligible => to_all(Determination::Ineligible),
            Word::Undetermined => to_all(Determination::Undetermined),
            Word::Test => answer(test(&applicant, &parameters), || granted),
        }
    }
}

fn test(applicant: &Applicant, parameters: &Parameters) -> Test {
    let person = all([
        criterion("old-enough", applicant.age.map(|age| age >= parameters.min_age)),
        criterion("resident", applicant.resident),
    ]);
    match parameters.income_max {
        Some(most) => all([person, criterion("income-low-enough", applicant.income.map(|income| income <= most))]),
        None => person,
    }
}
