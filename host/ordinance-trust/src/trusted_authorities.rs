//! The repositories of all authorities, from the pinned root of the top one down. Each is checked and kept by itself:
//! one that can't be had, or has lapsed, leaves the others as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::{JurisdictionCode, LEVELS_MAX};
use ordinance_engine::definitions::{DefinitionFiles, Definitions, parse_definitions, place_of_definition};
use ordinance_engine::digest::sha256;

use crate::approvals::approvals;
use crate::authority::Authority;
use crate::error::{RepositoryError, SourceError};
use crate::kept_copy::KeptCopy;
use crate::maker::day_of;
use crate::metadata::{authority_target, default_address, delegated_place, said_address};
use crate::published_part::PublishedPart;
use crate::report::{Authorities, AuthorityReport, AuthorityState, RefusedDelegation};
use crate::repository_source::RepositorySource;
use crate::rule_reference::RuleReference;
use crate::verify::{VerifiedRepository, verify};

/// The most authorities under one top.
const AUTHORITIES_MAX: usize = 10_000;

/// How many repositories are read at once.
const READERS_MAX: usize = 8;

/// How long the repository of one authority may take in an update. What was read stays, so that the next update goes on
/// from there.
const REPOSITORY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long an update may take. Those whose turn hasn't come then are taken from their copies.
const UPDATE_TIMEOUT: Duration = Duration::from_secs(300);

/// The pinned root of the top authority, and where its repository is.
pub struct TrustedAuthorities {
    source: Arc<dyn RepositorySource>,
    pinned_root: Vec<u8>,
    state: PathBuf,
    /// The authorities whose repositories weren't read in their time. They come last the next time, so that they hold
    /// up nobody else.
    late: Mutex<BTreeSet<JurisdictionCode>>,
    /// What was accepted last of each authority, so that it needn't be checked again while it stays.
    accepted: Mutex<BTreeMap<JurisdictionCode, Accepted>>,
}

/// An authority whose repository is to be read.
struct DelegatedRepository {
    place: JurisdictionCode,
    by: Option<(JurisdictionCode, AuthorityState)>,
    source: Arc<dyn RepositorySource>,
    pinned_root: Vec<u8>,
}

impl TrustedAuthorities {
    /// Trusts the authority of a root, whose repository has this address, and all that it delegates. What was trusted
    /// last is kept in the folder `state`.
    ///
    /// # Errors
    /// [`RepositoryError::Malformed`] if the root isn't one.
    pub fn new(
        source: Box<dyn RepositorySource>,
        pinned_root: Vec<u8>,
        state: PathBuf,
    ) -> Result<Self, RepositoryError> {
        Authority::of_pinned_root(&pinned_root)?;
        Ok(Self { source: Arc::from(source), pinned_root, state, late: Mutex::default(), accepted: Mutex::default() })
    }

    /// Reads all repositories again, level by level, those of one level at the same time.
    ///
    /// # Errors
    /// [`RepositoryError`] if nothing is known of the top authority: without it there is no law.
    pub fn update(&self, now: Timestamp) -> Result<Authorities, RepositoryError> {
        let deadline = Instant::now() + UPDATE_TIMEOUT;
        let top = DelegatedRepository {
            place: Authority::of_pinned_root(&self.pinned_root)?.jurisdiction,
            by: None,
            source: Arc::clone(&self.source),
            pinned_root: self.pinned_root.clone(),
        };
        let check_top = |part: &PublishedPart| definitions_of(&top.place, part).map(drop);
        let fetched = self.fetch(&top, deadline);
        let read = match self.settle(&top, fetched, now, &check_top) {
            ReadAuthority { state: AuthorityState::Unknown(_), error: Some(error), .. } => return Err(error),
            read => read,
        };
        let part = read.accepted.as_ref().map(|accepted| Arc::clone(&accepted.part)).unwrap_or_default();
        let definitions = definitions_of(&top.place, &part)?;
        let mut authorities = Authorities::new(definitions, day_of(now));
        let mut delegated = BTreeSet::from([top.place.clone()]);
        let mut level = self.add(&top, read, 1, &mut authorities, &mut delegated);
        for depth in 2..=LEVELS_MAX {
            // Each stands after all that are above it.
            level.sort_by_cached_key(|next| (authorities.depth(&next.place), next.place.clone()));
            if authorities.reports.len() + level.len() > AUTHORITIES_MAX {
                let reason = format!("there are more than {AUTHORITIES_MAX} authorities");
                let room = AUTHORITIES_MAX - authorities.reports.len().min(AUTHORITIES_MAX);
                for surplus in level.split_off(room) {
                    authorities.refused.push(RefusedDelegation { by: surplus.place, reason: reason.clone() });
                }
            }
            let fetched = self.fetch_all(&level, deadline);
            let mut lower = Vec::new();
            for (delegation, fetched) in level.iter().zip(fetched) {
                let check = |part: &PublishedPart| check_approved(&authorities, part, now);
                let mut read = self.settle(delegation, fetched, now, &check);
                // Who is delegated by somebody whose own word has expired isn't delegated by anybody.
                if let Some((by, AuthorityState::Lapsed(_))) = &delegation.by {
                    read.state = AuthorityState::Lapsed(format!("{by}, which delegates it, has lapsed"));
                }
                lower.extend(self.add(delegation, read, depth, &mut authorities, &mut delegated));
            }
            level = lower;
        }
        Ok(authorities)
    }

