//! Ningxia: living subsidy for people with disabilities in hardship (困难残疾人生活补贴),
//! 宁民函〔2024〕14号. Four amounts, by grade.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let test = criterion("national-conditions", inherited.is_some());
        answer(test, || {
            let grade = applicant.disability_grade?;
            let tier = parameters.tiers.iter().find(|tier| tier.grade == grade)?;
            Some(Determination::Eligible(Grant { amount: Some(tier.amount) }))
        })
    }
}
