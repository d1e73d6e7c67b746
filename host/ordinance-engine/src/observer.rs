//! What may watch a decision from outside: to time it, to trace it, to move long stages to another thread.

use ordinance_domain::answer::Grant;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::value::Record;
use ordinance_sandbox::CallOutcome;

/// A stage of a decision that calls rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The privacy rules of the chain are called, since their rulings aren't cached.
    PrivacyRules,
    /// The eligibility rules of the chain are called.
    Rules {
        /// The most fuel that they can use.
        fuel_max: u64,
    },
    /// The eligibility rules are called many times, to find out which missing facts matter.
    MissingFacts,
}

/// The call of one rule, as an observer sees it.
#[derive(Debug, Clone, Copy)]
pub struct RuleCall<'a> {
    /// Whose rule.
    pub jurisdiction: &'a JurisdictionCode,
    /// The facts that the rule received.
    pub applicant: &'a Record,
    /// The parameters in force.
    pub parameters: &'a Record,
    /// What the levels above grant.
    pub inherited: Option<&'a Grant>,
    /// The answer, and what the call took.
    pub report: &'a CallOutcome,
}

/// Observes a decision. The default methods do nothing.
pub trait Observer {
    /// Runs a stage; an observer calls `run` exactly once and returns its result.
    fn stage<T>(&mut self, _stage: Stage, run: impl FnOnce(&mut Self) -> T) -> T {
        run(self)
    }

    /// Whether each call counts the branches that the rule takes, which costs a second call of the component.
    fn counts_branches(&self) -> bool {
        false
    }

    /// Comes before each evaluation of a search, at most the calls of one chain of rules after the one before. Here a
    /// long search may wait and let other work go first.
    fn pause(&mut self) {}

    /// A rule is about to be called.
    fn rule_begins(&mut self) {}

    /// A rule was called.
    fn rule_ended(&mut self, _call: RuleCall<'_>) {}
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
