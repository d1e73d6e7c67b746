//! The decision: the composed answer of a whole chain, with every layer visible.

use std::fmt;
use std::sync::Arc;

use crate::answer::{Answer, Grant, RuleFailure};
use crate::calendar::{Date, DateRange};
use crate::jurisdiction::JurisdictionCode;
use crate::name::{FieldName, Id};
use crate::privacy::{PrivacyRulings, RuledFact};
use crate::provision::Provision;
use crate::rule_head::RuleHead;

/// One jurisdiction of the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The place.
    pub jurisdiction: JurisdictionCode,
    /// The rule in force there; none if the level is silent.
    pub rule: Option<Arc<RuleHead>>,
    /// What came of it.
    pub status: LayerStatus,
    /// Where it went beyond its bounds, and what was done about it.
    pub violations: Vec<Violation>,
}

/// What came of one layer.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerStatus {
    /// The level has no rule in force: it inherits.
    Silent {
        /// The days between two of its versions on which it has none, if the day is one of them.
        gap: Option<DateRange>,
    },
    /// The rule answered.
    Applied {
        /// Its answer, as the rule gave it.
        answer: Answer,
        /// The optional facts it could have seen and that are missing.
        missing: Vec<String>,
    },
    /// The rule needs facts that are missing and was not called.
    MissingFacts(Vec<String>),
    /// The rule builds on what it inherits, which is not known; it was not called.
    Waiting,
    /// The rule gave no lawful answer.
    Failed(RuleFailure),
}

impl LayerStatus {
    /// What the rule answered, if it did.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Applied { answer, .. } => Some(answer),
            Self::Silent { .. } | Self::MissingFacts(_) | Self::Waiting | Self::Failed(_) => None,
        }
    }

    /// The word in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Silent { .. } => "silent",
            Self::Applied { .. } => "applied",
            Self::MissingFacts(_) => "missing-facts",
            Self::Waiting => "waiting",
            Self::Failed(_) => "failed",
        }
    }
}

/// A rule's answer outside the bounds that bind it. The decision holds the nearest lawful value instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What is bounded: the outcome, or a grant field.
    pub subject: BoundSubject,
    /// The level whose law sets the bound; none if it is the contract of the service.
    pub set_by: Option<JurisdictionCode>,
    /// The bound in words, with the values of its limits on that day.
    pub bound: String,
    /// The provision that sets it.
    pub provision: Provision,
}

/// What a bound is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundSubject {
    /// The outcome.
    Outcome,
    /// A field of the grant.
    Grant(FieldName),
}

impl fmt::Display for BoundSubject {
    /// `outcome` or `grant.FIELD`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome => f.write_str("outcome"),
            Self::Grant(field) => write!(f, "grant.{field}"),
        }
    }
}

/// The outcome of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Eligible; a field that no level has set is absent from the grant.
    Eligible(Grant),
    /// Not eligible.
    Ineligible,
    /// It can't be said.
    Undetermined(Undetermined),
}

/// Why a decision can't be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undetermined {
    /// A rule failed; the layers say which and how.
    FailedRule,
    /// Facts are missing.
    MissingFacts(Vec<String>),
    /// No level has a rule in force on that day.
    NoRuleInForce,
    /// A rule says that it can't tell, though it has all its facts.
    RuleUndetermined,
}

impl Undetermined {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::FailedRule => "failed-rule",
            Self::MissingFacts(_) => "missing-facts",
            Self::NoRuleInForce => "no-rule-in-force",
            Self::RuleUndetermined => "rule-undetermined",
        }
    }
}

impl Outcome {
    /// The word in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Eligible(_) => "eligible",
            Self::Ineligible => "ineligible",
            Self::Undetermined(_) => "undetermined",
        }
    }
}

/// The composed answer of a whole chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The place the case is about.
    pub jurisdiction: JurisdictionCode,
    /// The code that the case named, where that place has since been renamed or merged, or had another code then.
    pub asked: Option<JurisdictionCode>,
    /// The service.
    pub service: Id,
    /// The day it is decided for.
    pub as_of: Date,
    /// The day whose knowledge it is decided on; none for all that is known now.
    pub known_at: Option<Date>,
    /// The outcome.
    pub outcome: Outcome,
    /// Every level of the chain, top first.
    pub layers: Vec<Layer>,
    /// Which of the layers decided: the one whose word on the outcome stands, and those that set what is granted.
    pub deciding: Vec<usize>,
    /// Facts that are missing and for all of whose values the decision is this one, though a rule waits for them.
    pub regardless_of: Vec<FieldName>,
    /// Whether the search for the missing facts that matter came to its bound, so that facts may be named that don't.
    pub cut_short: bool,
    /// Where facts may be used and not be shown to the recipient: what rules of the chain read and could not be told, since it
    /// wasn't sent or privacy law withheld it. Else empty, as what is told doesn't depend on it.
    pub lacking: Vec<FieldName>,
    /// The facts that reached a rule.
    pub used: Vec<FieldName>,
    /// The facts that were sent and that rules may use only in a masked form.
    pub masked: Vec<FieldName>,
    /// Where the age was sent as a fact that the recipient may not be shown: what privacy law would make of the facts of somebody
    /// of unknown age.
    pub ageless: Option<PrivacyRulings>,
    /// The facts that were sent and that no rule of the chain reads.
    pub undeclared: Vec<FieldName>,
    /// What privacy law makes of the facts.
    pub gate: PrivacyRulings,
}

impl Decision {
    /// What is ruled on the facts that were sent and that rules may use only in a masked form.
    pub fn masked(&self) -> impl Iterator<Item = &RuledFact> {
        self.gate.for_rules.facts.iter().filter(|ruled| self.masked.contains(&ruled.fact))
    }

    /// The facts that rules may use and that the recipient may not be shown, as it is ruled on showing them.
    pub fn hidden(&self) -> impl Iterator<Item = &RuledFact> {
        self.gate.for_recipient.facts.iter().filter(|ruled| self.gate.hides(&ruled.fact))
    }
}
