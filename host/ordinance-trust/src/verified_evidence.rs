//! The check of the metadata that a receipt carries: who made the law of which place, and which log counts for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use ordinance_domain::contract::{Contract, RequiredApproval};
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions};
use ordinance_domain::name::Id;
use ordinance_engine::definitions::{
    BOUNDS_FILE, DefinitionFiles, Definitions, parse_definitions, place_of_definition,
};
use ordinance_engine::digest::sha256;

use crate::authority::Authority;
use crate::error::RepositoryError;
use crate::evidence::Evidence;
use crate::maker::{day_of, is_within, maker_of};
use crate::metadata::{
    INDEX_TARGET, PINNED_ROOT, authority_target, definition_target, delegated_place, log_target, metadata_path,
    rule_target,
};
use crate::metadata_spelling::check_spelling;
use crate::source::MemorySource;
use crate::verify::{KnownVersions, VerifiedRepository, verify};

/// The name of the pinned root among the files of its repository.
const PINNED_ROOT_FILE: &str = "1.root.json";

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
    /// The root isn't that of the top authority.
    #[error("the root is of {root}, which {upper} delegates; check the receipt with the root of the top authority")]
    LowerRoot {
        /// Whose root it is.
        root: JurisdictionCode,
        /// Who delegates it.
        upper: String,
    },
    /// The definition files make no sense.
    #[error("its definitions can't be used: {0}")]
    Definitions(String),
    /// An authority isn't delegated by any other whose metadata are there.
    #[error("nobody whose metadata are there delegates {0}")]
    NotDelegated(String),
    /// An authority delegates a place that isn't below its own.
    #[error("{upper} delegates {lower}, which isn't below it by the places of the top authority")]
    NotBelow {
        /// Who delegates.
        upper: JurisdictionCode,
        /// Whom.
        lower: JurisdictionCode,
    },
    /// Nobody who may published a file.
    #[error("no authority that may published {what} {digest}")]
    NotPublished {
        /// What it is.
        what: String,
        /// Its digest.
        digest: Digest,
    },
    /// A place isn't there on the day.
    #[error("{0}")]
    UnknownPlace(String),
}

/// Evidence that was checked.
#[derive(Debug)]
pub struct VerifiedEvidence {
    at: Timestamp,
    top: JurisdictionCode,
    repositories: BTreeMap<JurisdictionCode, VerifiedRepository>,
    /// The authorities whose metadata are there, and those that they delegate.
    makers: BTreeSet<JurisdictionCode>,
    definitions: Definitions,
}

