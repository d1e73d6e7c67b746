//! The authorities as an update found them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::Definitions;

use crate::error::RepositoryError;
use crate::maker::{is_within, maker_of};
use crate::metadata::OBJECTIONS_TARGET;
use crate::objections_key::ObjectionsRecipient;
use crate::published_part::PublishedPart;
use crate::repository_source::RepositorySource;
use crate::verify::VerifiedRepository;

/// How the law of an authority stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorityState {
    /// Its repository is as it must be.
    Current,
    /// Its repository isn't as it must be; what it published last holds until it expires.
    Kept(String),
    /// What it published last has expired. Its rules are known, and none of them may be used.
    Lapsed(String),
    /// Nothing of it was ever had, so nobody knows which rules it has.
    Unknown(String),
}

impl AuthorityState {
    /// Every word of a state.
    pub const WORDS: [&str; 4] = ["current", "kept", "lapsed", "unknown"];

    /// The word in JSON and metrics.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Kept(_) => "kept",
            Self::Lapsed(_) => "lapsed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Why it isn't as it must be.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Current => None,
            Self::Kept(reason) | Self::Lapsed(reason) | Self::Unknown(reason) => Some(reason),
        }
    }
}

/// An authority as it was found.
#[derive(Debug, Clone)]
pub struct AuthorityReport {
    /// Its place.
    pub jurisdiction: JurisdictionCode,
    /// Its name, if its root was read.
    pub name: Option<String>,
    /// The authority that delegates it; `None` for the top one.
    pub delegated_by: Option<JurisdictionCode>,
    /// The address of its repository.
    pub address: String,
    /// How its law stands.
    pub state: AuthorityState,
    /// What it published, unless that is unknown.
    pub repository: Option<Arc<VerifiedRepository>>,
    /// Why the copy of what it published couldn't be written. What was read counts all the same.
    pub unwritten: Option<String>,
    pub(crate) part: Arc<PublishedPart>,
    /// Where the files of what it published are.
    pub(crate) files: Arc<dyn RepositorySource>,
}

impl AuthorityReport {
    /// The key to which objections for this authority are sealed; `None` if it lists none, or its word doesn't hold.
    ///
    /// # Errors
    /// [`RepositoryError`] if the file that the authority lists isn't there or isn't a key.
    pub fn objections_recipient(&self) -> Result<Option<ObjectionsRecipient>, RepositoryError> {
        let repository = match (&self.state, &self.repository) {
            (AuthorityState::Current | AuthorityState::Kept(_), Some(repository)) => repository,
            (AuthorityState::Lapsed(_) | AuthorityState::Unknown(_), _) | (_, None) => return Ok(None),
        };
        if repository.target(OBJECTIONS_TARGET).is_none() {
            return Ok(None);
        }
        let bytes = repository.read_target(self.files.as_ref(), OBJECTIONS_TARGET)?;
        let malformed = |reason: String| RepositoryError::Malformed { file: OBJECTIONS_TARGET.to_owned(), reason };
        let text = std::str::from_utf8(&bytes).map_err(|error| malformed(error.to_string()))?;
        ObjectionsRecipient::parse(text).map(Some).map_err(|error| malformed(error.to_string()))
    }
}

/// A delegation that counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedDelegation {
    /// Who delegates.
    pub by: JurisdictionCode,
    /// Why it doesn't count.
    pub reason: String,
}

/// All authorities as they were found, each after the one that delegates it, and the delegations that don't count.
#[derive(Debug, Clone)]
pub struct Authorities {
    /// The authorities.
    pub reports: Vec<AuthorityReport>,
    /// The delegations that count for nothing.
    pub refused: Vec<RefusedDelegation>,
    /// Where the report of each authority is, by place.
    positions: BTreeMap<JurisdictionCode, usize>,
    /// The day on which who lies below whom counts.
    day: Date,
    pub(crate) definitions: Definitions,
}

impl Authorities {
    pub(crate) fn new(definitions: Definitions, day: Date) -> Self {
        Self { reports: Vec::new(), refused: Vec::new(), positions: BTreeMap::new(), definitions, day }
    }

    /// Adds an authority after those above it.
    pub(crate) fn add(&mut self, report: AuthorityReport) {
        self.positions.insert(report.jurisdiction.clone(), self.reports.len());
        self.reports.push(report);
    }

    /// The authority of a place.
    #[must_use]
    pub fn find(&self, place: &JurisdictionCode) -> Option<&AuthorityReport> {
        self.reports.get(*self.positions.get(place)?)
    }

    /// The authority that makes the law of a place: its own, or the nearest above it.
    #[must_use]
    pub fn maker_of(&self, place: &JurisdictionCode) -> Option<&JurisdictionCode> {
        let find = |level: &JurisdictionCode| Some(&self.find(level)?.jurisdiction);
        maker_of(place, find, self.definitions.places.all_published(), self.day)
    }

    /// Whether a place is another one or lies below it on the day of the update.
    pub(crate) fn is_within(&self, place: &JurisdictionCode, upper: &JurisdictionCode) -> bool {
        is_within(place, upper, self.definitions.places.all_published(), self.day)
    }

    /// How many places are ever above this one.
    pub(crate) fn depth(&self, place: &JurisdictionCode) -> usize {
        self.definitions.places.all_published().ever_above(place).len()
    }

    /// The first moment after `now` at which a part of what was found expires.
    #[must_use]
    pub fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        let repositories = self.reports.iter().filter_map(|report| report.repository.as_deref());
        repositories.flat_map(VerifiedRepository::all_expiries).filter(|expires| *expires > now).min()
    }
}
