//! Indiana: Temporary Assistance for Needy Families, Ind. Code 12-14-1 and 12-14-2, 470 IAC 10.3-4. A maximum grant
//! less a quarter of all earnings and the unearned income; applicants pass more tests than recipients.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(TemporaryAssistance);

impl Guest for TemporaryAssistance {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let results =
            [false, true].map(|is_best| Household::supposed(&applicant, &parameters, is_best).results(&parameters));
        let agreed_on = |of: fn(&Results) -> bool| agreed(results.each_ref().map(of));
        let test = all([
            criterion("eligible-child", applicant.has_eligible_child),
            criterion("lawfully-present-member", applicant.any_member_lawfully_present),
            criterion("net-income", agreed_on(|results| results.is_net_income_below)),
            criterion("gross-income", agreed_on(|results| results.is_gross_income_below)),
            criterion("income-for-payment", agreed_on(|results| results.gap > Decimal::ZERO)),
            criterion("resources", agreed_on(|results| results.are_resources_within)),
        ]);
        answer(test, || {
            let amount = agreed(results.each_ref().map(|results| results.gap.round(2, Rounding::HalfUp)))?;
            Some(Determination::Eligible(Grant { amount }))
        })
    }
}

/// What the amount depends on. Each fact moves it one way only, so a missing one is taken at its worst and at its best
/// for the household, and matters only where the two come to different results. It is better to be a recipient.
#[derive(Clone, Copy)]
struct Household {
    size: u8,
    earned: Decimal,
    /// What is left of each earner's pay after the disregard, summed.
    earned_after_disregard: Decimal,
    unearned: Decimal,
    liquid_assets: Decimal,
    vehicle_equity: Decimal,
    enrolled: bool,
}

/// What the tests and the amount of a household come to.
struct Results {
    is_net_income_below: bool,
    is_gross_income_below: bool,
    are_resources_within: bool,
    gap: Unrounded,
}

/// More than any sum of money here may be, and the most persons that facts.toml lets a household have.
const BEYOND: Decimal = Decimal::new(1_000_000_000, 0);
const PERSONS_MOST: u8 = 50;

fn agreed<T: PartialEq>([at_worst, at_best]: [T; 2]) -> Option<T> {
    (at_worst == at_best).then_some(at_worst)
}

/// What counts of the pay of each earner, summed. Pay that isn't known is `unknown`, and an unknown list is one earner
/// with it.
fn sum_of_pays(applicant: &Applicant, unknown: Decimal, counted: impl Fn(Decimal) -> Decimal) -> Decimal {
    match &applicant.earners {
        Some(earners) => earners.iter().map(|earner| counted(earner.earned_income.unwrap_or(unknown))).sum(),
        None => counted(unknown),
    }
}

/// The smallest whole dollar that isn't below it.
fn whole_dollars_up(amount: Unrounded) -> Decimal {
    amount.round(0, Rounding::TowardPositive)
}

impl Household {
    /// With what isn't known taken at its best for the household, or at its worst.
    fn supposed(applicant: &Applicant, parameters: &Parameters, is_best: bool) -> Self {
        let bad = if is_best { Decimal::ZERO } else { BEYOND };
        let after_disregard = |pay: Decimal| (pay - parameters.earnings_disregard).at_least(Decimal::ZERO);
        Self {
            size: applicant.household_size.unwrap_or(if is_best { PERSONS_MOST } else { 1 }),
            earned: sum_of_pays(applicant, bad, |pay| pay),
            earned_after_disregard: sum_of_pays(applicant, bad, after_disregard),
            unearned: applicant.unearned_income.unwrap_or(bad),
            liquid_assets: applicant.liquid_assets.unwrap_or(bad),
            vehicle_equity: applicant.vehicle_equity.unwrap_or(bad),
            enrolled: applicant.already_enrolled.unwrap_or(is_best),
        }
    }

    fn results(&self, parameters: &Parameters) -> Results {
        Results {
            is_net_income_below: self.net_income_below(parameters),
            is_gross_income_below: self.gross_income_below(parameters),
            are_resources_within: self.resources_within_limit(parameters),
            gap: self.gap(parameters),
        }
    }

    /// 12-14-2-5.
    fn maximum_grant(&self, parameters: &Parameters) -> Decimal {
        let row = parameters.maximum_grants.iter().rev().find(|row| row.persons <= self.size);
        let row = row.expect("the table begins with one person");
        row.amount + parameters.further_person.times(i64::from(self.size - row.persons))
    }

    /// 470 IAC 10.3-4-4(c): a test of applicants alone.
    fn net_income_below(&self, parameters: &Parameters) -> bool {
        self.enrolled || self.earned_after_disregard + self.unearned < self.maximum_grant(parameters)
    }

    /// 12-14-1-1.7(b) and (c): a test of applicants alone, and none while there is no standard. The guideline of a
    /// month and the share of it are each rounded up to a whole dollar.
    fn gross_income_below(&self, parameters: &Parameters) -> bool {
        let figures = &parameters.gross_standard;
        let (Some(percent), Some(first), Some(further)) =
            (figures.percent, figures.first_person, figures.further_person)
        else {
            return true;
        };
        let year = first + further.times(i64::from(self.size) - 1);
        let guideline = whole_dollars_up(year / Decimal::from(12));
        self.enrolled || self.earned + self.unearned < whole_dollars_up(guideline.percent(percent.into()))
    }

    /// 12-14-1-1(b) and 12-14-2-1(b)(2).
    fn resources_within_limit(&self, parameters: &Parameters) -> bool {
        let vehicles = (self.vehicle_equity - parameters.vehicle_exemption).at_least(Decimal::ZERO);
        let most =
            if self.enrolled { parameters.recipient_resources_most } else { parameters.applicant_resources_most };
        self.liquid_assets + vehicles <= most
    }

    /// 470 IAC 10.3-4-4(d)(1): the maximum grant less the income for the payment, which counts a quarter of all
    /// earnings.
    fn gap(&self, parameters: &Parameters) -> Unrounded {
        let counted = self.earned.percent(parameters.earnings_counted_percent.into());
        self.maximum_grant(parameters) - (counted + self.unearned)
    }
}