impl Evidence {
    /// Checks all metadata from a root on, as they stood at a moment. The top authority must have published the
    /// definitions that all places share, and the maker of each place's law the bounds that it sets; each authority
    /// must lie below the one that delegates it.
    ///
    /// # Errors
    /// [`EvidenceError`] names the authority or the file.
    pub fn verify(
        &self,
        root: &[u8],
        definitions: &DefinitionFiles,
        at: Timestamp,
    ) -> Result<VerifiedEvidence, EvidenceError> {
        check_spelling(PINNED_ROOT_FILE, root).map_err(|reason| of(PINNED_ROOT, reason))?;
        self.check_spelling()?;
        let top = Authority::of_pinned_root(root).map_err(|reason| of(PINNED_ROOT, reason))?.jurisdiction;
        let delegations = self.delegations().map_err(|reason| of(top.as_str(), reason))?;
        if let Some(above) = delegations.into_iter().find(|delegation| delegation.lower == top.as_str()) {
            return Err(EvidenceError::LowerRoot { root: top, upper: above.upper });
        }
        let repository = self.repository(&top, root, at)?;
        for (path, text) in definitions.iter().filter(|(path, _)| place_of_definition(path).is_none()) {
            check_published(&repository, path, sha256(text.as_bytes()))?;
        }
        let parsed = parse_definitions(definitions).map_err(|faults| {
            EvidenceError::Definitions(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
        let repositories = BTreeMap::from([(top.clone(), repository)]);
        let makers = BTreeSet::new();
        let mut verified = VerifiedEvidence { at, top: top.clone(), repositories, makers, definitions: parsed };
        self.add_delegated(top, &mut verified)?;
        verified.makers = verified.known_makers();
        let is_known =
            |code: &&str| JurisdictionCode::new(code).is_ok_and(|code| verified.repositories.contains_key(&code));
        if let Some(code) = self.codes().find(|code| !is_known(code)) {
            return Err(EvidenceError::NotDelegated(code.to_owned()));
        }
        for (path, text) in definitions.iter().filter(|(path, _)| place_of_definition(path).is_some()) {
            verified.check_definition(path, sha256(text.as_bytes()))?;
        }
        Ok(verified)
    }

    /// Checks how every file is written, also of those that nothing here reads.
    fn check_spelling(&self) -> Result<(), EvidenceError> {
        for code in self.codes() {
            let metadata = self.files_of(code).into_iter().flatten().filter(|(file, _)| *file != INDEX_TARGET);
            for (file, text) in metadata {
                check_spelling(file, text.as_bytes()).map_err(|reason| of(code, reason))?;
            }
        }
        Ok(())
    }

    /// Adds the authorities that those before them delegate.
    fn add_delegated(&self, top: JurisdictionCode, verified: &mut VerifiedEvidence) -> Result<(), EvidenceError> {
        let mut waiting = vec![top];
        while let Some(upper) = waiting.pop() {
            for code in self.codes() {
                let Ok(place) = JurisdictionCode::new(code) else { continue };
                let digest = verified
                    .repositories
                    .get(&upper)
                    .and_then(|upper| upper.target(&authority_target(&place)))
                    .map(|(_, digest)| digest);
                let (Some(digest), false) = (digest, verified.repositories.contains_key(&place)) else { continue };
                if place == upper || !is_within(&place, &upper, verified.places(), day_of(verified.at)) {
                    return Err(EvidenceError::NotBelow { upper, lower: place });
                }
                let mut files = self.files_of(code).into_iter().flat_map(BTreeMap::values);
                let missing = || of(code, RepositoryError::Missing(authority_target(&place)));
                let pinned = files.find(|text| sha256(text.as_bytes()) == digest).ok_or_else(missing)?;
                let repository = self.repository(&place, pinned.as_bytes(), verified.at)?;
                verified.repositories.insert(place.clone(), repository);
                waiting.push(place);
            }
        }
        Ok(())
    }

    fn repository(
        &self,
        place: &JurisdictionCode,
        pinned: &[u8],
        at: Timestamp,
    ) -> Result<VerifiedRepository, EvidenceError> {
        let files = self.files_of(place.as_str()).into_iter().flatten();
        let files = files.map(|(file, text)| (metadata_path(file), text.clone().into_bytes())).collect();
        let mut repository = verify(&MemorySource::new(files), pinned, &KnownVersions::default())
            .and_then(|repository| repository.check_fresh(at).map(|()| repository))
            .map_err(|reason| of(place.as_str(), reason))?;
        repository.index = self.index(place, &repository).map_err(|reason| of(place.as_str(), reason))?;
        if repository.authority.jurisdiction != *place {
            let found = repository.authority.jurisdiction.clone();
            return Err(of(place.as_str(), RepositoryError::OtherAuthority { found, expected: place.clone() }));
        }
        Ok(repository)
    }
}

impl Evidence {
    /// The index that an authority published; `None` if its metadata list none.
    fn index(
        &self,
        place: &JurisdictionCode,
        repository: &VerifiedRepository,
    ) -> Result<Option<String>, RepositoryError> {
        let index = self.files_of(place.as_str()).and_then(|files| files.get(INDEX_TARGET));
        let Some((_, digest)) = repository.target(INDEX_TARGET) else {
            let unlisted = || {
                let reason = "the metadata list none".to_owned();
                Err(RepositoryError::Malformed { file: INDEX_TARGET.to_owned(), reason })
            };
            return index.map_or(Ok(None), |_| unlisted());
        };
        match index.filter(|index| sha256(index.as_bytes()) == digest) {
            Some(index) => Ok(Some(index.clone())),
            None => Err(RepositoryError::Missing(INDEX_TARGET.to_owned())),
        }
    }
}

impl VerifiedEvidence {
    /// The definitions of the decision: all places, and the service.
    #[must_use]
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    fn places(&self) -> &Jurisdictions {
        self.definitions.places.all_published()
    }

    /// The authorities whose metadata are there, and those that they delegate.
    fn known_makers(&self) -> BTreeSet<JurisdictionCode> {
        let targets = self
            .repositories
            .iter()
            .flat_map(|(upper, repository)| repository.target_names().map(move |name| (upper, name)));
        let delegated = targets
            .filter_map(|(upper, name)| Some((upper, delegated_place(name)?.ok()?)))
            .filter(|(upper, lower)| *upper != lower && is_within(lower, upper, self.places(), day_of(self.at)))
            .map(|(_, lower)| lower);
        delegated.chain(self.repositories.keys().cloned()).collect()
    }

    /// The authority that makes the law of a place; `None` if its metadata aren't there.
    #[must_use]
    pub fn maker_of(&self, place: &JurisdictionCode) -> Option<&JurisdictionCode> {
        let maker = maker_of(place, |level| self.makers.get(level), self.places(), day_of(self.at))?;
        self.repositories.get_key_value(maker).map(|(code, _)| code)
    }

    fn repository_of_maker(&self, place: &JurisdictionCode) -> Option<&VerifiedRepository> {
        self.repositories.get(self.maker_of(place)?)
    }

    /// Whether the maker of a place's law sets bounds there for a service; `false` if its metadata aren't there.
    #[must_use]
    pub fn sets_bounds(&self, place: &JurisdictionCode, service: &str) -> bool {
        self.repository_of_maker(place)
            .is_some_and(|maker| maker.target(&definition_target(&bounds_path(place, service))).is_some())
    }

    /// The codes of the chain of a place on a day, as it is known on another, the top first.
    ///
    /// # Errors
    /// [`EvidenceError::UnknownPlace`].
    pub fn chain(
        &self,
        place: &JurisdictionCode,
        as_of: Date,
        known_at: Date,
    ) -> Result<Vec<JurisdictionCode>, EvidenceError> {
        let chain = self.definitions.places.known_at(known_at).chain(place, as_of);
        let chain = chain.map_err(|error| EvidenceError::UnknownPlace(error.to_string()))?;
        Ok(chain.iter().cloned().collect())
    }

    /// The authority that makes the law of a place, and published this rule of it.
    ///
    /// # Errors
    /// [`EvidenceError::NotPublished`] if it didn't, or its metadata aren't there.
    pub fn publisher_of(&self, place: &JurisdictionCode, digest: Digest) -> Result<&Authority, EvidenceError> {
        let name = rule_target(place.as_str(), digest);
        self.repository_of_maker(place)
            .filter(|maker| maker.target(&name).is_some_and(|(_, found)| found == digest))
            .map(|maker| &maker.authority)
            .ok_or_else(|| EvidenceError::NotPublished { what: format!("the rule of {place}"), digest })
    }

    /// The indexes that the authorities published.
    pub fn indexes(&self) -> impl Iterator<Item = &str> {
        self.repositories.values().filter_map(|repository| repository.index.as_deref())
    }

    /// The index that the maker of a place's law published; `None` if it published none, or its metadata aren't there.
    #[must_use]
    pub fn index_of(&self, place: &JurisdictionCode) -> Option<&str> {
        self.repository_of_maker(place)?.index.as_deref()
    }

    /// Checks that the top authority published a definition file that all share, or the maker of a place's law the
    /// bounds of that place.
    ///
    /// # Errors
    /// [`EvidenceError::NotPublished`] if it didn't.
    pub fn check_definition(&self, path: &str, digest: Digest) -> Result<(), EvidenceError> {
        let not_published = || EvidenceError::NotPublished { what: format!("`{path}`"), digest };
        let publisher = match place_of_definition(path) {
            Some(place) => self.repository_of_maker(&place),
            None => self.repositories.get(&self.top),
        };
        check_published(publisher.ok_or_else(not_published)?, path, digest)
    }

    /// The approvals that a rule of a place needs, by the contract of its service.
    ///
    /// # Errors
    /// [`EvidenceError::Definitions`] if the definitions don't have the service.
    pub fn needed_approvals(
        &self,
        service: &str,
        place: &JurisdictionCode,
    ) -> Result<Vec<&RequiredApproval>, EvidenceError> {
        let contract = Id::new(service).ok().and_then(|id| self.definitions.contracts.get(&id));
        let contract: &Contract =
            contract.ok_or_else(|| EvidenceError::Definitions(format!("they lack the service `{service}`")))?;
        Ok(contract.approvals_of(place, self.places()).collect())
    }

    /// Whether an authority approved a rule of a lower place.
    #[must_use]
    pub fn approves(&self, authority: &JurisdictionCode, place: &JurisdictionCode, digest: Digest) -> bool {
        let repository = self.repositories.get(authority);
        repository.is_some_and(|repository| repository.approval(place, digest, self.at).is_some())
    }

    /// Whether an authority of this place or of one above it lists the log of this public key. A log that another
    /// authority lists says nothing of the place.
    #[must_use]
    pub fn lists_log(&self, key: &str, place: &JurisdictionCode) -> bool {
        let (name, digest) = (log_target(key), sha256(key.as_bytes()));
        let of_place =
            self.repositories.iter().filter(|(code, _)| is_within(place, code, self.places(), day_of(self.at)));
        of_place
            .map(|(_, repository)| repository)
            .any(|repository| repository.target(&name).is_some_and(|(_, found)| found == digest))
    }
}

/// The definition file with the bounds that a place sets for a service.
#[must_use]
pub fn bounds_path(place: &JurisdictionCode, service: &str) -> String {
    format!("{place}/{service}/{BOUNDS_FILE}")
}

fn check_published(repository: &VerifiedRepository, path: &str, digest: Digest) -> Result<(), EvidenceError> {
    match repository.target(&definition_target(path)) {
        Some((_, found)) if found == digest => Ok(()),
        Some(_) | None => Err(EvidenceError::NotPublished { what: format!("`{path}`"), digest }),
    }
}

fn of(authority: &str, reason: RepositoryError) -> EvidenceError {
    EvidenceError::Repository { authority: authority.to_owned(), reason }
}
