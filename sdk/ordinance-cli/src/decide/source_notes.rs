//! What the sources of a rulebook tell of the rules of a decision.

use ordinance_domain::answer::Answer;
use ordinance_domain::rule_head::RuleHead;
use ordinance_harness::{RuleSources, ToldValue};

use crate::failed_rules::FailedRule;
use crate::untold_values::UntoldValues;

/// The rules as expressions that failed, and the values that others know and can't tell.
pub(super) struct SourceNotes<'a> {
    pub(super) failed: &'a [FailedRule],
    pub(super) untold: &'a UntoldValues,
}

impl RuleSources for SourceNotes<'_> {
    fn failure(&self, rule: &RuleHead) -> Option<String> {
        self.failed.iter().find(|failed| *failed.head == *rule).map(|failed| failed.failure.to_string())
    }

    fn intermediates(&self, rule: &RuleHead, answer: &Answer) -> Vec<ToldValue> {
        self.untold.told(rule, answer)
    }
}
