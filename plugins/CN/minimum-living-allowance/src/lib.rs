//! The nation: the minimum living allowance (最低生活保障), 社会救助暂行办法 art. 9 and 12. A household whose income a
//! member is below the standard of the place, and whose property is within the limits of the place, is granted what is
//! wanting.
#![no_std]

use ordinance_sdk::prelude::*;

ordinance_sdk::rule!(Allowance);

impl Guest for Allowance {
    fn determine(applicant: Applicant) -> Answer {
        let household = Household::of(&applicant);
        let test = all([
            criterion("income-below-standard", household.as_ref().and_then(Household::is_below_standard)),
            criterion("property-within-limits", applicant.household_property_within_limits),
        ]);
        answer(test, || {
            let amount = household?.wanting()?;
            Some(Determination::Eligible(Grant { amount: Some(amount) }))
        })
    }
}

/// The household's income a month, beside the standard for all its members.
struct Household {
    /// The standard of the place, once for each member.
    standard: Decimal,
    /// The sum of the incomes that are known.
    known_income: Decimal,
    /// Whether every member's income is known.
    is_complete: bool,
}

impl Household {
    /// `None` while the members or the standard aren't known.
    fn of(applicant: &Applicant) -> Option<Self> {
        let members = applicant.household_members.as_ref()?;
        let standard = applicant.local_dibao_standard?;
        let known = members.iter().filter_map(|member| member.monthly_income);
        Some(Self {
            standard: standard.times(members.len() as i64),
            known_income: known.sum(),
            is_complete: members.iter().all(|member| member.monthly_income.is_some()),
        })
    }

    /// Art. 9: an income a member below the standard is an income of all members below the sum of their standards. An
    /// income that isn't known can only add to it.
    fn is_below_standard(&self) -> Option<bool> {
        match (self.known_income < self.standard, self.is_complete) {
            (false, _) => Some(false),
            (true, true) => Some(true),
            (true, false) => None,
        }
    }

    /// Art. 12: the difference, for all members together.
    fn wanting(&self) -> Option<Decimal> {
        self.is_complete.then(|| self.standard - self.known_income)
    }
}
