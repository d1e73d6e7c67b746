//! A law that builds on the levels above it: it grants to whom they grant, so much more than they do, or an amount of
//! its own. A rule that reads what it inherits is not called while that is unknown.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Heir);

impl Guest for Heir {
    fn determine(parameters: Parameters, inherited: Option<Grant>) -> Answer {
        let test = criterion("granted-above", inherited.is_some());
        let above = inherited.and_then(|grant| grant.amount);
        let amount = match (above, parameters.more) {
            (Some(above), Some(more)) => Some(above + more),
            (_, _) => parameters.amount,
        };
        answer(test, || Determination::Eligible(Grant { amount }))
    }
}
