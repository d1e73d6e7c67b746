//! Shanxi: living subsidy for people with disabilities in hardship (困难残疾人生活补贴),
//! 山西省2025-12-09通知. 22 % of the average rural minimum-living standard,
//! published as an amount.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let test = criterion("national-conditions", inherited.is_some());
        answer(test, || Determination::Eligible(Grant { amount: Some(parameters.monthly) }))
    }
}
