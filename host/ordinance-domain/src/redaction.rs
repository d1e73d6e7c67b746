//! The redacted view of a decision: what its recipient may see of it.
//!
//! Non-interference: for two cases that differ only in facts hidden from the recipient and have the same outcome, the
//! view is identical. So a layer whose rule declares a hidden fact is redacted, and whatever depends on the answers
//! of such layers is left out: which layer decided, what was granted, violations of bounds, which rules were called,
//! how a rule failed. The view names all missing facts, since a narrowed list would tell what the hidden facts are. A
//! part of a fact is named only where the recipient may see what is around it: the names of the items of a list would
//! tell how many they are.
//! Replies are made of a [`RedactedDecision`] alone; only the record for auditors is made of the decision itself.
//!
//! One exception remains: privacy law itself may rule otherwise on a child, and the age may be a hidden fact. The
//! view then gives the reasons for a person of unknown age; it does show which other facts are withheld or hidden.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::answer::{Finding, Grant};
use crate::contract::Contract;
use crate::decision::{Decision, Layer, LayerStatus, Outcome, UndeterminedReason, Violation};
use crate::jurisdiction::JurisdictionCode;
use crate::name::{FieldName, Id};
use crate::privacy::{PrivacyRulings, RuledFact};
use crate::query::CaseQuery;
use crate::rule_head::RuleHead;

/// A decision as its recipient may see it. [`RedactedDecision::of`] alone makes it.
#[derive(Debug, Clone)]
pub struct RedactedDecision<'a> {
    decision: &'a Decision,
    outcome: Cow<'a, Outcome>,
    layers: Vec<RedactedLayer<'a>>,
    used: Cow<'a, [FieldName]>,
    undeclared: Cow<'a, [FieldName]>,
    is_redacted: bool,
}

/// A layer as the recipient may see it.
#[derive(Debug, Clone)]
pub struct RedactedLayer<'a> {
    /// The code of the place whose law the level is.
    pub jurisdiction: &'a JurisdictionCode,
    /// The rule in force there; `None` if the level is silent.
    pub rule: Option<&'a Arc<RuleHead>>,
    /// How much of the rule's answer the recipient may see.
    pub status: LayerVisibility<'a>,
    /// The bounds that the rule's answer violated; empty in a redacted view.
    pub violations: &'a [Violation],
}

/// How much of a layer the recipient may see.
#[derive(Debug, Clone)]
pub enum LayerVisibility<'a> {
    /// The whole status.
    Full(&'a LayerStatus),
    /// The layer rests on facts that are hidden from the recipient.
    Redacted {
        /// The findings that rest on no hidden fact.
        findings: Vec<&'a Finding>,
        /// The criteria whose findings are left out.
        redacted_criteria: Vec<&'a Id>,
    },
}

impl RedactedLayer<'_> {
    /// The facts with a value that the rule doesn't recognise, where the recipient may see the whole layer.
    #[must_use]
    pub fn unrecognised(&self) -> &[String] {
        shown_status(self).and_then(LayerStatus::unknown_facts).map_or(&[], |unknown| &unknown.unrecognised)
    }
}

impl LayerVisibility<'_> {
    /// The stable word for machines.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Full(status) => status.as_str(),
            Self::Redacted { .. } => "hidden",
        }
    }
}

impl<'a> RedactedDecision<'a> {
    /// Redacts a decision for the recipient that it was made for.
    #[must_use]
    pub fn of(decision: &'a Decision) -> Self {
        if decision.rulings.hides_nothing() {
            return Self {
                decision,
                outcome: Cow::Borrowed(&decision.outcome),
                layers: decision.layers.iter().map(full_layer).collect(),
                used: Cow::Borrowed(decision.used.as_slice()),
                undeclared: told_undeclared(decision),
                is_redacted: false,
            };
        }
        let mut is_hidden_above = false;
        let layers: Vec<RedactedLayer<'a>> = decision
            .layers
            .iter()
            .map(|layer| redacted_layer(layer, &decision.rulings, &mut is_hidden_above))
            .collect();
        let unavailable: BTreeSet<&FieldName> = decision.facts.unavailable.iter().collect();
        let declared = decision.rulings.for_rules().facts().iter().map(|ruled| &ruled.fact);
        let rulings = &decision.rulings;
        let is_told = |fact: &&FieldName| {
            !unavailable.contains(fact) && rulings.tells_parts_around(fact) && rulings.let_rules_use_around(fact)
        };
        Self {
            decision,
            outcome: Cow::Owned(redacted_outcome(decision, &layers)),
            used: declared.filter(is_told).cloned().collect(),
            undeclared: told_undeclared(decision),
            layers,
            is_redacted: true,
        }
    }

