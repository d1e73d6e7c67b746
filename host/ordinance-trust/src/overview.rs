//! What a repository is, in the types of this crate: who signs what, until when, and what it holds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::RULEBOOK_FILE;
use ordinance_engine::index::IndexedRule;
use tough::schema::decoded::{Decoded, Hex};
use tough::schema::key::Key;
use tough::schema::{RoleKeys, RoleType, Root, Signed, Targets};

use crate::authority::Authority;
use crate::error::RepositoryError;
use crate::key::PublicKey;
use crate::metadata::{
    approved_place, definition_target, delegated_place, expiry, log_of_target, parse, place_of_rule, rule_target,
    said_address,
};
use crate::published_part::PublishedPart;
use crate::repository_source::RepositorySource;
use crate::source::MemorySource;
use crate::verify::{VerifiedRepository, verify_root};

/// The member of a log's target that has its name.
pub(crate) const LOG_NAME_MEMBER: &str = "name";

/// The keys of a role, and how many of them must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    /// The keys.
    pub keys: Vec<PublicKey>,
    /// How many of them must sign.
    pub threshold: u64,
}

/// What a root says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootOverview {
    /// Whose it is.
    pub authority: Authority,
    /// Its version.
    pub version: u64,
    /// Until when it holds.
    pub expires: Timestamp,
    /// The keys of the root, which name all other keys.
    pub root: KeySet,
    /// The keys that publish.
    pub publish: KeySet,
}

/// Who approves the rules of a lower place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproversOverview {
    /// The place.
    pub place: JurisdictionCode,
    /// The approvers.
    pub keys: KeySet,
    /// What they approved.
    pub list: ApprovalList,
}

/// The list of what approvers of a place approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalList {
    /// Enough of them signed it.
    Signed {
        /// How many rules it lists.
        rules: usize,
        /// Until when it holds.
        expires: Timestamp,
    },
    /// There is none that counts; the reason.
    None(String),
}

/// What a repository holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryOverview {
    /// Its root.
    pub root: RootOverview,
    /// The first moment at which a part of it has expired.
    pub expires: Timestamp,
    /// The number of rules of each place.
    pub rules: BTreeMap<String, usize>,
    /// Whether it has the definitions that all authorities share.
    pub has_definitions: bool,
    /// Who approves for whom.
    pub approvers: Vec<ApproversOverview>,
    /// The authorities that it delegates, each with the address that it gives.
    pub delegated: Vec<(JurisdictionCode, Option<String>)>,
    /// The names of the decision logs whose keys it lists.
    pub logs: Vec<String>,
}

impl RootOverview {
    pub(crate) fn of(root: &Root) -> Result<Self, RepositoryError> {
        let name = format!("root version {}", root.version);
        Ok(Self {
            authority: Authority::of_root(root, &name)?,
            version: root.version.get(),
            expires: expiry(root),
            root: key_set(root, RoleType::Root),
            publish: key_set(root, RoleType::Targets),
        })
    }

    /// Reads the file of a root and checks that its own keys signed it.
    ///
    /// # Errors
    /// [`RepositoryError`] if it is no root, or too few of its keys signed it.
    pub fn read(bytes: &[u8]) -> Result<Self, RepositoryError> {
        parse::<Root>("the file of the root", bytes)?;
        let nothing_newer = MemorySource::default();
        Self::of(&verify_root(&nothing_newer, bytes)?.signed)
    }

    /// The newest root of a repository, checked from its first one on. Whoever has another copy of the first one should
    /// compare the two.
    ///
    /// # Errors
    /// [`RepositoryError`] if it has no root, or one isn't signed as it must be.
    pub fn newest(source: &dyn RepositorySource) -> Result<(Self, Vec<u8>), RepositoryError> {
        let first = first_root(source)?;
        let root = verify_root(source, &first)?;
        let file = crate::metadata::metadata_path(&crate::metadata::root_file(root.signed.version.get()));
        let bytes = source.read(&file, crate::metadata::ROOT_BYTES_MAX)?.ok_or(RepositoryError::Missing(file))?;
        Ok((Self::of(&root.signed)?, bytes))
    }
}

/// The first root of a repository.
///
/// # Errors
/// [`RepositoryError::Missing`] if it has none.
pub fn first_root(source: &dyn RepositorySource) -> Result<Vec<u8>, RepositoryError> {
    let file = crate::metadata::metadata_path(&crate::metadata::root_file(1));
    let bytes = source.read(&file, crate::metadata::ROOT_BYTES_MAX)?;
    bytes.ok_or_else(|| {
        RepositoryError::Refused(format!(
            "`{}` is no repository whose root enough keys signed: it has no file {file}",
            source.address()
        ))
    })
}

