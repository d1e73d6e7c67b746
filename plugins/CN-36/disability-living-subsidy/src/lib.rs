//! Jiangxi: living subsidy for people with disabilities in hardship (困难残疾人生活补贴),
//! 赣府发〔2025〕5号. One amount for the whole province; the rules of other places that
//! pay one amount extend this one.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let test = criterion("national-conditions", inherited.is_some());
        answer(test, || Determination::Eligible(Grant { amount: Some(parameters.monthly) }))
    }
}
