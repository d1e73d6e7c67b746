//! What one rule returns, and how a rule can fail. A failure is a value, never a refusal of the person.

use crate::name::{FieldName, Id};
use crate::value::{Record, Value, field};

/// What a rule grants, field by field. A field that is absent is left to the lower levels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Grant(pub Record);

impl Grant {
    /// The value of a field, if this grant sets it.
    #[must_use]
    pub fn get(&self, name: &FieldName) -> Option<&Value> {
        field(&self.0, name)
    }
}

/// One rule's word on one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The criterion.
    pub criterion: Id,
    /// Whether it is satisfied; none if a fact it needs is missing.
    pub satisfied: Option<bool>,
}

/// A rule's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Determination {
    /// The person is eligible and gets this.
    Eligible(Grant),
    /// The person isn't.
    Ineligible,
    /// It can't be said without facts that are missing.
    Undetermined,
}

impl Determination {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Eligible(_) => "eligible",
            Self::Ineligible => "ineligible",
            Self::Undetermined => "undetermined",
        }
    }
}

/// What one rule returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its outcome.
    pub determination: Determination,
    /// Its word on each criterion that it looked at.
    pub findings: Vec<Finding>,
}

/// A rule that gave no lawful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFailure {
    /// What happened, stable for machines.
    pub code: FailureCode,
    /// What happened, for people. Never a fact's value.
    pub detail: String,
}

impl RuleFailure {
    /// A failure with its explanation.
    #[must_use]
    pub fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// How a rule failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureCode {
    /// It was refused when the rulebook was loaded.
    NotLoaded,
    /// It trapped: unreachable code, a memory access out of bounds, a division by zero, its stack exhausted.
    Trap,
    /// It used up its budget of instructions.
    OutOfFuel,
    /// It was still running at its wall-clock deadline.
    DeadlinePassed,
    /// It asked for more memory than it may have.
    MemoryRefused,
    /// Its answer is larger than an answer may be.
    OversizedOutput,
    /// Its answer can't be read: a bad pointer, text that isn't UTF-8, one criterion found twice.
    MalformedOutput,
    /// It gave a finding on a criterion that its manifest doesn't declare.
    UndeclaredCriterion,
    /// Its grant lies outside the contract's range.
    GrantOutOfRange,
    /// It asked for a mask that its manifest doesn't declare for that fact.
    UndeclaredMask,
    /// It ruled on a fact that it wasn't asked about, or on one twice.
    UnrequestedFact,
}

impl FailureCode {
    /// The stable word in JSON, logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotLoaded => "not-loaded",
            Self::Trap => "trap",
            Self::OutOfFuel => "out-of-fuel",
            Self::DeadlinePassed => "deadline-passed",
            Self::MemoryRefused => "memory-refused",
            Self::OversizedOutput => "oversized-output",
            Self::MalformedOutput => "malformed-output",
            Self::UndeclaredCriterion => "undeclared-criterion",
            Self::GrantOutOfRange => "grant-out-of-range",
            Self::UndeclaredMask => "undeclared-mask",
            Self::UnrequestedFact => "unrequested-fact",
        }
    }
}
