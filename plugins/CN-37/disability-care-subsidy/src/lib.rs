//! Shandong: care subsidy for people with severe disabilities (重度残疾人护理补贴),
//! 鲁政发〔2015〕27号. A city may pay more, never less.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(CareSubsidy);

impl Guest for CareSubsidy {
    fn determine(parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let test = criterion("national-conditions", inherited.is_some());
        answer(test, || Determination::Eligible(Grant { amount: Some(parameters.monthly) }))
    }
}
