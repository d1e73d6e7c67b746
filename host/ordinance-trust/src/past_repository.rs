//! One repository over time: which rules it listed and whom it delegated, from when until when. A repository keeps
//! every version of its targets and its snapshots, each signed by keys that a version of its root names.
//!
//! When a version was signed the metadata say by [`SIGNED_AT_MEMBER`]; older ones don't, and then nobody can tell. The
//! times are the word of whoever signed: keys that were stolen can sign versions with any time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use tough::schema::{Role, Root, Signed, Snapshot, Target, Targets};

use crate::error::RepositoryError;
use crate::listed_period::{ListedPeriod, go_on};
use crate::metadata::{
    APPROVAL_ROLE_PREFIX, DEFINITIONS_PREFIX, PINNED_ROOT, ROOT_BYTES_MAX, ROOTS_MAX, SIGNED_AT_MEMBER,
    SNAPSHOT_BYTES_MAX, TARGETS_BYTES_MAX, TARGETS_ROLE, TIMESTAMP_BYTES_MAX, TIMESTAMP_FILE, default_address,
    delegated_place, digest_of, expiry, metadata_path, parse, role_file, root_file, rule_of_target, said_address,
    time_of,
};
use crate::past_approvals::{ApproverKeys, PastApprovals};
use crate::repository_source::RepositorySource;

/// The most versions of one repository that are read.
const VERSIONS_MAX: u64 = 100_000;

/// The root of a lower authority that a repository lists, with the address of the lower repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ListedRoot {
    pub(crate) place: JurisdictionCode,
    pub(crate) digest: Digest,
    pub(crate) length: u64,
    pub(crate) address: String,
}

/// A repository over time, as far as the keys of one root and of those that follow it signed its versions.
#[derive(Debug, Default)]
pub(crate) struct PastRepository {
    pub(crate) rules: BTreeMap<(JurisdictionCode, Digest), Vec<ListedPeriod>>,
    pub(crate) delegated: BTreeMap<ListedRoot, Vec<ListedPeriod>>,
    /// The definition files, by path.
    pub(crate) definitions: BTreeMap<(String, Digest), Vec<ListedPeriod>>,
    pub(crate) approvals: PastApprovals,
    /// The versions that are there and that none of these keys signed.
    pub(crate) unsigned: Vec<u64>,
    /// The versions that aren't there.
    pub(crate) missing: Vec<u64>,
}

impl PastRepository {
    /// Reads every version that there is.
    ///
    /// # Errors
    /// [`RepositoryError`] if the root isn't one, or nothing of the repository can be read.
    pub(crate) fn read(source: &dyn RepositorySource, pinned_root: &[u8]) -> Result<Self, RepositoryError> {
        let roots = roots_from(source, pinned_root)?;
        let newest = newest_versions(source)?;
        let Snapshots { lapses, newest_approvals } = snapshots(source, newest.snapshot, &roots)?;
        let mut past = Self::default();
        let mut open = OpenPeriods::default();
        let mut approvers = ApproverKeys::default();
        for version in newest.targets.saturating_sub(VERSIONS_MAX).max(1)..=newest.targets {
            let file = role_file(version, TARGETS_ROLE);
            match read_signed::<Targets>(source, &file, TARGETS_BYTES_MAX, &roots)? {
                Found::Signed(targets) => {
                    open.next(&targets.signed, lapses.get(&version).copied(), &mut past);
                    approvers.add(&targets.signed);
                    open.has_gap = false;
                    continue;
                }
                Found::Unsigned => past.unsigned.push(version),
                Found::Missing => past.missing.push(version),
            }
            open.has_gap = true;
        }
        open.end(&mut past);
        past.approvals = PastApprovals::read(source, &approvers, &newest_approvals)?;
        Ok(past)
    }
}

/// The pinned root and those that follow it, each signed by the keys of the one before and by its own.
fn roots_from(source: &dyn RepositorySource, pinned: &[u8]) -> Result<Vec<Root>, RepositoryError> {
    let first: Signed<Root> = parse(PINNED_ROOT, pinned)?;
    let number = first.signed.version.get();
    let mut root = first.signed;
    let mut roots = Vec::new();
    for version in number.saturating_add(1)..=number.saturating_add(ROOTS_MAX) {
        let file = root_file(version);
        let Some(bytes) = source.read(&metadata_path(&file), ROOT_BYTES_MAX)? else { break };
        // A root that isn't signed as it must be is of somebody else: what it names doesn't count.
        let Ok(next) = parse::<Root>(&file, &bytes) else { break };
        if root.verify_role(&next).is_err() || next.signed.verify_role(&next).is_err() {
            break;
        }
        roots.push(std::mem::replace(&mut root, next.signed));
    }
    roots.push(root);
    Ok(roots)
}

/// The numbers of the newest versions. Nothing is trusted of them: each version is checked by itself.
struct NewestVersions {
    targets: u64,
    snapshot: u64,
}

