//! Composition: what follows from the answers of several levels. The upper law binds: composition replaces an answer
//! outside its bounds by the nearest lawful one and records a violation of the rule that gave it.
//!
//! The bounds of the contract and of each level above bind a level, all at once. Only the numbers bind a level that
//! inherits nothing. `outcome_within` says what each bound does to the outcome, and `within` what it does to one
//! grant field; no other place does. This module must never call a rule, and never turn a failure or a missing fact
//! into a denial.

mod bound_stack;
mod within;

use std::sync::Arc;

use crate::answer::{Determination, Grant};
use crate::bounds::{LevelBounds, OutcomeBound};
use crate::calendar::LawDay;
use crate::contract::Contract;
use crate::decision::{BoundSubject, Layer, LayerStatus, Outcome, UndeterminedReason, Violation};
use crate::jurisdiction::JurisdictionCode;
use crate::name::FieldName;
use crate::rule_head::RuleHead;

use bound_stack::BoundStack;
use within::{grant_above, grant_within, grant_without_inherited, is_settled, least_grant};

/// The outcome of the levels composed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
enum InterimOutcome {
    NoRule,
    Eligible(Grant),
    /// Upper law grants under a floor. No lower level can take away this grant, and what a level adds is unknown.
    AtLeast(Grant),
    Ineligible,
    Unknown,
}

/// The grant that a level inherits from the levels above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InheritedGrant<'a> {
    /// The upper levels grant this.
    Grant(&'a Grant),
    /// The upper levels grant nothing.
    Nothing,
    /// The outcome of the upper levels is undetermined, or what they grant isn't final.
    Unknown,
}

/// The composition of the levels of a chain on one day. The caller adds them one by one from the top.
#[derive(Debug)]
pub struct Composition<'a> {
    bounds: BoundStack<'a>,
    interim: InterimOutcome,
    /// Whether a rule failed on which the outcome depends.
    depends_on_failed: bool,
    layers: Vec<Layer>,
    deciding: DecidingLayers,
}

/// The composed outcome of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct ComposedOutcome {
    /// The outcome of all levels together.
    pub outcome: Outcome,
    /// Every level, top first, with its violations.
    pub layers: Vec<Layer>,
    /// Indices of the layers that decided; empty if the outcome is undetermined.
    pub deciding: Vec<usize>,
}

/// Indices of the layers that decided the interim outcome, and of those that set a field of its grant.
#[derive(Debug, Default)]
struct DecidingLayers {
    outcome: Vec<usize>,
    fields: Vec<(FieldName, usize)>,
}

impl<'a> Composition<'a> {
    /// A composition without levels yet.
    #[must_use]
    pub fn new(contract: &'a Contract, day: LawDay) -> Self {
        Self {
            bounds: BoundStack::new(contract, day),
            interim: InterimOutcome::NoRule,
            depends_on_failed: false,
            layers: Vec::new(),
            deciding: DecidingLayers::default(),
        }
    }

    /// The grant that the next level inherits.
    #[must_use]
    pub fn inherited(&self) -> InheritedGrant<'_> {
        match &self.interim {
            InterimOutcome::Eligible(grant) => InheritedGrant::Grant(grant),
            InterimOutcome::NoRule | InterimOutcome::Ineligible => InheritedGrant::Nothing,
            InterimOutcome::AtLeast(_) | InterimOutcome::Unknown => InheritedGrant::Unknown,
        }
    }

    /// Adds the next level with the rule in force there and its status, and the bounds that it sets for the levels
    /// below it.
    pub fn add(
        &mut self,
        jurisdiction: JurisdictionCode,
        rule: Option<Arc<RuleHead>>,
        status: LayerStatus,
        for_lower: Option<&'a LevelBounds>,
    ) {
        let mut violations = Vec::new();
        let upper = &self.interim;
        let after = match &status {
            LayerStatus::Silent { .. } => None,
            LayerStatus::Failed(_) if !self.is_floor_met(upper) => {
                self.depends_on_failed = true;
                Some(InterimOutcome::Unknown)
            }
            LayerStatus::Failed(_) | LayerStatus::MissingFacts(_) | LayerStatus::Waiting => {
                Some(outcome_within(&self.bounds, upper, &Determination::Undetermined, &mut violations))
            }
            LayerStatus::Applied { answer, .. } => {
                Some(outcome_within(&self.bounds, upper, &answer.determination, &mut violations))
            }
        };
        let layer = Layer { jurisdiction, rule, status, violations };
        if let Some(after) = after {
            self.deciding.add_layer(&self.bounds, &self.interim, &after, &layer, self.layers.len());
            self.interim = after;
        }
        self.layers.push(layer);
        self.bounds.descend(for_lower);
    }

    /// Whether upper law grants and the next level can't take that away, whatever it answers.
    fn is_floor_met(&self, upper: &InterimOutcome) -> bool {
        let grants = matches!(upper, InterimOutcome::Eligible(_) | InterimOutcome::AtLeast(_));
        grants && matches!(self.bounds.outcome(), OutcomeBound::Floor | OutcomeBound::Fixed)
    }

    /// The outcome of the levels added so far.
    #[must_use]
    pub fn finish(self) -> ComposedOutcome {
        let outcome = match self.interim {
            _ if self.depends_on_failed => Outcome::Undetermined(UndeterminedReason::FailedRule),
            InterimOutcome::NoRule => Outcome::Undetermined(UndeterminedReason::NoRuleInForce),
            InterimOutcome::Eligible(grant) => Outcome::Eligible(grant),
            InterimOutcome::AtLeast(least) => Outcome::EligibleAtLeast { least, open: open_reason(&self.layers) },
            InterimOutcome::Ineligible => Outcome::Ineligible,
            InterimOutcome::Unknown => Outcome::Undetermined(undetermined_reason(&self.layers)),
        };
        let deciding = match outcome {
            Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. } | Outcome::Ineligible => self.deciding.layers(),
            Outcome::Undetermined(_) => Vec::new(),
        };
        ComposedOutcome { outcome, layers: self.layers, deciding }
    }
}