    /// The query that the decision answers.
    #[must_use]
    pub fn query(&self) -> &'a CaseQuery {
        &self.decision.query
    }

    /// The place that the code of the query names on its day.
    #[must_use]
    pub fn place(&self) -> &'a JurisdictionCode {
        &self.decision.place
    }

    /// The code of the query, where the place has another code on the day of the query.
    #[must_use]
    pub fn requested_jurisdiction(&self) -> Option<&'a JurisdictionCode> {
        self.decision.requested_jurisdiction()
    }

    /// Whether the decision rests on facts that are hidden from the recipient: the view has the outcome without the
    /// grant.
    #[must_use]
    pub fn is_redacted(&self) -> bool {
        self.is_redacted
    }

    /// The outcome; redacted, it has no grant and names every missing fact.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Every level of the chain, top first.
    #[must_use]
    pub fn layers(&self) -> &[RedactedLayer<'a>] {
        &self.layers
    }

    /// The layers that decided; none in a redacted view.
    pub fn deciding_layers(&self) -> impl Iterator<Item = &RedactedLayer<'a>> {
        let deciding = if self.is_redacted { &[] } else { self.decision.deciding_layers.as_slice() };
        deciding.iter().filter_map(|&index| self.layers.get(index))
    }

    /// Missing facts for all of whose values the decision is the same; none in a redacted view.
    #[must_use]
    pub fn irrelevant_missing_facts(&self) -> &[FieldName] {
        if self.is_redacted { &[] } else { &self.decision.search.irrelevant_missing_facts }
    }

    /// Whether the outcome may name missing facts that can't change the decision.
    #[must_use]
    pub fn may_name_irrelevant_facts(&self) -> bool {
        let waits = !self.outcome().missing_facts().is_empty();
        if self.is_redacted { waits } else { self.decision.search.is_incomplete }
    }

    /// The contract of the service, of the rulebook that decided.
    #[must_use]
    pub fn contract(&self) -> &'a Contract {
        &self.decision.contract
    }

    /// The facts that reached a rule; in a redacted view, those that could have reached one.
    #[must_use]
    pub fn used(&self) -> &[FieldName] {
        &self.used
    }

    /// The rulings on the facts that were sent and that rules may use only in a masked form.
    pub fn masked_rulings(&self) -> impl Iterator<Item = &'a RuledFact> {
        let rulings = &self.decision.rulings;
        self.decision.masked_rulings().filter(|ruled| rulings.tells_parts_around(&ruled.fact))
    }

    /// The facts that the rule of the lowest level may not use.
    pub fn withheld(&self) -> impl Iterator<Item = &'a RuledFact> {
        let rulings = &self.decision.rulings;
        rulings.for_rules().withheld().filter(|ruled| is_nameable(rulings, ruled))
    }

    /// The facts that rules may use and that the recipient may not be shown, as it is ruled on showing them.
    pub fn hidden(&self) -> impl Iterator<Item = &'a RuledFact> {
        let rulings = &self.decision.rulings;
        self.decision.hidden().filter(|ruled| is_nameable(rulings, ruled))
    }

    /// What privacy law rules on the facts.
    #[must_use]
    pub fn rulings(&self) -> &'a PrivacyRulings {
        &self.decision.rulings
    }

    /// The rulings whose reasons the recipient may see: those on a person of unknown age where the age is hidden.
    #[must_use]
    pub fn explained_rulings(&self) -> &'a PrivacyRulings {
        self.decision.rulings.explained()
    }

    /// The facts that were sent and that no rule of the chain declares.
    #[must_use]
    pub fn undeclared(&self) -> &[FieldName] {
        &self.undeclared
    }
}

/// What was sent and no rule declares, without the parts of what the recipient may not see.
fn told_undeclared(decision: &Decision) -> Cow<'_, [FieldName]> {
    let undeclared = decision.facts.undeclared.as_slice();
    let is_told = |name: &&FieldName| decision.rulings.tells_parts_around(name);
    match undeclared.iter().all(|name| is_told(&name)) {
        true => Cow::Borrowed(undeclared),
        false => Cow::Owned(undeclared.iter().filter(is_told).cloned().collect()),
    }
}

/// Whether a ruling that there is whatever was sent may be named: one on a part of an item names an item of its list.
fn is_nameable(rulings: &PrivacyRulings, ruled: &RuledFact) -> bool {
    !ruled.fact.has_items() || rulings.tells_parts_around(&ruled.fact)
}

