//! Nebraska: Aid to Dependent Children, Neb. Rev. Stat. 43-512, 43-513 and 68-1726. What is wanting to the standard of
//! need, at most the payment standard, less the unearned income.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(AidToDependentChildren);

impl Guest for AidToDependentChildren {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let units = [Unit::at_worst(&applicant), Unit::at_best(&applicant)];
        let test = all([
            criterion("eligible-child", applicant.has_eligible_child),
            criterion("lawfully-present-member", applicant.any_member_lawfully_present),
            criterion("income-below-need", agreed(units.map(|unit| unit.income_below_need(&parameters)))),
            criterion("resources", agreed(units.map(|unit| unit.resources_within_limit(&parameters)))),
        ]);
        answer(test, || {
            let amount = agreed(units.map(|unit| unit.payment(&parameters)))?;
            Some(Determination::Eligible(Grant { amount }))
        })
    }
}

/// What the amount depends on. Each fact moves it one way only, so a missing one is taken at its worst and at its best
/// for the unit, and matters only where the two come to different results.
#[derive(Clone, Copy)]
struct Unit {
    size: u8,
    earned: Decimal,
    unearned: Decimal,
    resources: Decimal,
    enrolled: bool,
}

/// More than any sum of money here may be.
const BEYOND: Decimal = Decimal::new(1_000_000_000, 0);

fn agreed<T: PartialEq>([at_worst, at_best]: [T; 2]) -> Option<T> {
    (at_worst == at_best).then_some(at_worst)
}

impl Unit {
    fn at_worst(applicant: &Applicant) -> Self {
        Self {
            size: applicant.household_size.unwrap_or(1),
            earned: applicant.earned_income.unwrap_or(BEYOND),
            unearned: applicant.unearned_income.unwrap_or(BEYOND),
            resources: applicant.liquid_assets.unwrap_or(BEYOND),
            enrolled: applicant.already_enrolled.unwrap_or(false),
        }
    }

    fn at_best(applicant: &Applicant) -> Self {
        Self {
            size: applicant.household_size.unwrap_or(u8::MAX),
            earned: applicant.earned_income.unwrap_or(Decimal::ZERO),
            unearned: applicant.unearned_income.unwrap_or(Decimal::ZERO),
            resources: applicant.liquid_assets.unwrap_or(Decimal::ZERO),
            enrolled: applicant.already_enrolled.unwrap_or(true),
        }
    }

    /// 43-513.
    fn standard_of_need(self, parameters: &Parameters) -> Decimal {
        parameters.need_of_one + parameters.need_of_each_further.times(i64::from(self.size) - 1)
    }

    /// 68-1726(3)(a).
    fn earned_after_disregard(self, parameters: &Parameters) -> Unrounded {
        let disregard =
            if self.enrolled { parameters.enrolled_disregard_percent } else { parameters.applicant_disregard_percent };
        self.earned - self.earned.percent(disregard.into())
    }

    /// 68-1726(3). Income at the standard of need is too much.
    fn income_below_need(self, parameters: &Parameters) -> bool {
        self.earned_after_disregard(parameters) + self.unearned < self.standard_of_need(parameters)
    }

    /// 68-1726(1).
    fn resources_within_limit(self, parameters: &Parameters) -> bool {
        let most = if self.size == 1 { parameters.resources_of_one_most } else { parameters.resources_of_more_most };
        self.resources <= most
    }

    /// 43-512(3), to the cent.
    fn payment(self, parameters: &Parameters) -> Decimal {
        let need = self.standard_of_need(parameters);
        let payment_standard = need.percent(parameters.payment_percent.into());
        let gap = (need - self.earned_after_disregard(parameters)).at_least(Decimal::ZERO);
        (gap.at_most(payment_standard) - self.unearned).at_least(Decimal::ZERO).round(2, Rounding::HalfUp)
    }
}
