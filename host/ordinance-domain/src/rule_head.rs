//! The head of a rule: what decisions and rulings cite of the rule.

use std::fmt;

use crate::calendar::{DateRange, PublicationPeriod};
use crate::digest::Digest;
use crate::jurisdiction::JurisdictionCode;
use crate::manifest::{Criterion, IntermediateValue, RuleScope};
use crate::name::{FieldName, Id};
use crate::parameters::Parameter;
use crate::titles::Titles;

/// What a decision needs of a rule to name it, to cite its criteria and to redact its layer.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleHead {
    /// With the version it names the rule within its jurisdiction.
    pub id: Id,
    /// The version, such as `1.2.0`.
    pub version: String,
    /// The place whose law the rule is.
    pub jurisdiction: JurisdictionCode,
    /// What the rule decides.
    pub scope: RuleScope,
    /// Valid time: the days on which the rule is in force.
    pub in_force: DateRange,
    /// Transaction time: the days on which the rule is the published law.
    pub publication: PublicationPeriod,
    /// Who published it; `None` in a rulebook that nobody signed.
    pub published_by: Option<RulePublisher>,
    /// The digest of its file; `None` for a rule that was never built.
    pub digest: Option<Digest>,
    /// Titles for people.
    pub titles: Titles,
    /// The criteria of the manifest.
    pub criteria: Vec<Criterion>,
    /// The parameters of the manifest.
    pub parameters: Vec<Parameter>,
    /// The intermediate values of the manifest.
    pub intermediates: Vec<IntermediateValue>,
    /// The facts that the rule's type declares; empty for a privacy rule, which sees no fact.
    pub reads: Vec<FieldName>,
    /// The parts of these facts that the type declares and that privacy law rules on by themselves, by their names in
    /// the catalogue, such as `members.age`.
    pub reads_parts: Vec<FieldName>,
    /// Those of the declared facts that are records or lists. Parts of a sent one may be missing.
    pub compound: Vec<FieldName>,
    /// Whether the rule takes the grant of the levels above it.
    pub inherits: bool,
}

/// Who published a rule, as the signed repository of that authority says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePublisher {
    /// The authority.
    pub authority: JurisdictionCode,
    /// When it published the rule first, in UTC.
    pub at: String,
    /// The approvals of upper levels that the service's contract asks for.
    pub approvals: Vec<RuleApproval>,
}

/// The word of an upper level on a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleApproval {
    /// The authority that approved the rule.
    pub authority: JurisdictionCode,
    /// When, in UTC.
    pub at: String,
}

impl RuleHead {
    /// The name of its folder below the folder of its place: the id of the service, or the rule's own id for a
    /// privacy rule.
    #[must_use]
    pub fn folder(&self) -> &Id {
        self.scope.folder(&self.id)
    }

    /// The path of its sources in the rulebook, the same for all versions: `CODE/FOLDER`.
    #[must_use]
    pub fn source_path(&self) -> String {
        format!("{}/{}", self.jurisdiction, self.folder())
    }

    /// `CODE/FOLDER VERSION`
    #[must_use]
    pub fn place_and_version(&self) -> String {
        format!("{} {}", self.source_path(), self.version)
    }

    /// The criterion of this id, if the rule has one.
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
