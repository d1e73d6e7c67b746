//! New Zealand: rates rebate, Rates Rebate Act 1973 s 3(1). Two thirds of the rates above an initial contribution, less
//! a dollar for each eight dollars of income above a threshold, at most a maximum. The formula is that of 1973; every
//! change since is a dated amount.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(RatesRebate);

impl Guest for RatesRebate {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let ratepayers = [Ratepayer::at_worst(&applicant), Ratepayer::at_best(&applicant)];
        let excess_rates = ratepayers.map(|ratepayer| ratepayer.rates - parameters.initial_contribution);
        let threefold = ratepayers.map(|ratepayer| ratepayer.threefold_rebate(&parameters));
        let test = all([
            criterion("rates-above-contribution", agreed(excess_rates.map(|excess| excess > Decimal::ZERO))),
            criterion("rebate-left", agreed(threefold.map(|threefold| threefold > Decimal::ZERO))),
        ]);
        answer(test, || {
            let amount = agreed(threefold)?.divide(Decimal::from(3), 2, Rounding::HalfUp);
            Some(Determination::Eligible(Grant { amount }))
        })
    }
}

/// What the rebate depends on. Each fact moves it one way only, so a missing one is taken at its worst and at its best
/// for the ratepayer, and matters only where the two come to different results.
#[derive(Clone, Copy)]
struct Ratepayer {
    income: Decimal,
    dependants: u8,
    rates: Decimal,
}

/// The most that facts.toml lets a sum of money here be.
const BEYOND: Decimal = Decimal::new(99_999_999, 0);

fn agreed<T: PartialEq>([at_worst, at_best]: [T; 2]) -> Option<T> {
    (at_worst == at_best).then_some(at_worst)
}

impl Ratepayer {
    fn at_worst(applicant: &Applicant) -> Self {
        Self {
            income: applicant.combined_income.unwrap_or(BEYOND),
            dependants: applicant.dependants.unwrap_or(0),
            rates: applicant.rates_total.unwrap_or(Decimal::ZERO),
        }
    }

    fn at_best(applicant: &Applicant) -> Self {
        Self {
            income: applicant.combined_income.unwrap_or(Decimal::ZERO),
            dependants: applicant.dependants.unwrap_or(50),
            rates: applicant.rates_total.unwrap_or(BEYOND),
        }
    }

    /// Three times the rebate, so that two thirds stay exact until the end; not above 0 if there is none.
    fn threefold_rebate(self, parameters: &Parameters) -> Decimal {
        let twice_the_excess = (self.rates - parameters.initial_contribution).times(2);
        let rebate = twice_the_excess - self.reduction(parameters).times(3);
        parameters.maximum.amount.map_or(rebate, |most| rebate.at_most(most.times(3)))
    }

    /// s 3(1)(a)(ii): a dollar for each full step of income above the threshold.
    fn reduction(self, parameters: &Parameters) -> Decimal {
        let raised = parameters.additional_per_dependant.times(self.dependants.into());
        let above = (self.income - parameters.income_threshold - raised).at_least(Decimal::ZERO);
        above.divide(parameters.income_per_dollar, 0, Rounding::Down)
    }
}
