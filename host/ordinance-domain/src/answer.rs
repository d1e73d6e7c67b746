//! What one rule returns, and how a rule can fail. A failure is a value; it never means that the person is not
//! eligible.

use crate::name::{FieldName, Id};
use crate::value::{Record, Value, field};

/// What a rule grants, field by field. The rule leaves an absent field to the lower levels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Grant(pub Record);

impl Grant {
    /// The value of a field; `None` if this grant leaves it open.
    #[must_use]
    pub fn get(&self, name: &FieldName) -> Option<&Value> {
        field(&self.0, name)
    }
}

/// One rule's finding on one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The id of a criterion of the rule's manifest.
    pub criterion: Id,
    /// Whether the case satisfies the criterion; `None` if a fact that it needs is missing.
    pub satisfied: Option<bool>,
    /// The index of the item that it is on, in the list that the criterion names; `None` if it is on the whole case.
    pub item: Option<u32>,
}

/// What a rule determines for a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Determination {
    /// The person is eligible and receives the grant.
    Eligible(Grant),
    /// The person is not eligible.
    Ineligible,
    /// The rule can't tell, because facts are missing or law still has to set a number.
    Undetermined,
}

impl Determination {
    /// The stable word for machines.
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
    /// The outcome of this rule alone, before composition.
    pub determination: Determination,
    /// At most one finding on a criterion, or on a criterion and an item of a list; a rule need not give one on each.
    pub findings: Vec<Finding>,
    /// The intermediate values that the rule tells, by the names of its manifest. An absent one isn't known.
    pub intermediates: Record,
}

/// How a rule failed to give a lawful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The kind of failure, for machines.
    pub code: FailureCode,
    /// An explanation for people. It never contains a fact's value.
    pub detail: String,
}

impl RuleError {
    /// A failure with its explanation, which must not contain a fact's value.
    #[must_use]
    pub fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// A kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureCode {
    /// The rulebook rejected the rule at loading.
    NotLoaded,
    /// The rule trapped: unreachable code, a memory access out of bounds, a division by zero, an exhausted stack.
    Trap,
    /// The rule used up its budget of instructions.
    OutOfFuel,
    /// The rule was still running at its wall-clock deadline.
    DeadlinePassed,
    /// The rule requested more memory than its limit.
    MemoryRefused,
    /// The answer is larger than the limit of answers.
    OversizedOutput,
    /// The host can't read the answer: a bad pointer, text that isn't UTF-8, two findings on one criterion
    /// and one item.
    MalformedOutput,
    /// The answer has a finding on a criterion that the manifest doesn't declare.
    UndeclaredCriterion,
    /// The grant lies outside the contract's range.
    GrantOutOfRange,
    /// The answer is undetermined, though the rule lacks no fact and no number that law still has to set.
    UnfoundedUndetermined,
    /// A number that a privacy rule requires has no value on the day, because it has ended or isn't published yet.
    NoValue,
    /// A ruling names a mask that the manifest doesn't declare for that fact.
    UndeclaredMask,
    /// A ruling is on a fact that the request doesn't contain, or two rulings are on one fact.
    UnrequestedFact,
}

impl FailureCode {
    /// The stable word for replies, logs and metrics.
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
            Self::UnfoundedUndetermined => "unfounded-undetermined",
            Self::NoValue => "no-value",
            Self::UndeclaredMask => "undeclared-mask",
            Self::UnrequestedFact => "unrequested-fact",
        }
    }
}
