//! Jiangxi: care subsidy for people with severe disabilities (重度残疾人护理补贴),
//! 赣府发〔2025〕5号. One amount for the whole province; the rules of other places that
//! pay one amount extend this one.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(CareSubsidy);

impl Guest for CareSubsidy {
    fn determine(parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let test = criterion("national-conditions", inherited.is_some());
        answer(test, || Determination::Eligible(Grant { amount: Some(parameters.monthly) }))
    }
}
