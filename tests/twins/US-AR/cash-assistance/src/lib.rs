//! Arkansas: Transitional Employment Assistance, 208.00.13 Ark. Code R. 001 and the TEA manual. A flat payment by the
//! size of the household, halved once the gross income reaches a trigger. Income is never subtracted from it.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(TransitionalEmploymentAssistance);

impl Guest for TransitionalEmploymentAssistance {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let households = [false, true].map(|is_best| Household::supposed(&applicant, is_best));
        let countable = households.map(|household| household.countable_income(&parameters));
        let below_trigger = households.map(|household| household.is_below_trigger(&parameters));
        let test = all([
            criterion("eligible-child", applicant.has_eligible_child),
            criterion("lawfully-present-member", applicant.any_member_lawfully_present),
            criterion("countable-income", agreed(countable.map(|income| income <= parameters.income_most))),
            criterion("resources", applicant.liquid_assets.map(|assets| assets <= parameters.resources_most)),
        ])
        .and_note(criterion("below-trigger", agreed(below_trigger)));
        answer(test, || {
            let amount = agreed(households.map(|household| household.payment(&parameters)))?;
            Some(Determination::Eligible(Grant { amount }))
        })
    }
}

/// What the amount depends on. Each fact moves it one way only, so a missing one is taken at its worst and at its best
/// for the household, and matters only where the two come to different results.
#[derive(Clone, Copy)]
struct Household {
    size: u8,
    earned: Decimal,
    unearned: Decimal,
    enrolled: bool,
}

/// More than any sum of money here may be, and the most persons that facts.toml lets a household have.
const BEYOND: Decimal = Decimal::new(1_000_000_000, 0);
const PERSONS_MOST: u8 = 50;

fn agreed<T: PartialEq>([at_worst, at_best]: [T; 2]) -> Option<T> {
    (at_worst == at_best).then_some(at_worst)
}

impl Household {
    /// With what isn't known taken at its best for the household, or at its worst.
    fn supposed(applicant: &Applicant, is_best: bool) -> Self {
        let bad = if is_best { Decimal::ZERO } else { BEYOND };
        Self {
            size: applicant.household_size.unwrap_or(if is_best { PERSONS_MOST } else { 1 }),
            earned: applicant.earned_income.unwrap_or(bad),
            unearned: applicant.unearned_income.unwrap_or(bad),
            enrolled: applicant.already_enrolled.unwrap_or(is_best),
        }
    }

    /// TEA 2352. Recipients keep out a share of what is left after the first disregard.
    fn countable_income(self, parameters: &Parameters) -> Unrounded {
        let rest = self.earned - self.earned.percent(parameters.disregard_percent.into());
        let kept_out =
            if self.enrolled { rest.percent(parameters.recipient_disregard_percent.into()) } else { Unrounded::ZERO };
        rest - kept_out + self.unearned
    }

    /// TEA 2362. A gross income at the trigger reduces the payment.
    fn is_below_trigger(self, parameters: &Parameters) -> bool {
        self.earned + self.unearned < parameters.trigger
    }

    /// TEA 2361 and 2362. A larger household than the table has counts as its last row.
    fn payment(self, parameters: &Parameters) -> Decimal {
        let row = parameters.maximum_payments.iter().rev().find(|row| row.persons <= self.size);
        let whole = row.expect("the table begins with one person").amount;
        if self.is_below_trigger(parameters) {
            return whole.round(2, Rounding::HalfUp);
        }
        whole.percent(parameters.reduced_payment_percent.into()).round(2, Rounding::HalfUp)
    }
}
