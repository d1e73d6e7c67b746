//! Everything that authorities ever published, for an audit of decisions of the past. A repository keeps every
//! version of its metadata, each signed by keys that a version of its root names.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use tough::schema::{Root, Signed, Targets};

use crate::error::RepositoryError;
use crate::metadata::{TARGETS_BYTES_MAX, TARGETS_ROLE, metadata_path, parse, role_file, rule_of_target};
use crate::report::{Authorities, AuthorityReport};
use crate::repository_source::RepositorySource;
use crate::source::open_source;

/// The most versions of one authority that are read, the newest first.
const VERSIONS_MAX: u64 = 100_000;

/// The rules that authorities ever published for their own place or one below it.
#[derive(Debug, Clone, Default)]
pub struct PublicationHistory {
    publishers: BTreeMap<(JurisdictionCode, Digest), BTreeSet<JurisdictionCode>>,
}

impl PublicationHistory {
    /// Reads every version of the metadata of all authorities.
    ///
    /// # Errors
    /// [`RepositoryError`] if a version is missing, or isn't signed by keys of any version of the authority's root.
    pub fn read(authorities: &Authorities) -> Result<Self, RepositoryError> {
        let mut history = Self::default();
        for report in &authorities.reports {
            history.add(report, authorities)?;
        }
        Ok(history)
    }

    /// The authorities that ever published a rule of a place, and were such as may.
    pub fn publishers_of(&self, place: &JurisdictionCode, digest: Digest) -> impl Iterator<Item = &JurisdictionCode> {
        self.publishers.get(&(place.clone(), digest)).into_iter().flatten()
    }

    fn add(&mut self, report: &AuthorityReport, authorities: &Authorities) -> Result<(), RepositoryError> {
        let Some(repository) = &report.repository else { return Ok(()) };
        let source = open_source(&report.address)?;
        let is_root = |(file, _): &(&String, &Vec<u8>)| file.ends_with(".root.json");
        let roots: Vec<Signed<Root>> = repository
            .files
            .iter()
            .filter(is_root)
            .map(|(file, bytes)| parse(file, bytes))
            .collect::<Result<_, _>>()?;
        let newest = repository.versions.roles.get(TARGETS_ROLE).copied().unwrap_or_default();
        for version in newest.saturating_sub(VERSIONS_MAX)..=newest {
            // A version that a server no longer has can't show anything; the audit then says so of each record.
            let targets = match signed_targets(source.as_ref(), version, &roots) {
                Err(RepositoryError::Missing(_)) => continue,
                read => read?,
            };
            for name in targets.signed.targets.keys() {
                let Some((place, digest)) = rule_of_target(name.raw()) else { continue };
                let places = authorities.definitions.places.all_published();
                let may = place == report.jurisdiction || places.ever_above(&place).contains(&&report.jurisdiction);
                if may {
                    self.publishers.entry((place, digest)).or_default().insert(report.jurisdiction.clone());
                }
            }
        }
        Ok(())
    }
}

/// A version of what an authority published, signed by keys that a version of its root names.
fn signed_targets(
    source: &dyn RepositorySource,
    version: u64,
    roots: &[Signed<Root>],
) -> Result<Signed<Targets>, RepositoryError> {
    let file = role_file(version, TARGETS_ROLE);
    let bytes = source.read(&metadata_path(&file), TARGETS_BYTES_MAX)?;
    let targets: Signed<Targets> = parse(&file, &bytes.ok_or_else(|| RepositoryError::Missing(metadata_path(&file)))?)?;
    if roots.iter().any(|root| root.signed.verify_role(&targets).is_ok()) {
        return Ok(targets);
    }
    Err(RepositoryError::NotSigned {
        file,
        role: TARGETS_ROLE.to_owned(),
        reason: "no version of the root names enough of the keys that signed it".to_owned(),
    })
}
