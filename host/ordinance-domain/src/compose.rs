//! Composition: what follows from the answers of several levels. The upper law binds: an answer outside its bounds is
//! replaced by the nearest lawful one and recorded as a violation of the rule that gave it.
//!
//! What binds a level is the contract and what each level above it adds; all of it holds at once. A level that inherits
//! nothing is bound by the numbers alone. What each bound does is said in `outcome_within` (the outcome) and `within`
//! (one grant field) and nowhere else. The module must never call a rule and never turn a failure or a missing fact
//! into a refusal.

mod bound_stack;
mod within;

use crate::answer::{Answer, Determination, Grant};
use crate::bounds::{LevelBounds, OutcomeBound};
use crate::calendar::Date;
use crate::contract::Contract;
use crate::decision::{BoundSubject, Layer, LayerStatus, Outcome, UndeterminedReason, Violation};
use crate::name::FieldName;

use bound_stack::BoundStack;
use within::{alone, grant_within, is_settled};

/// What the levels so far have decided.
#[derive(Debug, Clone, PartialEq, Eq)]
enum InterimOutcome {
    NoRule,
    Eligible(Grant),
    Ineligible,
    Unknown,
}

/// What a rule inherits from the levels above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InheritedGrant<'a> {
    /// They grant this.
    Grant(&'a Grant),
    /// They grant nothing.
    Nothing,
    /// It can't be said yet what they grant.
    Unknown,
}

/// The composition of a chain on one day, level by level from the top.
#[derive(Debug)]
pub struct Composition<'a> {
    bounds: BoundStack<'a>,
    standing: InterimOutcome,
    layers: Vec<Layer>,
    deciding: DecidingLayers,
}

/// What a chain comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct ComposedOutcome {
    /// The outcome.
    pub outcome: Outcome,
    /// Every level, top first, with its violations.
    pub layers: Vec<Layer>,
    /// Which layers decided, by their place in the chain.
    pub deciding: Vec<usize>,
}

/// Which layers the standing rests on.
#[derive(Debug, Default)]
struct DecidingLayers {
    outcome: Vec<usize>,
    fields: Vec<(FieldName, usize)>,
}

impl<'a> Composition<'a> {
    /// Begins above the top level.
    #[must_use]
    pub fn new(contract: &'a Contract, day: Date) -> Self {
        Self {
            bounds: BoundStack::new(contract, day),
            standing: InterimOutcome::NoRule,
            layers: Vec::new(),
            deciding: DecidingLayers::default(),
        }
    }

    /// What the next level inherits.
    #[must_use]
    pub fn inherited(&self) -> InheritedGrant<'_> {
        match &self.standing {
            InterimOutcome::Eligible(grant) => InheritedGrant::Grant(grant),
            InterimOutcome::NoRule | InterimOutcome::Ineligible => InheritedGrant::Nothing,
            InterimOutcome::Unknown => InheritedGrant::Unknown,
        }
    }

    /// Adds the next level, and the bounds that it sets for those below it; whatever violations the layer already holds
    /// are replaced by those found here.
    pub fn add(&mut self, mut layer: Layer, for_lower: Option<&'a LevelBounds>) {
        layer.violations.clear();
        let upper = std::mem::replace(&mut self.standing, InterimOutcome::Unknown);
        let before = upper.clone();
        self.standing = match &layer.status {
            LayerStatus::Silent { .. } => upper,
            LayerStatus::Failed(_) => InterimOutcome::Unknown,
            LayerStatus::MissingFacts(_) | LayerStatus::Waiting => {
                outcome_within(&self.bounds, upper, &Determination::Undetermined, &mut layer.violations)
            }
            LayerStatus::Applied { answer, .. } => {
                outcome_within(&self.bounds, upper, &answer.determination, &mut layer.violations)
            }
        };
        self.deciding.note(&self.bounds, &before, &self.standing, &layer, self.layers.len());
        self.layers.push(layer);
        self.bounds.below(for_lower);
    }

    /// Ends below the last level.
    #[must_use]
    pub fn finish(self) -> ComposedOutcome {
        let failed = self.layers.iter().any(|layer| matches!(layer.status, LayerStatus::Failed(_)));
        let outcome = match self.standing {
            _ if failed => Outcome::Undetermined(UndeterminedReason::FailedRule),
            InterimOutcome::NoRule => Outcome::Undetermined(UndeterminedReason::NoRuleInForce),
            InterimOutcome::Eligible(grant) => Outcome::Eligible(grant),
            InterimOutcome::Ineligible => Outcome::Ineligible,
            InterimOutcome::Unknown => Outcome::Undetermined(why_unknown(&self.layers)),
        };
        let deciding = match outcome {
            Outcome::Eligible(_) | Outcome::Ineligible => self.deciding.layers(),
            Outcome::Undetermined(_) => Vec::new(),
        };
        ComposedOutcome { outcome, layers: self.layers, deciding }
    }
}

