//! What one authority publishes of a rulebook: an index like that of a rulebook, whose files are targets of the
//! authority's repository.

use std::collections::BTreeMap;

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::index::{CASES_FILE, FORMAT, Index, IndexedRule, IndexedState, OLDEST_FORMAT};

use crate::error::RepositoryError;
use crate::metadata::{INDEX_TARGET, definition_target, rule_target};
use crate::repository_source::RepositorySource;
use crate::verify::VerifiedRepository;

/// What an authority publishes.
#[derive(Debug, Clone, Default)]
pub(crate) struct PublishedPart {
    pub(crate) definitions: BTreeMap<String, String>,
    pub(crate) cases: BTreeMap<String, String>,
    pub(crate) rules: Vec<IndexedRule>,
}

impl PublishedPart {
    /// Reads the index of an authority with its definitions and cases, and checks that every file that it names is a
    /// target with the same digest. An authority that published nothing has an empty one.
    pub(crate) fn read(
        repository: &VerifiedRepository,
        source: &dyn RepositorySource,
    ) -> Result<Self, RepositoryError> {
        if repository.target(INDEX_TARGET).is_none() {
            return Ok(Self::default());
        }
        let malformed = |reason: String| RepositoryError::Malformed { file: INDEX_TARGET.to_owned(), reason };
        let bytes = repository.read_target(source, INDEX_TARGET)?;
        let index: Index = serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
        if !(OLDEST_FORMAT..=FORMAT).contains(&index.format) {
            return Err(malformed(format!("it has format {}, not {OLDEST_FORMAT} to {FORMAT}", index.format)));
        }
        let mut fragment = Self::default();
        for (path, digest) in &index.definitions {
            let text = read_named(repository, source, &definition_target(path), digest.0)?;
            fragment.definitions.insert(path.clone(), text);
        }
        let cases = read_named(repository, source, CASES_FILE, index.cases.0)?;
        fragment.cases = serde_json::from_str(&cases)
            .map_err(|error| RepositoryError::Malformed { file: CASES_FILE.to_owned(), reason: error.to_string() })?;
        for rule in &index.rules {
            JurisdictionCode::new(&rule.jurisdiction).map_err(|error| malformed(error.to_string()))?;
            if let IndexedState::Built(digest) = &rule.state {
                require_target(repository, &rule_target(&rule.jurisdiction, digest.0), digest.0)?;
            }
        }
        fragment.rules = index.rules;
        Ok(fragment)
    }
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
