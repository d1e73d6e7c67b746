//! Shanghai: living subsidy for people with disabilities in hardship (困难残疾人生活补贴),
//! 上海市2025-07-01调整通知. Widened to severe disability without work (重残无业) and to the margin of
//! the minimum living allowance.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let national = inherited.is_some();
        let severe_without_work = all([
            criterion("severe", applicant.disability_grade.map(|grade| grade <= 2)),
            criterion("without-work", not(applicant.has_work)),
        ]);
        let at_the_margin = applicant.household_scheme.map(|scheme| scheme == HouseholdScheme::DibaoMargin);
        let certificate = applicant.has_disability_certificate.or(applicant.disability_grade.map(|_| true));
        let higher = if national { Some(true) } else { severe_without_work.satisfied() };
        // The hardship is what is widened; the nation's other conditions hold.
        let widened = all([
            any([severe_without_work, criterion("margin-household", at_the_margin)]),
            criterion("disability-certificate", certificate),
            criterion("not-in-destitute-support", not(applicant.destitute_support)),
            criterion("no-other-allowance", not(applicant.draws_other_allowance)),
        ]);
        let test = any([criterion("national-conditions", national), widened]);
        answer(test, || {
            let monthly = if higher? { parameters.higher } else { parameters.margin };
            Some(Determination::Eligible(Grant { amount: Some(monthly) }))
        })
    }
}