impl DecidingLayers {
    /// Notes what a level changed: the outcome, or fields of the grant.
    fn note(
        &mut self,
        bounds: &BoundStack<'_>,
        before: &InterimOutcome,
        after: &InterimOutcome,
        layer: &Layer,
        index: usize,
    ) {
        let turned = std::mem::discriminant(before) != std::mem::discriminant(after);
        let agrees = match (&layer.status, after) {
            (LayerStatus::Applied { answer, .. }, InterimOutcome::Eligible(_)) => {
                matches!(answer.determination, Determination::Eligible(_))
            }
            (LayerStatus::Applied { answer, .. }, InterimOutcome::Ineligible) => {
                answer.determination == Determination::Ineligible
            }
            (_, _) => false,
        };
        match bounds.outcome() {
            _ if turned => *self = Self { outcome: vec![index], fields: Vec::new() },
            OutcomeBound::Delegated if agrees => self.outcome = vec![index],
            OutcomeBound::Both if agrees => self.outcome.push(index),
            // Where a lower level could have said otherwise, that it agrees decides too.
            OutcomeBound::Floor if agrees && *after == InterimOutcome::Ineligible => self.outcome.push(index),
            OutcomeBound::Ceiling if agrees && *after != InterimOutcome::Ineligible => self.outcome.push(index),
            OutcomeBound::Floor
            | OutcomeBound::Ceiling
            | OutcomeBound::Both
            | OutcomeBound::Delegated
            | OutcomeBound::Fixed => {}
        }
        let InterimOutcome::Eligible(grant) = after else { return };
        let inherited = match before {
            InterimOutcome::Eligible(grant) => Some(grant),
            InterimOutcome::NoRule | InterimOutcome::Ineligible | InterimOutcome::Unknown => None,
        };
        for (name, value) in &grant.0 {
            if inherited.and_then(|inherited| inherited.get(name)) != Some(value) {
                if !bounds.sums(name) {
                    self.fields.retain(|(field, _)| field != name);
                }
                self.fields.push((name.clone(), index));
            }
        }
    }

    fn layers(self) -> Vec<usize> {
        let mut layers: Vec<usize> =
            self.outcome.into_iter().chain(self.fields.into_iter().map(|(_, index)| index)).collect();
        layers.sort_unstable();
        layers.dedup();
        layers
    }
}

fn why_unknown(layers: &[Layer]) -> UndeterminedReason {
    let mut missing: Vec<String> = Vec::new();
    for path in layers.iter().flat_map(missing_in) {
        if !missing.contains(path) {
            missing.push(path.clone());
        }
    }
    if missing.is_empty() { UndeterminedReason::RuleUndetermined } else { UndeterminedReason::MissingFacts(missing) }
}

fn missing_in(layer: &Layer) -> &[String] {
    match &layer.status {
        LayerStatus::MissingFacts(missing) => missing,
        LayerStatus::Applied { answer: Answer { determination: Determination::Undetermined, .. }, missing } => missing,
        LayerStatus::Applied { .. } | LayerStatus::Silent { .. } | LayerStatus::Waiting | LayerStatus::Failed(_) => &[],
    }
}

