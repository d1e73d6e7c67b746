//! The decision: the composed answer of a whole chain, with every layer.

use std::fmt;
use std::sync::Arc;

use crate::answer::{Answer, Determination, Grant, RuleError};
use crate::calendar::DateRange;
use crate::contract::Contract;
use crate::jurisdiction::JurisdictionCode;
use crate::minimise::UnknownFacts;
use crate::name::FieldName;
use crate::privacy::{PrivacyRulings, RuledFact};
use crate::provision::Provision;
use crate::query::CaseQuery;
use crate::rule_head::RuleHead;

/// One level of the chain and what its rule did.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The code of the place whose law the level is.
    pub jurisdiction: JurisdictionCode,
    /// The rule in force there; `None` if the level is silent.
    pub rule: Option<Arc<RuleHead>>,
    /// The answer of the rule, or why it has none.
    pub status: LayerStatus,
    /// The bounds that the answer violates.
    pub violations: Vec<Violation>,
}

/// The answer of a layer's rule, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerStatus {
    /// The level has no rule in force, so the inherited outcome stays.
    Silent {
        /// If the day lies between two versions of the level's rule, the days between them.
        gap: Option<DateRange>,
    },
    /// The rule answered.
    Applied {
        /// The answer as the rule gave it, before bounds.
        answer: Answer,
        /// The optional facts that the rule declares and doesn't know.
        unknown: UnknownFacts,
    },
    /// The engine didn't call the rule, since it doesn't know facts that the rule requires.
    MissingFacts(UnknownFacts),
    /// The engine didn't call the rule, since it takes the inherited grant and that is undetermined.
    Waiting,
    /// The rule gave no lawful answer.
    Failed(RuleError),
}

impl LayerStatus {
    /// The answer of the rule, if it gave one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Applied { answer, .. } => Some(answer),
            Self::Silent { .. } | Self::MissingFacts(_) | Self::Waiting | Self::Failed(_) => None,
        }
    }

    /// The facts that the rule declares and doesn't know, if that was found out.
    #[must_use]
    pub fn unknown_facts(&self) -> Option<&UnknownFacts> {
        match self {
            Self::Applied { unknown, .. } | Self::MissingFacts(unknown) => Some(unknown),
            Self::Silent { .. } | Self::Waiting | Self::Failed(_) => None,
        }
    }

    /// The facts for which the level waits, since its rule doesn't know them.
    #[must_use]
    pub fn awaited_facts(&self) -> Option<&UnknownFacts> {
        let is_open = |answer: &Answer| answer.determination == Determination::Undetermined;
        self.unknown_facts().filter(|_| self.answer().is_none_or(is_open))
    }

    /// The stable word for machines.
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

/// A bound that a rule's answer violates. The decision holds the nearest lawful value instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What the bound limits.
    pub subject: BoundSubject,
    /// The place whose law sets the bound; `None` if the contract of the service sets it.
    pub set_by: Option<JurisdictionCode>,
    /// The text of the bound, with the values of its limits on that day.
    pub bound: String,
    /// The provision that sets the bound.
    pub provision: Provision,
}

/// What a bound limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundSubject {
    /// Whether the person is eligible.
    Outcome,
    /// One field of the grant.
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
    /// The person is eligible. The grant lacks a field that no level sets.
    Eligible(Grant),
    /// The person is eligible under a floor of upper law; what lower levels would add is open.
    EligibleAtLeast {
        /// The least of each field that no lower level can take away. It lacks a field that has no least value.
        least: Grant,
        /// Why the grant isn't final.
        open: UndeterminedReason,
    },
    /// The person is not eligible.
    Ineligible,
    /// The law and the facts determine no outcome.
    Undetermined(UndeterminedReason),
}

/// Why an outcome, or the part of a grant that lower levels would add, is undetermined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndeterminedReason {
    /// A rule failed; the layers say which and how.
    FailedRule,
    /// Facts are missing. Their paths, such as `household[1].age`.
    MissingFacts(Vec<String>),
    /// No level has a rule in force on that day.
    NoRuleInForce,
    /// A fact has a value that a rule doesn't recognise, and no value of the missing facts settles the decision.
    UnrecognisedValue,
    /// No value of the missing facts settles the decision.
    RuleUndetermined,
}

