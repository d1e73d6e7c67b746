//! How the outcome of a person changes from one rulebook to another.

use std::collections::BTreeSet;

use ordinance_domain::contract::{Better, Contract, EligibleMeaning};
use serde::{Deserialize, Serialize};

use crate::case_outcome::{CaseOutcome, OutcomeKind};

/// The change of a person's outcome from the old rulebook to the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeChange {
    /// Eligible instead of ineligible, or granted more; where the service says that this is worse, the opposite.
    Gains,
    /// Ineligible instead of eligible, or granted less; where the service says that this is better, the opposite.
    Loses,
    /// Granted more of one field and less of another, or another value of a field that isn't a number.
    Otherwise,
    /// Undetermined, or granted an open amount, under the new rulebook only.
    BecomesUndetermined,
    /// Undetermined, or granted an open amount, under the old rulebook only.
    BecomesDetermined,
    /// No change.
    Same,
}

impl OutcomeChange {
    /// Every change, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Gains, Self::Loses, Self::Otherwise, Self::BecomesUndetermined, Self::BecomesDetermined, Self::Same];

    /// The text of reports, such as `becomes undetermined`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gains => "gains",
            Self::Loses => "loses",
            Self::Otherwise => "otherwise",
            Self::BecomesUndetermined => "becomes undetermined",
            Self::BecomesDetermined => "becomes determined",
            Self::Same => "same",
        }
    }

    /// The change from one outcome to another. `contract` says what is better for the person.
    #[must_use]
    pub fn between(old: &CaseOutcome, new: &CaseOutcome, contract: &Contract) -> Self {
        use OutcomeKind::{Eligible, EligibleAtLeast, Ineligible, Undetermined};
        match (old.outcome, new.outcome) {
            (Undetermined, Undetermined) | (Ineligible, Ineligible) => Self::Same,
            (Undetermined | EligibleAtLeast, Eligible) | (Undetermined, Ineligible) => Self::BecomesDetermined,
            (Eligible, Undetermined | EligibleAtLeast) | (Ineligible, Undetermined) => Self::BecomesUndetermined,
            (Ineligible | Undetermined, EligibleAtLeast) | (Ineligible, Eligible) => Self::Gains.for_person(contract),
            (Eligible | EligibleAtLeast, Ineligible) | (EligibleAtLeast, Undetermined) => {
                Self::Loses.for_person(contract)
            }
            (Eligible, Eligible) | (EligibleAtLeast, EligibleAtLeast) => grant_change(old, new, contract),
        }
    }

    /// The change as it is for the person: where it is a liability to be eligible, who becomes so loses.
    fn for_person(self, contract: &Contract) -> Self {
        match (contract.eligible, self) {
            (EligibleMeaning::Liability, Self::Gains) => Self::Loses,
            (EligibleMeaning::Liability, Self::Loses) => Self::Gains,
            (EligibleMeaning::Benefit | EligibleMeaning::Liability, change) => change,
        }
    }
}

fn grant_change(old: &CaseOutcome, new: &CaseOutcome, contract: &Contract) -> OutcomeChange {
    if old.grants_same(new) {
        return OutcomeChange::Same;
    }
    let names: BTreeSet<&String> = old.amounts.keys().chain(new.amounts.keys()).collect();
    let is_better = |name: &str, more: bool| {
        let field = contract.grant.iter().find(|field| field.name.is(name));
        match field.map_or(Better::More, |field| field.better) {
            Better::More => more,
            Better::Less => !more,
            Better::Neither => false,
        }
    };
    let gains = names
        .iter()
        .any(|name| new.amount(name) != old.amount(name) && is_better(name, new.amount(name) > old.amount(name)));
    let loses = names
        .iter()
        .any(|name| new.amount(name) != old.amount(name) && is_better(name, new.amount(name) < old.amount(name)));
    match (gains, loses) {
        (true, false) => OutcomeChange::Gains,
        (false, true) => OutcomeChange::Loses,
        (true, true) | (false, false) => OutcomeChange::Otherwise,
    }
}
