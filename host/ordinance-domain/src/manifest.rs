//! The manifest of a rule, which its author writes beside the code: whose law the rule is, when it is in force, and the
//! provision of each criterion.

use std::fmt;

use crate::answer::Finding;
use crate::calendar::{DateRange, PublicationPeriod};
use crate::jurisdiction::JurisdictionCode;
use crate::mask::Mask;
use crate::name::{FieldName, Id};
use crate::parameters::Parameter;
use crate::provision::Provision;
use crate::titles::Titles;
use crate::unit::Unit;

/// The manifest of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// With the version it names the rule within its jurisdiction.
    pub id: Id,
    /// The version, such as `1.2.0`.
    pub version: String,
    /// Titles for people.
    pub titles: Titles,
    /// The place whose law the rule is.
    pub jurisdiction: JurisdictionCode,
    /// What the rule decides.
    pub scope: RuleScope,
    /// Valid time: the days on which the rule is in force.
    pub in_force: DateRange,
    /// Transaction time: the days on which the rule is the published law.
    pub publication: PublicationPeriod,
    /// Whether it is a shadow rule: the host runs it beside the version in force, and decisions ignore it.
    pub shadow: bool,
    /// The rule whose code it shares; `None` if it has code of its own.
    pub extends: Option<ExtendedRule>,
    /// The criteria on which the rule may give a finding or base a ruling.
    pub criteria: Vec<Criterion>,
    /// The masks that a privacy rule may use; empty for an eligibility rule.
    pub masks: Vec<DeclaredMask>,
    /// The parameters of the rule with their values over time.
    pub parameters: Vec<Parameter>,
    /// The intermediate values that the rule tells with its answer.
    pub intermediates: Vec<IntermediateValue>,
    /// The limits that the rule requests.
    pub limits: RequestedLimits,
}

/// A value on the way to a rule's answer, such as the income that counts, which the rule tells for the explanation.
#[derive(Debug, Clone, PartialEq)]
pub struct IntermediateValue {
    /// Unique within the rule.
    pub name: FieldName,
    /// Titles for people; a defined value may have none.
    pub titles: Titles,
    /// The unit.
    pub unit: Option<Unit>,
    /// Whether the manifest itself defines it by an expression. Then the type of the expression says whether the rule
    /// can tell it: a list it can't.
    pub is_defined: bool,
}

impl IntermediateValue {
    /// The title in English, else in the first language, else the name.
    #[must_use]
    pub fn title(&self) -> &str {
        self.titles.best(&[]).unwrap_or(self.name.as_str())
    }
}

/// What a rule decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleScope {
    /// An eligibility rule decides who is eligible for this service, and for what.
    Service(Id),
    /// A privacy rule decides who may use or see which fact.
    Privacy,
}

impl RuleScope {
    /// The id of the service; `None` for a privacy rule.
    #[must_use]
    pub fn service(&self) -> Option<&Id> {
        match self {
            Self::Service(service) => Some(service),
            Self::Privacy => None,
        }
    }

    /// The name of the folder of a rule with this id, below the folder of its place.
    pub(crate) fn folder<'a>(&'a self, id: &'a Id) -> &'a Id {
        self.service().unwrap_or(id)
    }
}

/// A mask that a privacy rule may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredMask {
    /// The id by which rulings of this rule name the mask.
    pub id: Id,
    /// The masked form.
    pub mask: Mask,
    /// The facts on which the rule may use it.
    pub facts: Vec<FieldName>,
}

/// The rule whose code another rule of the same service shares. The sharing rule has parameters of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedRule {
    /// The place whose law the shared rule is.
    pub jurisdiction: JurisdictionCode,
    /// The version; `None` if only one version has code.
    pub version: Option<String>,
}

impl fmt::Display for ExtendedRule {
    /// `CODE` or `CODE@VERSION`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => write!(f, "{}@{version}", self.jurisdiction),
            None => self.jurisdiction.fmt(f),
        }
    }
}

/// One condition of a rule, with the provision that sets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Unique within the rule.
    pub id: Id,
    /// Titles for people.
    pub titles: Titles,
    /// The provision that sets the condition.
    pub provision: Provision,
    /// The facts on which a finding on the criterion rests. A recipient who may not see one of them does not see the
    /// finding. `None` means that it may rest on every fact that the rule declares.
    pub facts: Option<Vec<FieldName>>,
    /// The list for each of whose items the rule may give a finding of its own; `None` for a criterion of the whole
    /// case.
    pub each: Option<FieldName>,
}

impl Criterion {
    /// The path of the item that a finding on this criterion is on, such as `members[1]`.
    #[must_use]
    pub fn item_of(&self, finding: &Finding) -> Option<FieldName> {
        Some(self.each.as_ref()?.item(usize::try_from(finding.item?).ok()?))
    }

    /// The title in English, else in the first language, else the id.
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

/// Limits that a rule requests. The host rejects a rule that requests more than the host's limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestedLimits {
    /// Instructions, in units of fuel.
    pub fuel: Option<u64>,
    /// Wall-clock time of one call, in milliseconds.
    pub deadline_ms: Option<u64>,
    /// All memories and tables together, in bytes.
    pub memory_bytes: Option<usize>,
}

impl Manifest {
    /// The name of its folder below the folder of its place: the id of the service, or the rule's own id for a
    /// privacy rule.
    #[must_use]
    pub fn folder(&self) -> &Id {
        self.scope.folder(&self.id)
    }

    /// The criterion of this id, if the manifest declares one.
    #[must_use]
    pub fn criterion(&self, id: &Id) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.id == *id)
    }
}
