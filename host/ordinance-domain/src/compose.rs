//! Composition: what follows from the answers of several levels. The upper law binds: an answer outside its bounds is
//! replaced by the nearest lawful one and recorded as a violation of the rule that gave it.
//!
//! A new kind of bound is added in `outcome_within` or `field_within` and nowhere else. The module must never call
//! a rule and never turn a failure or a missing fact into a refusal.

use crate::answer::{Answer, Determination, Grant};
use crate::bounds::{GrantBound, OutcomeBound};
use crate::contract::{Contract, GrantField};
use crate::decision::{Layer, LayerStatus, Outcome, Subject, Undetermined, Violation};
use crate::value::Value;

/// What the levels so far have decided.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    NoRule,
    Eligible(Grant),
    Ineligible,
    Unknown,
}

/// What a rule inherits from the levels above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inherited<'a> {
    /// They grant this.
    Grant(&'a Grant),
    /// They grant nothing.
    Nothing,
    /// It can't be said yet what they grant.
    Unknown,
}

/// The composition of a chain, level by level from the top.
#[derive(Debug)]
pub struct Composition<'a> {
    contract: &'a Contract,
    standing: Standing,
    layers: Vec<Layer>,
}

impl<'a> Composition<'a> {
    /// Begins above the top level.
    #[must_use]
    pub fn new(contract: &'a Contract) -> Self {
        Self { contract, standing: Standing::NoRule, layers: Vec::new() }
    }

    /// What the next level inherits.
    #[must_use]
    pub fn inherited(&self) -> Inherited<'_> {
        match &self.standing {
            Standing::Eligible(grant) => Inherited::Grant(grant),
            Standing::NoRule | Standing::Ineligible => Inherited::Nothing,
            Standing::Unknown => Inherited::Unknown,
        }
    }

    /// Adds the next level; whatever violations the layer already holds are replaced by those found here.
    pub fn add(&mut self, mut layer: Layer) {
        layer.violations.clear();
        let standing = std::mem::replace(&mut self.standing, Standing::Unknown);
        self.standing = match &layer.status {
            LayerStatus::Silent => standing,
            LayerStatus::Failed(_) => Standing::Unknown,
            LayerStatus::MissingFacts(_) | LayerStatus::Waiting => {
                outcome_within(self.contract, standing, &Determination::Undetermined, &mut layer.violations)
            }
            LayerStatus::Applied { answer, .. } => {
                outcome_within(self.contract, standing, &answer.determination, &mut layer.violations)
            }
        };
        self.layers.push(layer);
    }

    /// Ends below the last level.
    #[must_use]
    pub fn finish(self) -> (Outcome, Vec<Layer>) {
        let failed = self.layers.iter().any(|layer| matches!(layer.status, LayerStatus::Failed(_)));
        let outcome = match self.standing {
            _ if failed => Outcome::Undetermined(Undetermined::FailedRule),
            Standing::NoRule => Outcome::Undetermined(Undetermined::NoRuleInForce),
            Standing::Eligible(grant) => Outcome::Eligible(grant),
            Standing::Ineligible => Outcome::Ineligible,
            Standing::Unknown => Outcome::Undetermined(why_unknown(&self.layers)),
        };
        (outcome, self.layers)
    }
}

fn why_unknown(layers: &[Layer]) -> Undetermined {
    let mut missing: Vec<String> = Vec::new();
    for path in layers.iter().flat_map(missing_in) {
        if !missing.contains(path) {
            missing.push(path.clone());
        }
    }
    if missing.is_empty() { Undetermined::RuleUndetermined } else { Undetermined::MissingFacts(missing) }
}

fn missing_in(layer: &Layer) -> &[String] {
    match &layer.status {
        LayerStatus::MissingFacts(missing) => missing,
        LayerStatus::Applied { answer: Answer { determination: Determination::Undetermined, .. }, missing } => missing,
        LayerStatus::Applied { .. } | LayerStatus::Silent | LayerStatus::Waiting | LayerStatus::Failed(_) => &[],
    }
}

