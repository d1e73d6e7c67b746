//! The decision: the composed answer of a whole chain, with every layer visible.

use std::fmt;
use std::sync::Arc;

use crate::answer::{Answer, Failed, Grant};
use crate::calendar::{Date, InForce, Known};
use crate::jurisdiction::JurisdictionCode;
use crate::manifest::{About, Criterion};
use crate::name::{FieldName, Id};
use crate::parameters::Parameter;
use crate::privacy::{Gate, RuledFact};
use crate::text::{Provision, Titles};

/// What a decision says of a rule: enough to name it and to cite its criteria.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleHead {
    /// Its id.
    pub id: Id,
    /// Its version.
    pub version: String,
    /// Whose law it is.
    pub jurisdiction: JurisdictionCode,
    /// What it is about.
    pub about: About,
    /// When it is in force.
    pub in_force: InForce,
    /// When it was published and withdrawn.
    pub known: Known,
    /// The SHA-256 of its file, in hexadecimal; none for a rule that was never built.
    pub digest: Option<String>,
    /// Titles by language.
    pub titles: Titles,
    /// Its criteria.
    pub criteria: Vec<Criterion>,
    /// Its numbers.
    pub parameters: Vec<Parameter>,
    /// The facts that its type declares; none for a privacy rule, which sees no fact.
    pub reads: Vec<FieldName>,
    /// Those of them that are records or lists: of one that is sent, parts may be missing.
    pub compound: Vec<FieldName>,
    /// Whether it is told what the levels above it grant.
    pub inherits: bool,
}

impl RuleHead {
    /// The name of its folder below its place: of its service, or of a privacy rule its own id.
    #[must_use]
    pub fn folder(&self) -> &Id {
        self.about.folder(&self.id)
    }

    /// Where its sources stand, whatever the version: `CODE/FOLDER`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.jurisdiction, self.folder())
    }

    /// `CODE/FOLDER VERSION`
    #[must_use]
    pub fn place_and_version(&self) -> String {
        format!("{} {}", self.place(), self.version)
    }

    /// The criterion of this id.
    #[must_use]
    pub fn criterion(&self, id: &Id) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.id == *id)
    }
}

impl fmt::Display for RuleHead {
    /// `id@version`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.version)
    }
}

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
        gap: Option<InForce>,
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
    Failed(Failed),
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
    pub subject: Subject,
    /// The level whose law sets the bound; none if it is the contract of the service.
    pub set_by: Option<JurisdictionCode>,
    /// The bound in words, with the values of its limits on that day.
    pub bound: String,
    /// The provision that sets it.
    pub provision: Provision,
}

/// What a bound is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The outcome.
    Outcome,
    /// A field of the grant.
    Grant(FieldName),
}

impl fmt::Display for Subject {
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
    pub ageless: Option<Gate>,
    /// The facts that were sent and that no rule of the chain reads.
    pub undeclared: Vec<FieldName>,
    /// What privacy law makes of the facts.
    pub gate: Gate,
}

impl Decision {
    /// What is ruled on the facts that were sent and that rules may use only in a masked form.
    pub fn masked(&self) -> impl Iterator<Item = &RuledFact> {
        self.gate.decide.facts.iter().filter(|ruled| self.masked.contains(&ruled.fact))
    }

    /// The facts that rules may use and that the recipient may not be shown, as it is ruled on showing them.
    pub fn hidden(&self) -> impl Iterator<Item = &RuledFact> {
        self.gate.explain.facts.iter().filter(|ruled| self.gate.hides(&ruled.fact))
    }
}
