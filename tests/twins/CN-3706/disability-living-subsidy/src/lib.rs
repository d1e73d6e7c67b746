//! Yantai: living subsidy for people with disabilities in hardship (困难残疾人生活补贴),
//! 烟台市2026年残疾人两项补贴标准（文号未载）. Two amounts, by grade, above the
//! province's least amount.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let severe = applicant.disability_grade.map(|grade| grade <= 2);
        let test = criterion("national-conditions", inherited.is_some()).and_note(criterion("grade-1-or-2", severe));
        answer(test, || {
            let monthly = if severe? { parameters.grades_one_two } else { parameters.grades_three_four };
            Some(Determination::Eligible(Grant { amount: Some(monthly) }))
        })
    }
}
