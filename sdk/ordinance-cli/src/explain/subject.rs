//! What the parts of an explanation are made from.

use ordinance_domain::manifest::Manifest;
use ordinance_domain::titles::Titles;
use ordinance_engine::definitions::Definitions;

use super::words::Words;

/// A rule, and the language in which it is explained.
pub(super) struct Subject<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) definitions: &'a Definitions,
    pub(super) words: &'static Words,
    pub(super) languages: Vec<String>,
}

impl Subject<'_> {
    /// The title in the wanted language, or the next best one.
    pub(super) fn title(&self, titles: &Titles, name: &str) -> String {
        titles.best(&self.languages).unwrap_or(name).to_owned()
    }
}
