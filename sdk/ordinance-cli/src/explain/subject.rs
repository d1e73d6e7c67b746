//! What the parts of an explanation are made from.

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::manifest::Manifest;
use ordinance_domain::name::FieldName;
use ordinance_domain::titles::Titles;
use ordinance_engine::definitions::Definitions;

use super::declared::DeclaredOrder;
use super::words::Words;

/// How a rule is explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// With all its days.
    Whole,
    /// As it is on one day.
    On(Date),
    /// With all its days, and at most so many rows of each decision table, as a file.
    Page { rows_max: usize },
    /// As it is compared with another rule: its criteria together, and a row for each value of a number.
    Compared,
}

impl View {
    /// The day, as the law is once all that is announced is published; `None` if all days are explained.
    pub(super) fn day(self) -> Option<LawDay> {
        match self {
            Self::On(day) => Some(LawDay::all_published(day)),
            Self::Whole | Self::Page { .. } | Self::Compared => None,
        }
    }
}

/// A rule, and how it is explained.
pub(super) struct Subject<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) definitions: &'a Definitions,
    pub(super) declared: DeclaredOrder,
    pub(super) words: &'static Words,
    pub(super) languages: Vec<String>,
    pub(super) view: View,
}

impl Subject<'_> {
    /// The title in the wanted language, or the next best one.
    pub(super) fn title(&self, titles: &Titles, name: &str) -> String {
        titles.best(&self.languages).unwrap_or(name).to_owned()
    }

    /// The title of a fact of the service.
    pub(super) fn fact_title(&self, name: &FieldName) -> String {
        let contract = self.manifest.scope.service().and_then(|service| self.definitions.contracts.get(service));
        let fact = contract.and_then(|contract| contract.fact(name.as_str()));
        fact.map_or_else(|| name.to_string(), |fact| self.title(&fact.titles, name.as_str()))
    }
}