impl UndeterminedReason {
    /// Why levels leave an outcome open that no missing fact settles.
    #[must_use]
    pub fn without_missing_facts<'l>(mut levels: impl Iterator<Item = &'l LayerStatus>) -> Self {
        let lacks_word =
            |status: &LayerStatus| status.awaited_facts().is_some_and(|unknown| !unknown.unrecognised.is_empty());
        if levels.any(lacks_word) { Self::UnrecognisedValue } else { Self::RuleUndetermined }
    }

    /// The stable word for machines.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::FailedRule => "failed-rule",
            Self::MissingFacts(_) => "missing-facts",
            Self::NoRuleInForce => "no-rule-in-force",
            Self::UnrecognisedValue => "unrecognised-value",
            Self::RuleUndetermined => "rule-undetermined",
        }
    }
}

impl Outcome {
    /// The stable word for machines.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Eligible(_) | Self::EligibleAtLeast { .. } => "eligible",
            Self::Ineligible => "ineligible",
            Self::Undetermined(_) => "undetermined",
        }
    }

    /// Why the outcome isn't final; `None` if it is.
    #[must_use]
    pub fn open(&self) -> Option<&UndeterminedReason> {
        match self {
            Self::EligibleAtLeast { open, .. } | Self::Undetermined(open) => Some(open),
            Self::Eligible(_) | Self::Ineligible => None,
        }
    }

    /// The facts for which the outcome waits; none if it waits for no fact.
    #[must_use]
    pub fn missing_facts(&self) -> &[String] {
        match self.open() {
            Some(UndeterminedReason::MissingFacts(missing)) => missing,
            Some(
                UndeterminedReason::FailedRule
                | UndeterminedReason::NoRuleInForce
                | UndeterminedReason::UnrecognisedValue
                | UndeterminedReason::RuleUndetermined,
            )
            | None => &[],
        }
    }

    /// The same outcome, open for another reason; a final one stays as it is.
    #[must_use]
    pub fn with_open(self, reason: UndeterminedReason) -> Self {
        match self {
            Self::EligibleAtLeast { least, .. } => Self::EligibleAtLeast { least, open: reason },
            Self::Undetermined(_) => Self::Undetermined(reason),
            Self::Eligible(_) | Self::Ineligible => self,
        }
    }
}

/// What the rules of a chain answered, composed: nothing is yet known of which missing facts matter.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The query that selected the rules.
    pub query: CaseQuery,
    /// The contract of the service, of the rulebook that has the rules.
    pub contract: Arc<Contract>,
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

/// The composed answer of a whole chain. [`Decision::new`] makes it once, of an evaluation and what was found out
/// after it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// The query that the decision answers.
    pub query: CaseQuery,
    /// The contract of the service, of the rulebook that decided.
    pub contract: Arc<Contract>,
    /// The place that the code of the query names on its day.
    pub place: JurisdictionCode,
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
        let Evaluation { query, contract, place, outcome, layers, deciding_layers, used } = evaluation;
        Self { query, contract, place, outcome, layers, deciding_layers, used, search, facts, rulings }
    }

    /// The code of the query, where the place has another code on the day of the query.
    #[must_use]
    pub fn requested_jurisdiction(&self) -> Option<&JurisdictionCode> {
        Some(&self.query.jurisdiction).filter(|code| **code != self.place)
    }

    /// The rulings on the facts that were sent and that rules may use only in a masked form.
    pub fn masked_rulings(&self) -> impl Iterator<Item = &RuledFact> {
        self.rulings.for_rules().facts().iter().filter(|ruled| self.facts.masked.contains(&ruled.fact))
    }

    /// The facts that rules may use and that the recipient may not be shown, as it is ruled on showing them.
    pub fn hidden(&self) -> impl Iterator<Item = &RuledFact> {
        let hidden = self.rulings.hidden();
        self.rulings.for_recipient().facts().iter().filter(|ruled| hidden.binary_search(&ruled.fact).is_ok())
    }
}
