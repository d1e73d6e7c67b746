//! Loading a built rulebook from its folder. A rule that is broken is in it too, with the reason, so that its layer
//! reads as failed and never as silent.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use ordinance_domain::calendar::{DateRange, EmptyRangeError, PublicationPeriod};
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::{CodeError, JurisdictionCode};
use ordinance_domain::manifest::RuleScope;
use ordinance_domain::name::{Id, NameError};
use ordinance_domain::rule_head::{RuleApproval, RuleHead, RulePublisher};
use ordinance_domain::titles::Titles;
use ordinance_sandbox::{Loader, Sandbox};

use super::checks::add;
use super::revision::{Rulebook, Versions};
use super::rule::{Rule, RuleFolder, RuleKind, RuleState};
use super::rule_load_error::RuleLoadError;
use crate::definitions::{DefinitionFiles, Definitions, parse_definitions};
use crate::diagnostic::Diagnostic;
use crate::digest::sha256;
use crate::index::{FORMAT, INDEX_FILE, Index, IndexedPublisher, IndexedRule, IndexedState, OLDEST_FORMAT, rule_path};
use crate::rulebook_files::{FILE_BYTES_MAX, RulebookFiles};

/// Rules that may no longer be used, by place and digest, each with the reason.
pub type UnusableRules = BTreeMap<(JurisdictionCode, Digest), String>;

/// The error of a rulebook that can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file can't be read.
    #[error("`{}` can't be read; name a folder that `ordinance build` wrote", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// The index is invalid, or has another format.
    #[error("`{}` is not an index of format {OLDEST_FORMAT} to {FORMAT}: {reason}; build the rulebook again", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// The error of the index.
        reason: IndexError,
    },
    /// A definition file isn't the one that the index names.
    #[error("`{0}` was changed after the rulebook was built; build it again")]
    Changed(String),
    /// Definitions are invalid.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Definitions(Vec<Diagnostic>),
}

