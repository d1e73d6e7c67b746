//! What one authority publishes of a rulebook: an index like that of a rulebook, whose files are targets of the
//! authority's repository.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::{BOUNDS_FILE, FACTS_FILE, RULEBOOK_FILE, place_of_definition};
use ordinance_engine::index::{CASES_FILE, Index, IndexedRule, IndexedState, PAGES_FOLDER, RULES_FOLDER};

/// The largest file of cases, in bytes. The host runs them before a rulebook comes into use.
const CASES_BYTES_MAX: u64 = 4 << 20;

/// The most bytes of the roots that an authority delegates to, which are in memory.
const ROOTS_BYTES_MAX: u64 = 16 << 20;

/// The longest version of a rule, in bytes.
const VERSION_BYTES_MAX: usize = 64;

use crate::error::RepositoryError;
use crate::metadata::{INDEX_TARGET, check_path, definition_target, delegated_place, rule_target};
use crate::repository_source::RepositorySource;
use crate::verify::VerifiedRepository;

/// What an authority publishes.
#[derive(Debug, Clone, Default)]
pub(crate) struct PublishedPart {
    pub(crate) definitions: BTreeMap<String, String>,
    pub(crate) cases: BTreeMap<String, String>,
    pub(crate) rules: Vec<IndexedRule>,
    /// The index that names all of it.
    pub(crate) index: Option<String>,
    /// The roots of the authorities that it delegates, by target.
    pub(crate) roots: BTreeMap<String, Vec<u8>>,
}

impl PublishedPart {
    /// Reads the index of an authority with its definitions and cases, and checks that every file that it names is a
    /// target with the same digest. An authority that published nothing has an empty one.
    pub(crate) fn read(
        repository: &VerifiedRepository,
        source: &dyn RepositorySource,
    ) -> Result<Self, RepositoryError> {
        let mut part = Self { roots: read_roots(repository, source)?, ..Self::default() };
        if repository.target(INDEX_TARGET).is_none() {
            return Ok(part);
        }
        let malformed = |reason: String| RepositoryError::Malformed { file: INDEX_TARGET.to_owned(), reason };
        let text = String::from_utf8(repository.read_target(source, INDEX_TARGET)?);
        let text = text.map_err(|_| malformed("it is not UTF-8".to_owned()))?;
        // Each receipt of what it decides carries it, for programs of others.
        let index = Index::read_strictly(&text).map_err(|error| malformed(error.to_string()))?;
        for (path, digest) in &index.definitions {
            check_definition_path(path)?;
            let text = read_named(repository, source, &definition_target(path), digest.0)?;
            part.definitions.insert(path.clone(), text);
        }
        if repository.target(CASES_FILE).is_some_and(|(cases, _)| cases.length > CASES_BYTES_MAX) {
            let reason = format!("it has more than {CASES_BYTES_MAX} bytes");
            return Err(RepositoryError::Malformed { file: CASES_FILE.to_owned(), reason });
        }
        let cases = read_named(repository, source, CASES_FILE, index.cases.0)?;
        part.cases = serde_json::from_str(&cases)
            .map_err(|error| RepositoryError::Malformed { file: CASES_FILE.to_owned(), reason: error.to_string() })?;
        for rule in &index.rules {
            check_rule(rule)?;
            if let Some(digest) = rule.built() {
                require_target(repository, &rule_target(&rule.jurisdiction, digest), digest)?;
            }
        }
        check_rules_named(repository, &index)?;
        part.rules = index.rules;
        part.index = Some(text);
        Ok(part)
    }
}

fn read_roots(
    repository: &VerifiedRepository,
    source: &dyn RepositorySource,
) -> Result<BTreeMap<String, Vec<u8>>, RepositoryError> {
    let delegated: Vec<&str> = repository.target_names().filter(|name| delegated_place(name).is_some()).collect();
    let lengths = delegated.iter().filter_map(|name| Some(repository.target(name)?.0.length));
    if lengths.fold(0, u64::saturating_add) > ROOTS_BYTES_MAX {
        let reason = format!("the roots that it lists have more than {ROOTS_BYTES_MAX} bytes together");
        return Err(RepositoryError::Malformed { file: "targets".to_owned(), reason });
    }
    let read = |name: &str| Ok((name.to_owned(), repository.read_target(source, name)?));
    delegated.into_iter().map(read).collect()
}

