//! The pages about rules (in words, cases, coverage, impact, types) that an authority publishes: one file of their
//! texts by their paths. No decision depends on them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::RulebookFolder;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{IndexedRule, PAGE_BYTES_MAX, PAGES_FOLDER, PageKind, page_path};
use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use crate::error::RepositoryError;
use crate::kept_copy::{remove_files, write_atomically, write_changed};
use crate::report::AuthorityReport;

/// The file of the pages.
pub(crate) const PAGES_TARGET: &str = "pages.json";
/// The most bytes of the pages of an authority.
const PAGES_BYTES_MAX: usize = 32 << 20;
/// The file that says which pages were written last.
const STATE_FILE: &str = "pages.digest";

/// The texts of the pages of some rules, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PublishedPages(BTreeMap<String, String>);

impl PublishedPages {
    /// The pages that a build wrote about some rules. One that can't be read is left out.
    pub(crate) fn read(folder: &RulebookFolder, rules: impl Iterator<Item = Digest>) -> Self {
        let text = |path: String| {
            let bytes = folder.read(&path, PAGE_BYTES_MAX).ok()?;
            Some((path, String::from_utf8(bytes).ok()?))
        };
        Self(rules.flat_map(paths_about).filter_map(text).collect())
    }

    /// The file. Where it would be too large, the largest pages are left out; their paths.
    ///
    /// # Errors
    /// [`RepositoryError`] if it can't be written as JSON.
    pub(crate) fn to_file(&self) -> Result<(Vec<u8>, Vec<String>), RepositoryError> {
        let mut pages = self.0.clone();
        let mut left_out = Vec::new();
        loop {
            let file = crate::signing::to_json(&pages)?;
            if file.len() <= PAGES_BYTES_MAX {
                return Ok((file, left_out));
            }
            let mut by_size: Vec<(usize, String)> =
                pages.iter().map(|(path, text)| (text.len(), path.clone())).collect();
            by_size.sort_unstable();
            let mut excess = file.len().saturating_sub(PAGES_BYTES_MAX);
            while let (1.., Some((length, path))) = (excess, by_size.pop()) {
                excess = excess.saturating_sub(length);
                pages.remove(&path);
                left_out.push(path);
            }
        }
    }

    /// The pages about some rules that an authority published; none if it published none.
    fn of_authority(report: &AuthorityReport, rules: &BTreeSet<Digest>) -> Result<Self, RepositoryError> {
        let Some(repository) = &report.repository else { return Ok(Self::default()) };
        let Some((target, _)) = repository.target(PAGES_TARGET) else { return Ok(Self::default()) };
        let malformed = |reason: String| RepositoryError::Malformed { file: PAGES_TARGET.to_owned(), reason };
        if usize::try_from(target.length).map_or(true, |length| length > PAGES_BYTES_MAX) {
            return Err(malformed(format!("it has more than {PAGES_BYTES_MAX} bytes")));
        }
        let bytes = repository.read_target(report.files.as_ref(), PAGES_TARGET)?;
        let wanted = WantedPages(rules.iter().copied().flat_map(paths_about).collect());
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let read = wanted.deserialize(&mut reader).and_then(|pages| reader.end().map(|()| pages));
        read.map(Self).map_err(|error| malformed(error.to_string()))
    }

    /// Writes the pages about some of an authority's rules into a rulebook's folder. Returns the paths of those that it
    /// published.
    ///
    /// # Errors
    /// [`RepositoryError`] if what it published can't be read, or the folder can't be written.
    fn write(
        report: &AuthorityReport,
        rules: &BTreeSet<Digest>,
        folder: &Path,
    ) -> Result<BTreeSet<PathBuf>, RepositoryError> {
        let pages = Self::of_authority(report, rules)?;
        let mut written = BTreeSet::new();
        for (path, text) in &pages.0 {
            let path = folder.join(path);
            write_changed(&path, text.as_bytes())?;
            written.insert(path);
        }
        Ok(written)
    }
}

/// Reads the texts of these paths out of a file of pages. What else it has counts for nothing, and isn't kept.
struct WantedPages(BTreeSet<String>);

