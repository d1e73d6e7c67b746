//! What a case comes to, so that two can be compared: who gets more, and by how much.

use ordinance_domain::answer::Grant;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value};

/// What a case comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ComparableOutcome {
    Granted(Grant),
    Nothing,
}

impl ComparableOutcome {
    /// None if it isn't decided.
    pub(crate) fn of(decision: &Decision) -> Option<Self> {
        match &decision.outcome {
            Outcome::Eligible(grant) => Some(Self::Granted(grant.clone())),
            Outcome::Ineligible => Some(Self::Nothing),
            Outcome::Undetermined(_) => None,
        }
    }

    /// What is granted of a field; nothing is zero.
    pub(crate) fn amount(&self, name: &FieldName) -> Option<Decimal> {
        match self {
            Self::Nothing => Some(Decimal::ZERO),
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

    /// The fields of what is granted.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &FieldName> {
        match self {
            Self::Granted(grant) => grant.0.as_slice(),
            Self::Nothing => &[],
        }
        .iter()
        .map(|(name, _)| name)
    }

    /// Whether somebody gets less by the other: nothing instead of something, or less of a field.
    pub(crate) fn is_less_in(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Granted(_), Self::Nothing) => true,
            (Self::Granted(grant), Self::Granted(_)) => grant.0.iter().any(|(name, _)| {
                self.amount(name).zip(other.amount(name)).is_some_and(|(before, after)| after < before)
            }),
            (Self::Nothing, Self::Granted(_) | Self::Nothing) => false,
        }
    }
}
