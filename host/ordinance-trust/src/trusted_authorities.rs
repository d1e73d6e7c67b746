//! The repositories of all authorities, from the pinned root of the top one down. Each is checked and kept by itself:
//! one that can't be had, or has lapsed, leaves the others as they are.

use std::path::PathBuf;

use jiff::Timestamp;
use ordinance_domain::jurisdiction::{JurisdictionCode, LEVELS_MAX};
use ordinance_engine::definitions::{DefinitionFiles, Definitions, parse_definitions, place_of_definition};
use ordinance_engine::index::{HexDigest, IndexedState};

use crate::approvals::approvals;
use crate::authority::Authority;
use crate::error::RepositoryError;
use crate::kept_copy::KeptCopy;
use crate::metadata::{authority_target, default_address, delegated_place, said_address};
use crate::published_part::PublishedPart;
use crate::report::{Authorities, AuthorityReport, AuthorityState, RefusedDelegation};
use crate::repository_source::RepositorySource;
use crate::source::FolderSource;
use crate::verify::{VerifiedRepository, verify};

/// The most authorities under one top.
const AUTHORITIES_MAX: usize = 10_000;

/// The pinned root of the top authority, and where its repository is.
pub struct TrustedAuthorities {
    source: Box<dyn RepositorySource>,
    pinned_root: Vec<u8>,
    state: PathBuf,
}

/// An authority whose repository is to be read.
struct DelegatedRepository {
    place: JurisdictionCode,
    by: Option<(JurisdictionCode, AuthorityState)>,
    source: Box<dyn RepositorySource>,
    pinned_root: Vec<u8>,
    level: usize,
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
        Ok(Self { source, pinned_root, state })
    }

    /// Reads all repositories again.
    ///
    /// # Errors
    /// [`RepositoryError`] if nothing is known of the top authority: without it there is no law.
    pub fn update(&self, now: Timestamp) -> Result<Authorities, RepositoryError> {
        let top = Authority::of_pinned_root(&self.pinned_root)?;
        let check_top = |part: &PublishedPart| definitions_of(&top.jurisdiction, part).map(drop);
        let read = self.read(&top.jurisdiction, self.source.as_ref(), &self.pinned_root, now, &check_top);
        let read = match (&read.state, read.error) {
            (AuthorityState::Unknown(_), Some(error)) => return Err(error),
            (_, error) => ReadAuthority { error, ..read },
        };
        let definitions = definitions_of(&top.jurisdiction, &read.part)?;
        let mut authorities = Authorities { reports: Vec::new(), refused: Vec::new(), definitions };
        let mut waiting = Vec::new();
        let report = read.report(top.jurisdiction, None, self.source.address());
        self.delegations(&report, self.source.as_ref(), 1, &mut authorities, &mut waiting);
        authorities.reports.push(report);
        while let Some(delegation) = waiting.pop() {
            if authorities.reports.len() >= AUTHORITIES_MAX {
                let reason = format!("there are more than {AUTHORITIES_MAX} authorities");
                authorities.refused.push(RefusedDelegation { by: delegation.place, reason });
                continue;
            }
            let check = |part: &PublishedPart| check_approved(&authorities, part, now);
            let mut read =
                self.read(&delegation.place, delegation.source.as_ref(), &delegation.pinned_root, now, &check);
            let (by, upper) = delegation.by.unzip();
            // Who is delegated by somebody whose own word has expired isn't delegated by anybody.
            if let (Some(by), Some(AuthorityState::Lapsed(_))) = (&by, upper) {
                read.state = AuthorityState::Lapsed(format!("{by}, which delegates it, has lapsed"));
            }
            let report = read.report(delegation.place, by, delegation.source.address());
            self.delegations(&report, delegation.source.as_ref(), delegation.level + 1, &mut authorities, &mut waiting);
            authorities.reports.push(report);
        }
        Ok(authorities)
    }

    /// Finds whom an authority delegates, and which of that counts: only places below its own, each once.
    fn delegations(
        &self,
        report: &AuthorityReport,
        source: &dyn RepositorySource,
        level: usize,
        authorities: &mut Authorities,
        waiting: &mut Vec<DelegatedRepository>,
    ) {
        let Some(repository) = &report.repository else { return };
        let own = &report.jurisdiction;
        let mut targets: Vec<&str> = repository.target_names().collect();
        targets.sort_unstable_by(|a, b| b.cmp(a));
        for target in targets {
            let Some(place) = delegated_place(target) else { continue };
            let found = place.and_then(|place| {
                let known = authorities.reports.iter().map(|known| &known.jurisdiction);
                check_below(&place, own, &authorities.definitions, level)?;
                if known.chain(waiting.iter().map(|waiting| &waiting.place)).any(|known| *known == place) {
                    return Err(RepositoryError::Refused(format!("{place} is delegated already")));
                }
                let pinned_root = repository.read_target(&report.files, target)?;
                let authority = Authority::of_pinned_root(&pinned_root)?;
                if authority.jurisdiction != place {
                    return Err(RepositoryError::OtherAuthority { found: authority.jurisdiction, expected: place });
                }
                let address = repository
                    .target(target)
                    .and_then(|(target, _)| said_address(target).map(str::to_owned))
                    .unwrap_or_else(|| default_address(&place));
                let by = Some((own.clone(), report.state.clone()));
                Ok(DelegatedRepository { place, by, source: source.at(&address)?, pinned_root, level })
            });
            match found {
                Ok(delegation) => waiting.push(delegation),
                Err(error) => {
                    authorities.refused.push(RefusedDelegation { by: own.clone(), reason: error.to_string() });
                }
            }
        }
    }

    /// Reads a repository, or what was kept of it.
    fn read(
        &self,
        place: &JurisdictionCode,
        source: &dyn RepositorySource,
        pinned_root: &[u8],
        now: Timestamp,
        check: &dyn Fn(&PublishedPart) -> Result<(), RepositoryError>,
    ) -> ReadAuthority {
        let is_top = pinned_root == self.pinned_root;
        let copy = KeptCopy::new(self.state.join(place.as_str()));
        let kept = copy.read(pinned_root);
        let known = copy.known(pinned_root);
        let fresh = || -> Result<(VerifiedRepository, PublishedPart), RepositoryError> {
            if let Some(kept) = kept.as_ref().filter(|kept| kept.is_unchanged_in(source) && copy.is_whole(kept)) {
                let part = PublishedPart::read(kept, &copy.source())?;
                check(&part)?;
                kept.check_fresh(now)?;
                return Ok((kept.clone(), part));
            }
            let repository = verify(source, pinned_root, &known)?;
            if repository.authority.jurisdiction != *place {
                let found = repository.authority.jurisdiction.clone();
                return Err(RepositoryError::OtherAuthority { found, expected: place.clone() });
            }
            let part = PublishedPart::read(&repository, source)?;
            // Who publishes for the first time has nothing else to go by; the rules at fault are told of by themselves.
            if kept.is_some() || is_top {
                check(&part)?;
            }
            copy.write(&repository, source, pinned_root)?;
            repository.check_fresh(now)?;
            Ok((repository, part))
        };
        let files = copy.source();
        match fresh() {
            Ok((repository, part)) => {
                ReadAuthority { state: AuthorityState::Current, repository: Some(repository), part, files, error: None }
            }
            Err(error) => read_kept(copy.read(pinned_root), files, now, error),
        }
    }
}

