//! Chongqing: care subsidy for people with severe disabilities (重度残疾人护理补贴),
//! 渝民发〔2021〕15号 + 2025-12 通知. Two amounts, by grade; the rules of other places that pay by grade 1 and 2
//! extend this one.
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