fn key_set(root: &Root, role: RoleType) -> KeySet {
    let find = |id: &Decoded<Hex>| root.keys.get(id);
    root.roles.get(&role).map_or(KeySet { keys: Vec::new(), threshold: 0 }, |role| keys_of(role, find))
}

fn keys_of<'k>(role: &RoleKeys, find: impl Fn(&Decoded<Hex>) -> Option<&'k Key>) -> KeySet {
    let keys = role.keyids.iter().filter_map(find).filter_map(PublicKey::of_schema).collect();
    KeySet { keys, threshold: role.threshold.get() }
}

impl VerifiedRepository {
    /// What it holds.
    ///
    /// # Errors
    /// [`RepositoryError::Malformed`] if its root doesn't say whose it is.
    pub fn overview(&self) -> Result<RepositoryOverview, RepositoryError> {
        let mut rules = BTreeMap::new();
        for place in self.target_names().filter_map(place_of_rule) {
            *rules.entry(place.to_owned()).or_default() += 1;
        }
        let approvals = |role: &str| match self.approvals.get(role) {
            Some(Ok(list)) => list_of(list),
            Some(Err(reason)) => ApprovalList::None(reason.to_string()),
            None => nothing_approved(),
        };
        let mut delegated: Vec<_> = self.target_names().filter_map(|name| self.delegation(name)).collect();
        delegated.sort();
        let mut logs: Vec<String> = self.target_names().filter_map(|name| self.log_name(name)).collect();
        logs.sort();
        Ok(RepositoryOverview {
            root: RootOverview::of(&self.root.signed)?,
            expires: self.expires(),
            rules,
            has_definitions: self.target(&definition_target(RULEBOOK_FILE)).is_some(),
            approvers: approvers_of(&self.targets.signed, approvals),
            delegated,
            logs,
        })
    }

    /// The rules that it publishes.
    ///
    /// # Errors
    /// [`RepositoryError`] if its index can't be read.
    pub fn published_rules(&self, source: &dyn RepositorySource) -> Result<Vec<IndexedRule>, RepositoryError> {
        Ok(PublishedPart::read(self, source)?.rules)
    }

    /// The bytes of a rule that it publishes.
    ///
    /// # Errors
    /// [`RepositoryError`] if it isn't there, or isn't what the metadata say.
    pub fn published_rule(
        &self,
        source: &dyn RepositorySource,
        place: &str,
        digest: Digest,
    ) -> Result<Vec<u8>, RepositoryError> {
        self.read_target(source, &rule_target(place, digest))
    }

    /// The name of the log whose key a target is; of one that says none the digest of its key.
    fn log_name(&self, name: &str) -> Option<String> {
        let digest = log_of_target(name)?;
        let (target, _) = self.target(name)?;
        let said = target.custom.get(LOG_NAME_MEMBER).and_then(|name| name.as_str());
        Some(said.unwrap_or(digest).to_owned())
    }

    fn delegation(&self, name: &str) -> Option<(JurisdictionCode, Option<String>)> {
        let place = delegated_place(name)?.ok()?;
        let (target, _) = self.target(name)?;
        Some((place, said_address(target).map(str::to_owned)))
    }
}

/// A list that enough approvers signed.
pub(crate) fn list_of(list: &Signed<Targets>) -> ApprovalList {
    ApprovalList::Signed { rules: list.signed.targets.len(), expires: expiry(&list.signed) }
}

/// The list of approvers who approved nothing yet.
pub(crate) fn nothing_approved() -> ApprovalList {
    ApprovalList::None("nothing is approved yet".to_owned())
}

/// Who approves for whom. `list` gives what a role approved.
pub(crate) fn approvers_of(targets: &Targets, list: impl Fn(&str) -> ApprovalList) -> Vec<ApproversOverview> {
    let delegations = targets.delegations.iter();
    let roles = delegations.flat_map(|delegations| delegations.roles.iter().map(move |role| (delegations, role)));
    let overview = roles.filter_map(|(delegations, role)| {
        let keys = RoleKeys { keyids: role.keyids.clone(), threshold: role.threshold, _extra: Default::default() };
        Some(ApproversOverview {
            place: approved_place(&role.name)?,
            keys: keys_of(&keys, |id| delegations.keys.get(id)),
            list: list(&role.name),
        })
    });
    overview.collect()
}

/// Whether an authority's approvers list a rule of a place, and their word hasn't expired.
#[must_use]
pub fn is_approved(repository: &VerifiedRepository, place: &JurisdictionCode, rule: Digest, at: Timestamp) -> bool {
    repository.approval(place, rule, at).is_some()
}
