//! Zhejiang: living subsidy for people with disabilities in hardship (困难残疾人生活补贴),
//! 浙民福〔2021〕191号. 30 % of the county's minimum-living standard.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let test = criterion("national-conditions", inherited.is_some());
        answer(test, || {
            let share = applicant.local_dibao_standard?.percent(parameters.share_percent.into());
            // The source table doesn't say how the share is rounded: to the nearest fen here.
            Some(Determination::Eligible(Grant { amount: Some(share.round(2, Rounding::HalfUp)) }))
        })
    }
}
