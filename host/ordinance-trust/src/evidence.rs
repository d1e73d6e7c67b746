//! The metadata that show who published a rule, for somebody who has the pinned root and nothing else: no network, no
//! repository. A receipt carries them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ordinance_domain::jurisdiction::JurisdictionCode;
use serde::{Deserialize, Serialize};
use tough::schema::{Signed, Targets};

use crate::error::RepositoryError;
use crate::metadata::{INDEX_TARGET, default_address, delegated_place, parse, said_address};
use crate::report::{Authorities, AuthorityState};
use crate::verify::VerifiedRepository;

/// The metadata of some authorities, and the index that each published: the text of each file by its name, by the code
/// of the authority.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Evidence(BTreeMap<String, BTreeMap<String, String>>);

/// That one authority of the evidence delegates another, with the address of the lower one's repository.
pub(crate) struct Delegation {
    pub(crate) upper: String,
    pub(crate) lower: String,
    pub(crate) address: String,
}

impl Evidence {
    /// The metadata of authorities and of all that delegate them, as far as they hold at a moment.
    #[must_use]
    pub fn of(authorities: &Authorities, wanted: &BTreeSet<JurisdictionCode>, at: Timestamp) -> Self {
        let mut wanted = wanted.clone();
        // Each authority stands after the one that delegates it.
        for report in authorities.reports.iter().rev() {
            if wanted.contains(&report.jurisdiction) {
                wanted.extend(report.delegated_by.clone());
            }
        }
        let mut evidence = Self::default();
        for report in authorities.reports.iter().filter(|report| wanted.contains(&report.jurisdiction)) {
            let holds = matches!(report.state, AuthorityState::Current | AuthorityState::Kept(_));
            let is_delegated = report.delegated_by.as_ref().is_none_or(|by| evidence.0.contains_key(by.as_str()));
            let repository = report.repository.as_ref().filter(|repository| repository.check_fresh(at).is_ok());
            let (Some(repository), true, true) = (repository, holds, is_delegated) else { continue };
            evidence.0.insert(report.jurisdiction.to_string(), texts_of(repository));
        }
        evidence
    }

    /// The metadata and the indexes of repositories in folders, as they are.
    #[cfg(test)]
    pub(crate) fn read(folders: &[(&str, std::path::PathBuf)]) -> Self {
        let files = |folder: &std::path::Path| {
            let entries = std::fs::read_dir(folder.join("metadata")).unwrap().flatten();
            entries.map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(entry.path()).unwrap())
            })
        };
        let with_index = |folder: &std::path::PathBuf| {
            let mut files: BTreeMap<String, String> = files(folder).collect();
            let version =
                |file: &str| file.strip_suffix(".targets.json").and_then(|version| version.parse::<u64>().ok());
            let newest = files.iter().max_by_key(|(file, _)| version(file)).map(|(_, text)| text.clone()).unwrap();
            let targets = std::fs::read_dir(folder.join("targets")).into_iter().flatten().flatten();
            let names = targets.map(|entry| (entry.path(), entry.file_name().to_string_lossy().into_owned()));
            let is_named = |name: &str| name.strip_suffix(".index.json").is_some_and(|digest| newest.contains(digest));
            for (path, _) in names.filter(|(_, name)| is_named(name)) {
                files.insert(INDEX_TARGET.to_owned(), std::fs::read_to_string(path).unwrap());
            }
            files
        };
        Self(folders.iter().map(|(code, folder)| ((*code).to_owned(), with_index(folder))).collect())
    }

    /// Replaces the metadata of an authority by those of an earlier state of its repository, if they hold at a moment.
    pub fn replace(&mut self, authority: &JurisdictionCode, earlier: &VerifiedRepository, at: Timestamp) {
        if let Some(files) = self.0.get_mut(authority.as_str())
            && earlier.check_fresh(at).is_ok()
        {
            *files = texts_of(earlier);
        }
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The delegations among the authorities, as their newest metadata say; no signature is checked.
    pub(crate) fn delegations(&self) -> Result<Vec<Delegation>, RepositoryError> {
        let mut found = Vec::new();
        for (upper, files) in &self.0 {
            for (file, text) in files.iter().filter(|(file, _)| file.ends_with(".targets.json")) {
                let targets: Signed<Targets> = parse(file, text.as_bytes())?;
                for (name, target) in &targets.signed.targets {
                    let Some(Ok(lower)) = delegated_place(name.raw()) else { continue };
                    if !self.0.contains_key(lower.as_str()) {
                        continue;
                    }
                    let address = said_address(target).map_or_else(|| default_address(&lower), str::to_owned);
                    found.push(Delegation { upper: upper.clone(), lower: lower.to_string(), address });
                }
            }
        }
        Ok(found)
    }

    pub(crate) fn files_of(&self, code: &str) -> Option<&BTreeMap<String, String>> {
        self.0.get(code)
    }
}

/// The metadata of a repository and the index that its authority published, by file.
fn texts_of(repository: &VerifiedRepository) -> BTreeMap<String, String> {
    let text = |(file, bytes): (&String, &Vec<u8>)| Some((file.clone(), String::from_utf8(bytes.clone()).ok()?));
    let index = repository.index.iter().map(|index| (INDEX_TARGET.to_owned(), index.clone()));
    repository.files.iter().filter_map(text).chain(index).collect()
}