impl<'de> DeserializeSeed<'de> for WantedPages {
    type Value = BTreeMap<String, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for WantedPages {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the texts of pages by their paths")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pages = BTreeMap::new();
        while let Some(path) = map.next_key::<String>()? {
            if self.0.contains(&path) {
                pages.insert(path, map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        pages.retain(|_, text: &mut String| u64::try_from(text.len()).is_ok_and(|length| length <= PAGE_BYTES_MAX));
        Ok(pages)
    }
}

/// The rules of a rulebook by the authority that published them. A rule that two authorities list as theirs is of
/// neither: one of them would tell of the other's.
pub(crate) struct RulesByAuthority<'a>(BTreeMap<&'a str, BTreeSet<Digest>>);

impl<'a> RulesByAuthority<'a> {
    pub(crate) fn of(rules: &'a [IndexedRule]) -> Self {
        let mut publishers: BTreeMap<Digest, BTreeSet<&str>> = BTreeMap::new();
        for rule in rules {
            if let (Some(digest), Some(publisher)) = (rule.file_digest(), rule.publisher()) {
                publishers.entry(digest).or_default().insert(publisher);
            }
        }
        let mut by_authority: BTreeMap<&str, BTreeSet<Digest>> = BTreeMap::new();
        for (digest, publishers) in publishers {
            if let (Some(publisher), 1) = (publishers.first(), publishers.len()) {
                by_authority.entry(publisher).or_default().insert(digest);
            }
        }
        Self(by_authority)
    }

    /// Writes the pages about all of them, and removes other ones, but those about rules that are `still_in_use`. What
    /// is in the folder already stays where it can't be read anew. Returns each authority whose pages can't be had,
    /// with the reason; of pages that stay as they are it is told once.
    pub(crate) fn write_pages(
        &self,
        reports: &[AuthorityReport],
        still_in_use: &BTreeSet<Digest>,
        folder: &Path,
    ) -> Vec<(JurisdictionCode, RepositoryError)> {
        let (state, state_file) = (self.state(reports), folder.join(STATE_FILE));
        if fs::read(&state_file).is_ok_and(|known| known == state.as_bytes()) {
            return Vec::new();
        }
        let all_about = |rules: &BTreeSet<Digest>| rules.iter().copied().flat_map(paths_about).collect::<Vec<_>>();
        let mut kept: BTreeSet<PathBuf> = all_about(still_in_use).into_iter().map(|path| folder.join(path)).collect();
        let mut failures = Vec::new();
        for (report, rules) in self.with_reports(reports) {
            match PublishedPages::write(report, rules, folder) {
                Ok(written) => kept.extend(written),
                Err(error) => {
                    kept.extend(all_about(rules).into_iter().map(|path| folder.join(path)));
                    failures.push((report.jurisdiction.clone(), error));
                }
            }
        }
        remove_files(&folder.join(PAGES_FOLDER), &|path| !kept.contains(path));
        // What is malformed stays so; what couldn't be read or written is tried again.
        if failures.iter().all(|(_, error)| matches!(error, RepositoryError::Malformed { .. })) {
            drop(write_atomically(&state_file, state.as_bytes()));
        }
        failures
    }

    fn with_reports<'r>(
        &self,
        reports: &'r [AuthorityReport],
    ) -> impl Iterator<Item = (&'r AuthorityReport, &BTreeSet<Digest>)> {
        reports.iter().filter_map(|report| Some((report, self.0.get(report.jurisdiction.as_str())?)))
    }

    /// A digest of which pages about which rules there are.
    fn state(&self, reports: &[AuthorityReport]) -> String {
        let mut text = String::new();
        for (report, rules) in self.with_reports(reports) {
            let target = report.repository.as_ref().and_then(|repository| repository.target(PAGES_TARGET));
            let pages = target.map(|(_, digest)| digest.hex()).unwrap_or_default();
            let rules: Vec<String> = rules.iter().map(|rule| rule.hex()).collect();
            text.push_str(&format!("{} {pages} {}\n", report.jurisdiction, rules.join(" ")));
        }
        sha256(text.as_bytes()).hex()
    }
}

/// The paths of the pages about a rule.
fn paths_about(rule: Digest) -> impl Iterator<Item = String> {
    PageKind::ALL.into_iter().map(move |kind| page_path(rule, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_pages_are_left_out_of_a_file_that_would_be_too_large() {
        let large = "x".repeat(PAGES_BYTES_MAX / 3);
        let texts = [("a", large.as_str()), ("b", "small"), ("c", &large), ("d", &large)];
        let pages = PublishedPages(texts.map(|(path, text)| (path.to_owned(), text.to_owned())).into());
        let (file, left_out) = pages.to_file().unwrap();
        assert!(file.len() <= PAGES_BYTES_MAX, "{}", file.len());
        assert_eq!(left_out, ["d"]);
    }
}
