//! The nation: living subsidy for people with disabilities in hardship (困难残疾人生活补贴), 国发〔2015〕52号.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(applicant: Applicant) -> Answer {
        // A grade is only ever given with a certificate.
        let certificate = applicant.has_disability_certificate.or(applicant.disability_grade.map(|_| true));
        let test = all([
            criterion("disability-certificate", certificate),
            criterion("hardship", applicant.household_scheme.map(|scheme| scheme == HouseholdScheme::Dibao)),
            criterion("not-in-destitute-support", not(applicant.destitute_support)),
            criterion("no-other-allowance", not(applicant.draws_other_allowance)),
        ]);
        // The opinions leave the amount to the provinces.
        answer(test, || Determination::Eligible(Grant { amount: None }))
    }
}