/// What stands after a level's word, within the contract's bound on the outcome.
fn outcome_within(
    contract: &Contract,
    upper: Standing,
    lower: &Determination,
    violations: &mut Vec<Violation>,
) -> Standing {
    match (contract.outcome.kind, upper, lower) {
        (_, Standing::NoRule, _) => standing_of(lower),
        (_, Standing::Eligible(inherited), Determination::Eligible(grant)) => {
            Standing::Eligible(grant_within(contract, &inherited, grant, violations))
        }
        (_, Standing::Eligible(inherited), Determination::Undetermined) => {
            if grant_is_settled(contract, &inherited) {
                Standing::Eligible(inherited)
            } else {
                Standing::Unknown
            }
        }
        (OutcomeBound::Floor | OutcomeBound::Fixed, Standing::Eligible(inherited), Determination::Ineligible) => {
            violations.push(outcome_violation(contract));
            Standing::Eligible(inherited)
        }
        (OutcomeBound::Floor, Standing::Ineligible, _) => standing_of(lower),
        (OutcomeBound::Fixed, Standing::Ineligible, Determination::Eligible(_)) => {
            violations.push(outcome_violation(contract));
            Standing::Ineligible
        }
        (OutcomeBound::Fixed, Standing::Ineligible, Determination::Ineligible | Determination::Undetermined) => {
            Standing::Ineligible
        }
        // Whatever the upper levels turn out to grant, a floor lets this level grant more; only the amount is open.
        (OutcomeBound::Floor, Standing::Unknown, Determination::Eligible(grant)) if contract.grant.is_empty() => {
            Standing::Eligible(grant.clone())
        }
        (OutcomeBound::Floor | OutcomeBound::Fixed, Standing::Unknown, _) => Standing::Unknown,
    }
}

fn standing_of(determination: &Determination) -> Standing {
    match determination {
        Determination::Eligible(grant) => Standing::Eligible(grant.clone()),
        Determination::Ineligible => Standing::Ineligible,
        Determination::Undetermined => Standing::Unknown,
    }
}

fn outcome_violation(contract: &Contract) -> Violation {
    Violation {
        subject: Subject::Outcome,
        bound: contract.outcome.kind.as_str(),
        provision: contract.outcome.provision.clone(),
    }
}

/// Whether no lower level could change the grant any more.
fn grant_is_settled(contract: &Contract, grant: &Grant) -> bool {
    contract.grant.iter().all(|field| field.bound.kind == GrantBound::Fixed && grant.get(&field.name).is_some())
}

fn grant_within(contract: &Contract, inherited: &Grant, lower: &Grant, violations: &mut Vec<Violation>) -> Grant {
    let mut fields = Vec::with_capacity(contract.grant.len());
    for field in &contract.grant {
        let value = match (inherited.get(&field.name), lower.get(&field.name)) {
            (None, None) => continue,
            (Some(value), None) | (None, Some(value)) => value.clone(),
            (Some(inherited), Some(given)) => match field_within(field, inherited, given) {
                Within::Bounds(value) => value,
                Within::Replaced(value) => {
                    violations.push(field_violation(field));
                    value
                }
            },
        };
        fields.push((field.name.clone(), value));
    }
    Grant(fields)
}

enum Within {
    Bounds(Value),
    Replaced(Value),
}

/// A lower level's value of a grant field, or the nearest lawful one.
fn field_within(field: &GrantField, inherited: &Value, given: &Value) -> Within {
    match field.bound.kind {
        GrantBound::AtLeastInherited => match given.compare(inherited) {
            Some(std::cmp::Ordering::Less) | None => Within::Replaced(inherited.clone()),
            Some(_) => Within::Bounds(given.clone()),
        },
        GrantBound::Sum => match inherited.checked_add(given) {
            Some(sum) if field.fact_type.admits(&sum) => Within::Bounds(sum),
            Some(sum) => Within::Replaced(field.fact_type.nearest(sum)),
            None => Within::Replaced(inherited.clone()),
        },
        GrantBound::Fixed if given == inherited => Within::Bounds(given.clone()),
        GrantBound::Fixed => Within::Replaced(inherited.clone()),
    }
}

fn field_violation(field: &GrantField) -> Violation {
    Violation {
        subject: Subject::Grant(field.name.clone()),
        bound: field.bound.kind.as_str(),
        provision: field.bound.provision.clone(),
    }
}

#[cfg(test)]
mod tests;
