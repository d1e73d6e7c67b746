//! Yantai: care subsidy for people with severe disabilities (重度残疾人护理补贴),
//! 烟台市2026年残疾人两项补贴标准（文号未载）. Two amounts, by grade, above the
//! province's least amount.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(CareSubsidy);

impl Guest for CareSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let grade_one = applicant.disability_grade.map(|grade| grade == 1);
        let test = criterion("national-conditions", inherited.is_some()).and_note(criterion("grade-1", grade_one));
        answer(test, || {
            let monthly = if grade_one? { parameters.grade_one } else { parameters.grade_two };
            Some(Determination::Eligible(Grant { amount: Some(monthly) }))
        })
    }
}
