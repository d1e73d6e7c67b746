//! What a rule says of itself beside its code: whose law it is, when it is in force, and where each criterion is
//! written.

use std::fmt;

use crate::calendar::{DateRange, PublicationPeriod};
use crate::jurisdiction::JurisdictionCode;
use crate::mask::Mask;
use crate::name::{FieldName, Id};
use crate::parameters::Parameter;
use crate::provision::Provision;
use crate::titles::Titles;

/// The manifest of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// Its id; with the version it names the rule within its jurisdiction.
    pub id: Id,
    /// Its version, such as `1.2.0`.
    pub version: String,
    /// Titles by language.
    pub titles: Titles,
    /// Whose law it is.
    pub jurisdiction: JurisdictionCode,
    /// What it is about.
    pub scope: RuleScope,
    /// When it is in force.
    pub in_force: DateRange,
    /// When it was published and withdrawn.
    pub publication: PublicationPeriod,
    /// Whether it is on trial: asked beside the version in force, and no law itself.
    pub shadow: bool,
    /// The rule whose code it shares; none if it has code of its own.
    pub extends: Option<ExtendedRule>,
    /// The criteria on which it may give a finding or rest a ruling.
    pub criteria: Vec<Criterion>,
    /// The masks that a privacy rule may ask for.
    pub masks: Vec<DeclaredMask>,
    /// Its numbers.
    pub parameters: Vec<Parameter>,
    /// The limits it asks for.
    pub limits: RequestedLimits,
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleScope {
    /// Who is eligible for this service, and for what: an eligibility rule.
    Service(Id),
    /// Who may use or see which fact: a privacy rule.
    Privacy,
}

impl RuleScope {
    /// The service; none for a privacy rule.
    #[must_use]
    pub fn service(&self) -> Option<&Id> {
        match self {
            Self::Service(service) => Some(service),
            Self::Privacy => None,
        }
    }

    /// The name of the folder below its place of a rule with this id.
    pub(crate) fn folder<'a>(&'a self, id: &'a Id) -> &'a Id {
        self.service().unwrap_or(id)
    }
}

/// A mask that a privacy rule may ask for, by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredMask {
    /// Its id in this rule.
    pub id: Id,
    /// What it does.
    pub mask: Mask,
    /// The facts that it may be asked for.
    pub facts: Vec<FieldName>,
}

/// A rule of the same service, of this or another place, whose code a rule shares while its numbers are its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedRule {
    /// Whose rule it is.
    pub jurisdiction: JurisdictionCode,
    /// Which version; none where there is only one with code.
    pub version: Option<String>,
}

impl fmt::Display for ExtendedRule {
    /// `CODE` or `CODE@VERSION`, as it is written in TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.jurisdiction),
            None => self.jurisdiction.fmt(f),
        }
    }
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Its id.
    pub id: Id,
    /// Titles by language.
    pub titles: Titles,
    /// Where it is written.
    pub provision: Provision,
    /// The facts on which a finding on it rests, if that is said: who may not be shown one of them isn't shown the
    /// finding. Not said, it may rest on every fact that the rule reads.
    pub facts: Option<Vec<FieldName>>,
}

impl Criterion {
    /// Its title in English or whichever language comes first; without one, its id.
    #[must_use]
    pub fn title(&self) -> &str {
        self.titles.best(&[]).unwrap_or(self.id.as_str())
    }
}

impl fmt::Display for Criterion {
    /// `TITLE (PROVISION)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title(), self.provision)
    }
}

/// Limits that a rule asks for; each counts only where it is lower than the host's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestedLimits {
    /// Instructions, in units of fuel.
    pub fuel: Option<u64>,
    /// Wall-clock time of one call.
    pub deadline_ms: Option<u64>,
    /// Memories and tables together.
    pub memory_bytes: Option<usize>,
}

impl Manifest {
    /// The name of its folder below its place: of its service, or of a privacy rule its own id.
    #[must_use]
    pub fn folder(&self) -> &Id {
        self.scope.folder(&self.id)
    }

    /// The criterion of this id.
    #[must_use]
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.id.as_str() == id)
    }
}
