//! An eligibility rule and its call: facts to an answer.

use ordinance_domain::answer::{Answer, FailureCode, RuleFailure};
use ordinance_domain::rule_type::RuleType;

use crate::arguments::Arguments;
use crate::lift::lift_answer;
use crate::lower::lower_arguments;
use crate::run::{Compiled, RunOutcome};

/// A rule that has been checked and compiled.
pub type CompiledRule = Compiled<RuleType>;

/// The answer of a call, and what the call took.
#[derive(Debug, Clone)]
pub struct CallReport {
    /// The answer, or how the rule failed.
    pub answer: Result<Answer, RuleFailure>,
    /// The fuel it used.
    pub fuel: u64,
    /// What its memories and tables held together.
    pub memory_bytes: usize,
    /// The bits of the branches that it took, of a component whose branches are counted; see [`BRANCHES_EXPORT`].
    pub branches: Vec<u64>,
    /// Where it trapped, innermost first, if the sandbox tells where: functions of the core module, by their number, and bytes from
    /// the start of their body.
    pub trapped_in: Vec<(u32, usize)>,
}

/// The export by which a component whose branches are counted gives the bits, 64 at a time: `func(word: u32) -> u64`. Asked for
/// any word beyond, it says how many there are. Only who studies a rule asks for it.
pub const BRANCHES_EXPORT: &str = "ordinance-branches";

impl CompiledRule {
    /// The type of its `determine`: what it may see.
    #[must_use]
    pub fn rule_type(&self) -> &RuleType {
        &self.checked_type
    }

    /// Calls the rule in a fresh instance, on the caller's thread.
    ///
    /// It returns within the deadline (to a few milliseconds), or within two where the answer can't be read: then the
    /// rule is run once more to say why. The result depends on the arguments and the limits alone; only
    /// `deadline-passed`, and how deep a recursion may go before it traps, depend on the machine.
    #[must_use]
    pub fn call(&self, arguments: &Arguments<'_>) -> CallReport {
        self.call_counting(arguments, false)
    }

    /// The same; `counting` asks for the branches too.
    #[must_use]
    pub fn call_counting(&self, arguments: &Arguments<'_>, counting: bool) -> CallReport {
        let lowered = match lower_arguments(&self.checked_type, arguments) {
            Ok(lowered) => lowered,
            Err(misfit) => {
                let answer = Err(RuleFailure::new(FailureCode::NotLoaded, misfit.to_string()));
                return CallReport { answer, fuel: 0, memory_bytes: 0, branches: Vec::new(), trapped_in: Vec::new() };
            }
        };
        let RunOutcome { result, fuel, memory_bytes, branches, trapped_in } = self.runnable.run(&lowered, counting);
        let answer = result.and_then(|value| lift_answer(&self.checked_type, value));
        CallReport { answer, fuel, memory_bytes, branches, trapped_in }
    }
}
