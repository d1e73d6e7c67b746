//! What may be granted in all.

use ordinance_domain::value::Decimal;

/// An amount that may be granted of a field in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantBudget {
    /// The field of the grant.
    pub field: String,
    /// The amount.
    pub amount: Decimal,
}

impl GrantBudget {
    /// How much of it a total uses, in percent, rounded to one digit after the point; `None` if there is no budget.
    #[must_use]
    pub fn percent_used(&self, total: Decimal) -> Option<Decimal> {
        let share = total.checked_div(self.amount)?.checked_mul(Decimal::ONE_HUNDRED)?;
        Some(share.round_dp(1))
    }
}
