//! Shanxi: care subsidy for people with severe disabilities (重度残疾人护理补贴),
//! 山西省2025-12-09通知. Widened to intellectual and mental disabilities of grades 3 and 4.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(CareSubsidy);

impl Guest for CareSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let national = inherited.is_some();
        // The grade is what is widened; the nation's other conditions hold.
        let widened = all([
            criterion("grade-3-or-4", applicant.disability_grade.map(|grade| grade >= 3)),
            criterion("intellectual-or-mental", applicant.disability_kind.map(intellectual_or_mental)),
            criterion("needs-long-term-care", applicant.needs_long_term_care),
            criterion("no-work-injury-care-payment", not(applicant.work_injury_care_payment)),
            criterion("not-in-destitute-support", not(applicant.destitute_support)),
            criterion("no-elderly-care-subsidy", not(applicant.draws_elderly_care_subsidy)),
        ]);
        let test = any([criterion("national-conditions", national), widened]);
        let monthly = if national { parameters.severe } else { parameters.widened };
        answer(test, || Determination::Eligible(Grant { amount: Some(monthly) }))
    }
}

fn intellectual_or_mental(kind: DisabilityKind) -> bool {
    matches!(kind, DisabilityKind::Intellectual | DisabilityKind::Mental)
}
