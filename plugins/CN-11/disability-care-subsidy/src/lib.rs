//! Beijing: care subsidy for people with severe disabilities (重度残疾人护理补贴),
//! 京政务服务网办事指南. Two amounts, by grade and kind.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(CareSubsidy);

impl Guest for CareSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let higher = any([
            criterion("grade-1", applicant.disability_grade.map(|grade| grade == 1)),
            criterion("multiple", applicant.disability_kind.map(|kind| kind == DisabilityKind::Multiple)),
        ]);
        let is_higher = higher.satisfied();
        let test = criterion("national-conditions", inherited.is_some()).and_note(higher);
        answer(test, || {
            let monthly = if is_higher? { parameters.higher } else { parameters.other };
            Some(Determination::Eligible(Grant { amount: Some(monthly) }))
        })
    }
}
