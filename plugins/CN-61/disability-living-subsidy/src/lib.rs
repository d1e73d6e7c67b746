//! Shaanxi: living subsidy for people with disabilities in hardship (困难残疾人生活补贴),
//! 陕政发〔2016〕2号. Two amounts, by age; paid quarterly.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let minor = applicant.age.map(|age| age < parameters.adult_age);
        let test = criterion("national-conditions", inherited.is_some()).and_note(criterion("minor", minor));
        answer(test, || {
            let monthly = if minor? { parameters.minor } else { parameters.adult };
            Some(Determination::Eligible(Grant { amount: Some(monthly) }))
        })
    }
}
