//! The Union: a child's consent in relation to information society services, art. 8(1) of Regulation (EU) 2016/679.
//! Member States may provide for a lower age, not below 13; their rules extend this one with that age.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(ChildConsent);

impl Guest for ChildConsent {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let test = all([
            // The article applies where art. 6(1)(a) does, to a service offered directly to a child.
            criterion("consent-is-the-basis", applicant.consent_is_the_legal_basis),
            criterion("offered-directly", applicant.offered_directly_to_child),
            any([
                criterion("old-enough", applicant.age.map(|age| age >= parameters.age_of_consent)),
                criterion("parental-authorisation", applicant.parental_authorisation),
            ]),
        ]);
        answer(test, || Determination::Eligible)
    }
}