    /// Adds an authority that was read. Returns those that it delegates.
    fn add(
        &self,
        delegation: &DelegatedRepository,
        read: ReadAuthority,
        depth: usize,
        authorities: &mut Authorities,
        delegated: &mut BTreeSet<JurisdictionCode>,
    ) -> Vec<DelegatedRepository> {
        let accepted = read.accepted;
        let report = AuthorityReport {
            name: accepted.as_ref().map(|accepted| accepted.repository.authority.name.clone()),
            jurisdiction: delegation.place.clone(),
            delegated_by: delegation.by.as_ref().map(|(by, _)| by.clone()),
            address: delegation.source.address(),
            state: read.state,
            unwritten: accepted.as_ref().and_then(|accepted| accepted.unwritten.clone()),
            part: accepted.as_ref().map(|accepted| Arc::clone(&accepted.part)).unwrap_or_default(),
            repository: accepted.map(|accepted| accepted.repository),
            files: Arc::new(self.copy_of(&delegation.place).source()),
        };
        let delegations = self.delegations(&report, delegation.source.as_ref(), depth, authorities, delegated);
        authorities.add(report);
        delegations
    }

    /// Reads the repositories of several authorities at the same time. The results are in their order.
    fn fetch_all(
        &self,
        delegations: &[DelegatedRepository],
        deadline: Instant,
    ) -> Vec<Result<FetchedRepository, RepositoryError>> {
        let late = lock(&self.late).clone();
        let mut order: Vec<usize> = (0..delegations.len()).collect();
        order.sort_by_key(|position| delegations.get(*position).is_some_and(|next| late.contains(&next.place)));
        let next = AtomicUsize::new(0);
        let fetched = Mutex::new(BTreeMap::new());
        thread::scope(|scope| {
            for _ in 0..READERS_MAX.min(delegations.len()) {
                scope.spawn(|| {
                    while let Some(position) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let Some(delegation) = delegations.get(*position) else { continue };
                        let result = self.fetch(delegation, deadline);
                        lock(&fetched).insert(*position, result);
                    }
                });
            }
        });
        fetched.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }

    /// Finds whom an authority delegates, and which of that counts: only places below its own, each once.
    fn delegations(
        &self,
        report: &AuthorityReport,
        source: &dyn RepositorySource,
        depth: usize,
        authorities: &mut Authorities,
        delegated: &mut BTreeSet<JurisdictionCode>,
    ) -> Vec<DelegatedRepository> {
        let Some(repository) = &report.repository else { return Vec::new() };
        let own = &report.jurisdiction;
        let mut found: Vec<DelegatedRepository> = Vec::new();
        let mut targets: Vec<&str> = repository.target_names().collect();
        targets.sort_unstable();
        for target in targets {
            let Some(place) = delegated_place(target) else { continue };
            let delegation = place.and_then(|place| {
                check_below(&place, own, authorities, depth)?;
                if delegated.contains(&place) {
                    return Err(RepositoryError::Refused(format!("{place} is delegated already")));
                }
                let missing = || RepositoryError::Missing(target.to_owned());
                let pinned_root = report.part.roots.get(target).cloned().ok_or_else(missing)?;
                let authority = Authority::of_pinned_root(&pinned_root)?;
                if authority.jurisdiction != place {
                    return Err(RepositoryError::OtherAuthority { found: authority.jurisdiction, expected: place });
                }
                let address = repository
                    .target(target)
                    .and_then(|(target, _)| said_address(target).map(str::to_owned))
                    .unwrap_or_else(|| default_address(&place));
                let by = Some((own.clone(), report.state.clone()));
                Ok(DelegatedRepository { place, by, source: Arc::from(source.at(&address)?), pinned_root })
            });
            match delegation {
                Ok(delegation) => {
                    delegated.insert(delegation.place.clone());
                    found.push(delegation);
                }
                Err(error) => {
                    authorities.refused.push(RefusedDelegation { by: own.clone(), reason: error.to_string() });
                }
            }
        }
        found
    }

    fn copy_of(&self, place: &JurisdictionCode) -> KeptCopy {
        KeptCopy::new(self.state.join(place.as_str()))
    }

    /// Reads a repository in the time that it has, and copies the files that it publishes.
    fn fetch(&self, delegation: &DelegatedRepository, deadline: Instant) -> Result<FetchedRepository, RepositoryError> {
        let own_deadline = Instant::now() + REPOSITORY_TIMEOUT;
        let source = delegation.source.until(own_deadline.min(deadline));
        let fetched = self.read_in_time(delegation, source.as_ref());
        let is_late = matches!(fetched, Err(RepositoryError::Source(SourceError::Late(_))));
        let mut late = lock(&self.late);
        if is_late && own_deadline <= deadline {
            late.insert(delegation.place.clone());
        } else if !is_late {
            late.remove(&delegation.place);
        }
        fetched
    }

    /// What was accepted last of an authority by this root: from memory, or else from its copy, checked again.
    fn accepted(&self, delegation: &DelegatedRepository) -> Option<Accepted> {
        let DelegatedRepository { place, pinned_root, .. } = delegation;
        let root = sha256(pinned_root);
        let known = lock(&self.accepted).get(place).filter(|accepted| accepted.root == root).cloned();
        if known.is_some() {
            return known;
        }
        let copy = self.copy_of(place);
        let repository = copy.read(pinned_root)?;
        let part = PublishedPart::read(&repository, &copy.source()).ok()?;
        let repository = VerifiedRepository { index: part.index.clone(), ..repository };
        let accepted = Accepted { root, repository: Arc::new(repository), part: Arc::new(part), unwritten: None };
        lock(&self.accepted).insert(place.clone(), accepted.clone());
        Some(accepted)
    }

    fn read_in_time(
        &self,
        delegation: &DelegatedRepository,
        source: &dyn RepositorySource,
    ) -> Result<FetchedRepository, RepositoryError> {
        let DelegatedRepository { place, pinned_root, .. } = delegation;
        let copy = self.copy_of(place);
        let known = self.accepted(delegation);
        let has_copy = known.is_some();
        let versions = match known {
            Some(accepted) if accepted.repository.is_unchanged_in(source) && copy.is_whole(&accepted.repository) => {
                let is_unchanged = copy.is_of(pinned_root) && accepted.unwritten.is_none();
                return Ok(FetchedRepository { accepted, has_copy, is_unchanged });
            }
            // The copy is older than what was accepted, for it couldn't be written.
            Some(accepted) if accepted.unwritten.is_some() => accepted.repository.versions.clone(),
            Some(_) | None => copy.known(pinned_root, source),
        };
        let repository = verify(source, pinned_root, &versions)?;
        if repository.authority.jurisdiction != *place {
            let found = repository.authority.jurisdiction.clone();
            return Err(RepositoryError::OtherAuthority { found, expected: place.clone() });
        }
        let part = PublishedPart::read(&repository, source)?;
        let unwritten = match copy.fetch(&repository, source) {
            Ok(()) => None,
            Err(error @ RepositoryError::Unwritable { .. }) => Some(with_source(&error)),
            Err(error) => return Err(error),
        };
        let repository = VerifiedRepository { index: part.index.clone(), ..repository };
        let (repository, part) = (Arc::new(repository), Arc::new(part));
        let accepted = Accepted { root: sha256(pinned_root), repository, part, unwritten };
        Ok(FetchedRepository { accepted, has_copy, is_unchanged: false })
    }

    /// Puts what was fetched of an authority into effect, or what was kept of it.
    fn settle(
        &self,
        delegation: &DelegatedRepository,
        fetched: Result<FetchedRepository, RepositoryError>,
        now: Timestamp,
        check: &dyn Fn(&PublishedPart) -> Result<(), RepositoryError>,
    ) -> ReadAuthority {
        let copy = self.copy_of(&delegation.place);
        let settled = fetched.and_then(|FetchedRepository { mut accepted, has_copy, is_unchanged }| {
            // Who publishes for the first time has nothing else to go by; the rules at fault are told of by themselves.
            // What is published already stays as it is, though an approval of it has ended.
            if (has_copy && !is_unchanged) || delegation.by.is_none() {
                check(&accepted.part)?;
            }
            if !is_unchanged && accepted.unwritten.is_none() {
                let committed = copy.commit(&accepted.repository, &delegation.pinned_root);
                accepted.unwritten = committed.err().map(|error| with_source(&error));
            }
            // What the authority no longer publishes must end though the disk is full, so it counts without a copy.
            lock(&self.accepted).insert(delegation.place.clone(), accepted.clone());
            accepted.repository.check_fresh(now)?;
            Ok(ReadAuthority { state: AuthorityState::Current, accepted: Some(accepted), error: None })
        });
        settled.unwrap_or_else(|error| read_kept(self.accepted(delegation), now, error))
    }
}

