//! The law of the scenarios of households: a family with a minor and a low income is granted an amount for each minor.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Home, intermediates);

impl Guest for Home {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let is_minor = |member: &Member| member.age.map(|age| age < parameters.adult_from);
        let household_income = applicant.members.as_deref().and_then(income_of);
        let has_minor = match &applicant.members {
            Some(members) => any_item(members, |member| criterion("minor", is_minor(member))),
            None => criterion("minor", Unknown),
        };
        let income_low = criterion("income-low", household_income.map(|income| income <= parameters.income_max));
        let adult = criterion("adult", applicant.age.map(|age| age >= parameters.adult_from));
        answer(all([adult, has_minor, income_low]), Intermediates { household_income }, || {
            let minors = applicant.members.as_ref()?.iter().try_fold(0, |minors, member| {
                if !is_minor(member)? {
                    return Some(minors);
                }
                Some(minors + if matches!(member.grade?, 1 | 2) { 2 } else { 1 })
            })?;
            Some(Determination::Eligible(Grant { amount: Some(parameters.amount_each.times(minors)) }))
        })
    }
}

/// What a criterion is before its fact is known.
#[allow(non_upper_case_globals)]
const Unknown: Option<bool> = None;

fn income_of(members: &[Member]) -> Option<Decimal> {
    members.iter().try_fold(Decimal::ZERO, |sum, member| Some(sum + member.income?))
}
