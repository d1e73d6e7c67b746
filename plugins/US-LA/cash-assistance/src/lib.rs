//! Louisiana: Family Independence Temporary Assistance Program, La. Admin. Code 67:III.1229. A flat grant by the size
//! of the household less the countable income, in whole dollars.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(FamilyIndependence);

impl Guest for FamilyIndependence {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let households = [false, true].map(|is_best| Household::supposed(&applicant, &parameters, is_best));
        let gaps = households.map(|household| household.flat_grant(&parameters) - household.countable_income);
        let whole_dollars = gaps.map(|gap| gap.round(0, Rounding::Down));
        let is_paid = whole_dollars.map(|dollars| dollars >= parameters.payment_least);
        let test = all([
            criterion("eligible-child", applicant.has_eligible_child),
            criterion("lawfully-present-member", applicant.any_member_lawfully_present),
            criterion("countable-income", agreed(gaps.map(|gap| gap >= Decimal::ZERO))),
        ])
        .and_note(criterion("least-payment", agreed(is_paid)));
        answer(test, || {
            let paid =
                whole_dollars.map(|dollars| if dollars < parameters.payment_least { Decimal::ZERO } else { dollars });
            Some(Determination::Eligible(Grant { amount: agreed(paid)? }))
        })
    }
}

/// What the amount depends on. Each fact moves it one way only, so a missing one is taken at its worst and at its best
/// for the household, and matters only where the two come to different results.
#[derive(Clone, Copy)]
struct Household {
    size: u8,
    countable_income: Decimal,
}

/// More than any sum of money here may be, and the most persons that facts.toml lets a household have.
const BEYOND: Decimal = Decimal::new(1_000_000_000, 0);
const PERSONS_MOST: u8 = 50;

fn agreed<T: PartialEq>([at_worst, at_best]: [T; 2]) -> Option<T> {
    (at_worst == at_best).then_some(at_worst)
}

/// 1229(C): the deductions are for each earner, before the sum. Pay that isn't known is `unknown`, and an unknown list
/// is one earner with it.
fn countable_income(applicant: &Applicant, parameters: &Parameters, unknown: Decimal) -> Decimal {
    let counted = |pay: Decimal| {
        let rest = (pay - parameters.standard_deduction).at_least(Decimal::ZERO);
        (rest - parameters.time_limited_deduction).at_least(Decimal::ZERO)
    };
    let earned = match &applicant.earners {
        Some(earners) => earners.iter().map(|earner| counted(earner.earned_income.unwrap_or(unknown))).sum(),
        None => counted(unknown),
    };
    earned + applicant.unearned_income.unwrap_or(unknown)
}

impl Household {
    /// With what isn't known taken at its best for the household, or at its worst.
    fn supposed(applicant: &Applicant, parameters: &Parameters, is_best: bool) -> Self {
        let bad = if is_best { Decimal::ZERO } else { BEYOND };
        Self {
            size: applicant.household_size.unwrap_or(if is_best { PERSONS_MOST } else { 1 }),
            countable_income: countable_income(applicant, parameters, bad),
        }
    }

    /// 1229(D) and its note 1: who are more than the table has are paid by it twice, less an amount.
    fn flat_grant(self, parameters: &Parameters) -> Decimal {
        let of_table = |persons: u8| parameters.flat_grants.iter().rev().find(|row| row.persons <= persons);
        let row = of_table(self.size).expect("the table begins with one person");
        let Some(second) = of_table(self.size - row.persons) else { return row.amount };
        row.amount + second.amount - parameters.second_table_less
    }
}
