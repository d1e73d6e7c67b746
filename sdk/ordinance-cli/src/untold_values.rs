//! Intermediate values that a rule as expressions knows and can't tell, since they are too large for the interface of
//! rules. A reply has them as null, as what isn't known; they are told apart by computing the rule again from its
//! expressions.

use ordinance_domain::answer::Answer;
use ordinance_domain::calendar::Date;
use ordinance_domain::decision::{Decision, LayerStatus};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::value::field;
use ordinance_engine::trace::CallTrace;
use ordinance_harness::ToldValue;

use crate::build::expressions::recomputed;
use crate::source::Source;

/// The values that the rules of a decision know and can't tell.
#[derive(Debug, Default)]
pub(crate) struct UntoldValues(Vec<UntoldValue>);

#[derive(Debug)]
struct UntoldValue {
    jurisdiction: JurisdictionCode,
    name: String,
}

/// What is said in place of a value that isn't told.
const TOO_LARGE: &str = "known, but too large to show";

impl UntoldValues {
    /// Those of a decision with its calls. None of rules in another language.
    pub(crate) fn of(source: &Source, decision: &Decision, calls: &[CallTrace], as_of: Date) -> Self {
        let mut untold = Vec::new();
        for layer in &decision.layers {
            let Some(head) = layer.rule.as_deref() else { continue };
            let is_lacking = |call: &&CallTrace| {
                call.jurisdiction == layer.jurisdiction && call.answer.as_ref().is_ok_and(|answer| lacks(head, answer))
            };
            let Some(call) = calls.iter().find(is_lacking) else { continue };
            let known = recomputed(source, head).map(|rule| rule.known_numbers(call, as_of)).unwrap_or_default();
            let of_layer = |name| UntoldValue { jurisdiction: layer.jurisdiction.clone(), name };
            untold.extend(known.into_iter().map(of_layer));
        }
        Self(untold)
    }

    /// The intermediate values of an answer, with what is said in place of those that can't be told.
    pub(crate) fn told(&self, rule: &RuleHead, answer: &Answer) -> Vec<ToldValue> {
        let of = |told: &ToldValue| {
            let is_it = |untold: &&UntoldValue| untold.jurisdiction == rule.jurisdiction && untold.name == told.name;
            self.0.iter().find(is_it).map(|_| TOO_LARGE)
        };
        let told = ToldValue::of(rule, answer).into_iter();
        told.map(|told| ToldValue { instead: of(&told).filter(|_| told.value.is_none()), ..told }).collect()
    }
}

/// Whether a rule of a decision tells less than it declares.
pub(crate) fn may_be_untold(decision: &Decision) -> bool {
    decision.layers.iter().any(|layer| match (&layer.status, layer.rule.as_deref()) {
        (LayerStatus::Applied { answer, .. }, Some(head)) => lacks(head, answer),
        _ => false,
    })
}

fn lacks(head: &RuleHead, answer: &Answer) -> bool {
    head.intermediates.iter().any(|declared| field(&answer.intermediates, &declared.name).is_none())
}
