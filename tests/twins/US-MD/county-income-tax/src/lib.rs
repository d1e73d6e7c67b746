//! Maryland: the county income tax, Md. Code, Tax-General, 10-103 and 10-106. Each county taxes the Maryland taxable
//! income of its residents; counties' rules extend this one with the rate that they set.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(CountyIncomeTax);

impl Guest for CountyIncomeTax {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let liable = all([
            criterion("resident-of-county", applicant.resident_on_last_day),
            criterion("maryland-taxable-income", applicant.has_maryland_taxable_income),
        ]);
        answer(liable, || Determination::Eligible(Grant { rate: parameters.rate }))
    }
}