/// The outcome without its grant; if facts are missing, with all of them.
fn redacted_outcome(decision: &Decision, layers: &[RedactedLayer<'_>]) -> Outcome {
    match &decision.outcome {
        Outcome::Eligible(_) => Outcome::Eligible(Grant::default()),
        Outcome::Ineligible => Outcome::Ineligible,
        Outcome::EligibleAtLeast { open, .. } => {
            let open = redacted_reason(decision, layers, open);
            Outcome::EligibleAtLeast { least: Grant::default(), open }
        }
        Outcome::Undetermined(reason) => Outcome::Undetermined(redacted_reason(decision, layers, reason)),
    }
}

fn redacted_reason(
    decision: &Decision,
    layers: &[RedactedLayer<'_>],
    reason: &UndeterminedReason,
) -> UndeterminedReason {
    match reason {
        UndeterminedReason::NoRuleInForce => UndeterminedReason::NoRuleInForce,
        UndeterminedReason::MissingFacts(_)
        | UndeterminedReason::UnrecognisedValue
        | UndeterminedReason::RuleUndetermined
        | UndeterminedReason::FailedRule
            if layers.iter().any(|layer| matches!(layer.status, LayerVisibility::Full(LayerStatus::Failed(_)))) =>
        {
            UndeterminedReason::FailedRule
        }
        // Whether a redacted layer failed or waits isn't shown.
        UndeterminedReason::MissingFacts(_)
        | UndeterminedReason::UnrecognisedValue
        | UndeterminedReason::RuleUndetermined
        | UndeterminedReason::FailedRule => {
            let unavailable = decision.facts.unavailable.iter();
            let told = unavailable.filter(|name| decision.rulings.tells_parts_around(name)).map(ToString::to_string);
            let shown = || layers.iter().filter_map(shown_status);
            let of_layers = shown().filter_map(LayerStatus::unknown_facts).flat_map(|unknown| &unknown.missing);
            let of_layers = of_layers.filter(|path| is_part_of_shown_fact(path, &decision.rulings)).cloned();
            let mut known = BTreeSet::new();
            let missing: Vec<String> = told.chain(of_layers).filter(|name| known.insert(name.clone())).collect();
            match missing.is_empty() {
                true => UndeterminedReason::without_missing_facts(shown()),
                false => UndeterminedReason::MissingFacts(missing),
            }
        }
    }
}

/// The status of a layer that is shown in full.
fn shown_status<'a>(layer: &RedactedLayer<'a>) -> Option<&'a LayerStatus> {
    match &layer.status {
        LayerVisibility::Full(status) => Some(status),
        LayerVisibility::Redacted { .. } => None,
    }
}

/// Whether a path leads to a part of a fact that the recipient may be shown.
fn is_part_of_shown_fact(path: &str, rulings: &PrivacyRulings) -> bool {
    let is_ruled_on =
        |path: &FieldName| path.wholes().next().is_some_and(|whole| rulings.for_rules().ruling_on(&whole).is_some());
    FieldName::path(path).is_ok_and(|path| is_ruled_on(&path) && !rulings.hides(&path))
}

fn full_layer(layer: &Layer) -> RedactedLayer<'_> {
    RedactedLayer {
        jurisdiction: &layer.jurisdiction,
        rule: layer.rule.as_ref(),
        status: LayerVisibility::Full(&layer.status),
        violations: &layer.violations,
    }
}

/// A layer in a redacted view. It is redacted itself if its rule declares a hidden fact, or takes the grant of a
/// redacted layer above. A rule that can't run declares nothing.
fn redacted_layer<'a>(layer: &'a Layer, rulings: &PrivacyRulings, is_hidden_above: &mut bool) -> RedactedLayer<'a> {
    // A violation would show the outcome of the levels above.
    let shown = RedactedLayer { violations: &[], ..full_layer(layer) };
    let Some(rule) = shown.rule else { return shown };
    let builds_on_hidden = rule.inherits && *is_hidden_above;
    let mut hidden = rule.reads.iter().filter(|fact| rulings.hides(fact)).peekable();
    let reads_hidden_part = rulings.hidden().iter().any(|hidden| rule.reads_parts.contains(&hidden.without_items()));
    if !builds_on_hidden && !reads_hidden_part && hidden.peek().is_none() {
        return shown;
    }
    *is_hidden_above = true;
    // Which parts of a record or a list are missing can decide whether the engine calls a rule.
    let hides_all_criteria = builds_on_hidden || reads_hidden_part || hidden.any(|fact| rule.compound.contains(fact));
    let is_redacted = |criterion: &Id| hides_all_criteria || rests_on_hidden(rule, criterion, rulings);
    let findings = layer.status.answer().into_iter().flat_map(|answer| &answer.findings);
    let status = LayerVisibility::Redacted {
        findings: findings.filter(|finding| !is_redacted(&finding.criterion)).collect(),
        redacted_criteria: rule.criteria.iter().map(|criterion| &criterion.id).filter(|id| is_redacted(id)).collect(),
    };
    RedactedLayer { status, ..shown }
}

/// Whether a rule's finding on a criterion rests on a hidden fact. It may rest on any fact that the rule declares,
/// unless the manifest says on which ones it rests.
fn rests_on_hidden(rule: &RuleHead, criterion: &Id, rulings: &PrivacyRulings) -> bool {
    let declared = rule.criterion(criterion).and_then(|criterion| criterion.facts.as_ref());
    let is_hidden =
        |fact: &FieldName| rulings.hides(fact) || rulings.hidden().iter().any(|hidden| hidden.without_items() == *fact);
    declared.is_none_or(|facts| facts.iter().any(is_hidden))
}

#[cfg(test)]
mod tests;
