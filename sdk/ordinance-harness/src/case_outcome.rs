//! What two decisions are compared by: an outcome with its grant, without its reasons.

use std::collections::BTreeMap;

use ordinance_domain::answer::Grant;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::name::FieldName;
use ordinance_domain::value::{Decimal, Value};
use serde::Serialize;

/// The outcome of a case under one rulebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseOutcome {
    /// The outcome without what is granted.
    pub outcome: OutcomeKind,
    /// The grant, each field as text.
    pub grant: BTreeMap<String, String>,
    /// The numbers of the grant.
    #[serde(skip)]
    pub amounts: BTreeMap<String, Decimal>,
}

/// An outcome without its grant or its reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeKind {
    /// The person is eligible.
    Eligible,
    /// The person is eligible, and only the least of the grant is certain: facts are missing, or a rule failed.
    EligibleAtLeast,
    /// The person is not eligible.
    Ineligible,
    /// The law can't be applied: facts are missing, or a rule failed.
    Undetermined,
}

impl OutcomeKind {
    /// The kind of an outcome, and what is granted for certain.
    #[must_use]
    pub fn of(outcome: &Outcome) -> (Self, Option<&Grant>) {
        match outcome {
            Outcome::Eligible(grant) => (Self::Eligible, Some(grant)),
            Outcome::EligibleAtLeast { least, .. } => (Self::EligibleAtLeast, Some(least)),
            Outcome::Ineligible => (Self::Ineligible, None),
            Outcome::Undetermined(_) => (Self::Undetermined, None),
        }
    }

    /// The word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::EligibleAtLeast => "eligible-at-least",
            Self::Ineligible => "ineligible",
            Self::Undetermined => "undetermined",
        }
    }
}

impl CaseOutcome {
    /// The outcome of a decision.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        let (kind, grant) = OutcomeKind::of(&decision.outcome);
        let mut outcome = Self::new(kind);
        for (name, value) in grant.iter().flat_map(|grant| &grant.0) {
            let amount = granted_amount(value, &decision.contract, name);
            let text = amount.map_or_else(|| value.to_plain(), |amount| amount.to_string());
            outcome.grant.insert(name.to_string(), text);
            if let Some(amount) = amount {
                outcome.amounts.insert(name.to_string(), amount);
            }
        }
        outcome
    }

    /// An outcome that grants nothing.
    #[must_use]
    pub fn new(outcome: OutcomeKind) -> Self {
        Self { outcome, grant: BTreeMap::new(), amounts: BTreeMap::new() }
    }

    /// Whether both grant the same. Numbers are compared by size, since the two may be written with other digits.
    pub(crate) fn grants_same(&self, other: &Self) -> bool {
        let texts = |outcome: &Self| -> Vec<(String, String)> {
            let others = outcome.grant.iter().filter(|(name, _)| !outcome.amounts.contains_key(*name));
            others.map(|(name, text)| (name.clone(), text.clone())).collect()
        };
        self.amounts == other.amounts && texts(self) == texts(other)
    }

    /// The amount of a field, or 0 if nothing is granted.
    #[must_use]
    pub fn amount(&self, name: &str) -> Decimal {
        self.amounts.get(name).copied().unwrap_or_default()
    }
}

/// The number that is granted of a field, with the scale of the field; `None` if its value is no number.
#[must_use]
pub fn granted_amount(value: &Value, contract: &Contract, name: &FieldName) -> Option<Decimal> {
    let number = value.number()?;
    Some(contract.grant_field(name).map_or(number, |field| field.fact_type.scaled(number)))
}
