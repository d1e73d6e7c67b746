//! A rule that the page has: its type, and how it is called.

use std::sync::Arc;

use ordinance_domain::answer::{FailureCode, RuleError};
use ordinance_domain::rule_type::RuleType;

use super::json::{read_value, written};
use super::sandbox::CallRule;
use super::shape::Shape;
use crate::call_outcome::CallOutcome;
use crate::limits::Limits;
use crate::privacy_type::PrivacyType;
use crate::val::Val;

/// The most bytes of an answer as JSON, in which it is a few times as long as elsewhere.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// A component whose function has the type `Type`. Only [`Loader`](crate::Loader) makes it.
#[derive(Debug)]
pub struct CompiledRule<Type> {
    pub(crate) function: RuleFunction,
    pub(crate) function_type: Arc<Type>,
}

// A derived implementation would ask for a type that can be cloned.
impl<Type> Clone for CompiledRule<Type> {
    fn clone(&self) -> Self {
        Self { function: self.function.clone(), function_type: Arc::clone(&self.function_type) }
    }
}

pub type CompiledEligibilityRule = CompiledRule<RuleType>;

pub type CompiledPrivacyRule = CompiledRule<PrivacyType>;

impl<Type> CompiledRule<Type> {
    /// The limits that the rule has elsewhere.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.function.limits
    }
}

/// The one function of a component, which the page calls.
#[derive(Debug, Clone)]
pub(crate) struct RuleFunction {
    /// The SHA-256 of the component.
    pub(crate) digest: String,
    pub(crate) call_rule: CallRule,
    pub(crate) result: Shape,
    pub(crate) limits: Limits,
}

impl RuleFunction {
    /// Has the page call the function in a fresh instance. It tells neither what that cost nor any branch.
    pub(crate) fn call(&self, lowered: &[Val], _counts_branches: bool) -> CallOutcome<Val> {
        let result = (self.call_rule)(&self.digest, &written(lowered))
            .ok_or_else(|| RuleError::new(FailureCode::Trap, "the rule failed in the browser"))
            .and_then(|answer| self.read(&answer));
        CallOutcome { result, fuel: 0, memory_bytes: 0, branches: Vec::new(), trap_frames: Vec::new() }
    }

    fn read(&self, answer: &str) -> Result<Val, RuleError> {
        if answer.len() > ANSWER_BYTES_MAX {
            let detail = format!("the answer has more than {ANSWER_BYTES_MAX} bytes");
            return Err(RuleError::new(FailureCode::OversizedOutput, detail));
        }
        read_value(answer, &self.result)
            .ok_or_else(|| RuleError::new(FailureCode::MalformedOutput, "the answer can't be read"))
    }
}
