//! Fujian: living subsidy for people with disabilities in hardship (困难残疾人生活补贴),
//! 闽民规〔2023〕9号. Widened to severe disability with a low income, or in old age without a fixed one.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(LivingSubsidy);

impl Guest for LivingSubsidy {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let hardship = any([
            criterion("low-income", low_income(&applicant, &parameters)),
            all([
                criterion("old-enough", applicant.age.map(|age| age >= parameters.old_age)),
                criterion("no-fixed-income", not(applicant.has_fixed_income)),
            ]),
        ]);
        let certificate = applicant.has_disability_certificate.or(applicant.disability_grade.map(|_| true));
        // The hardship is what is widened; the nation's other conditions hold.
        let widened = all([
            criterion("severe", applicant.disability_grade.map(|grade| grade <= 2)),
            hardship,
            criterion("disability-certificate", certificate),
            criterion("not-in-destitute-support", not(applicant.destitute_support)),
            criterion("no-other-allowance", not(applicant.draws_other_allowance)),
        ]);
        let test = any([criterion("national-conditions", inherited.is_some()), widened]);
        answer(test, || Determination::Eligible(Grant { amount: Some(parameters.monthly) }))
    }
}

fn low_income(applicant: &Applicant, parameters: &Parameters) -> Option<bool> {
    let (income, standard) = (applicant.household_income_per_person?, applicant.local_dibao_standard?);
    let least = standard.percent(parameters.income_from_percent.into());
    let greatest = standard.percent(parameters.income_to_percent.into());
    Some(least <= income && income <= greatest)
}
