//! What is counted of a decision beside its service, place and month: names alone, never a value.

use serde::{Deserialize, Serialize};

/// A kind of attributes. The order is that in which they divide a cell: what is asked for most comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dimension {
    /// The outcome. Each decision has exactly one.
    Outcomes,
    /// Why an outcome is undetermined, or the rest of a grant open.
    Reasons,
    /// The criteria that weren't satisfied, of the levels that decided that the person is ineligible.
    RefusedBy,
    /// The facts for which the outcome waits.
    Missing,
    /// The facts that privacy law withheld.
    Withheld,
    /// The facts that were sent and that no rule declares.
    Undeclared,
    /// The failures of rules.
    Failures,
    /// The bounds that answers violated.
    Violations,
    /// That a person had objected to the decision before, so that it was made anew.
    Objections,
}

impl Dimension {
    /// Whether records of earlier versions of the host lack it.
    pub(crate) fn is_new(self) -> bool {
        match self {
            Self::RefusedBy | Self::Missing | Self::Undeclared => true,
            // The first hosts that took objections recorded this.
            Self::Outcomes | Self::Reasons | Self::Withheld | Self::Failures | Self::Violations | Self::Objections => {
                false
            }
        }
    }
}

/// Something that holds of a decision or doesn't.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Attribute {
    pub(crate) dimension: Dimension,
    /// Whose rule, for what a rule did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jurisdiction: Option<String>,
    /// The id of the rule, in all its versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<String>,
    /// The outcome, the reason, the criterion, the fact, the failure or what the bound limits.
    pub(crate) name: String,
}

/// The word for a decision that was made anew after an objection.
pub(crate) const DECIDED_ANEW: &str = "decided-anew";

/// The words of the outcomes.
pub(crate) const OUTCOMES: [&str; 3] = ["eligible", "ineligible", "undetermined"];

impl Attribute {
    pub(crate) fn new(dimension: Dimension, name: impl Into<String>) -> Self {
        Self { dimension, jurisdiction: None, rule: None, name: name.into() }
    }
}
