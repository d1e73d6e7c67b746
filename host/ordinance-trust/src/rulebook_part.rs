//! The part of a built rulebook that an authority publishes: the rules of its place and of the lower places that have
//! no authority of their own, their cases, and the definitions that are its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::provision::Provision;
use ordinance_engine::RulebookFolder;
use ordinance_engine::definitions::{DefinitionFiles, Definitions, parse_definitions, place_of_definition};
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{CASES_FILE, FORMAT, HexDigest, INDEX_FILE, Index, IndexedRule, IndexedState, rule_path};
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use serde_json::{Map, json};

use crate::editor::RepositoryEditor;
use crate::error::RepositoryError;
use crate::key::SigningKey;
use crate::metadata::{DEFINITIONS_PREFIX, INDEX_TARGET, definition_target, digest_of, rule_target};
use crate::published_pages::{PAGES_TARGET, PublishedPages};
use crate::signing::{Validity, time_text, to_json};
use crate::withdrawal::{Withdrawals, withdrawals};

/// Why the rules of a place aren't the authority's to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOut {
    /// The place is neither the authority's own nor below it.
    NotBelow,
    /// The place has an authority of its own, or lies below one that has.
    Delegated(JurisdictionCode),
}

/// The word of an upper level that a rule needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededApproval {
    /// The level.
    pub by: JurisdictionCode,
    /// The provision that reserves it.
    pub provision: Provision,
    /// The place of the rule.
    pub place: JurisdictionCode,
    /// The rule, as `CODE/SERVICE VERSION`.
    pub rule: String,
    /// The digest of the rule.
    pub digest: Digest,
}

/// What an authority publishes of a built rulebook.
#[derive(Debug)]
pub struct RulebookPart {
    own: JurisdictionCode,
    rules: Vec<IndexedRule>,
    components: BTreeMap<Digest, Vec<u8>>,
    definitions: DefinitionFiles,
    cases: BTreeMap<String, String>,
    pages: PublishedPages,
    left_out: BTreeMap<String, (usize, LeftOut)>,
    needed: Vec<NeededApproval>,
    withdrawals: Withdrawals,
}

/// What a publication changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishedChanges {
    /// The rules that weren't published before, each as `CODE/SERVICE VERSION` with its digest.
    pub added: Vec<(String, Digest)>,
    /// The number of rules that were published already.
    pub unchanged: usize,
    /// The definition files that are new or changed, and those that are published no longer.
    pub definitions: Vec<String>,
    /// The number of definition files that are as they were.
    pub definitions_unchanged: usize,
    /// The pages about rules that were left out, since all together are too large.
    pub pages_left_out: Vec<String>,
}

impl RulebookPart {
    /// Selects what an authority publishes of the rulebook that a build wrote into a folder.
    ///
    /// # Errors
    /// [`RepositoryError`] if a file of the rulebook can't be read, or the rulebook hasn't the authority's place.
    pub fn select(folder: &Path, editor: &RepositoryEditor) -> Result<Self, RepositoryError> {
        let own = editor.authority()?.jurisdiction;
        let reader = BuiltRulebook::open(folder)?;
        let index: Index = reader.json(INDEX_FILE)?;
        let files = reader.definitions(&index)?;
        let definitions = parse_definitions(&files).map_err(|faults| malformed("the definitions", &faults[..]))?;
        if !definitions.places.all_published().knows(&own) {
            return Err(RepositoryError::Refused(format!(
                "the rulebook in {} has no place {own}, whose repository this is",
                folder.display()
            )));
        }
        let scope = Scope { own: &own, delegated: editor.delegated(), definitions: &definitions };
        let mut part = Self {
            rules: Vec::new(),
            components: BTreeMap::new(),
            definitions: scope.own_definitions(&files),
            cases: scope.own_cases(reader.json(CASES_FILE)?),
            pages: PublishedPages::default(),
            left_out: BTreeMap::new(),
            needed: Vec::new(),
            withdrawals: Withdrawals::default(),
            own: own.clone(),
        };
        for rule in index.rules {
            match scope.left_out(&rule.jurisdiction) {
                Some(reason) => part.left_out.entry(rule.jurisdiction).or_insert((0, reason)).0 += 1,
                None => {
                    if let Some(digest) = rule.built() {
                        part.components.insert(digest, reader.rule(digest)?);
                        part.needed.extend(scope.needed(&rule, digest));
                    }
                    part.rules.push(rule);
                }
            }
        }
        part.pages = PublishedPages::read(&reader.0, part.components.keys().copied());
        let maker = |place: &str| match scope.left_out(place) {
            Some(LeftOut::Delegated(maker)) => Some(maker),
            Some(LeftOut::NotBelow) | None => None,
        };
        part.withdrawals = withdrawals(editor.published_rules()?, &part.rules, maker);
        let published = editor.target_names().filter_map(|name| name.strip_prefix(DEFINITIONS_PREFIX));
        let is_ended = |path: &&str| {
            let of_other = place_of_definition(path).and_then(|place| maker(place.as_str()));
            !part.definitions.contains_key(*path) && of_other.is_none()
        };
        part.withdrawals.definitions = published.filter(is_ended).map(str::to_owned).collect();
        Ok(part)
    }

