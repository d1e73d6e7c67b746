//! The decision: the composed answer of a whole chain, with every layer visible.

use std::fmt;
use std::sync::Arc;

use crate::answer::{Answer, Grant, RuleFailure};
use crate::calendar::DateRange;
use crate::jurisdiction::JurisdictionCode;
use crate::name::FieldName;
use crate::privacy::{PrivacyRulings, RuledFact};
use crate::provision::Provision;
use crate::query::CaseQuery;
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
    Undetermined(UndeterminedReason),
}

/// Why a decision can't be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndeterminedReason {
    /// A rule failed; the layers say which and how.
    FailedRule,
    /// Facts are missing.
    MissingFacts(Vec<String>),
    /// No level has a rule in force on that day.
    NoRuleInForce,
    /// A rule says that it can't tell, though it has all its facts.
    RuleUndetermined,
}

impl UndeterminedReason {
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

/// What the rules of a chain answered, composed: nothing is yet known of which missing facts matter.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The query that selected the rules.
    pub query: CaseQuery,
    /// The place that the code of the query names on its day.
    pub place: JurisdictionCode,
    /// The outcome; where facts are missing, every one that a rule lacks.
    pub outcome: Outcome,
    /// Every level of the chain, top first.
    pub layers: Vec<Layer>,
    /// Indices of the layers that decided: the one whose outcome stands, and those that set what is granted.
    pub deciding_layers: Vec<usize>,
    /// The facts that reached a rule.
    pub used: Vec<FieldName>,
}

/// What the search for the missing facts that matter found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MissingFactSearch {
    /// Missing facts that a rule waits for, though the decision is the same for all their values.
    pub irrelevant_missing_facts: Vec<FieldName>,
    /// Whether the search ended at its budget, so that the outcome may name missing facts that don't matter.
    pub is_incomplete: bool,
}

/// How the facts of a case were used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactUsage {
    /// The facts that were sent and that rules may use only in a masked form.
    pub masked: Vec<FieldName>,
    /// The facts that were sent and that no rule of the chain declares.
    pub undeclared: Vec<FieldName>,
    /// Facts that some rule declares and did not receive, because they were not sent or were withheld. Computed only
    /// where the recipient's view is redacted; else empty.
    pub unavailable: Vec<FieldName>,
}

/// The composed answer of a whole chain. [`Decision::new`] makes it once, of an evaluation and what was found out after
/// it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// The query that it answers.
    pub query: CaseQuery,
    /// The place that the code of the query names on its day.
    pub place: JurisdictionCode,
    /// The outcome.
    pub outcome: Outcome,
    /// Every level of the chain, top first.
    pub layers: Vec<Layer>,
    /// Indices of the layers that decided: the one whose outcome stands, and those that set what is granted.
    pub deciding_layers: Vec<usize>,
    /// The facts that reached a rule.
    pub used: Vec<FieldName>,
    /// What the search for the missing facts that matter found.
    pub search: MissingFactSearch,
    /// How the facts were used.
    pub facts: FactUsage,
    /// What privacy law rules on the facts.
    pub rulings: PrivacyRulings,
}

impl Decision {
    /// Makes a decision of an evaluation, narrowed to the missing facts that matter.
    #[must_use]
    pub fn new(evaluation: Evaluation, search: MissingFactSearch, facts: FactUsage, rulings: PrivacyRulings) -> Self {
        let Evaluation { query, place, outcome, layers, deciding_layers, used } = evaluation;
        Self { query, place, outcome, layers, deciding_layers, used, search, facts, rulings }
    }

    /// The code of the query, where the place has another code on the day of the query.
    #[must_use]
    pub fn requested_jurisdiction(&self) -> Option<&JurisdictionCode> {
        Some(&self.query.jurisdiction).filter(|code| **code != self.place)
    }

    /// The rulings on the facts that were sent and that rules may use only in a masked form.
    pub fn masked_rulings(&self) -> impl Iterator<Item = &RuledFact> {
        self.rulings.for_rules.facts.iter().filter(|ruled| self.facts.masked.contains(&ruled.fact))
    }

    /// The facts that rules may use and that the recipient may not be shown, as it is ruled on showing them.
    pub fn hidden(&self) -> impl Iterator<Item = &RuledFact> {
        self.rulings.for_recipient.facts.iter().filter(|ruled| self.rulings.hides(&ruled.fact))
    }
}