fn newest_versions(source: &dyn RepositorySource) -> Result<NewestVersions, RepositoryError> {
    let bytes = source.read(&metadata_path(TIMESTAMP_FILE), TIMESTAMP_BYTES_MAX)?;
    let bytes = bytes.ok_or_else(|| RepositoryError::Missing(metadata_path(TIMESTAMP_FILE)))?;
    let timestamp: Signed<tough::schema::Timestamp> = parse(TIMESTAMP_FILE, &bytes)?;
    let snapshot = timestamp.signed.meta.get("snapshot.json").map_or(0, |meta| meta.version.get());
    let file = role_file(snapshot, "snapshot");
    let bytes = source.read(&metadata_path(&file), SNAPSHOT_BYTES_MAX)?;
    let bytes = bytes.ok_or_else(|| RepositoryError::Missing(metadata_path(&file)))?;
    let named: Signed<Snapshot> = parse(&file, &bytes)?;
    let targets = named.signed.meta.get("targets.json").map_or(0, |meta| meta.version.get());
    Ok(NewestVersions { targets, snapshot })
}

/// What the snapshots say.
#[derive(Default)]
struct Snapshots {
    /// The moment from which no reader uses a version of the targets, by the snapshots that name it.
    lapses: BTreeMap<u64, Timestamp>,
    /// The newest version of each list of approvals, by its role.
    newest_approvals: BTreeMap<String, u64>,
}

fn snapshots(source: &dyn RepositorySource, newest: u64, roots: &[Root]) -> Result<Snapshots, RepositoryError> {
    let mut read = Snapshots::default();
    for version in newest.saturating_sub(VERSIONS_MAX).max(1)..=newest {
        let file = role_file(version, "snapshot");
        let Found::Signed(snapshot) = read_signed::<Snapshot>(source, &file, SNAPSHOT_BYTES_MAX, roots)? else {
            continue;
        };
        for (file, meta) in &snapshot.signed.meta {
            let Some(role) = file.strip_suffix(".json").filter(|role| role.starts_with(APPROVAL_ROLE_PREFIX)) else {
                continue;
            };
            let newest = read.newest_approvals.entry(role.to_owned()).or_default();
            *newest = (*newest).max(meta.version.get());
        }
        let Some(named) = snapshot.signed.meta.get("targets.json") else { continue };
        let lapsed: &mut Timestamp = read.lapses.entry(named.version.get()).or_insert(Timestamp::MIN);
        *lapsed = (*lapsed).max(expiry(&snapshot.signed));
    }
    Ok(read)
}

enum Found<T> {
    Signed(Box<Signed<T>>),
    Unsigned,
    Missing,
}

/// A version that keys of one of these roots signed. One that can't be parsed nobody signed.
fn read_signed<T: Role + serde::de::DeserializeOwned>(
    source: &dyn RepositorySource,
    file: &str,
    bytes_max: u64,
    roots: &[Root],
) -> Result<Found<T>, RepositoryError> {
    let Some(bytes) = source.read(&metadata_path(file), bytes_max)? else { return Ok(Found::Missing) };
    let Ok(read) = parse::<T>(file, &bytes) else { return Ok(Found::Unsigned) };
    let is_signed = roots.iter().any(|root| root.verify_role(&read).is_ok());
    Ok(if is_signed { Found::Signed(Box::new(read)) } else { Found::Unsigned })
}

/// What the version before listed, each thing with the time since when.
#[derive(Default)]
struct OpenPeriods {
    rules: BTreeMap<(JurisdictionCode, Digest), ListedPeriod>,
    delegated: BTreeMap<ListedRoot, ListedPeriod>,
    definitions: BTreeMap<(String, Digest), ListedPeriod>,
    /// Whether the version before isn't known: what a version lists, that one may have listed too.
    has_gap: bool,
}

impl OpenPeriods {
    /// Goes on with the next version.
    fn next(&mut self, targets: &Targets, lapsed: Option<Timestamp>, past: &mut PastRepository) {
        let signed_at = targets._extra.get(SIGNED_AT_MEMBER).and_then(|at| at.as_str()?.parse().ok());
        let since = signed_at.filter(|_| !self.has_gap);
        let (mut rules, mut delegated, mut definitions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (name, target) in &targets.targets {
            let Ok(digest) = digest_of(&target.hashes, name.raw()) else { continue };
            if let Some(rule) = rule_of_target(name.raw()) {
                rules.insert(rule, time_of(target, "published").parse().ok().or(since));
            } else if let Some(Ok(place)) = delegated_place(name.raw()) {
                delegated.insert(listed_root(place, digest, target), since);
            } else if let Some(path) = name.raw().strip_prefix(DEFINITIONS_PREFIX) {
                definitions.insert((path.to_owned(), digest), since);
            }
        }
        go_on(&mut self.rules, &rules, (signed_at, lapsed), &mut past.rules);
        go_on(&mut self.delegated, &delegated, (signed_at, lapsed), &mut past.delegated);
        go_on(&mut self.definitions, &definitions, (signed_at, lapsed), &mut past.definitions);
    }

    fn end(self, past: &mut PastRepository) {
        for (rule, period) in self.rules {
            past.rules.entry(rule).or_default().push(period);
        }
        for (root, period) in self.delegated {
            past.delegated.entry(root).or_default().push(period);
        }
        for (definition, period) in self.definitions {
            past.definitions.entry(definition).or_default().push(period);
        }
    }
}

fn listed_root(place: JurisdictionCode, digest: Digest, target: &Target) -> ListedRoot {
    let address = said_address(target).map_or_else(|| default_address(&place), str::to_owned);
    ListedRoot { place, digest, length: target.length, address }
}
