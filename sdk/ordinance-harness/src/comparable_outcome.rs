//! A determined outcome in a form that can be compared: which of two outcomes grants more, and by how much.

use ordinance_domain::answer::Grant;
use ordinance_domain::decision::{Evaluation, Outcome};
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value};

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
            Self::Granted(grant) => match grant.get(name)? {
                Value::Decimal(number) => Some(*number),
                Value::Integer(number) => Some((*number).into()),
                Value::Bool(_)
                | Value::Date(_)
                | Value::Text(_)
                | Value::Choice(_)
                | Value::Record(_)
                | Value::List(_) => None,
            },
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

    /// Whether the other outcome grants less: nothing instead of something, or less of a field.
    pub(crate) fn is_more_than(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Granted(_), Self::NotGranted) => true,
            (Self::Granted(grant), Self::Granted(_)) => grant.0.iter().any(|(name, _)| {
                self.amount(name).zip(other.amount(name)).is_some_and(|(before, after)| after < before)
            }),
            (Self::NotGranted, Self::Granted(_) | Self::NotGranted) => false,
        }
    }
}