/// What was accepted of an authority.
#[derive(Clone)]
struct Accepted {
    /// The digest of the root from which it was checked.
    root: Digest,
    repository: Arc<VerifiedRepository>,
    part: Arc<PublishedPart>,
    /// Why there is no copy of it.
    unwritten: Option<String>,
}

/// A repository whose metadata hold, and what it publishes.
struct FetchedRepository {
    accepted: Accepted,
    /// Whether an earlier state was accepted.
    has_copy: bool,
    /// Whether it is the state of the copy.
    is_unchanged: bool,
}

/// A repository that was read.
struct ReadAuthority {
    state: AuthorityState,
    accepted: Option<Accepted>,
    error: Option<RepositoryError>,
}

/// What was accepted of a repository that can't be had as it must be.
fn read_kept(accepted: Option<Accepted>, now: Timestamp, error: RepositoryError) -> ReadAuthority {
    let why = with_source(&error);
    let Some(accepted) = accepted else {
        return ReadAuthority { state: AuthorityState::Unknown(why), accepted: None, error: Some(error) };
    };
    let state = match accepted.repository.check_fresh(now) {
        Ok(()) => AuthorityState::Kept(why),
        Err(expired) if matches!(error, RepositoryError::Expired { .. }) => AuthorityState::Lapsed(expired.to_string()),
        Err(expired) => AuthorityState::Lapsed(format!("{expired}; and {why}")),
    };
    ReadAuthority { state, accepted: Some(accepted), error: Some(error) }
}