    /// What is published and ends with this publication.
    #[must_use]
    pub fn withdrawals(&self) -> &Withdrawals {
        &self.withdrawals
    }

    /// Its rules.
    #[must_use]
    pub fn rules(&self) -> &[IndexedRule] {
        &self.rules
    }

    /// Its rules that can't be used, each as `CODE/SERVICE VERSION` with the reason.
    #[must_use]
    pub fn broken(&self) -> Vec<(String, String)> {
        let broken = |rule: &IndexedRule| match &rule.state {
            IndexedState::Built(_) => None,
            IndexedState::Broken(reason) | IndexedState::Untrusted(reason) => {
                Some((rule.place_and_version(), reason.clone()))
            }
        };
        self.rules.iter().filter_map(broken).collect()
    }

    /// Its definition files, by path.
    #[must_use]
    pub fn definitions(&self) -> &DefinitionFiles {
        &self.definitions
    }

    /// The files of cases beside its rules, by path.
    #[must_use]
    pub fn case_files(&self) -> &BTreeMap<String, String> {
        &self.cases
    }

    /// The number of rules of other places that the rulebook has too, by place.
    #[must_use]
    pub fn left_out(&self) -> &BTreeMap<String, (usize, LeftOut)> {
        &self.left_out
    }

    /// The words of upper levels that its rules need.
    #[must_use]
    pub fn needed_approvals(&self) -> &[NeededApproval] {
        &self.needed
    }

    /// Publishes it: what the repository held of a rulebook before is replaced.
    ///
    /// # Errors
    /// [`RepositoryError::Refused`] if a rule can't be used; [`RepositoryError::KeysNeeded`];
    /// [`RepositoryError::Unwritable`].
    pub fn publish(
        &self,
        editor: &mut RepositoryEditor,
        keys: &[SigningKey],
        validity: Validity,
        now: Timestamp,
    ) -> Result<PublishedChanges, RepositoryError> {
        if let Some((rule, reason)) = self.broken().first() {
            return Err(RepositoryError::Refused(format!("{rule} can't be used: {reason}")));
        }
        editor.check_publishers(keys)?;
        let before: BTreeMap<String, Option<Digest>> = editor
            .target_names()
            .filter(|name| name.starts_with("rules/") || name.starts_with(DEFINITIONS_PREFIX))
            .map(|name| (name.to_owned(), editor.target(name).and_then(|target| digest_of(&target.hashes, name).ok())))
            .collect();
        let named = self.set_targets(editor, now)?;
        let (pages, pages_left_out) = self.pages.to_file()?;
        editor.set_target(PAGES_TARGET, &pages, Map::new())?;
        for name in before.keys().filter(|name| !named.contains(*name)) {
            editor.remove_target(name);
        }
        editor.publish(keys, validity, now)?;
        Ok(PublishedChanges { pages_left_out, ..self.changes(&before, &named) })
    }

    /// Sets the files of the part. Returns the names of those that are rules or definitions.
    fn set_targets(&self, editor: &mut RepositoryEditor, now: Timestamp) -> Result<BTreeSet<String>, RepositoryError> {
        let mut named = BTreeSet::new();
        let mut digests = BTreeMap::new();
        for (path, text) in &self.definitions {
            digests.insert(path.clone(), HexDigest(sha256(text.as_bytes())));
            editor.set_target(&definition_target(path), text.as_bytes(), Map::new())?;
            named.insert(definition_target(path));
        }
        let published = Map::from_iter([("published".to_owned(), json!(time_text(now)))]);
        for rule in &self.rules {
            let Some(digest) = rule.built() else { continue };
            let Some(component) = self.components.get(&digest) else { continue };
            let name = rule_target(&rule.jurisdiction, digest);
            editor.set_target(&name, component, published.clone())?;
            named.insert(name);
        }
        // Only a host says in an index who published a rule.
        let unpublished = |rule: &IndexedRule| IndexedRule { published_by: None, ..rule.clone() };
        let rules = self.rules.iter().map(unpublished).collect();
        let cases = to_json(&self.cases)?;
        let index = Index { format: FORMAT, definitions: digests, cases: HexDigest(sha256(&cases)), rules };
        editor.set_target(CASES_FILE, &cases, Map::new())?;
        editor.set_target(INDEX_TARGET, &to_json(&index)?, Map::new())?;
        Ok(named)
    }

    fn changes(&self, before: &BTreeMap<String, Option<Digest>>, named: &BTreeSet<String>) -> PublishedChanges {
        let mut changes = PublishedChanges::default();
        for rule in &self.rules {
            let Some(digest) = rule.built() else { continue };
            if before.contains_key(&rule_target(&rule.jurisdiction, digest)) {
                changes.unchanged += 1;
            } else {
                changes.added.push((rule.place_and_version(), digest));
            }
        }
        for (path, text) in &self.definitions {
            let known = before.get(&definition_target(path)).copied().flatten();
            if known == Some(sha256(text.as_bytes())) {
                changes.definitions_unchanged += 1;
            } else {
                changes.definitions.push(path.clone());
            }
        }
        let ended = before.keys().filter(|name| !named.contains(*name));
        for path in ended.filter_map(|name| name.strip_prefix(DEFINITIONS_PREFIX)) {
            changes.definitions.push(format!("{path} (withdrawn)"));
        }
        changes
    }

