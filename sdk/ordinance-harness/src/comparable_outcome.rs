//! A determined outcome in a form that can be compared: which of two outcomes is better for the person, and
//! by how much.

use ordinance_domain::answer::Grant;
use ordinance_domain::contract::{Better, Contract, EligibleMeaning};
use ordinance_domain::decision::{Evaluation, Outcome};
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Decimal;

/// A determined outcome. Two are equal if they grant the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ComparableOutcome {
    Granted(Grant),
    NotGranted,
}

impl ComparableOutcome {
    /// `None` if the outcome is undetermined, or the grant isn't final.
    pub(crate) fn of(evaluation: &Evaluation) -> Option<Self> {
        match &evaluation.outcome {
            Outcome::Eligible(grant) => Some(Self::Granted(grant.clone())),
            Outcome::Ineligible => Some(Self::NotGranted),
            Outcome::EligibleAtLeast { .. } | Outcome::Undetermined(_) => None,
        }
    }

    /// The amount of a numeric field, or 0 if nothing is granted. `None` for any other field.
    pub(crate) fn amount(&self, name: &FieldName) -> Option<Decimal> {
        match self {
            Self::NotGranted => Some(Decimal::ZERO),
            Self::Granted(grant) => grant.get(name)?.number(),
        }
    }

    /// The fields of the grant.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &FieldName> {
        match self {
            Self::Granted(grant) => grant.0.as_slice(),
            Self::NotGranted => &[],
        }
        .iter()
        .map(|(name, _)| name)
    }

    /// Whether the outcome is better for the person than the other, as the service says of each field of the grant and
    /// of being eligible.
    pub(crate) fn is_better_than(&self, other: &Self, contract: &Contract) -> bool {
        match (self, other) {
            (Self::Granted(_), Self::NotGranted) => contract.eligible == EligibleMeaning::Benefit,
            (Self::NotGranted, Self::Granted(_)) => contract.eligible == EligibleMeaning::Liability,
            (Self::Granted(grant), Self::Granted(_)) => grant.0.iter().any(|(name, _)| {
                let better = contract.grant_field(name).map_or(Better::More, |field| field.better);
                self.amount(name).zip(other.amount(name)).is_some_and(|(own, others)| match better {
                    Better::More => own > others,
                    Better::Less => own < others,
                    Better::Neither => false,
                })
            }),
            (Self::NotGranted, Self::NotGranted) => false,
        }
    }

    /// How much of a field the person loses from this outcome to the other; `None` for a field that isn't a number, or
    /// of which neither more nor less is better.
    pub(crate) fn loss_to(&self, other: &Self, name: &FieldName, contract: &Contract) -> Option<Decimal> {
        let (before, after) = self.amount(name).zip(other.amount(name))?;
        match contract.grant_field(name).map_or(Better::More, |field| field.better) {
            Better::More => before.checked_sub(after),
            Better::Less => after.checked_sub(before),
            Better::Neither => None,
        }
    }
}
