//! Everything that authorities ever published, for an audit of decisions of the past: the delegations that were ever
//! given are followed, each to the repository and the keys that it named then.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::{JurisdictionCode, LEVELS_MAX};
use ordinance_domain::name::Id;
use ordinance_engine::definitions::{Definitions, SERVICES_FOLDER};
use ordinance_engine::digest::sha256;

use crate::authority::Authority;
use crate::error::RepositoryError;
use crate::listed_period::{CLOCK_DIFFERENCE, ListedPeriod};
use crate::metadata::{authority_target, target_path};
use crate::past_publication::{EndedWord, PastPublication};
use crate::past_repository::{ListedRoot, PastRepository};
use crate::report::Authorities;
use crate::repository_source::RepositorySource;

/// The most repositories that are read.
const REPOSITORIES_MAX: usize = 10_000;
/// How long a host may decide by what it kept of a contract, if no snapshot says when that lapses.
const KEPT_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What authorities ever published for their own place or one below it, and whom they ever delegated.
#[derive(Debug)]
pub struct PublicationHistory {
    repositories: Vec<PastAuthority>,
    gaps: Vec<HistoryGap>,
    definitions: Definitions,
}

/// What of an authority's past can't be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HistoryGap {
    /// The place of the authority.
    pub jurisdiction: JurisdictionCode,
    /// What can't be read, and why.
    pub reason: String,
}

/// A delegation that was ever given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDelegation {
    /// The authority that was delegated.
    pub authority: Authority,
    /// Who delegated it; `None` of the top one, whose root is pinned.
    pub by: Option<JurisdictionCode>,
    /// Since when, if the metadata say it.
    pub from: Option<Timestamp>,
    /// Whether it was ended.
    pub has_ended: bool,
    /// When it was ended, if the metadata say it.
    pub until: Option<Timestamp>,
}

/// A repository of an authority by one root, and who ever listed that root.
#[derive(Debug)]
struct PastAuthority {
    authority: Authority,
    address: String,
    root: Digest,
    /// Who listed the root, by the number of its repository, and when. Empty of the top one.
    delegated: Vec<(usize, ListedPeriod)>,
    past: PastRepository,
}

impl PublicationHistory {
    /// Reads every version of the metadata of all authorities that were ever delegated, from the pinned root of the
    /// top one on. `authorities` are those of today, whose definitions say which places lie below which.
    ///
    /// # Errors
    /// [`RepositoryError`] if the repository of the top authority can't be read. What can't be read of a lower one is a
    /// [`HistoryGap`].
    pub fn read(
        source: &dyn RepositorySource,
        pinned_root: &[u8],
        authorities: &Authorities,
    ) -> Result<Self, RepositoryError> {
        let definitions = authorities.definitions.clone();
        let mut history = Self { repositories: Vec::new(), gaps: Vec::new(), definitions };
        let past = PastRepository::read(source, pinned_root)?;
        let authority = Authority::of_pinned_root(pinned_root)?;
        let (address, root) = (source.address(), sha256(pinned_root));
        history.repositories.push(PastAuthority { authority, address, root, delegated: Vec::new(), past });
        let mut waiting = history.follow(0, source);
        while let Some((number, lower)) = waiting.pop() {
            let more = history.follow(number, lower.as_ref());
            waiting.extend(more);
        }
        history.find_gaps();
        Ok(history)
    }

    /// What can't be read.
    #[must_use]
    pub fn gaps(&self) -> &[HistoryGap] {
        &self.gaps
    }

    /// The delegations that were ever given to the authority of a place, the earliest first.
    #[must_use]
    pub fn delegations_of(&self, place: &JurisdictionCode) -> Vec<PastDelegation> {
        let mut found = Vec::new();
        for repository in self.repositories.iter().filter(|known| known.authority.jurisdiction == *place) {
            let authority = repository.authority.clone();
            if repository.delegated.is_empty() {
                found.push(PastDelegation { authority, by: None, from: None, has_ended: false, until: None });
                continue;
            }
            for (upper, period) in &repository.delegated {
                let by = self.repositories.get(*upper).map(|upper| upper.authority.jurisdiction.clone());
                let ListedPeriod { from, has_ended, until, .. } = *period;
                found.push(PastDelegation { authority: authority.clone(), by, from, has_ended, until });
            }
        }
        found.sort_by_key(|delegation| (delegation.from, delegation.until.is_none(), delegation.until));
        found
    }

    /// What the metadata show of a rule that decided at a moment, by the word of a record: that an authority published
    /// it, and was delegated then.
    #[must_use]
    pub fn proof(
        &self,
        (place, digest): (&JurisdictionCode, Digest),
        authority: &JurisdictionCode,
        at: Timestamp,
    ) -> PastPublication {
        let above = self.above(place);
        let may = place == authority || above.contains(&authority);
        let listed = (0..self.repositories.len())
            .filter(|number| may && self.is_of(*number, authority))
            .flat_map(|number| self.proofs_of_rule(number, &(place.clone(), digest), at));
        let best = listed.min_by_key(PastPublication::rank).unwrap_or(PastPublication::Never);
        let reasons: Vec<String> = self.gaps_of(authority).into_iter().map(str::to_owned).collect();
        if best.is_fault() && may && !reasons.is_empty() {
            return PastPublication::NotShown { reasons };
        }
        best
    }