/// What stands after a level's word, within the bounds on the outcome.
fn outcome_within(
    bounds: &BoundStack<'_>,
    upper: InterimOutcome,
    lower: &Determination,
    violations: &mut Vec<Violation>,
) -> InterimOutcome {
    use OutcomeBound::{Both, Ceiling, Delegated, Fixed, Floor};
    match (bounds.outcome(), upper, lower) {
        (_, InterimOutcome::NoRule, _) | (Delegated, InterimOutcome::Ineligible, _) => {
            standing_of(bounds, lower, violations)
        }
        (_, InterimOutcome::Eligible(inherited), Determination::Eligible(grant)) => {
            InterimOutcome::Eligible(grant_within(bounds, Some(&inherited), grant, violations))
        }
        (Floor | Fixed, InterimOutcome::Eligible(inherited), Determination::Undetermined) => {
            if is_settled(bounds, &inherited) { InterimOutcome::Eligible(inherited) } else { InterimOutcome::Unknown }
        }
        (Floor | Fixed, InterimOutcome::Eligible(inherited), Determination::Ineligible) => {
            violations.extend(bounds.forbids_denial());
            InterimOutcome::Eligible(inherited)
        }
        (Ceiling | Both | Delegated, InterimOutcome::Eligible(_), Determination::Ineligible) => {
            InterimOutcome::Ineligible
        }
        (Ceiling | Both | Delegated, InterimOutcome::Eligible(_), Determination::Undetermined) => {
            InterimOutcome::Unknown
        }
        (Floor, InterimOutcome::Ineligible, _) => standing_of(bounds, lower, violations),
        (Ceiling | Both | Fixed, InterimOutcome::Ineligible, Determination::Eligible(_)) => {
            violations.extend(bounds.forbids_grant());
            InterimOutcome::Ineligible
        }
        (
            Ceiling | Both | Fixed,
            InterimOutcome::Ineligible,
            Determination::Ineligible | Determination::Undetermined,
        ) => InterimOutcome::Ineligible,
        // Whatever the upper levels turn out to say, this word stands; only the amount may still hang on theirs.
        (Floor | Delegated, InterimOutcome::Unknown, Determination::Eligible(grant)) => {
            alone(bounds, grant, violations).map_or(InterimOutcome::Unknown, InterimOutcome::Eligible)
        }
        (Ceiling | Both | Delegated, InterimOutcome::Unknown, Determination::Ineligible) => InterimOutcome::Ineligible,
        (Floor | Fixed, InterimOutcome::Unknown, Determination::Ineligible)
        | (Ceiling | Both | Fixed, InterimOutcome::Unknown, Determination::Eligible(_))
        | (_, InterimOutcome::Unknown, Determination::Undetermined) => InterimOutcome::Unknown,
    }
}

/// What a level's word comes to where nothing is inherited.
fn standing_of(
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
    /// The violation of denying whom the upper levels grant.
    fn forbids_denial(&self) -> Option<Violation> {
        self.outcome_violation(|bound| matches!(bound, OutcomeBound::Floor | OutcomeBound::Fixed))
    }

    /// The violation of granting to whom the upper levels deny; none where all levels must agree, since to disagree is
    /// no breach.
    fn forbids_grant(&self) -> Option<Violation> {
        self.outcome_violation(|bound| matches!(bound, OutcomeBound::Ceiling | OutcomeBound::Fixed))
    }

    fn outcome_violation(&self, forbids: impl Fn(OutcomeBound) -> bool) -> Option<Violation> {
        let found = self.outcomes().find(|set| forbids(set.bound.kind))?;
        Some(Violation {
            subject: BoundSubject::Outcome,
            set_by: found.set_by.cloned(),
            bound: found.bound.kind.as_str().to_owned(),
            provision: found.bound.provision.clone(),
        })
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
