//! The call of an eligibility rule through the page: facts to an answer.

use ordinance_domain::answer::{FailureCode, RuleError};
use ordinance_domain::rule_type::RuleType;

use crate::arguments::Arguments;
use crate::call_outcome::CallOutcome;
use crate::compiled_rule::CompiledEligibilityRule;
use crate::lift::lift_answer;
use crate::lower::lower_arguments;

impl CompiledEligibilityRule {
    /// The type of the rule's function: its arguments and its grant.
    #[must_use]
    pub fn rule_type(&self) -> &RuleType {
        &self.function_type
    }

    /// Calls the rule in a fresh instance. A browser counts no branches.
    #[must_use]
    pub fn call_and_count(&self, arguments: &Arguments<'_>, counts_branches: bool) -> CallOutcome {
        match lower_arguments(&self.function_type, arguments) {
            Ok(lowered) => {
                let outcome = self.function.call(&lowered, counts_branches);
                outcome.and_then(|value| lift_answer(&self.function_type, value))
            }
            Err(error) => CallOutcome::without_call(RuleError::new(FailureCode::NotLoaded, error.to_string())),
        }
    }
}
