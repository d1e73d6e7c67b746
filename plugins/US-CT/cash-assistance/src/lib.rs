//! Connecticut: Temporary Family Assistance, Conn. Gen. Stat. 17b-104 and 17b-112. A share of the poverty guideline
//! less the unearned income. Earnings are never subtracted; high ones reduce the grant by a share.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(TemporaryFamilyAssistance);

impl Guest for TemporaryFamilyAssistance {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let households = [false, true].map(|is_best| Household::supposed(&applicant, &parameters, is_best));
        let below_reduction = households.map(|household| household.is_below_reduction(&parameters));
        let test = all([
            criterion("eligible-child", applicant.has_eligible_child),
            criterion("lawfully-present-member", applicant.any_member_lawfully_present),
            criterion("income", income_within(&applicant, households, &parameters)),
            criterion("resources", applicant.liquid_assets.map(|assets| assets <= parameters.resources_most)),
        ])
        .and_note(criterion("below-reduction", agreed(below_reduction)));
        answer(test, || {
            let amount = agreed(households.map(|household| household.payment(&parameters)))?;
            Some(Determination::Eligible(Grant { amount }))
        })
    }
}

/// The test of applicants or that of recipients. Neither is always the easier one: many earners with little pay may be
/// within the need standard and above the limit of recipients. So while it isn't known which holds, both must agree.
fn income_within(applicant: &Applicant, households: [Household; 2], parameters: &Parameters) -> Option<bool> {
    let of_applicants = agreed(households.map(|household| household.income_within_need(parameters)));
    let of_recipients = agreed(households.map(|household| household.earnings_within_limit(parameters)));
    match applicant.already_enrolled {
        Some(true) => of_recipients,
        Some(false) => of_applicants,
        None => agreed([of_applicants?, of_recipients?]),
    }
}

/// What the amount depends on. Each fact moves it one way only, so a missing one is taken at its worst and at its best
/// for the household, and matters only where the two come to different results.
#[derive(Clone, Copy)]
struct Household {
    size: u8,
    earned: Decimal,
    /// What is left of each earner's pay after the disregard, summed.
    earned_after_disregard: Decimal,
    unearned: Decimal,
    child_support: Decimal,
    housing_assistance: bool,
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

impl Household {
    /// With what isn't known taken at its best for the household, or at its worst.
    fn supposed(applicant: &Applicant, parameters: &Parameters, is_best: bool) -> Self {
        let (bad, good) = if is_best { (Decimal::ZERO, BEYOND) } else { (BEYOND, Decimal::ZERO) };
        let after_disregard = |pay: Decimal| (pay - parameters.earnings_disregard).at_least(Decimal::ZERO);
        Self {
            size: applicant.household_size.unwrap_or(if is_best { PERSONS_MOST } else { 1 }),
            earned: sum_of_pays(applicant, bad, |pay| pay),
            earned_after_disregard: sum_of_pays(applicant, bad, after_disregard),
            unearned: applicant.unearned_income.unwrap_or(bad),
            child_support: applicant.child_support_received.unwrap_or(good),
            housing_assistance: applicant.receives_housing_assistance.unwrap_or(!is_best),
        }
    }

    /// A twelfth of the guideline of a year.
    fn guideline(self, parameters: &Parameters) -> Unrounded {
        let Guideline { first_person, further_person } = parameters.guideline;
        (first_person + further_person.times(i64::from(self.size) - 1)) / Decimal::from(12)
    }

    /// 17b-104(a).
    fn need_standard(self, parameters: &Parameters) -> Unrounded {
        self.guideline(parameters).percent(parameters.need_percent.into())
    }

    /// 17b-112(d): a part of the child support doesn't count.
    fn countable_unearned(self, parameters: &Parameters) -> Decimal {
        (self.unearned - self.child_support.at_most(parameters.support_disregard)).at_least(Decimal::ZERO)
    }

    fn income_within_need(self, parameters: &Parameters) -> bool {
        self.earned_after_disregard + self.countable_unearned(parameters) <= self.need_standard(parameters)
    }

    fn earnings_within_limit(self, parameters: &Parameters) -> bool {
        self.earned <= self.guideline(parameters).percent(parameters.recipient_earnings_percent.into())
    }

    fn is_below_reduction(self, parameters: &Parameters) -> bool {
        let share = parameters.reduction.from_percent;
        share.is_none_or(|percent| self.earned < self.guideline(parameters).percent(percent.into()))
    }

    /// 17b-104(c) and (d), 17b-112(d), in this order, to the cent at the end.
    fn payment(self, parameters: &Parameters) -> Decimal {
        let payment_standard = self.need_standard(parameters).percent(parameters.payment_percent.into());
        let standard = if self.housing_assistance {
            payment_standard.percent(parameters.housing_percent.into())
        } else {
            payment_standard
        };
        let rest = (standard - self.countable_unearned(parameters)).at_least(Decimal::ZERO);
        let left = match parameters.reduction.left_percent {
            Some(percent) if !self.is_below_reduction(parameters) => rest.percent(percent.into()),
            Some(_) | None => rest,
        };
        left.round(2, Rounding::HalfUp)
    }
}
