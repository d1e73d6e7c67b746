//! What an authority tells of its rules beside them (in words, cases, coverage, impact, types): one file of the texts
//! of a rulebook's pages by their paths. No decision depends on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
use ordinance_engine::RulebookFolder;
use ordinance_engine::index::{PAGES_FOLDER, PageKind, page_path};

use crate::error::RepositoryError;
use crate::kept_copy::write_changed;
use crate::report::AuthorityReport;

/// The file of the pages.
pub(crate) const PAGES_TARGET: &str = "pages.json";
/// The most bytes of the pages of an authority.
const PAGES_BYTES_MAX: usize = 32 << 20;
/// The most bytes of one page. A build writes at most half of it.
const PAGE_BYTES_MAX: u64 = 2 << 20;

/// The texts of the pages of some rules, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PublishedPages(BTreeMap<String, String>);

impl PublishedPages {
    /// The pages that a build wrote of some rules. One that can't be read is left out.
    pub(crate) fn read(folder: &RulebookFolder, rules: impl Iterator<Item = Digest>) -> Self {
        let paths = rules.flat_map(|rule| PageKind::ALL.map(|kind| page_path(rule, kind)));
        let text = |path: String| {
            let bytes = folder.read(&path, PAGE_BYTES_MAX).ok()?;
            Some((path, String::from_utf8(bytes).ok()?))
        };
        Self(paths.filter_map(text).collect())
    }

    /// The file. Where it would be too large, the largest pages are left out; their paths.
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

    /// The pages that an authority published; none if it published none.
    fn of_authority(report: &AuthorityReport) -> Result<Self, RepositoryError> {
        let Some(repository) = &report.repository else { return Ok(Self::default()) };
        let Some((target, _)) = repository.target(PAGES_TARGET) else { return Ok(Self::default()) };
        let malformed = |reason: String| RepositoryError::Malformed { file: PAGES_TARGET.to_owned(), reason };
        if usize::try_from(target.length).map_or(true, |length| length > PAGES_BYTES_MAX) {
            return Err(malformed(format!("it has more than {PAGES_BYTES_MAX} bytes")));
        }
        let bytes = repository.read_target(report.files.as_ref(), PAGES_TARGET)?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| malformed(error.to_string()))
    }

    /// Writes the pages of some of an authority's rules into a rulebook's folder. The paths that are there then.
    ///
    /// # Errors
    /// [`RepositoryError`] if what it published can't be read, or the folder can't be written.
    pub(crate) fn write(
        report: &AuthorityReport,
        rules: impl Iterator<Item = Digest>,
        folder: &Path,
    ) -> Result<Vec<PathBuf>, RepositoryError> {
        let pages = Self::of_authority(report)?;
        let mut written = Vec::new();
        // Only paths of its own rules are looked up: what else it names counts for nothing.
        for path in rules.flat_map(|rule| PageKind::ALL.map(|kind| page_path(rule, kind))) {
            if let Some(text) = pages.0.get(&path) {
                let path = folder.join(path);
                write_changed(&path, text.as_bytes())?;
                written.push(path);
            }
        }
        Ok(written)
    }
}

/// Removes the pages that no authority publishes. What can't be removed stays and does no harm.
pub(crate) fn remove_other_pages(folder: &Path, published: &[PathBuf]) {
    let Ok(entries) = fs::read_dir(folder.join(PAGES_FOLDER)) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| !published.contains(path)) {
        drop(fs::remove_file(path));
    }
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