impl DecidingLayers {
    /// Adds a layer if it changed or confirmed the outcome, or changed fields of the grant.
    fn add_layer(
        &mut self,
        bounds: &BoundStack<'_>,
        before: &InterimOutcome,
        after: &InterimOutcome,
        layer: &Layer,
        index: usize,
    ) {
        let has_changed = before.kind() != after.kind();
        let agrees = match (&layer.status, after) {
            (LayerStatus::Applied { answer, .. }, InterimOutcome::Eligible(_) | InterimOutcome::AtLeast(_)) => {
                matches!(answer.determination, Determination::Eligible(_))
            }
            (LayerStatus::Applied { answer, .. }, InterimOutcome::Ineligible) => {
                answer.determination == Determination::Ineligible
            }
            (_, _) => false,
        };
        match bounds.outcome() {
            _ if has_changed => *self = Self { outcome: vec![index], fields: Vec::new() },
            OutcomeBound::Delegated if agrees => self.outcome = vec![index],
            OutcomeBound::Both if agrees => self.outcome.push(index),
            // The lower level could have decided otherwise, so its agreement decides too.
            OutcomeBound::Floor if agrees && *after == InterimOutcome::Ineligible => self.outcome.push(index),
            OutcomeBound::Ceiling if agrees && *after != InterimOutcome::Ineligible => self.outcome.push(index),
            OutcomeBound::Floor
            | OutcomeBound::Ceiling
            | OutcomeBound::Both
            | OutcomeBound::Delegated
            | OutcomeBound::Fixed => {}
        }
        let Some(grant) = after.grant() else { return };
        let inherited = before.grant();
        let answers = matches!(layer.status, LayerStatus::Applied { .. });
        for (name, value) in &grant.0 {
            // A level without an answer sets no field, even if it makes what is certain of it less.
            if answers && inherited.and_then(|inherited| inherited.get(name)) != Some(value) {
                if !bounds.sums(name) {
                    self.fields.retain(|(field, _)| field != name);
                }
                self.fields.push((name.clone(), index));
            }
        }
    }

    fn layers(self) -> Vec<usize> {
        let mut layers = self.outcome;
        layers.extend(self.fields.into_iter().map(|(_, index)| index));
        layers.sort_unstable();
        layers.dedup();
        layers
    }
}

impl InterimOutcome {
    /// The word of the outcome, without its grant.
    fn kind(&self) -> &'static str {
        match self {
            Self::NoRule => "no-rule",
            Self::Eligible(_) | Self::AtLeast(_) => "eligible",
            Self::Ineligible => "ineligible",
            Self::Unknown => "unknown",
        }
    }

    /// What is granted for certain.
    fn grant(&self) -> Option<&Grant> {
        match self {
            Self::Eligible(grant) | Self::AtLeast(grant) => Some(grant),
            Self::NoRule | Self::Ineligible | Self::Unknown => None,
        }
    }
}

/// Why it is open what lower levels add to a grant.
fn open_reason(layers: &[Layer]) -> UndeterminedReason {
    match layers.iter().any(|layer| matches!(layer.status, LayerStatus::Failed(_))) {
        true => UndeterminedReason::FailedRule,
        false => undetermined_reason(layers),
    }
}

fn undetermined_reason(layers: &[Layer]) -> UndeterminedReason {
    let mut missing: Vec<String> = Vec::new();
    let awaited = layers.iter().filter_map(|layer| layer.status.awaited_facts());
    for path in awaited.flat_map(|unknown| &unknown.missing) {
        if !missing.contains(path) {
            missing.push(path.clone());
        }
    }
    match missing.is_empty() {
        true => UndeterminedReason::without_missing_facts(layers.iter().map(|layer| &layer.status)),
        false => UndeterminedReason::MissingFacts(missing),
    }
}

