//! Tennessee: Families First, Tenn. Comp. R. & Regs. 1240-01-50. The lesser of a standard payment and what is wanting
//! to the need standard.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(FamiliesFirst);

impl Guest for FamiliesFirst {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let households = [false, true].map(|is_best| Household::supposed(&applicant, is_best));
        let gaps = households.map(|household| household.gap(&parameters));
        let payments = households.map(|household| household.payment(&parameters));
        let is_paid = payments.map(|payment| payment >= parameters.payment_least);
        let test = all([
            criterion("eligible-child", applicant.has_eligible_child),
            criterion("lawfully-present-member", applicant.any_member_lawfully_present),
            criterion("gross-income", agreed(households.map(|household| household.gross_income_within(&parameters)))),
            criterion("countable-income", agreed(gaps.map(|gap| gap > Decimal::ZERO))),
            criterion("resources", agreed(households.map(|household| household.resources_within_limit(&parameters)))),
        ])
        .and_note(criterion("least-payment", agreed(is_paid)));
        answer(test, || {
            let amount = agreed(payments.map(|payment| paid(payment, &parameters)))?;
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
    liquid_assets: Decimal,
    vehicle_equity: Decimal,
    care_costs: Decimal,
    dependants_under_2: u8,
    dependants_from_2: u8,
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
        let (bad, good) = if is_best { (Decimal::ZERO, BEYOND) } else { (BEYOND, Decimal::ZERO) };
        let dependants = if is_best { PERSONS_MOST } else { 0 };
        Self {
            size: applicant.household_size.unwrap_or(if is_best { PERSONS_MOST } else { 1 }),
            earned: applicant.earned_income.unwrap_or(bad),
            unearned: applicant.unearned_income.unwrap_or(bad),
            liquid_assets: applicant.liquid_assets.unwrap_or(bad),
            vehicle_equity: applicant.vehicle_equity.unwrap_or(bad),
            care_costs: applicant.child_care_costs.unwrap_or(good),
            dependants_under_2: applicant.dependants_under_2.unwrap_or(dependants),
            dependants_from_2: applicant.dependants_from_2.unwrap_or(dependants),
        }
    }

    /// A larger household than the table has counts as its last row.
    fn amount_of(self, table: &[Standard]) -> Decimal {
        let row = table.iter().rev().find(|row| row.persons <= self.size);
        row.expect("the table begins with one person").amount
    }

    /// 1240-01-50-.20(1)(b).
    fn gross_income_within(self, parameters: &Parameters) -> bool {
        let limit = self.amount_of(&parameters.need_standards).percent(parameters.gross_income_percent.into());
        self.earned + self.unearned <= limit
    }

    /// 1240-01-50-.16(1)(c)5(i) and (ii): first the disregard, then the care, then the unearned income.
    fn countable_income(self, parameters: &Parameters) -> Decimal {
        let care_most = parameters.care_under_2_most.times(self.dependants_under_2.into())
            + parameters.care_from_2_most.times(self.dependants_from_2.into());
        let earned = (self.earned - parameters.earnings_disregard).at_least(Decimal::ZERO);
        (earned - self.care_costs.at_most(care_most)).at_least(Decimal::ZERO) + self.unearned
    }

    /// What is wanting to the need standard. A countable income at the standard is too much.
    fn gap(self, parameters: &Parameters) -> Decimal {
        self.amount_of(&parameters.need_standards) - self.countable_income(parameters)
    }

    /// 1240-01-50-.02(1) and .05(3).
    fn resources_within_limit(self, parameters: &Parameters) -> bool {
        let vehicles = (self.vehicle_equity - parameters.vehicle_exemption).at_least(Decimal::ZERO);
        self.liquid_assets + vehicles <= parameters.resources_most
    }

    /// 1240-01-50-.17(2): the lesser of the two.
    fn payment(self, parameters: &Parameters) -> Decimal {
        self.gap(parameters).at_most(self.amount_of(&parameters.payment_standards))
    }
}

/// 1240-01-50-.17(3), with .09(1), to the cent. The payment is compared before it is rounded: 9.995 is below 10.00 and
/// isn't paid.
fn paid(payment: Decimal, parameters: &Parameters) -> Decimal {
    if payment < parameters.payment_least { Decimal::ZERO } else { payment.round(2, Rounding::HalfUp) }
}