/// Checks that an index names every rule that the metadata list: a receipt shows by them that no published rule was
/// left out.
fn check_rules_named(repository: &VerifiedRepository, index: &Index) -> Result<(), RepositoryError> {
    let named: BTreeSet<String> =
        index.rules.iter().filter_map(|rule| Some(rule_target(&rule.jurisdiction, rule.built()?))).collect();
    let unnamed = repository.target_names().find(|name| name.starts_with("rules/") && !named.contains(*name));
    unnamed.map_or(Ok(()), |name| {
        let reason = format!("it doesn't name {name}, which the metadata list");
        Err(RepositoryError::Malformed { file: INDEX_TARGET.to_owned(), reason })
    })
}

/// Checks the path of a definition file: a shared one, or the bounds that a place sets for a service.
fn check_definition_path(path: &str) -> Result<(), RepositoryError> {
    check_path(path, INDEX_TARGET)?;
    let refused = |reason: &str| RepositoryError::Malformed {
        file: INDEX_TARGET.to_owned(),
        reason: format!("the definition file `{path}` {reason}"),
    };
    let parts: Vec<&str> = path.split('/').collect();
    if place_of_definition(path).is_some() {
        return match parts.as_slice() {
            [_, service, BOUNDS_FILE] if Id::new(service).is_ok() => Ok(()),
            _ => Err(refused("of a place is no CODE/SERVICE/bounds.toml")),
        };
    }
    match parts.as_slice() {
        [RULEBOOK_FILE | FACTS_FILE] | [_, _, ..] if !matches!(parts.first(), Some(&(RULES_FOLDER | PAGES_FOLDER))) => {
            Ok(())
        }
        _ => Err(refused("is none that a rulebook has")),
    }
}

/// Checks what an authority writes of a rule: one entry that isn't well formed would make the rulebook of everybody
/// unreadable, and only a host says who published a rule and whether it may be used.
fn check_rule(rule: &IndexedRule) -> Result<(), RepositoryError> {
    let refused = |reason: String| RepositoryError::Malformed {
        file: INDEX_TARGET.to_owned(),
        reason: format!("its rule {}: {reason}", rule.version.escape_default()),
    };
    JurisdictionCode::new(&rule.jurisdiction).map_err(|error| refused(error.to_string()))?;
    Id::new(&rule.id).map_err(|error| refused(error.to_string()))?;
    if let Some(service) = &rule.service {
        Id::new(service).map_err(|error| refused(error.to_string()))?;
    }
    rule.in_force().map_err(|error| refused(error.to_string()))?;
    if rule.version.len() > VERSION_BYTES_MAX || rule.version.chars().any(char::is_control) {
        return Err(refused("its version is too long, or has a control character".to_owned()));
    }
    let is_of_host = rule.published_by.is_some() || rule.digest.is_some();
    if is_of_host || matches!(rule.state, IndexedState::Untrusted(_)) {
        return Err(refused("it says who published it or that it can't be trusted, which only a host says".to_owned()));
    }
    Ok(())
}

fn require_target(repository: &VerifiedRepository, name: &str, digest: Digest) -> Result<(), RepositoryError> {
    match repository.target(name) {
        Some((_, found)) if found == digest => Ok(()),
        Some(_) => Err(RepositoryError::Mixed {
            file: name.to_owned(),
            named_by: INDEX_TARGET.to_owned(),
            reason: "its digest is another one".to_owned(),
        }),
        None => Err(RepositoryError::Missing(name.to_owned())),
    }
}

fn read_named(
    repository: &VerifiedRepository,
    source: &dyn RepositorySource,
    name: &str,
    digest: Digest,
) -> Result<String, RepositoryError> {
    require_target(repository, name, digest)?;
    let bytes = repository.read_target(source, name)?;
    String::from_utf8(bytes)
        .map_err(|_| RepositoryError::Malformed { file: name.to_owned(), reason: "it is not UTF-8".to_owned() })
}