/// The outcome after a level's determination, within the bounds on the outcome.
fn outcome_within(
    bounds: &BoundStack<'_>,
    upper: &InterimOutcome,
    lower: &Determination,
    violations: &mut Vec<Violation>,
) -> InterimOutcome {
    use OutcomeBound::{Both, Ceiling, Delegated, Fixed, Floor};
    match (bounds.outcome(), upper, lower) {
        (_, InterimOutcome::NoRule, _) | (Delegated, InterimOutcome::Ineligible, _) => {
            outcome_without_inherited(bounds, lower, violations)
        }
        (_, InterimOutcome::Eligible(inherited), Determination::Eligible(grant)) => {
            InterimOutcome::Eligible(grant_within(bounds, Some(inherited), grant, violations))
        }
        (Floor | Fixed, InterimOutcome::Eligible(inherited), Determination::Undetermined) => {
            match is_settled(bounds, inherited) {
                true => InterimOutcome::Eligible(inherited.clone()),
                false => InterimOutcome::AtLeast(least_grant(bounds, inherited)),
            }
        }
        (Floor | Fixed, InterimOutcome::AtLeast(certain), Determination::Undetermined) => {
            InterimOutcome::AtLeast(least_grant(bounds, certain))
        }
        (Floor | Fixed, InterimOutcome::AtLeast(certain), Determination::Ineligible) => {
            violations.extend(bounds.forbids_denial());
            InterimOutcome::AtLeast(certain.clone())
        }
        (_, InterimOutcome::AtLeast(certain), Determination::Eligible(grant)) => {
            match grant_without_inherited(bounds, grant, violations) {
                Some(grant) => InterimOutcome::Eligible(grant),
                None => InterimOutcome::AtLeast(grant_above(bounds, certain, grant, violations)),
            }
        }
        (Floor | Fixed, InterimOutcome::Eligible(inherited), Determination::Ineligible) => {
            violations.extend(bounds.forbids_denial());
            InterimOutcome::Eligible(inherited.clone())
        }
        (
            Ceiling | Both | Delegated,
            InterimOutcome::Eligible(_) | InterimOutcome::AtLeast(_),
            Determination::Ineligible,
        ) => InterimOutcome::Ineligible,
        (
            Ceiling | Both | Delegated,
            InterimOutcome::Eligible(_) | InterimOutcome::AtLeast(_),
            Determination::Undetermined,
        ) => InterimOutcome::Unknown,
        (Floor, InterimOutcome::Ineligible, _) => outcome_without_inherited(bounds, lower, violations),
        (Ceiling | Both | Fixed, InterimOutcome::Ineligible, Determination::Eligible(_)) => {
            violations.extend(bounds.forbids_grant());
            InterimOutcome::Ineligible
        }
        (
            Ceiling | Both | Fixed,
            InterimOutcome::Ineligible,
            Determination::Ineligible | Determination::Undetermined,
        ) => InterimOutcome::Ineligible,
        // This determination holds whatever the upper levels determine; only the amount may still depend on theirs.
        (Floor | Delegated, InterimOutcome::Unknown, Determination::Eligible(grant)) => {
            grant_without_inherited(bounds, grant, violations).map_or(InterimOutcome::Unknown, InterimOutcome::Eligible)
        }
        (Ceiling | Both | Delegated, InterimOutcome::Unknown, Determination::Ineligible) => InterimOutcome::Ineligible,
        (Floor | Fixed, InterimOutcome::Unknown, Determination::Ineligible)
        | (Ceiling | Both | Fixed, InterimOutcome::Unknown, Determination::Eligible(_))
        | (_, InterimOutcome::Unknown, Determination::Undetermined) => InterimOutcome::Unknown,
    }
}

/// The outcome of a level's determination if it inherits nothing.
fn outcome_without_inherited(
    bounds: &BoundStack<'_>,
    determination: &Determination,
    violations: &mut Vec<Violation>,
) -> InterimOutcome {
    match determination {
        Determination::Eligible(grant) => InterimOutcome::Eligible(grant_within(bounds, None, grant, violations)),
        Determination::Ineligible => InterimOutcome::Ineligible,
        Determination::Undetermined => InterimOutcome::Unknown,
    }
}

impl BoundStack<'_> {
    /// The violation of a level that denies although the upper levels grant.
    fn forbids_denial(&self) -> Option<Violation> {
        self.outcome_violation(|bound| matches!(bound, OutcomeBound::Floor | OutcomeBound::Fixed))
    }

    /// The violation of a level that grants although the upper levels deny; `None` if all levels must agree, since then
    /// disagreement is no violation.
    fn forbids_grant(&self) -> Option<Violation> {
        self.outcome_violation(|bound| matches!(bound, OutcomeBound::Ceiling | OutcomeBound::Fixed))
    }

    fn outcome_violation(&self, forbids: impl Fn(OutcomeBound) -> bool) -> Option<Violation> {
        let violated = self.outcomes().find(|attributed| forbids(attributed.bound.kind))?;
        Some(Violation {
            subject: BoundSubject::Outcome,
            set_by: violated.set_by.cloned(),
            bound: violated.bound.kind.as_str().to_owned(),
            provision: violated.bound.provision.clone(),
        })
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod tests;
