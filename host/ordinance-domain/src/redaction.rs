//! What the recipient of a decision is told of it.
//!
//! Where privacy law hides facts from the recipient, the telling is the same for all values of them that lead to the same
//! outcome. So a layer that rests on a hidden fact is told as hidden, and whatever depends on how such layers answered is left
//! out: who decided, what was granted, breaches of bounds, which rules were called, how one failed. Of the missing facts all
//! are told, since to narrow them would tell what the others are. Replies are made from a [`RedactedDecision`] alone; only what is
//! recorded for auditors is made from the decision itself.
//!
//! One thing stays: privacy law itself may rule otherwise on a child, and the age may be a hidden fact. The reasons are then
//! those for somebody of unknown age; that other facts are withheld or hidden is told.

use std::borrow::Cow;

use crate::answer::{Finding, Grant};
use crate::calendar::Date;
use crate::decision::{Decision, Layer, LayerStatus, Outcome, Undetermined, Violation};
use crate::jurisdiction::JurisdictionCode;
use crate::name::{FieldName, Id};
use crate::privacy::{PrivacyRulings, RuledFact};
use crate::rule_head::RuleHead;

/// A decision as its recipient is told it.
#[derive(Debug, Clone)]
pub struct RedactedDecision<'a> {
    decision: &'a Decision,
    outcome: Cow<'a, Outcome>,
    layers: Vec<RedactedLayer<'a>>,
    used: Cow<'a, [FieldName]>,
    is_redacted: bool,
}

/// A layer as it is told.
#[derive(Debug, Clone)]
pub struct RedactedLayer<'a> {
    /// The place.
    pub jurisdiction: &'a JurisdictionCode,
    /// The rule in force there.
    pub rule: Option<&'a RuleHead>,
    /// What came of it.
    pub status: LayerVisibility<'a>,
    /// Where it went beyond its bounds.
    pub violations: &'a [Violation],
}

/// What is told of what came of a layer.
#[derive(Debug, Clone)]
pub enum LayerVisibility<'a> {
    /// All of it.
    Full(&'a LayerStatus),
    /// It rests on facts that the recipient may not be shown.
    Redacted {
        /// The findings that rest on none of them.
        findings: Vec<&'a Finding>,
        /// The criteria on which nothing is told.
        redacted_criteria: Vec<&'a Id>,
    },
}

impl LayerVisibility<'_> {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Full(status) => status.as_str(),
            Self::Redacted { .. } => "hidden",
        }
    }
}

impl<'a> RedactedDecision<'a> {
    /// What the recipient that the decision was made for is told of it.
    #[must_use]
    pub fn of(decision: &'a Decision) -> Self {
        if decision.gate.hides_nothing() {
            let (outcome, used) = (Cow::Borrowed(&decision.outcome), Cow::Borrowed(decision.used.as_slice()));
            let layers = decision.layers.iter().map(whole).collect();
            return Self { decision, outcome, layers, used, is_redacted: false };
        }
        let mut is_hidden_above = false;
        let layers: Vec<RedactedLayer<'a>> =
            decision.layers.iter().map(|layer| in_part(layer, &decision.gate, &mut is_hidden_above)).collect();
        let lacking = &decision.lacking;
        let declared = decision.gate.for_rules.facts.iter().map(|ruled| &ruled.fact);
        Self {
            decision,
            outcome: Cow::Owned(told_outcome(decision, lacking, &layers)),
            used: declared.filter(|fact| !lacking.contains(fact)).cloned().collect(),
            layers,
            is_redacted: true,
        }
    }

    /// Whether the decision rests on facts that the recipient may not be shown: the outcome is told, and not what is
    /// granted.
    #[must_use]
    pub fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    /// The outcome; told in part, without what is granted, and with every fact that is missing.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Every level of the chain, top first.
    #[must_use]
    pub fn layers(&self) -> &[RedactedLayer<'a>] {
        &self.layers
    }

    /// The layers that decided; none where it is told in part.
    pub fn deciding(&self) -> impl Iterator<Item = &RedactedLayer<'a>> {
        let deciding = if self.is_redacted { &[] } else { self.decision.deciding.as_slice() };
        deciding.iter().filter_map(|&index| self.layers.get(index))
    }

    /// Facts that are missing and for all of whose values the decision is this one; none where it is told in part.
    #[must_use]
    pub fn regardless_of(&self) -> &[FieldName] {
        if self.is_redacted { &[] } else { &self.decision.regardless_of }
    }

    /// Whether facts may be named as missing that can't change the decision.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        let waits = matches!(self.outcome(), Outcome::Undetermined(Undetermined::MissingFacts(_)));
        if self.is_redacted { waits } else { self.decision.cut_short }
    }

    /// The facts that reached a rule; where it is told in part, those that rules could be told.
    #[must_use]
    pub fn used(&self) -> &[FieldName] {
        &self.used
    }

    /// The facts that were sent and that rules may use only in a masked form.
    pub fn masked(&self) -> impl Iterator<Item = &'a RuledFact> {
        self.decision.masked()
    }

    /// The facts that no rule was allowed to see.
    pub fn withheld(&self) -> impl Iterator<Item = &'a RuledFact> {
        self.decision.gate.for_rules.withheld()
    }

    /// The facts that rules may use and that the recipient may not be shown, as it is ruled on showing them.
    pub fn hidden(&self) -> impl Iterator<Item = &'a RuledFact> {
        self.decision.hidden()
    }

    /// What privacy law makes of the facts.
    #[must_use]
    pub fn gate(&self) -> &'a PrivacyRulings {
        &self.decision.gate
    }

    /// What is told of why it is ruled so: what would be ruled on somebody of unknown age, where the age may not be shown.
    #[must_use]
    pub fn reasons(&self) -> &'a PrivacyRulings {
        self.decision.ageless.as_ref().unwrap_or(&self.decision.gate)
    }

    /// The facts that were sent and that no rule of the chain reads.
    #[must_use]
    pub fn undeclared(&self) -> &'a [FieldName] {
        &self.decision.undeclared
    }

    /// The place the case is about.
    #[must_use]
    pub fn jurisdiction(&self) -> &'a JurisdictionCode {
        &self.decision.jurisdiction
    }

    /// The code that the case named, where that is another.
    #[must_use]
    pub fn asked(&self) -> Option<&'a JurisdictionCode> {
        self.decision.asked.as_ref()
    }

    /// The service.
    #[must_use]
    pub fn service(&self) -> &'a Id {
        &self.decision.service
    }

    /// The day it is decided for.
    #[must_use]
    pub fn as_of(&self) -> Date {
        self.decision.as_of
    }

    /// The day whose knowledge it is decided on.
    #[must_use]
    pub fn known_at(&self) -> Option<Date> {
        self.decision.known_at
    }
}

