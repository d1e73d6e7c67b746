//! What a rule says of itself beside its code: whose law it is, when it is in force, and where each criterion is
//! written.

use std::fmt;

use crate::calendar::{InForce, Known};
use crate::jurisdiction::JurisdictionCode;
use crate::name::Id;
use crate::parameters::Parameter;
use crate::text::{Provision, Titles};

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
    /// Which service's contract it fulfils.
    pub service: Id,
    /// When it is in force.
    pub in_force: InForce,
    /// When it was published and withdrawn.
    pub known: Known,
    /// The rule whose code it shares; none if it has code of its own.
    pub extends: Option<Extends>,
    /// The criteria on which it may give a finding.
    pub criteria: Vec<Criterion>,
    /// Its numbers.
    pub parameters: Vec<Parameter>,
    /// The limits it asks for.
    pub limits: RequestedLimits,
}

/// A rule of the same service, of this or another place, whose code a rule shares while its numbers are its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extends {
    /// Whose rule it is.
    pub jurisdiction: JurisdictionCode,
    /// Which version; none where there is only one with code.
    pub version: Option<String>,
}

impl fmt::Display for Extends {
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
    /// The criterion of this id.
    #[must_use]
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.id.as_str() == id)
    }
}
