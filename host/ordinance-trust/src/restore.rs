//! A rulebook of an earlier day from the repositories. Files are named by their digests and stay when they are no
//! longer published, so the index of the rulebook tells all that is needed.

use std::collections::BTreeMap;
use std::path::Path;

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::LEVELS_MAX;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{INDEX_FILE, Index, rule_path};
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;

use crate::error::RepositoryError;
use crate::evidence::{Delegation, Evidence};
use crate::kept_copy::write_atomically;
use crate::metadata::{check_path, definition_target, rule_target, target_path};
use crate::repository_source::RepositorySource;

/// Writes the rulebook of an index into a folder: all its definitions, and the rules of the authorities whose
/// metadata are there. The other rules are lacking, so that their levels fail. Each file is what its digest says;
/// nothing else is checked.
///
/// # Errors
/// [`RepositoryError`] if a file can't be had or written, or the text is no index.
pub fn restore_rulebook(
    index: &str,
    evidence: &Evidence,
    top: Box<dyn RepositorySource>,
    folder: &Path,
) -> Result<(), RepositoryError> {
    let parsed: Index = serde_json::from_str(index)
        .map_err(|error| RepositoryError::Malformed { file: INDEX_FILE.to_owned(), reason: error.to_string() })?;
    let sources = evidence.sources(top)?;
    for (path, digest) in &parsed.definitions {
        check_path(path, INDEX_FILE)?;
        let bytes = find(sources.values(), &definition_target(path), digest.0)?;
        write_atomically(&folder.join(path), &bytes.ok_or_else(|| missing(path, digest.0))?)?;
    }
    for rule in &parsed.rules {
        let Some(digest) = rule.built() else { continue };
        let publisher = rule.published_by.as_ref().and_then(|publisher| sources.get(&publisher.authority));
        let Some(source) = publisher else { continue };
        let name = rule_target(&rule.jurisdiction, digest);
        check_path(&name, INDEX_FILE)?;
        let bytes = find([source].into_iter(), &name, digest)?.ok_or_else(|| missing(&name, digest))?;
        write_atomically(&folder.join(rule_path(digest)), &bytes)?;
    }
    write_atomically(&folder.join(INDEX_FILE), index.as_bytes())
}

fn missing(name: &str, digest: Digest) -> RepositoryError {
    RepositoryError::Missing(target_path(name, digest))
}

/// The first file of this name and digest.
fn find<'s>(
    sources: impl Iterator<Item = &'s Box<dyn RepositorySource>>,
    name: &str,
    digest: Digest,
) -> Result<Option<Vec<u8>>, RepositoryError> {
    let path = target_path(name, digest);
    let mut failure = None;
    for source in sources {
        match source.read(&path, FILE_BYTES_MAX) {
            Ok(Some(bytes)) if sha256(&bytes) == digest => return Ok(Some(bytes)),
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
    }
    failure.map_or(Ok(None), |error| Err(error.into()))
}

impl Evidence {
    /// The repositories of the authorities, from the address of the top one on.
    fn sources(
        &self,
        top: Box<dyn RepositorySource>,
    ) -> Result<BTreeMap<String, Box<dyn RepositorySource>>, RepositoryError> {
        let delegations = self.delegations()?;
        let is_top = |code: &&str| !delegations.iter().any(|delegation| delegation.lower == *code);
        let mut sources = BTreeMap::new();
        if let Some(code) = self.codes().find(is_top) {
            sources.insert(code.to_owned(), top);
        }
        // A delegation leads one level down, so there are no more rounds than levels.
        for _ in 0..LEVELS_MAX {
            for Delegation { upper, lower, address } in &delegations {
                if let (Some(source), false) = (sources.get(upper), sources.contains_key(lower)) {
                    let found = source.at(address)?;
                    sources.insert(lower.clone(), found);
                }
            }
        }
        Ok(sources)
    }
}
