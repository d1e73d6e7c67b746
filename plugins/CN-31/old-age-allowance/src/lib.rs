//! Shanghai: the comprehensive allowance for old people (老年综合津贴), 上海市老年人权益保障条例 art. 25. Old people who
//! meet the conditions draw it by bands of age; conditions and bands are the municipal government's.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Allowance);

impl Guest for Allowance {
    fn determine(applicant: Applicant, parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let scheme = parameters.scheme.as_ref();
        let elderly = applicant.age.map(|age| age >= parameters.elderly_age);
        let own = all([
            criterion("elderly", elderly),
            criterion("in-a-band", scheme.and_then(|scheme| Some(band(scheme, applicant.age?).is_some()))),
            criterion("meets-conditions", scheme.and_then(|scheme| meets_conditions(scheme, &applicant))),
        ]);
        let is_own = own.satisfied();
        let above = inherited.as_ref().and_then(|grant| grant.amount);
        let test = any([criterion("granted-above", inherited.is_some()), own]);
        answer(test, || {
            let amount = match scheme {
                Some(scheme) if is_own? => band(scheme, applicant.age?).map(|band| band.monthly),
                // No scheme yet, or not for this person: what the nation grants, which sets no amount.
                Some(_) | None => above,
            };
            Some(Determination::Eligible(Grant { amount }))
        })
    }
}

/// The highest band that the age reaches.
fn band(scheme: &Scheme, age: u8) -> Option<&Band> {
    scheme.bands.iter().filter(|band| band.from_age <= age).max_by_key(|band| band.from_age)
}

fn meets_conditions(scheme: &Scheme, applicant: &Applicant) -> Option<bool> {
    if !scheme.registration_required {
        return Some(true);
    }
    applicant.residence_status.map(|status| status == ResidenceStatus::Registered)
}
