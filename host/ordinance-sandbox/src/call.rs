//! The call of an eligibility rule: facts to an answer.

use ordinance_domain::answer::{Answer, FailureCode, RuleError};
use ordinance_domain::rule_type::RuleType;

use crate::arguments::Arguments;
use crate::call_outcome::CallOutcome;
use crate::compiled_rule::CompiledEligibilityRule;
use crate::instance::CallError;
use crate::lift::lift_answer;
use crate::lower::{LowerError, lower_arguments};
use crate::reused_instance::ReusedInstance;

impl CompiledEligibilityRule {
    /// The type of the rule's function: its arguments and its grant.
    #[must_use]
    pub fn rule_type(&self) -> &RuleType {
        &self.function_type
    }

    /// Calls the rule in a fresh instance, on the caller's thread.
    ///
    /// It returns within the deadline (to a few milliseconds), or within twice the deadline if the answer can't be
    /// read: the sandbox then runs the rule once more to find out why. The outcome depends on the arguments and the
    /// limits alone; only `deadline-passed`, and the depth at which a recursion traps, depend on the machine.
    #[must_use]
    pub fn call(&self, arguments: &Arguments<'_>) -> CallOutcome {
        self.call_and_count(arguments, false)
    }

    /// The same as [`call`](Self::call); with `counts_branches` it also reads the branch bits.
    #[must_use]
    pub fn call_and_count(&self, arguments: &Arguments<'_>, counts_branches: bool) -> CallOutcome {
        if let Some(direct) = &self.direct {
            let outcome = self.function.call_directly(direct, arguments, counts_branches);
            return self.explain_direct(outcome, arguments);
        }
        let lowered = match lower_arguments(&self.function_type, arguments) {
            Ok(lowered) => lowered,
            Err(error) => return CallOutcome::without_call(misfit(&error)),
        };
        let outcome = self.function.call(&lowered, counts_branches);
        outcome.and_then(|value| lift_answer(&self.function_type, value))
    }

    /// An instance that serves many people of a simulation, each from the same state. `None` if the sandbox doesn't
    /// reuse instances, or the rule can't be reused.
    #[must_use]
    pub fn reused_instance(&self) -> Option<ReusedInstance> {
        ReusedInstance::new(self.direct.as_ref()?, self.function.limits)
    }

    /// Says why a direct call failed. Where the rule broke the canonical ABI, it runs once more through the component
    /// runtime.
    fn explain_direct(
        &self,
        outcome: CallOutcome<Result<Answer, RuleError>, CallError>,
        arguments: &Arguments<'_>,
    ) -> CallOutcome {
        let is_unreadable = matches!(outcome.result, Err(CallError::Unreadable));
        let lowered = if is_unreadable { lower_arguments(&self.function_type, arguments) } else { Ok(Vec::new()) };
        match lowered {
            Ok(lowered) => {
                let explained = outcome.map_err(|error| self.function.explain(&error, &lowered));
                explained.and_then(|answer| answer)
            }
            Err(error) => CallOutcome::without_call(misfit(&error)),
        }
    }
}

/// The engine checks values before a call, so a value that doesn't fit shows a defect of the host.
fn misfit(error: &LowerError) -> RuleError {
    RuleError::new(FailureCode::NotLoaded, error.to_string())
}