#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It isn't JSON, or has another structure.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It has another format.
    #[error("it has format {0}")]
    Format(u32),
    /// The id of a rule or of a service isn't well formed.
    #[error(transparent)]
    Id(#[from] NameError),
    /// The code of a place isn't well formed.
    #[error(transparent)]
    Jurisdiction(#[from] CodeError),
    /// A rule is in force on no day.
    #[error(transparent)]
    Days(#[from] EmptyRangeError),
}

impl Rulebook {
    /// Loads a built rulebook. A rule that is broken doesn't keep the others from loading.
    ///
    /// # Errors
    /// [`LoadError`] if the index or the definitions can't be used.
    #[cfg(not(target_family = "wasm"))]
    pub fn load(folder: &std::path::Path, sandbox: &Sandbox) -> Result<Self, LoadError> {
        let io_error = |source| LoadError::Io { path: folder.join(INDEX_FILE), source };
        let folder = crate::rulebook_folder::RulebookFolder::open(folder).map_err(io_error)?;
        Self::load_part(&folder, sandbox, &|_| true)
    }

    /// Loads of a built rulebook the rules that `is_wanted` chooses. Where another one would apply, the rulebook has
    /// none, so that a caller chooses all that the questions which it asks may lead to.
    ///
    /// # Errors
    /// [`LoadError`] if the index or the definitions can't be used.
    pub fn load_part(
        folder: &impl RulebookFiles,
        sandbox: &Sandbox,
        is_wanted: &dyn Fn(&IndexedRule) -> bool,
    ) -> Result<Self, LoadError> {
        let path = folder.path().join(INDEX_FILE);
        let io_error = |source| LoadError::Io { path: path.clone(), source };
        let bytes = folder.read(INDEX_FILE, FILE_BYTES_MAX).map_err(io_error)?;
        let index: Index = serde_json::from_slice(&bytes)
            .map_err(|error| LoadError::Index { path: path.clone(), reason: error.into() })?;
        if !(OLDEST_FORMAT..=FORMAT).contains(&index.format) {
            return Err(LoadError::Index { path, reason: IndexError::Format(index.format) });
        }
        let definitions = load_definitions(folder, &index)?;
        let mut rulebook = Self {
            digest: sha256(&bytes),
            definitions_digest: digest_of_definitions(&index),
            definitions,
            rules: Versions::new(),
            shadows: Vec::new(),
            privacy: Versions::new(),
            notices: Vec::new(),
        };
        let mut loader = sandbox.loader();
        let mut damaged = Vec::new();
        for indexed in index.rules.iter().filter(|rule| is_wanted(rule)) {
            let in_index = |reason| LoadError::Index { path: path.clone(), reason };
            match &indexed.service {
                Some(_) => {
                    let rule = load_rule(folder, &mut loader, &rulebook.definitions, indexed, &mut damaged);
                    let rule = rule.map_err(in_index)?;
                    if indexed.shadow {
                        rulebook.shadows.push(rule);
                    } else {
                        add(&mut rulebook.rules, rule);
                    }
                }
                None => {
                    let rule = load_rule(folder, &mut loader, &rulebook.definitions, indexed, &mut damaged);
                    add(&mut rulebook.privacy, rule.map_err(in_index)?);
                }
            }
        }
        if !damaged.is_empty() {
            rulebook.digest = sha256(format!("{} without {}", rulebook.digest.hex(), damaged.join(" ")).as_bytes());
        }
        rulebook.check_side_by_side();
        Ok(rulebook)
    }

    fn check_side_by_side(&mut self) {
        self.break_rules_that_need_more_than_they_may_inherit();
        self.break_rules_beyond_the_bounds_of_their_parameters();
        self.notices = self.find_notices();
    }

    /// A folder with the digests of its rules. Equal rules give equal texts in every revision.
    fn named_with_digests(&self, folder: &RuleFolder) -> String {
        fn digests<Ready>(all: &Versions<Ready>, of: &RuleFolder) -> Vec<String> {
            let rules = all.get(&of.folder).and_then(|places| places.get(&of.place)).into_iter().flatten();
            rules.filter_map(|rule| rule.head.digest).map(|digest| digest.hex()).collect()
        }
        let all = [digests(&self.rules, folder), digests(&self.privacy, folder)].concat();
        format!("{folder} {}", all.join(" "))
    }

    /// A copy in which `folders` have all the rule versions of `older`. Its digest changes. `None` if the definitions,
    /// against which rules are checked, differ.
    #[must_use]
    pub fn with_rules_kept_from(&self, older: &Self, folders: &BTreeSet<RuleFolder>) -> Option<Self> {
        let mut kept = self.clone();
        if folders.is_empty() {
            return Some(kept);
        }
        if kept.definitions_digest != older.definitions_digest {
            return None;
        }
        for folder in folders {
            keep(&mut kept.rules, &older.rules, folder);
            keep(&mut kept.privacy, &older.privacy, folder);
        }
        let names: Vec<String> = folders.iter().map(|folder| kept.named_with_digests(folder)).collect();
        kept.digest = sha256(format!("{} keeping {}", kept.digest.hex(), names.join(" ")).as_bytes());
        kept.check_side_by_side();
        Some(kept)
    }
}

impl Rulebook {
    /// A copy in which rules can't be used, by place and digest, each with the reason. `digest` is that of the copy.
    #[must_use]
    pub fn with_untrusted(&self, unusable: &UnusableRules, digest: Digest) -> Self {
        let mut copy = self.clone();
        copy.digest = digest;
        distrust(copy.rules.values_mut().flat_map(BTreeMap::values_mut).flatten(), unusable);
        distrust(copy.privacy.values_mut().flat_map(BTreeMap::values_mut).flatten(), unusable);
        distrust(copy.shadows.iter_mut(), unusable);
        copy.check_side_by_side();
        copy
    }
}

fn distrust<'r, Ready: 'r>(rules: impl Iterator<Item = &'r mut Rule<Ready>>, unusable: &UnusableRules) {
    for rule in rules {
        let Some(digest) = rule.head.digest else { continue };
        if let Some(reason) = unusable.get(&(rule.head.jurisdiction.clone(), digest)) {
            rule.state = RuleState::Broken(RuleLoadError::Untrusted(reason.clone()));
            rule.later = None;
        }
    }
}

/// Puts the versions of a folder as another revision has them.
fn keep<Ready: Clone>(all: &mut Versions<Ready>, older: &Versions<Ready>, of: &RuleFolder) {
    let kept = older.get(&of.folder).and_then(|places| places.get(&of.place));
    match (kept, all.get_mut(&of.folder)) {
        (Some(kept), _) => drop(all.entry(of.folder.clone()).or_default().insert(of.place.clone(), kept.clone())),
        (None, Some(places)) => drop(places.remove(&of.place)),
        (None, None) => {}
    }
}

/// The digest of the canonical text of the definitions: a line `DIGEST PATH` for each file, sorted by path.
fn digest_of_definitions(index: &Index) -> Digest {
    let lines: String = index.definitions.iter().map(|(name, digest)| format!("{} {name}\n", digest.0.hex())).collect();
    sha256(lines.as_bytes())
}

fn load_definitions(folder: &impl RulebookFiles, index: &Index) -> Result<Definitions, LoadError> {
    let mut files = DefinitionFiles::new();
    for (name, digest) in &index.definitions {
        let path = || folder.path().join(name);
        let text = folder.read(name, FILE_BYTES_MAX).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
        });
        let text = text.map_err(|source| LoadError::Io { path: path(), source })?;
        if sha256(text.as_bytes()) != digest.0 {
            return Err(LoadError::Changed(name.clone()));
        }
        files.insert(name.clone(), text);
    }
    parse_definitions(&files).map_err(LoadError::Definitions)
}