/// The outcome, without what is granted; where facts are missing, with all of them.
fn told_outcome(decision: &Decision, lacking: &[FieldName], layers: &[RedactedLayer<'_>]) -> Outcome {
    match &decision.outcome {
        Outcome::Eligible(_) => Outcome::Eligible(Grant::default()),
        Outcome::Ineligible => Outcome::Ineligible,
        Outcome::Undetermined(Undetermined::NoRuleInForce) => Outcome::Undetermined(Undetermined::NoRuleInForce),
        Outcome::Undetermined(_)
            if layers.iter().any(|layer| matches!(layer.status, LayerVisibility::Full(LayerStatus::Failed(_)))) =>
        {
            Outcome::Undetermined(Undetermined::FailedRule)
        }
        // Whether a hidden layer failed, or waits, isn't told.
        Outcome::Undetermined(
            Undetermined::MissingFacts(_) | Undetermined::RuleUndetermined | Undetermined::FailedRule,
        ) => {
            let mut missing: Vec<String> = lacking.iter().map(ToString::to_string).collect();
            for path in layers.iter().flat_map(missing_in).filter(|path| is_part_that_is_told(path, &decision.gate)) {
                if !missing.contains(path) {
                    missing.push(path.clone());
                }
            }
            Outcome::Undetermined(match missing.is_empty() {
                true => Undetermined::RuleUndetermined,
                false => Undetermined::MissingFacts(missing),
            })
        }
    }
}

/// What a layer lacks that is told in whole.
fn missing_in<'a>(layer: &RedactedLayer<'a>) -> &'a [String] {
    match &layer.status {
        LayerVisibility::Full(LayerStatus::MissingFacts(missing) | LayerStatus::Applied { missing, .. }) => missing,
        LayerVisibility::Full(LayerStatus::Silent { .. } | LayerStatus::Waiting | LayerStatus::Failed(_))
        | LayerVisibility::Redacted { .. } => &[],
    }
}

/// Whether a path leads to a part of a fact that the recipient may be shown.
fn is_part_that_is_told(path: &str, gate: &PrivacyRulings) -> bool {
    let is_part_of =
        |fact: &FieldName| path.strip_prefix(fact.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']));
    gate.for_rules.facts.iter().any(|ruled| is_part_of(&ruled.fact) && !gate.hides(&ruled.fact))
}

fn whole(layer: &Layer) -> RedactedLayer<'_> {
    RedactedLayer {
        jurisdiction: &layer.jurisdiction,
        rule: layer.rule.as_deref(),
        status: LayerVisibility::Full(&layer.status),
        violations: &layer.violations,
    }
}

/// A layer as it is told where facts are hidden. It is hidden itself if its rule reads such a fact, or builds on what a hidden
/// layer above grants; a rule that can't run at all reads nothing.
fn in_part<'a>(layer: &'a Layer, gate: &PrivacyRulings, is_hidden_above: &mut bool) -> RedactedLayer<'a> {
    // A breach says what the levels above came to.
    let told = RedactedLayer { violations: &[], ..whole(layer) };
    let Some(rule) = told.rule else { return told };
    let builds_on_hidden = rule.inherits && *is_hidden_above;
    let mut hidden = rule.reads.iter().filter(|fact| gate.hides(fact)).peekable();
    if !builds_on_hidden && hidden.peek().is_none() {
        return told;
    }
    *is_hidden_above = true;
    // Whether a rule is called can hang on the parts that a record or a list has.
    let is_all_untold = builds_on_hidden || hidden.any(|fact| rule.compound.contains(fact));
    let is_untold = |criterion: &Id| is_all_untold || rests_on_hidden(rule, criterion, gate);
    let said = layer.status.answer().into_iter().flat_map(|answer| &answer.findings);
    let status = LayerVisibility::Redacted {
        findings: said.filter(|finding| !is_untold(&finding.criterion)).collect(),
        redacted_criteria: rule.criteria.iter().map(|criterion| &criterion.id).filter(|id| is_untold(id)).collect(),
    };
    RedactedLayer { status, ..told }
}

/// Whether a rule's finding on a criterion rests on a hidden fact; it may rest on any that the rule reads, unless the manifest
/// says on which it does.
fn rests_on_hidden(rule: &RuleHead, criterion: &Id, gate: &PrivacyRulings) -> bool {
    let declared = rule.criterion(criterion).and_then(|criterion| criterion.facts.as_ref());
    declared.is_none_or(|facts| facts.iter().any(|fact| gate.hides(fact)))
}

#[cfg(test)]
mod tests;
