//! What the recipient of a decision is told of it.
//!
//! Where privacy law hides facts from the recipient, the telling must be the same for all values of them that lead to the
//! same outcome. So a layer that rests on a hidden fact is told as hidden, and whatever depends on how such layers
//! answered is left out: who decided, what was granted, breaches of bounds, which rules were called. Of the missing facts
//! all are told, since to narrow them would tell what the others are. Replies are made from a [`Told`] alone; only what is
//! recorded for auditors is made from the decision itself.

use std::borrow::Cow;
use std::ops::Deref;

use crate::answer::{Finding, Grant};
use crate::decision::{Decision, Layer, LayerStatus, Outcome, RuleHead, Undetermined};
use crate::name::{FieldName, Id};
use crate::privacy::Gate;

/// A decision as its recipient is told it.
#[derive(Debug, Clone)]
pub struct Told<'a> {
    decision: Cow<'a, Decision>,
    is_in_part: bool,
}

impl Deref for Told<'_> {
    type Target = Decision;

    fn deref(&self) -> &Decision {
        &self.decision
    }
}

impl<'a> Told<'a> {
    /// What the recipient that the decision was made for is told of it.
    #[must_use]
    pub fn of(decision: &'a Decision) -> Self {
        if decision.gate.hides_nothing() {
            return Self { decision: Cow::Borrowed(decision), is_in_part: false };
        }
        Self { decision: Cow::Owned(in_part(decision)), is_in_part: true }
    }

    /// Whether the decision rests on facts that the recipient may not be shown: the outcome is told, and not what is
    /// granted.
    #[must_use]
    pub fn is_in_part(&self) -> bool {
        self.is_in_part
    }
}

fn in_part(decision: &Decision) -> Decision {
    let mut is_hidden_above = false;
    let layers = decision.layers.iter().map(|layer| told_layer(layer, &decision.gate, &mut is_hidden_above)).collect();
    let declared = decision.gate.decide.facts.iter().map(|ruled| &ruled.fact);
    let outcome = told_outcome(decision);
    Decision {
        cut_short: matches!(outcome, Outcome::Undetermined(Undetermined::MissingFacts(_))),
        outcome,
        layers,
        deciding: Vec::new(),
        regardless_of: Vec::new(),
        used: declared.filter(|fact| !decision.lacking.contains(fact)).cloned().collect(),
        ..decision.clone()
    }
}

/// The outcome, without what is granted; where facts are missing, with all of them.
fn told_outcome(decision: &Decision) -> Outcome {
    match &decision.outcome {
        Outcome::Eligible(_) => Outcome::Eligible(Grant::default()),
        Outcome::Ineligible => Outcome::Ineligible,
        Outcome::Undetermined(why @ (Undetermined::FailedRule | Undetermined::NoRuleInForce)) => {
            Outcome::Undetermined(why.clone())
        }
        Outcome::Undetermined(Undetermined::MissingFacts(_) | Undetermined::RuleUndetermined) => {
            let missing = missing_for_any_values(decision);
            Outcome::Undetermined(match missing.is_empty() {
                true => Undetermined::RuleUndetermined,
                false => Undetermined::MissingFacts(missing),
            })
        }
    }
}

/// The facts that the rules read and that are missing, and the missing parts, without which a rule can't be called, of facts
/// that the recipient may be shown.
fn missing_for_any_values(decision: &Decision) -> Vec<String> {
    let is_part_of = |path: &str, fact: &FieldName| {
        path.strip_prefix(fact.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
    };
    let may_be_told = |path: &&String| {
        decision
            .gate
            .decide
            .facts
            .iter()
            .any(|ruled| is_part_of(path, &ruled.fact) && !decision.gate.hides(&ruled.fact))
    };
    let mut missing: Vec<String> = decision.lacking.iter().map(ToString::to_string).collect();
    for layer in &decision.layers {
        let LayerStatus::MissingFacts(paths) = &layer.status else { continue };
        for path in paths.iter().filter(may_be_told) {
            if !missing.contains(path) {
                missing.push(path.clone());
            }
        }
    }
    missing
}

/// A layer as it is told. It is hidden if its rule reads a hidden fact, or builds on what a hidden layer above grants.
fn told_layer(layer: &Layer, gate: &Gate, is_hidden_above: &mut bool) -> Layer {
    let told = |status| Layer {
        jurisdiction: layer.jurisdiction.clone(),
        rule: layer.rule.clone(),
        status,
        // A breach says what the levels above came to.
        violations: Vec::new(),
    };
    let Some(rule) = layer.rule.as_deref() else { return told(layer.status.clone()) };
    let builds_on_hidden = rule.inherits && *is_hidden_above;
    let is_hidden = builds_on_hidden || rule.reads.iter().any(|fact| gate.hides(fact));
    *is_hidden_above |= is_hidden;
    match &layer.status {
        LayerStatus::Applied { .. } | LayerStatus::MissingFacts(_) | LayerStatus::Waiting if is_hidden => {
            let is_untold = |criterion: &Id| builds_on_hidden || rests_on_hidden(rule, criterion, gate);
            told(hidden(layer, rule, is_untold))
        }
        // That a rule failed is told: the outcome says it too, and who runs the rule must learn which.
        status => told(status.clone()),
    }
}

fn hidden(layer: &Layer, rule: &RuleHead, is_untold: impl Fn(&Id) -> bool) -> LayerStatus {
    let said: &[Finding] = match &layer.status {
        LayerStatus::Applied { answer, .. } => &answer.findings,
        _ => &[],
    };
    LayerStatus::Hidden {
        findings: said.iter().filter(|finding| !is_untold(&finding.criterion)).cloned().collect(),
        untold: rule.criteria.iter().map(|criterion| &criterion.id).filter(|id| is_untold(id)).cloned().collect(),
    }
}

/// Whether a rule's finding on a criterion rests on a hidden fact; it may rest on any that the rule reads, unless the manifest
/// says on which it does.
fn rests_on_hidden(rule: &RuleHead, criterion: &Id, gate: &Gate) -> bool {
    let declared = rule.criterion(criterion).and_then(|criterion| criterion.facts.as_ref());
    declared.is_none_or(|facts| facts.iter().any(|fact| gate.hides(fact)))
}
