//! Zhejiang: the longevity subsidy (长寿保健补助费), 浙江省实施《老年人权益保障法》办法 art. 27. Governments at county level
//! and above pay it to people of a hundred and over; cities' rules extend this one with what they pay.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Longevity);

impl Guest for Longevity {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        // Art. 2: old people are those with the province's household registration and those who live there.
        let of_the_place = applicant.residence_status.map(|status| status != ResidenceStatus::Neither);
        let longevity = all([
            criterion("longevity-age", applicant.age.map(|age| age >= parameters.longevity_age)),
            criterion("registered-or-resident", of_the_place),
        ]);
        let is_owed = longevity.satisfied();
        let above = inherited.as_ref().and_then(|grant| grant.amount);
        let test = any([criterion("granted-above", inherited.is_some()), longevity]);
        answer(test, || {
            let amount = match parameters.longevity_monthly {
                Some(monthly) if is_owed? => Some(monthly),
                // Not set yet, or not for this person: what the levels above pay, which may be open too.
                Some(_) | None => above,
            };
            Some(Determination::Eligible(Grant { amount }))
        })
    }
}