/// A repository that was read.
struct ReadAuthority {
    state: AuthorityState,
    repository: Option<VerifiedRepository>,
    part: PublishedPart,
    files: FolderSource,
    error: Option<RepositoryError>,
}

impl ReadAuthority {
    fn report(
        self,
        jurisdiction: JurisdictionCode,
        delegated_by: Option<JurisdictionCode>,
        address: String,
    ) -> AuthorityReport {
        AuthorityReport {
            name: self.repository.as_ref().map(|repository| repository.authority.name.clone()),
            jurisdiction,
            delegated_by,
            address,
            state: self.state,
            repository: self.repository,
            part: self.part,
            files: self.files,
        }
    }
}

/// What was kept of a repository that can't be had as it must be.
fn read_kept(
    kept: Option<VerifiedRepository>,
    files: FolderSource,
    now: Timestamp,
    error: RepositoryError,
) -> ReadAuthority {
    let known = kept.and_then(|kept| PublishedPart::read(&kept, &files).ok().map(|part| (kept, part)));
    let why = error.to_string();
    let Some((kept, part)) = known else {
        let state = AuthorityState::Unknown(why);
        return ReadAuthority { state, repository: None, part: PublishedPart::default(), files, error: Some(error) };
    };
    let state = match kept.check_fresh(now) {
        Ok(()) => AuthorityState::Kept(why),
        Err(expired) if matches!(error, RepositoryError::Expired { .. }) => AuthorityState::Lapsed(expired.to_string()),
        Err(expired) => AuthorityState::Lapsed(format!("{expired}; and {why}")),
    };
    ReadAuthority { state, repository: Some(kept), part, files, error: Some(error) }
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

/// Checks that each rule has the approvals that its service's contract asks for: a publication without them must not
/// replace one that has them.
fn check_approved(authorities: &Authorities, part: &PublishedPart, now: Timestamp) -> Result<(), RepositoryError> {
    for rule in &part.rules {
        let IndexedState::Built(HexDigest(digest)) = rule.state else { continue };
        if let Err(missing) = approvals(authorities, rule, digest, now) {
            return Err(RepositoryError::Refused(missing.to_string()));
        }
    }
    Ok(())
}

/// Checks that a place lies below another one, on some day.
fn check_below(
    place: &JurisdictionCode,
    own: &JurisdictionCode,
    definitions: &Definitions,
    level: usize,
) -> Result<(), RepositoryError> {
    if level >= LEVELS_MAX {
        return Err(RepositoryError::Refused(format!("{place} is more than {LEVELS_MAX} levels down")));
    }
    if !definitions.places.all_published().ever_above(place).contains(&own) {
        return Err(RepositoryError::Refused(format!(
            "{own} delegates {}, and {place} isn't below {own}: it may delegate only places below its own",
            authority_target(place)
        )));
    }
    Ok(())
}
