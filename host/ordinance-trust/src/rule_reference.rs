//! What tells a published rule from all others.

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;

/// Names a published rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleReference<'a> {
    /// Whose law it is.
    pub place: &'a JurisdictionCode,
    /// The service; `None` of a privacy rule.
    pub service: Option<&'a str>,
    /// Its version.
    pub version: &'a str,
    /// The digest of its file.
    pub digest: Digest,
}
