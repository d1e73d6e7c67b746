//! The nation: care subsidy for people with severe disabilities (重度残疾人护理补贴), 国发〔2015〕52号.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(CareSubsidy);

impl Guest for CareSubsidy {
    fn determine(applicant: Applicant) -> Answer {
        let test = all([
            criterion("grade-1-or-2", applicant.disability_grade.map(|grade| grade <= 2)),
            criterion("needs-long-term-care", applicant.needs_long_term_care),
            criterion("no-work-injury-care-payment", not(applicant.work_injury_care_payment)),
            criterion("not-in-destitute-support", not(applicant.destitute_support)),
            criterion("no-elderly-care-subsidy", not(applicant.draws_elderly_care_subsidy)),
        ]);
        // The opinions leave the amount to the provinces.
        answer(test, || Determination::Eligible(Grant { amount: None }))
    }
}
