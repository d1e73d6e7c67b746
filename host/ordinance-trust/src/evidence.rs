//! The metadata that show who published a rule, for somebody who has the pinned root and nothing else: no network, no
//! repository. A receipt carries them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use serde::{Deserialize, Serialize};
use tough::schema::{Signed, Targets};

use crate::authority::Authority;
use crate::error::RepositoryError;
use crate::metadata::{
    PINNED_ROOT, authority_target, default_address, definition_target, delegated_place, metadata_path, parse,
    rule_target, said_address,
};
use crate::report::{Authorities, AuthorityState};
use crate::source::MemorySource;
use crate::verify::{KnownVersions, VerifiedRepository, verify};

/// The metadata of some authorities: the text of each file by its name, by the code of the authority.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Evidence(BTreeMap<String, BTreeMap<String, String>>);

/// That one authority of the evidence delegates another, with the address of the lower one's repository.
pub(crate) struct Delegation {
    pub(crate) upper: String,
    pub(crate) lower: String,
    pub(crate) address: String,
}

/// Why evidence doesn't show who published a rule.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The metadata of an authority aren't as they must be.
    #[error("the metadata of {authority}: {reason}")]
    Repository {
        /// Whose.
        authority: String,
        /// What is wrong.
        #[source]
        reason: RepositoryError,
    },
    /// An authority isn't delegated by any other whose metadata are there.
    #[error("nobody whose metadata are there delegates {0}")]
    NotDelegated(String),
    /// Nobody who may published a file.
    #[error("no authority that may published {what} {digest}")]
    NotPublished {
        /// What it is.
        what: String,
        /// Its digest.
        digest: Digest,
    },
}

/// Evidence that was checked.
#[derive(Debug)]
pub struct VerifiedEvidence {
    at: Timestamp,
    repositories: BTreeMap<JurisdictionCode, VerifiedRepository>,
    top: JurisdictionCode,
}

impl Evidence {
    /// The metadata of authorities and of all that delegate them, as far as they hold.
    #[must_use]
    pub fn of(authorities: &Authorities, wanted: &BTreeSet<JurisdictionCode>) -> Self {
        let mut wanted = wanted.clone();
        // Each authority stands after the one that delegates it.
        for report in authorities.reports.iter().rev() {
            if wanted.contains(&report.jurisdiction) {
                wanted.extend(report.delegated_by.clone());
            }
        }
        let named = authorities.reports.iter().filter(|report| {
            let holds = matches!(report.state, AuthorityState::Current | AuthorityState::Kept(_));
            holds && wanted.contains(&report.jurisdiction)
        });
        let text = |(file, bytes): (&String, &Vec<u8>)| Some((file.clone(), String::from_utf8(bytes.clone()).ok()?));
        let files = named.filter_map(|report| {
            let files = report.repository.as_ref()?.files.iter().filter_map(text).collect();
            Some((report.jurisdiction.as_str().to_owned(), files))
        });
        Self(files.collect())
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The delegations among the authorities, as their newest metadata say; no signature is checked.
    pub(crate) fn delegations(&self) -> Result<Vec<Delegation>, RepositoryError> {
        let mut found = Vec::new();
        for (upper, files) in &self.0 {
            for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".targets.json")) {
                let targets: Signed<Targets> = parse(file, text.as_bytes())?;
                for (name, target) in &targets.signed.targets {
                    let Some(Ok(lower)) = delegated_place(name.raw()) else { continue };
                    if !self.0.contains_key(lower.as_str()) {
                        continue;
                    }
                    let address = said_address(target).map_or_else(|| default_address(&lower), str::to_owned);
                    found.push(Delegation { upper: upper.clone(), lower: lower.to_string(), address });
                }
            }
        }
        Ok(found)
    }

    /// Checks all metadata from a root on, as they stood at a moment.
    ///
    /// # Errors
    /// [`EvidenceError`] names the authority.
    pub fn verify(&self, root: &[u8], at: Timestamp) -> Result<VerifiedEvidence, EvidenceError> {
        let top = Authority::of_pinned_root(root).map_err(|reason| of(PINNED_ROOT, reason))?.jurisdiction;
        let mut repositories = BTreeMap::new();
        repositories.insert(top.clone(), self.repository(&top, root, at)?);
        let mut waiting = vec![top.clone()];
        while let Some(upper) = waiting.pop() {
            for (code, files) in &self.0 {
                let Ok(place) = JurisdictionCode::new(code) else { continue };
                if repositories.contains_key(&place) {
                    continue;
                }
                let delegated = repositories
                    .get(&upper)
                    .and_then(|upper| upper.target(&authority_target(&place)))
                    .map(|(_, digest)| digest);
                let Some(digest) = delegated else { continue };
                let pinned = files.values().find(|text| sha256(text.as_bytes()) == digest);
                let missing = || of(code, RepositoryError::Missing(authority_target(&place)));
                let pinned = pinned.ok_or_else(missing)?;
                repositories.insert(place.clone(), self.repository(&place, pinned.as_bytes(), at)?);
                waiting.push(place);
            }
        }
        let is_known = |code: &&String| JurisdictionCode::new(code).is_ok_and(|code| repositories.contains_key(&code));
        match self.0.keys().find(|code| !is_known(code)) {
            Some(code) => Err(EvidenceError::NotDelegated(code.clone())),
            None => Ok(VerifiedEvidence { at, repositories, top }),
        }
    }

    fn repository(
        &self,
        place: &JurisdictionCode,
        pinned: &[u8],
        at: Timestamp,
    ) -> Result<VerifiedRepository, EvidenceError> {
        let files = self.0.get(place.as_str()).into_iter().flatten();
        let files = files.map(|(file, text)| (metadata_path(file), text.clone().into_bytes())).collect();
        let repository = verify(&MemorySource::new(files), pinned, &KnownVersions::default())
            .and_then(|repository| repository.check_fresh(at).map(|()| repository))
            .map_err(|reason| of(place.as_str(), reason))?;
        if repository.authority.jurisdiction != *place {
            let found = repository.authority.jurisdiction.clone();
            return Err(of(place.as_str(), RepositoryError::OtherAuthority { found, expected: place.clone() }));
        }
        Ok(repository)
    }
}