    /// Who had not approved a rule of a service at the moment at which it decided, though the service's contract asks
    /// for it: the first such authority. The contract counts as it is today, once the one before it has lapsed; of
    /// decisions before, and where the metadata don't say when that was, nothing is said.
    #[must_use]
    pub fn missing_approval(
        &self,
        (place, digest): (&JurisdictionCode, Digest),
        service: &str,
        at: Timestamp,
    ) -> Option<&JurisdictionCode> {
        let contract = self.definitions.contracts.get(&Id::new(service).ok()?)?;
        let path = format!("{SERVICES_FOLDER}/{service}.toml");
        let top = &self.repositories.first()?.past;
        let of_contract =
            || top.definitions.iter().filter(|((file, _), _)| *file == path).flat_map(|(_, periods)| periods);
        let since = of_contract().filter(|period| !period.has_ended).find_map(|period| period.from)?;
        // A host may decide by what it kept of an earlier contract until that lapses.
        let earlier = of_contract().filter(|period| period.has_ended);
        let mut kept_until =
            earlier.map(|period| period.lapsed.unwrap_or_else(|| since.saturating_add(KEPT_MAX).unwrap_or(since)));
        if at < since || kept_until.any(|until| at <= until) {
            return None;
        }
        let mut required = contract.approvals_of(place, self.definitions.places.all_published());
        let is_given = |by: &JurisdictionCode| {
            let own = self.repositories.iter().filter(|known| known.authority.jurisdiction == *by);
            own.into_iter().any(|known| known.past.approvals.has(place, digest, at))
        };
        required.find(|approval| !is_given(&approval.by)).map(|approval| &approval.by)
    }

    /// Why what an authority ever published isn't known as a whole.
    #[must_use]
    pub fn gaps_of(&self, authority: &JurisdictionCode) -> Vec<&str> {
        let above = self.above(authority);
        let gaps = self.gaps.iter().filter(|gap| gap.jurisdiction == *authority || above.contains(&&gap.jurisdiction));
        gaps.map(|gap| gap.reason.as_str()).collect()
    }

    fn is_of(&self, number: usize, authority: &JurisdictionCode) -> bool {
        self.repositories.get(number).is_some_and(|known| known.authority.jurisdiction == *authority)
    }

    fn above(&self, place: &JurisdictionCode) -> Vec<&JurisdictionCode> {
        self.definitions.places.all_published().ever_above(place)
    }

    /// What each time shows for which a repository listed a rule.
    fn proofs_of_rule(&self, number: usize, rule: &(JurisdictionCode, Digest), at: Timestamp) -> Vec<PastPublication> {
        let periods = self.repositories.get(number).and_then(|known| known.past.rules.get(rule));
        let delegated = self.proof_of_delegation(number, at, LEVELS_MAX);
        let of_period = |period: &ListedPeriod| worse(within(period, at, EndedWord::Rule), delegated.clone());
        periods.into_iter().flatten().map(of_period).collect()
    }

    /// Whether the keys of a repository were delegated at a moment, from the top authority on.
    fn proof_of_delegation(&self, number: usize, at: Timestamp, levels_max: usize) -> PastPublication {
        let Some(known) = self.repositories.get(number) else { return PastPublication::Never };
        if known.delegated.is_empty() {
            return PastPublication::Shown;
        }
        let Some(levels_max) = levels_max.checked_sub(1) else { return PastPublication::Never };
        let by_upper = known.delegated.iter().map(|(upper, period)| {
            let by = self.repositories.get(*upper).map(|upper| upper.authority.jurisdiction.clone());
            let word = EndedWord::Delegation { of: known.authority.jurisdiction.clone(), by };
            worse(within(period, at, word), self.proof_of_delegation(*upper, at, levels_max))
        });
        by_upper.min_by_key(PastPublication::rank).unwrap_or(PastPublication::Never)
    }

    /// Reads the repositories that one ever delegated, and that aren't read yet.
    fn follow(&mut self, number: usize, source: &dyn RepositorySource) -> Vec<(usize, Box<dyn RepositorySource>)> {
        let Some(upper) = self.repositories.get(number) else { return Vec::new() };
        let own = upper.authority.jurisdiction.clone();
        let delegated = upper.past.delegated.clone();
        let mut read = Vec::new();
        for (listed, periods) in delegated {
            if !self.above(&listed.place).contains(&&own) {
                continue;
            }
            let periods = periods.into_iter().map(|period| (number, period));
            match self.open_lower(source, &listed) {
                Ok(Lower::Known(known)) => {
                    if let Some(known) = self.repositories.get_mut(known) {
                        known.delegated.extend(periods);
                    }
                }
                Ok(Lower::New(lower, source)) => {
                    read.push((self.repositories.len(), source));
                    self.repositories.push(PastAuthority { delegated: periods.collect(), ..*lower });
                }
                Err(error) => {
                    let address = source.at(&listed.address).map_or(listed.address, |lower| lower.address());
                    let reason = format!("the repository of {} at {address}: {error}", listed.place);
                    self.gaps.push(HistoryGap { jurisdiction: listed.place, reason });
                }
            }
        }
        read
    }

