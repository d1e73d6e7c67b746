//! South Dakota: Temporary Assistance for Needy Families, ARSD 67:10. A payment standard by the size of the household
//! and its living arrangement, less the countable income.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(TemporaryAssistance);

impl Guest for TemporaryAssistance {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let households = [false, true].map(|is_best| Household::supposed(&applicant, &parameters, is_best));
        let gaps = households.map(|household| household.gap(&parameters));
        let test = all([
            criterion("eligible-child", applicant.has_eligible_child),
            criterion("lawfully-present-member", applicant.any_member_lawfully_present),
            criterion("countable-income", agreed(gaps.map(|gap| gap >= Decimal::ZERO))),
            criterion("resources", applicant.liquid_assets.map(|assets| assets <= parameters.resources_most)),
        ]);
        answer(test, || {
            let amount = agreed(gaps.map(|gap| gap.round(2, Rounding::HalfUp)))?;
            Some(Determination::Eligible(Grant { amount }))
        })
    }
}

/// What the amount depends on. Each fact moves it one way only, so a missing one is taken at its worst and at its best
/// for the household, and matters only where the two come to different results. Shared living has the lower standards.
#[derive(Clone, Copy)]
struct Household {
    size: u8,
    /// What counts of each earner's pay, summed.
    counted_earnings: Unrounded,
    unearned: Decimal,
    child_support: Decimal,
    shared_living: bool,
}

/// More than any sum of money here may be, and the most persons that facts.toml lets a household have.
const BEYOND: Decimal = Decimal::new(1_000_000_000, 0);
const PERSONS_MOST: u8 = 50;

fn agreed<T: PartialEq>([at_worst, at_best]: [T; 2]) -> Option<T> {
    (at_worst == at_best).then_some(at_worst)
}

/// 67:10:03:05: of each earner's pay, first an amount and then a share of the rest don't count. Pay that isn't known is
/// `unknown`, and an unknown list is one earner with it.
fn counted_earnings(applicant: &Applicant, parameters: &Parameters, unknown: Decimal) -> Unrounded {
    let rest = |pay: Decimal| (pay - parameters.earnings_disregard).at_least(Decimal::ZERO);
    let rests: Decimal = match &applicant.earners {
        Some(earners) => earners.iter().map(|earner| rest(earner.earned_income.unwrap_or(unknown))).sum(),
        None => rest(unknown),
    };
    // A share of each rest is the same share of their sum.
    rests - rests.percent(parameters.earnings_disregard_percent.into())
}

impl Household {
    /// With what isn't known taken at its best for the household, or at its worst.
    fn supposed(applicant: &Applicant, parameters: &Parameters, is_best: bool) -> Self {
        let (bad, good) = if is_best { (Decimal::ZERO, BEYOND) } else { (BEYOND, Decimal::ZERO) };
        Self {
            size: applicant.household_size.unwrap_or(if is_best { PERSONS_MOST } else { 1 }),
            counted_earnings: counted_earnings(applicant, parameters, bad),
            unearned: applicant.unearned_income.unwrap_or(bad),
            child_support: applicant.child_support_received.unwrap_or(good),
            shared_living: applicant.shared_living.unwrap_or(!is_best),
        }
    }

    /// 67:10:05:03.
    fn payment_standard(self, parameters: &Parameters) -> Decimal {
        let row = parameters.payment_standards.iter().rev().find(|row| row.persons <= self.size);
        let row = row.expect("the table begins with one person");
        let of_table = if self.shared_living { row.shared } else { row.not_shared };
        of_table + parameters.further_person.times(i64::from(self.size - row.persons))
    }

    /// 67:10:05:02: what is wanting to the payment standard. The support is a part of the unearned income, and none of
    /// it counts (67:10:03:04).
    fn gap(self, parameters: &Parameters) -> Unrounded {
        let unearned = (self.unearned - self.child_support).at_least(Decimal::ZERO);
        self.payment_standard(parameters) - (self.counted_earnings + unearned)
    }
}