    /// Whose part it is.
    #[must_use]
    pub fn jurisdiction(&self) -> &JurisdictionCode {
        &self.own
    }
}

/// The definitions of the rulebook that a build wrote into a folder.
///
/// # Errors
/// [`RepositoryError::Malformed`] if they can't be read.
pub fn definitions_of_rulebook(folder: &Path) -> Result<Definitions, RepositoryError> {
    let reader = BuiltRulebook::open(folder)?;
    let files = reader.definitions(&reader.json(INDEX_FILE)?)?;
    parse_definitions(&files).map_err(|faults| malformed("the definitions", &faults[..]))
}

/// What an authority may publish.
struct Scope<'a> {
    own: &'a JurisdictionCode,
    delegated: Vec<JurisdictionCode>,
    definitions: &'a Definitions,
}

impl Scope<'_> {
    fn above(&self, place: &JurisdictionCode) -> Vec<&JurisdictionCode> {
        self.definitions.places.all_published().ever_above(place)
    }

    /// Why the law of a place isn't the authority's; `None` if it is.
    fn left_out(&self, place: &str) -> Option<LeftOut> {
        let Ok(place) = JurisdictionCode::new(place) else { return Some(LeftOut::NotBelow) };
        if place == *self.own {
            return None;
        }
        let above = self.above(&place);
        if !above.contains(&self.own) {
            return Some(LeftOut::NotBelow);
        }
        let maker = self.delegated.iter().find(|maker| **maker == place || above.contains(maker));
        maker.map(|maker| LeftOut::Delegated(maker.clone()))
    }

    /// The definition files that are the authority's: those that all share, if no place is above it, and the bounds
    /// of its places.
    fn own_definitions(&self, files: &DefinitionFiles) -> DefinitionFiles {
        let is_top = self.above(self.own).is_empty();
        let is_own = |path: &str| match place_of_definition(path) {
            Some(place) => self.left_out(place.as_str()).is_none(),
            None => is_top,
        };
        files.iter().filter(|(path, _)| is_own(path)).map(|(path, text)| (path.clone(), text.clone())).collect()
    }

    fn own_cases(&self, mut cases: BTreeMap<String, String>) -> BTreeMap<String, String> {
        cases.retain(|path, _| path.split_once('/').is_some_and(|(place, _)| self.left_out(place).is_none()));
        cases
    }

    /// The words of upper levels that a rule needs.
    fn needed(&self, rule: &IndexedRule, digest: Digest) -> Vec<NeededApproval> {
        let service = rule.service.as_ref().and_then(|service| Id::new(service).ok());
        let contract = service.and_then(|service| self.definitions.contracts.get(&service));
        let (Some(contract), Ok(place)) = (contract, JurisdictionCode::new(&rule.jurisdiction)) else {
            return Vec::new();
        };
        let required = contract.approvals_of(&place, self.definitions.places.all_published());
        let needed = required.map(|required| NeededApproval {
            by: required.by.clone(),
            provision: required.provision.clone(),
            place: place.clone(),
            rule: rule.place_and_version(),
            digest,
        });
        needed.collect()
    }
}

/// A rulebook that a build wrote. Each file is checked against the index.
struct BuiltRulebook(RulebookFolder);

impl BuiltRulebook {
    fn open(folder: &Path) -> Result<Self, RepositoryError> {
        let opened = RulebookFolder::open(folder);
        opened.map(Self).map_err(|error| malformed(&folder.display().to_string(), &[error]))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, RepositoryError> {
        self.0.read(name, FILE_BYTES_MAX).map_err(|error| malformed(name, &[error]))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, RepositoryError> {
        serde_json::from_slice(&self.read(name)?).map_err(|error| malformed(name, &[error]))
    }

    fn definitions(&self, index: &Index) -> Result<DefinitionFiles, RepositoryError> {
        let mut files = DefinitionFiles::new();
        for (path, digest) in &index.definitions {
            let text = String::from_utf8(self.of_digest(path, digest.0)?);
            files.insert(path.clone(), text.map_err(|error| malformed(path, &[error]))?);
        }
        Ok(files)
    }

    fn rule(&self, digest: Digest) -> Result<Vec<u8>, RepositoryError> {
        self.of_digest(&rule_path(digest), digest)
    }

    fn of_digest(&self, name: &str, digest: Digest) -> Result<Vec<u8>, RepositoryError> {
        let bytes = self.read(name)?;
        if sha256(&bytes) == digest {
            return Ok(bytes);
        }
        Err(malformed(name, &["it was changed after the rulebook was built"]))
    }
}

fn malformed<E: ToString>(file: &str, faults: &[E]) -> RepositoryError {
    let reason = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    RepositoryError::Malformed { file: file.to_owned(), reason }
}