/// Loads one rule. Only an index that names it nonsensically is an error; anything else makes it a broken rule, and a
/// file that is missing or damaged is noted.
fn load_rule<Ready: RuleKind>(
    folder: &impl RulebookFiles,
    loader: &mut Loader<'_>,
    definitions: &Definitions,
    indexed: &IndexedRule,
    damaged: &mut Vec<String>,
) -> Result<Rule<Ready>, IndexError> {
    let head = indexed_head(indexed)?;
    let broken = |head, why| Rule::new(Arc::new(head), RuleState::Broken(why));
    let digest = match &indexed.state {
        IndexedState::Built(digest) => digest.0,
        IndexedState::Broken(reason) => return Ok(broken(head, RuleLoadError::NotBuilt(reason.clone()))),
        IndexedState::Untrusted(reason) => return Ok(broken(head, RuleLoadError::Untrusted(reason.clone()))),
    };
    let read = read_rule(folder, digest, loader.component_bytes_max());
    if read.is_err() {
        damaged.push(digest.hex());
    }
    let ready = read.and_then(|bytes| Ready::check(loader, definitions, &bytes));
    Ok(match ready {
        Ok(ready) => match ready.head(digest) {
            found if same_rule(&found, &head) && ready.is_shadow() == indexed.shadow => {
                let found = RuleHead { published_by: head.published_by, ..found };
                Rule::new(Arc::new(found), RuleState::Ready(Arc::new(ready)))
            }
            _ => broken(head, RuleLoadError::OtherThanIndexed),
        },
        Err(why) => broken(head, why),
    })
}

fn same_rule(found: &RuleHead, indexed: &RuleHead) -> bool {
    (&found.id, &found.version, &found.jurisdiction, &found.scope, found.in_force, found.publication)
        == (&indexed.id, &indexed.version, &indexed.jurisdiction, &indexed.scope, indexed.in_force, indexed.publication)
}

fn read_rule(folder: &impl RulebookFiles, digest: Digest, bytes_max: usize) -> Result<Vec<u8>, RuleLoadError> {
    let path = rule_path(digest);
    let bytes = folder
        .read(&path, u64::try_from(bytes_max).unwrap_or(u64::MAX))
        .map_err(|error| RuleLoadError::Unreadable { path: path.clone(), reason: error.to_string() })?;
    if sha256(&bytes) == digest { Ok(bytes) } else { Err(RuleLoadError::Damaged(path)) }
}

fn indexed_head(indexed: &IndexedRule) -> Result<RuleHead, IndexError> {
    let in_force: DateRange = indexed.in_force()?;
    let digest = indexed.built();
    Ok(RuleHead {
        id: Id::new(&indexed.id)?,
        version: indexed.version.clone(),
        jurisdiction: JurisdictionCode::new(&indexed.jurisdiction)?,
        scope: match &indexed.service {
            Some(service) => RuleScope::Service(Id::new(service)?),
            None => RuleScope::Privacy,
        },
        in_force,
        publication: PublicationPeriod { published: indexed.published, withdrawn: indexed.withdrawn },
        published_by: indexed.published_by.as_ref().map(publisher).transpose()?,
        digest,
        titles: Titles::default(),
        criteria: Vec::new(),
        intermediates: Vec::new(),
        parameters: Vec::new(),
        reads: Vec::new(),
        reads_parts: Vec::new(),
        compound: Vec::new(),
        inherits: false,
    })
}

fn publisher(indexed: &IndexedPublisher) -> Result<RulePublisher, CodeError> {
    let approval = |approval: &IndexedPublisher| {
        Ok(RuleApproval { authority: JurisdictionCode::new(&approval.authority)?, at: approval.at.clone() })
    };
    Ok(RulePublisher {
        authority: JurisdictionCode::new(&indexed.authority)?,
        at: indexed.at.clone(),
        approvals: indexed.approvals.iter().map(approval).collect::<Result<_, CodeError>>()?,
    })
}
