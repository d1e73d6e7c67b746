//! The head of a rule: what decisions and rulings cite of it.

use std::fmt;

use crate::calendar::{DateRange, PublicationPeriod};
use crate::digest::Digest;
use crate::jurisdiction::JurisdictionCode;
use crate::manifest::{Criterion, RuleScope};
use crate::name::{FieldName, Id};
use crate::parameters::Parameter;
use crate::titles::Titles;

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
    pub scope: RuleScope,
    /// When it is in force.
    pub in_force: DateRange,
    /// When it was published and withdrawn.
    pub publication: PublicationPeriod,
    /// The digest of its file; `None` for a rule that was never built.
    pub digest: Option<Digest>,
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
        self.scope.folder(&self.id)
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
