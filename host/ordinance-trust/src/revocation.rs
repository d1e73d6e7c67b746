//! What a revocation ends: the authority whose delegation is taken back, all that it delegated, and their rules.

use ordinance_domain::jurisdiction::{JurisdictionCode, LEVELS_MAX};

use crate::editor::RepositoryEditor;
use crate::error::RepositoryError;
use crate::metadata::{authority_target, default_address};
use crate::repository_source::RepositorySource;
use crate::source::FolderSource;
use crate::verify::{KnownVersions, verify};
use crate::withdrawal::PublishedRule;

/// The most authorities that are read.
const AUTHORITIES_MAX: usize = 1_000;

/// An authority whose word counts no longer once a delegation is taken back.
#[derive(Debug)]
pub struct RevokedAuthority {
    /// Its place.
    pub jurisdiction: JurisdictionCode,
    /// The address of its repository.
    pub address: String,
    /// Its name and the rules that it publishes.
    ///
    /// # Errors
    /// [`RepositoryError`] if its repository can't be read.
    pub published: Result<(String, Vec<PublishedRule>), RepositoryError>,
}

/// A repository that is to be read, with the root by which it is delegated.
struct Delegated {
    place: JurisdictionCode,
    source: Box<dyn RepositorySource>,
    root: Vec<u8>,
    level: usize,
}

impl RepositoryEditor {
    /// The authorities whose word ends with the delegation of a place: its own, and those that it delegates, the upper
    /// ones first.
    ///
    /// # Errors
    /// [`RepositoryError`] if the place isn't delegated.
    pub fn revoked_with(&self, place: &JurisdictionCode) -> Result<Vec<RevokedAuthority>, RepositoryError> {
        let root = self.delegated_root(place).ok_or_else(|| RepositoryError::Missing(authority_target(place)))?;
        let address = self.delegated_address(place).unwrap_or_else(|| default_address(place));
        let source = FolderSource::new(self.folder().to_owned()).at(&address)?;
        let mut waiting = vec![Delegated { place: place.clone(), source, root, level: 1 }];
        let mut revoked = Vec::new();
        while let Some(delegated) = waiting.pop() {
            if revoked.len() >= AUTHORITIES_MAX {
                break;
            }
            let address = delegated.source.address();
            let (published, lower) = match read(&delegated) {
                Ok((name, rules, lower)) => (Ok((name, rules)), lower),
                Err(error) => (Err(error), Vec::new()),
            };
            waiting.extend(lower);
            revoked.push(RevokedAuthority { jurisdiction: delegated.place, address, published });
        }
        Ok(revoked)
    }
}

/// The name of an authority, its rules, and whom it delegates.
fn read(delegated: &Delegated) -> Result<(String, Vec<PublishedRule>, Vec<Delegated>), RepositoryError> {
    let source = delegated.source.as_ref();
    let verified = verify(source, &delegated.root, &KnownVersions::default())?;
    let rules = verified.published(source)?;
    let mut lower = Vec::new();
    for (place, address) in verified.overview()?.delegated {
        if delegated.level >= LEVELS_MAX {
            break;
        }
        let root = verified.read_target(source, &authority_target(&place))?;
        let source = source.at(&address.unwrap_or_else(|| default_address(&place)))?;
        lower.push(Delegated { place, source, root, level: delegated.level + 1 });
    }
    Ok((verified.authority().name.clone(), rules, lower))
}
