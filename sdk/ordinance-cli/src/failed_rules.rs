//! Where rules as expressions failed in a decision: what `ordinance trace` says of it, for the commands that decide.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ordinance_domain::answer::FailureCode;
use ordinance_domain::decision::{Decision, Layer, LayerStatus};
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::trace::CallTrace;

use crate::build::expressions::{RecomputedRule, RuleFailure, recomputed};
use crate::source::Source;

/// A rule as expressions that trapped.
pub(crate) struct FailedRule {
    pub(crate) head: Arc<RuleHead>,
    pub(crate) failure: RuleFailure,
}

impl fmt::Display for FailedRule {
    /// The rule, why it failed, the line or cell, and the expression.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed by {}", self.head.source_path(), self.failure)
    }
}

/// Finds where the rules of some sources failed. It checks the expressions of each rule that failed once.
pub(crate) struct FailedRules<'s> {
    source: &'s Source,
    /// By the folder and the version of a rule; `None` for one in another language.
    recomputed: BTreeMap<String, Option<RecomputedRule>>,
}

impl<'s> FailedRules<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        Self { source, recomputed: BTreeMap::new() }
    }

    /// The rules as expressions that trapped in a decision, from the top. `calls` are the calls of the decision.
    pub(crate) fn of(&mut self, decision: &Decision, calls: &[CallTrace]) -> Vec<FailedRule> {
        let mut failed = Vec::new();
        for layer in decision.layers.iter().filter(|layer| is_trapped(layer)) {
            let call = calls.iter().find(|call| call.jurisdiction == layer.jurisdiction && call.answer.is_err());
            let Some((head, call)) = layer.rule.as_ref().zip(call) else { continue };
            let failure = self.recomputed(head).and_then(|rule| rule.failure(call, decision.query.as_of));
            failed.extend(failure.map(|failure| FailedRule { head: Arc::clone(head), failure }));
        }
        failed
    }

    fn recomputed(&mut self, head: &RuleHead) -> Option<&RecomputedRule> {
        let source = self.source;
        let of_head = || recomputed(source, head);
        self.recomputed.entry(head.place_and_version()).or_insert_with(of_head).as_ref()
    }
}

/// Whether a rule of a decision trapped.
pub(crate) fn has_trapped(decision: &Decision) -> bool {
    decision.layers.iter().any(is_trapped)
}

fn is_trapped(layer: &Layer) -> bool {
    matches!(&layer.status, LayerStatus::Failed(failed) if failed.code == FailureCode::Trap)
}