    fn open_lower(&self, upper: &dyn RepositorySource, listed: &ListedRoot) -> Result<Lower, RepositoryError> {
        let source = upper.at(&listed.address)?;
        let address = source.address();
        let is_same = |known: &PastAuthority| known.address == address && known.root == listed.digest;
        if let Some(known) = self.repositories.iter().position(is_same) {
            return Ok(Lower::Known(known));
        }
        if self.repositories.len() >= REPOSITORIES_MAX {
            return Err(RepositoryError::Refused(format!("there are more than {REPOSITORIES_MAX} repositories")));
        }
        let path = target_path(&authority_target(&listed.place), listed.digest);
        let pinned = upper.read(&path, listed.length)?.ok_or_else(|| RepositoryError::Missing(path.clone()))?;
        if sha256(&pinned) != listed.digest {
            let reason = "its digest is another one".to_owned();
            return Err(RepositoryError::Mixed { file: path, named_by: "targets".to_owned(), reason });
        }
        let authority = Authority::of_pinned_root(&pinned)?;
        if authority.jurisdiction != listed.place {
            let found = authority.jurisdiction;
            return Err(RepositoryError::OtherAuthority { found, expected: listed.place.clone() });
        }
        let past = PastRepository::read(source.as_ref(), &pinned)?;
        let lower = PastAuthority { authority, address, root: listed.digest, delegated: Vec::new(), past };
        Ok(Lower::New(Box::new(lower), source))
    }

    /// Finds the versions that no keys signed that were ever delegated for their repository, and those that are gone.
    fn find_gaps(&mut self) {
        let mut versions: BTreeMap<(&JurisdictionCode, &str), UnreadVersions<'_>> = BTreeMap::new();
        for known in &self.repositories {
            let unsigned: BTreeSet<u64> = known.past.unsigned.iter().copied().collect();
            let entry = versions.entry((&known.authority.jurisdiction, &known.address));
            entry
                .and_modify(|(common, _)| common.retain(|version| unsigned.contains(version)))
                .or_insert((unsigned.clone(), &known.past.missing));
        }
        for known in &self.repositories {
            let (place, address) = (&known.authority.jurisdiction, &known.address);
            for role in &known.past.approvals.incomplete {
                let reason = format!(
                    "the repository of {place} at {address}: a version of its list `{role}` is no longer there, or isn't \
                     signed by keys that it ever named for that"
                );
                self.gaps.push(HistoryGap { jurisdiction: place.clone(), reason });
            }
        }
        for ((place, address), (unsigned, missing)) in versions {
            let unsigned: Vec<u64> = unsigned.into_iter().collect();
            let whats = [
                (unsigned.as_slice(), "isn't signed by keys of the roots that are known of it"),
                (missing, "is no longer there"),
            ];
            for (versions, what) in whats {
                let (Some(first), Some(last)) = (versions.first(), versions.last()) else { continue };
                let which =
                    if first == last { format!("version {first}") } else { format!("a version of {first} to {last}") };
                let reason = format!("the repository of {place} at {address}: {which} of what it published {what}");
                self.gaps.push(HistoryGap { jurisdiction: place.clone(), reason });
            }
        }
        self.gaps.sort();
        self.gaps.dedup();
    }
}

/// The versions of a repository that nobody signed, and those that are gone.
type UnreadVersions<'h> = (BTreeSet<u64>, &'h [u64]);

/// A repository that a delegation names.
enum Lower {
    /// It is read already; its number.
    Known(usize),
    New(Box<PastAuthority>, Box<dyn RepositorySource>),
}

/// The one of two that shows less: both must hold.
fn worse(a: PastPublication, b: PastPublication) -> PastPublication {
    if b.rank() > a.rank() { b } else { a }
}

/// Whether a moment lies in the time for which something was listed.
fn within(period: &ListedPeriod, at: Timestamp, word: EndedWord) -> PastPublication {
    if let Some(from) = period.from.filter(|from| at + CLOCK_DIFFERENCE < *from) {
        return PastPublication::NotYet { word, from };
    }
    if let Some(lapsed) = period.lapsed.filter(|lapsed| at > *lapsed) {
        return PastPublication::Lapsed { word, lapsed };
    }
    match (period.has_ended, period.until) {
        (true, Some(until)) if at > until => PastPublication::Ended { word, until },
        (true, None) => PastPublication::Undated,
        (true, Some(_)) | (false, _) if period.from.is_none() => PastPublication::Undated,
        (true, Some(_)) | (false, _) => PastPublication::Shown,
    }
}
