//! The nation: the allowance of very old age (高龄津贴), 老年人权益保障法 art. 33(2). The state encourages localities to
//! set one up for people of 80 and over with a low income. Eligible here means in that circle.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Allowance);

impl Guest for Allowance {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let test = all([
            criterion("old-enough", applicant.age.map(|age| age >= parameters.min_age)),
            criterion("low-income", applicant.low_income),
        ]);
        // The law sets no amount.
        answer(test, || Determination::Eligible(Grant { amount: None }))
    }
}
