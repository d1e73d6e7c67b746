//! A rule that an authority published.

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;

/// A rule that somebody published.
#[derive(Debug, Clone, Copy)]
pub struct PublishedRule<'a> {
    /// Whose law it is.
    pub place: &'a JurisdictionCode,
    /// The service; `None` of a privacy rule.
    pub service: Option<&'a str>,
    /// Its version.
    pub version: &'a str,
    /// The digest of its file.
    pub digest: Digest,
}