impl VerifiedEvidence {
    /// The authority that published a rule of a place: its own, or one above it in `above`.
    ///
    /// # Errors
    /// [`EvidenceError::NotPublished`] if none did.
    pub fn publisher_of(
        &self,
        place: &JurisdictionCode,
        above: &[JurisdictionCode],
        digest: Digest,
    ) -> Result<&Authority, EvidenceError> {
        let name = rule_target(place.as_str(), digest);
        let may = std::iter::once(place).chain(above).filter_map(|code| self.repositories.get(code));
        let published =
            |repository: &&VerifiedRepository| repository.target(&name).is_some_and(|(_, found)| found == digest);
        may.into_iter()
            .find(published)
            .map(|repository| &repository.authority)
            .ok_or_else(|| EvidenceError::NotPublished { what: format!("the rule of {place}"), digest })
    }

    /// Checks that the top authority published a definition file that all share.
    ///
    /// # Errors
    /// [`EvidenceError::NotPublished`] if it didn't.
    pub fn check_definition(&self, path: &str, digest: Digest) -> Result<(), EvidenceError> {
        let top = self.repositories.get(&self.top);
        match top.and_then(|top| top.target(&definition_target(path))) {
            Some((_, found)) if found == digest => Ok(()),
            Some(_) | None => Err(EvidenceError::NotPublished { what: format!("`{path}`"), digest }),
        }
    }

    /// Whether an authority approved a rule of a lower place.
    #[must_use]
    pub fn approves(&self, authority: &JurisdictionCode, place: &JurisdictionCode, digest: Digest) -> bool {
        let repository = self.repositories.get(authority);
        repository.is_some_and(|repository| repository.approval(place, digest, self.at).is_some())
    }

    /// Whether an authority lists the log of this public key.
    #[must_use]
    pub fn lists_log(&self, key: &str) -> bool {
        let name = crate::metadata::log_target(key);
        let digest = sha256(key.as_bytes());
        self.repositories.values().any(|repository| repository.target(&name).is_some_and(|(_, found)| found == digest))
    }
}

fn of(authority: &str, reason: RepositoryError) -> EvidenceError {
    EvidenceError::Repository { authority: authority.to_owned(), reason }
}
