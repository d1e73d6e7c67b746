//! What a repository publishes and a new publication wouldn't: rules and definitions that end for everybody at once.

use std::collections::BTreeSet;

use ordinance_domain::calendar::Date;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::index::{Index, IndexedRule};
use tough::schema::Target;

use crate::editor::RepositoryEditor;
use crate::error::RepositoryError;
use crate::metadata::{INDEX_TARGET, rule_target, time_of};
use crate::repository_source::RepositorySource;
use crate::verify::VerifiedRepository;

/// A rule that a repository publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedRule {
    /// The place of its law.
    pub jurisdiction: String,
    /// Its service, or the id of a privacy rule.
    pub service: String,
    /// Its version.
    pub version: String,
    /// The digest of its file.
    pub digest: Digest,
    /// The first day on which it is in force.
    pub from: Date,
    /// The first day on which it is no longer in force.
    pub until: Option<Date>,
    /// Whether it is a shadow rule, which has no effect on decisions.
    pub is_shadow: bool,
    /// When it was published, in UTC; empty if the metadata don't say it.
    pub published: String,
}

/// What a publication would end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withdrawals {
    /// The rules whose version the rulebook hasn't.
    pub rules: Vec<PublishedRule>,
    /// The rules of places whose law another authority publishes by now: they count for nothing already.
    pub handed_over: Vec<(PublishedRule, JurisdictionCode)>,
    /// The rules whose version has another file now.
    pub replaced: Vec<PublishedRule>,
    /// The paths of definition files.
    pub definitions: Vec<String>,
}

impl Withdrawals {
    /// Whether law ends by it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.definitions.is_empty()
    }
}

impl RepositoryEditor {
    /// The rules that the repository publishes.
    ///
    /// # Errors
    /// [`RepositoryError::Malformed`] if its index can't be read.
    pub fn published_rules(&self) -> Result<Vec<PublishedRule>, RepositoryError> {
        let malformed = |reason: String| RepositoryError::Malformed { file: INDEX_TARGET.to_owned(), reason };
        if self.target(INDEX_TARGET).is_none() {
            return Ok(Vec::new());
        }
        let bytes = self.read_target(INDEX_TARGET).ok_or_else(|| RepositoryError::Missing(INDEX_TARGET.to_owned()))?;
        let index: Index = serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
        Ok(index.rules.iter().filter_map(|rule| PublishedRule::of(rule, |name| self.target(name))).collect())
    }
}

impl VerifiedRepository {
    /// The rules that it publishes, with the time of each.
    ///
    /// # Errors
    /// [`RepositoryError`] if its index can't be read.
    pub fn published(&self, source: &dyn RepositorySource) -> Result<Vec<PublishedRule>, RepositoryError> {
        let target = |name: &str| self.target(name).map(|(target, _)| target);
        Ok(self.published_rules(source)?.iter().filter_map(|rule| PublishedRule::of(rule, target)).collect())
    }
}

impl PublishedRule {
    /// A rule of an index; `None` if it can't be used. `target` gives what the metadata say of a file.
    fn of<'t>(rule: &IndexedRule, target: impl Fn(&str) -> Option<&'t Target>) -> Option<Self> {
        let digest = rule.built()?;
        let target = target(&rule_target(&rule.jurisdiction, digest));
        Some(Self {
            jurisdiction: rule.jurisdiction.clone(),
            service: rule.folder().to_owned(),
            version: rule.version.clone(),
            digest,
            from: rule.from,
            until: rule.until,
            is_shadow: rule.shadow,
            published: target.map(|target| time_of(target, "published")).unwrap_or_default(),
        })
    }
}

/// What ends of the published rules when these take their place. `maker` is the authority that publishes the law of a
/// place by now, where that is another one.
pub(crate) fn withdrawals(
    published: Vec<PublishedRule>,
    rules: &[IndexedRule],
    maker: impl Fn(&str) -> Option<JurisdictionCode>,
) -> Withdrawals {
    let name = |rule: &IndexedRule| (rule.jurisdiction.clone(), rule.folder().to_owned(), rule.version.clone());
    let named: BTreeSet<(String, String, String)> = rules.iter().map(name).collect();
    let digests: BTreeSet<Digest> = rules.iter().filter_map(IndexedRule::built).collect();
    let mut ended = Withdrawals::default();
    for rule in published {
        let name = (rule.jurisdiction.clone(), rule.service.clone(), rule.version.clone());
        match (digests.contains(&rule.digest), named.contains(&name), maker(&rule.jurisdiction)) {
            (true, _, _) => {}
            (false, true, _) => ended.replaced.push(rule),
            (false, false, Some(maker)) => ended.handed_over.push((rule, maker)),
            (false, false, None) => ended.rules.push(rule),
        }
    }
    ended
}
