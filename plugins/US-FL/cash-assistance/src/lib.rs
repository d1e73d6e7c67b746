//! Florida: Temporary Cash Assistance, Fla. Stat. 414.075, 414.085 and 414.095(10)-(12). A payment standard by the size
//! of the household and its shelter cost, less the countable income.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(TemporaryCashAssistance);

impl Guest for TemporaryCashAssistance {
    fn determine(applicant: Applicant, parameters: Parameters) -> Answer {
        let households = [Household::at_worst(&applicant), Household::at_best(&applicant)];
        let gross_income_within = households.map(|household| household.gross_income_within_limit(&parameters));
        let deficits = households
            .map(|household| household.payment_standard(&parameters) - household.countable_income(&parameters));
        let test = all([
            criterion("eligible-child", applicant.has_eligible_child),
            criterion("lawfully-present-member", applicant.any_member_lawfully_present),
            criterion("gross-income", agreed(gross_income_within)),
            criterion("countable-income", agreed(deficits.map(|deficit| deficit >= Decimal::ZERO))),
            criterion("resources", applicant.liquid_assets.map(|assets| assets <= parameters.resources_most)),
        ])
        .and_note(criterion("least-payment", agreed(deficits.map(|deficit| deficit >= parameters.payment_least))));
        answer(test, || {
            let amount = agreed(deficits.map(|deficit| payment(deficit, &parameters)))?;
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
    shelter_cost: Decimal,
    poverty_guideline: Decimal,
}

/// More than any sum of money here may be.
const BEYOND: Decimal = Decimal::new(1_000_000_000, 0);

fn agreed<T: PartialEq>([at_worst, at_best]: [T; 2]) -> Option<T> {
    (at_worst == at_best).then_some(at_worst)
}

impl Household {
    fn at_worst(applicant: &Applicant) -> Self {
        Self {
            size: applicant.household_size.unwrap_or(1),
            earned: applicant.earned_income.unwrap_or(BEYOND),
            unearned: applicant.unearned_income.unwrap_or(BEYOND),
            shelter_cost: applicant.shelter_cost.unwrap_or(Decimal::ZERO),
            poverty_guideline: applicant.poverty_guideline_annual.unwrap_or(Decimal::ZERO),
        }
    }

    fn at_best(applicant: &Applicant) -> Self {
        Self {
            size: applicant.household_size.unwrap_or(u8::MAX),
            earned: applicant.earned_income.unwrap_or(Decimal::ZERO),
            unearned: applicant.unearned_income.unwrap_or(Decimal::ZERO),
            shelter_cost: applicant.shelter_cost.unwrap_or(BEYOND),
            poverty_guideline: applicant.poverty_guideline_annual.unwrap_or(BEYOND),
        }
    }

    /// 414.085(1)(a). A year's guideline is compared with the income of twelve months, so that nothing is divided.
    fn gross_income_within_limit(self, parameters: &Parameters) -> bool {
        let limit = self.poverty_guideline.percent(parameters.gross_income_percent.into());
        (self.earned + self.unearned).times(12) <= limit
    }

    /// 414.095(10). Each person beyond the table adds the same, up to the largest size that is counted.
    fn payment_standard(self, parameters: &Parameters) -> Decimal {
        let persons = self.size.min(parameters.largest_size);
        let row = parameters.payment_standards.iter().rev().find(|row| row.persons <= persons);
        let row = row.expect("the table begins with one person");
        let beyond_the_table = i64::from(persons - row.persons);
        self.by_shelter(row, parameters)
            + self.by_shelter(&parameters.further_person, parameters).times(beyond_the_table)
    }

    fn by_shelter(self, standard: &Standard, parameters: &Parameters) -> Decimal {
        if self.shelter_cost <= Decimal::ZERO {
            standard.no_shelter
        } else if self.shelter_cost <= parameters.low_shelter_most {
            standard.low_shelter
        } else {
            standard.high_shelter
        }
    }

    /// 414.095(11) and (12). The further disregard is for those whose income is below the payment standard without it.
    fn countable_income(self, parameters: &Parameters) -> Unrounded {
        let earned = (self.earned - parameters.first_disregard).at_least(Decimal::ZERO);
        if earned + self.unearned >= self.payment_standard(parameters) {
            return (earned + self.unearned).into();
        }
        let rest = (earned - parameters.further_disregard).at_least(Decimal::ZERO);
        rest - rest.percent(parameters.further_disregard_percent.into()) + self.unearned
    }
}

/// Florida Administrative Code 65A-4.220(1), to the cent. What is wanting is compared before it is rounded: 9.995 is
/// below 10.00 and isn't paid.
fn payment(deficit: Unrounded, parameters: &Parameters) -> Decimal {
    if deficit < parameters.payment_least { Decimal::ZERO } else { deficit.round(2, Rounding::HalfUp) }
}