/// What a panic interrupted is replaced whole the next time, so a poisoned lock does no harm.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The definitions that the top authority publishes, without those of lower places, which other authorities may set.
fn definitions_of(top: &JurisdictionCode, part: &PublishedPart) -> Result<Definitions, RepositoryError> {
    let shared = |path: &str| place_of_definition(path).is_none_or(|place| place == *top);
    let files: DefinitionFiles = part
        .definitions
        .iter()
        .filter(|(path, _)| shared(path))
        .map(|(path, text)| (path.clone(), text.clone()))
        .collect();
    parse_definitions(&files).map_err(|faults| RepositoryError::Malformed {
        file: format!("the definitions of {top}"),
        reason: faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    })
}

/// The error with the reason of the operating system, if there is one.
fn with_source(error: &RepositoryError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Checks that each rule has the approvals that its service's contract asks for: a publication without them must not
/// replace one that has them. Whoever approves and wasn't read yet is asked when the rulebook is made.
fn check_approved(authorities: &Authorities, part: &PublishedPart, now: Timestamp) -> Result<(), RepositoryError> {
    for rule in &part.rules {
        let Some(digest) = rule.built() else { continue };
        let Ok(place) = JurisdictionCode::new(&rule.jurisdiction) else { continue };
        let published =
            RuleReference { place: &place, service: rule.service.as_deref(), version: &rule.version, digest };
        if let Err(missing) = approvals(authorities, &published, now)
            && authorities.find(&missing.by).is_some()
        {
            return Err(RepositoryError::Refused(missing.to_string()));
        }
    }
    Ok(())
}

/// Checks that a place lies below another one today: one that was above it before, or will be, says nothing of its law.
fn check_below(
    place: &JurisdictionCode,
    own: &JurisdictionCode,
    authorities: &Authorities,
    depth: usize,
) -> Result<(), RepositoryError> {
    if depth >= LEVELS_MAX {
        return Err(RepositoryError::Refused(format!("{place} is more than {LEVELS_MAX} levels down")));
    }
    if place == own || !authorities.is_within(place, own) {
        return Err(RepositoryError::Refused(format!(
            "{own} delegates {}, and {place} isn't below {own}: it may delegate only places below its own",
            authority_target(place)
        )));
    }
    Ok(())
}
