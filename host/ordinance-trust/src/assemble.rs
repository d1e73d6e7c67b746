//! One rulebook of what all authorities publish. What an authority may not publish is left out and named; what has
//! lapsed, or lacks an approval, is in the rulebook as a rule that can't be used, so that its layer reads as failed
//! and never as silent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ordinance_domain::calendar::Date;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions};
use ordinance_engine::definitions::{DefinitionFiles, parse_definitions, place_of_definition};
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{
    CASES_FILE, FORMAT, HexDigest, INDEX_FILE, Index, IndexedPublisher, IndexedRule, IndexedState, RULES_FOLDER,
    rule_path,
};
use ordinance_engine::rulebook::UnusableRules;

use crate::approvals::{Approval, Approvals, approvals};
use crate::error::RepositoryError;
use crate::kept_copy::{write_atomically, write_changed};
use crate::metadata::{rule_target, time_of};
use crate::published_pages::RulesByAuthority;
use crate::report::{Authorities, AuthorityReport, AuthorityState};
use crate::rule_reference::RuleReference;

/// The id of a rule that stands for the unknown law of a place.
const UNKNOWN_LAW: &str = "unknown-law";

/// A rulebook as `ordinance build` writes them, made of what authorities publish. Its index says who published each
/// rule.
#[derive(Debug, Clone)]
pub struct AssembledRulebook {
    /// The digest of its index.
    pub digest: Digest,
    /// The text of its index.
    pub index: String,
    /// The texts of its definition files, by path.
    pub definitions: DefinitionFiles,
    /// What was published by somebody who may not, each with the reason.
    pub refused: Vec<String>,
    cases: String,
    rules: Vec<IndexedRule>,
}

/// Makes a rulebook of what the authorities publish.
#[must_use]
pub fn assemble(authorities: &Authorities, now: Timestamp) -> AssembledRulebook {
    let mut assembly = Assembly { authorities, now, refused: Vec::new() };
    for refused in &authorities.refused {
        assembly.refused.push(format!("{}: {}", refused.by, refused.reason));
    }
    let (definitions, lost) = assembly.definitions();
    let rules = assembly.rules(&lost);
    let cases = assembly.cases(&rules);
    let cases = serde_json::to_string_pretty(&cases).unwrap_or_default();
    let rules = rules.into_iter().map(|placed| placed.rule).collect();
    AssembledRulebook::new(definitions, cases, rules, assembly.refused)
}

impl AssembledRulebook {
    fn new(definitions: DefinitionFiles, cases: String, rules: Vec<IndexedRule>, refused: Vec<String>) -> Self {
        let digests = definitions.iter().map(|(path, text)| (path.clone(), HexDigest(sha256(text.as_bytes()))));
        let index =
            Index { format: FORMAT, definitions: digests.collect(), cases: HexDigest(sha256(cases.as_bytes())), rules };
        let mut text = serde_json::to_string_pretty(&index).unwrap_or_default();
        text.push('\n');
        let digest = sha256(text.as_bytes());
        Self { digest, index: text, definitions, refused, cases, rules: index.rules }
    }

    /// The same rulebook in which rules can't be used, by place and digest, each with the reason.
    #[must_use]
    pub fn without(&self, unusable: &UnusableRules) -> Self {
        let mut rules = self.rules.clone();
        for rule in &mut rules {
            let (Some(digest), Ok(place)) = (rule.built(), JurisdictionCode::new(&rule.jurisdiction)) else { continue };
            if let Some(reason) = unusable.get(&(place, digest)) {
                rule.digest = Some(HexDigest(digest));
                rule.state = IndexedState::Untrusted(reason.clone());
            }
        }
        Self::new(self.definitions.clone(), self.cases.clone(), rules, self.refused.clone())
    }

    /// The same rulebook with the rules that some authorities published in an earlier one.
    #[must_use]
    pub fn keeping(&self, earlier: &Self, publishers: &BTreeSet<JurisdictionCode>) -> Self {
        let is_theirs = |rule: &&IndexedRule| publishers.iter().any(|code| rule.publisher() == Some(code.as_str()));
        let new = self.rules.iter().filter(|rule| !is_theirs(rule));
        let rules = new.chain(earlier.rules.iter().filter(is_theirs)).cloned().collect();
        Self::new(self.definitions.clone(), self.cases.clone(), rules, self.refused.clone())
    }

    /// Its rules.
    #[must_use]
    pub fn rules(&self) -> &[IndexedRule] {
        &self.rules
    }

    /// Writes it into a folder, the index last.
    ///
    /// # Errors
    /// [`RepositoryError`] if the folder can't be written, or a file of a copy that was checked is gone.
    pub fn write(&self, authorities: &Authorities, folder: &Path) -> Result<(), RepositoryError> {
        self.write_rules(authorities, folder)?;
        for (path, text) in &self.definitions {
            write_changed(&folder.join(path), text.as_bytes())?;
        }
        write_changed(&folder.join(CASES_FILE), self.cases.as_bytes())?;
        write_changed(&folder.join(INDEX_FILE), self.index.as_bytes())?;
        self.remove_unused_rules(folder);
        Ok(())
    }

    /// Writes the pages about its rules that their authorities published, as a build does. What can't be read or
    /// written is left out: no decision depends on it. Pages about rules that are `still_in_use` stay. Returns each
    /// authority whose pages can't be had, with the reason.
    pub fn write_pages(
        &self,
        authorities: &Authorities,
        still_in_use: &BTreeSet<Digest>,
        folder: &Path,
    ) -> Vec<(JurisdictionCode, RepositoryError)> {
        RulesByAuthority::of(&self.rules).write_pages(&authorities.reports, still_in_use, folder)
    }

    fn write_rules(&self, authorities: &Authorities, folder: &Path) -> Result<(), RepositoryError> {
        for rule in &self.rules {
            let Some(digest) = rule.built() else { continue };
            let path = folder.join(rule_path(digest));
            if fs::read(&path).is_ok_and(|bytes| sha256(&bytes) == digest) {
                continue;
            }
            let is_publisher = |report: &&AuthorityReport| Some(report.jurisdiction.as_str()) == rule.publisher();
            let report = authorities.reports.iter().find(is_publisher);
            let name = rule_target(&rule.jurisdiction, digest);
            let report = report.ok_or_else(|| RepositoryError::Missing(name.clone()))?;
            let repository = report.repository.as_ref().ok_or_else(|| RepositoryError::Missing(name.clone()))?;
            write_atomically(&path, &repository.read_target(report.files.as_ref(), &name)?)?;
        }
        Ok(())
    }

    /// Removes the rules that the index doesn't name. What can't be removed stays and does no harm.
    fn remove_unused_rules(&self, folder: &Path) {
        let built = self.rules.iter().filter_map(IndexedRule::built);
        let named: BTreeSet<PathBuf> = built.map(|digest| folder.join(rule_path(digest))).collect();
        let Ok(entries) = fs::read_dir(folder.join(RULES_FOLDER)) else { return };
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| !named.contains(path)) {
            drop(fs::remove_file(path));
        }
    }
}

/// A rulebook in the making.
struct Assembly<'a> {
    authorities: &'a Authorities,
    now: Timestamp,
    refused: Vec<String>,
}

/// A rule, and who published it.
struct PlacedRule<'a> {
    rule: IndexedRule,
    by: Option<&'a AuthorityReport>,
}

/// A service of a place whose bounds can't be used, and why.
type LostBounds = BTreeMap<(String, String), String>;

impl<'a> Assembly<'a> {
    fn places(&self) -> &'a Jurisdictions {
        self.authorities.definitions.places.all_published()
    }

    /// Whether an authority may publish the law of a place. The law of a place that has an authority of its own comes
    /// from that one alone.
    fn may_publish(&mut self, report: &AuthorityReport, place: &str, what: &str) -> bool {
        let own = &report.jurisdiction;
        let refusal = match JurisdictionCode::new(place) {
            Err(error) => Some(error.to_string()),
            Ok(place) if place == *own => None,
            Ok(place) if !self.authorities.is_within(&place, own) => {
                Some(format!("{place} is neither {own} nor below it"))
            }
            Ok(place) => match self.authorities.maker_of(&place) {
                Some(maker) if maker != own => Some(format!("{maker} publishes the law of {place}")),
                Some(_) | None => None,
            },
        };
        if let Some(reason) = &refusal {
            self.refused.push(format!("{own} published {what}, which counts for nothing: {reason}"));
        }
        refusal.is_none()
    }

    /// The definition files: the shared ones of the top authority, and the bounds that each level sets. Bounds that
    /// contradict upper law are left out, and no rule of that place for the service may be used then.
    fn definitions(&mut self) -> (DefinitionFiles, LostBounds) {
        let mut files = DefinitionFiles::new();
        let mut lost = LostBounds::new();
        for (position, report) in self.authorities.reports.iter().enumerate() {
            if let (AuthorityState::Lapsed(why), 1..) = (&report.state, position) {
                // Nothing that it set counts, and none of its levels reads as if it had set nothing.
                let levels = report.part.definitions.keys().filter_map(|path| level_of(path));
                lost.extend(
                    levels.map(|level| (level, format!("the bounds of {} have lapsed: {why}", report.jurisdiction))),
                );
                continue;
            }
            for (path, text) in &report.part.definitions {
                let may = match place_of_definition(path) {
                    Some(place) => self.may_publish(report, place.as_str(), path),
                    None if position == 0 => true,
                    // An authority builds its rules against these and needn't leave them out of what it publishes.
                    None => false,
                };
                if may {
                    files.insert(path.clone(), text.clone());
                }
            }
        }
        while let Err(faults) = parse_definitions(&files) {
            let of_levels: Vec<_> = faults.iter().filter(|fault| level_of(&fault.file).is_some()).collect();
            if of_levels.is_empty() {
                break;
            }
            for fault in of_levels {
                files.remove(&fault.file);
                if let Some(level) = level_of(&fault.file) {
                    let reason = format!("{} can't be used: {}", fault.file, fault.message);
                    self.refused.push(reason.clone());
                    lost.insert(level, reason);
                }
            }
        }
        (files, lost)
    }

    fn rules(&mut self, lost: &LostBounds) -> Vec<PlacedRule<'a>> {
        let mut rules = Vec::new();
        for report in &self.authorities.reports {
            match &report.state {
                AuthorityState::Unknown(why) => rules.extend(self.unknown_law(report, why)),
                AuthorityState::Current | AuthorityState::Kept(_) | AuthorityState::Lapsed(_) => {
                    for rule in &report.part.rules {
                        let what = format!("{}/{} {}", rule.jurisdiction, rule.folder(), rule.version);
                        if self.may_publish(report, &rule.jurisdiction, &what) {
                            rules.push(self.placed(report, rule, lost));
                        }
                    }
                }
            }
        }
        for ((place, service), reason) in lost {
            let has_rule =
                |placed: &PlacedRule<'_>| placed.rule.jurisdiction == *place && placed.rule.folder() == service;
            if !rules.iter().any(has_rule) {
                rules.push(PlacedRule { rule: unusable(place, Some(service), reason.clone()), by: None });
            }
        }
        rules.sort_by(|a, b| {
            let key = |placed: &PlacedRule<'_>| {
                let rule = &placed.rule;
                (rule.jurisdiction.clone(), rule.service.clone(), rule.id.clone(), rule.from, rule.version.clone())
            };
            key(a).cmp(&key(b))
        });
        rules
    }

    fn placed(&self, report: &'a AuthorityReport, rule: &IndexedRule, lost: &LostBounds) -> PlacedRule<'a> {
        let mut rule = rule.clone();
        if let (Some(digest), Ok(place)) = (rule.built(), JurisdictionCode::new(&rule.jurisdiction)) {
            let service = rule.service.as_deref();
            let published = RuleReference { place: &place, service, version: &rule.version, digest };
            let approved = approvals(self.authorities, &published, self.now).unwrap_or_default();
            let reason = self.authorities.why_unusable(&published, &report.jurisdiction, self.now);
            let bounds = lost.get(&(rule.jurisdiction.clone(), rule.folder().to_owned()));
            rule.published_by = Some(publisher(report, &rule, digest, approved));
            let unkept = || report.unwritten.as_ref().filter(|_| !has_file(report, &place, digest)).cloned();
            if let Some(reason) = reason.or_else(|| bounds.cloned()).or_else(unkept) {
                rule.digest = Some(HexDigest(digest));
                rule.state = IndexedState::Untrusted(reason);
            }
        }
        PlacedRule { rule, by: Some(report) }
    }

    /// Stand-ins for the law of a place of which nothing is known: none of it may be passed over.
    fn unknown_law(&self, report: &AuthorityReport, why: &str) -> Vec<PlacedRule<'a>> {
        let reason = format!("nothing of what {} published is known: {why}", report.jurisdiction);
        let own = &report.jurisdiction;
        // Whom it delegates isn't known either.
        let below = self.places().periods().map(|period| &period.code);
        let below = below.filter(|place| self.authorities.maker_of(place) == Some(own));
        let places: BTreeSet<&JurisdictionCode> = below.chain([own]).collect();
        let services: Vec<Option<&str>> =
            self.authorities.definitions.contracts.keys().map(|id| Some(id.as_str())).chain([None]).collect();
        let of = |place: &&JurisdictionCode| {
            let of = |service: &Option<&str>| unusable(place.as_str(), *service, reason.clone());
            services.iter().map(of).collect::<Vec<_>>()
        };
        places.iter().flat_map(of).map(|rule| PlacedRule { rule, by: None }).collect()
    }

    /// The cases of rules that can be used, from those who publish them.
    fn cases(&self, rules: &[PlacedRule<'_>]) -> BTreeMap<String, String> {
        let mut cases = BTreeMap::new();
        let usable: BTreeSet<(&str, &str, &JurisdictionCode)> = rules
            .iter()
            .filter(|placed| placed.rule.built().is_some())
            .filter_map(|placed| {
                Some((placed.rule.jurisdiction.as_str(), placed.rule.folder(), &placed.by?.jurisdiction))
            })
            .collect();
        for report in &self.authorities.reports {
            for (path, text) in &report.part.cases {
                let mut parts = path.split('/');
                let (Some(place), Some(folder)) = (parts.next(), parts.next()) else { continue };
                if usable.contains(&(place, folder, &report.jurisdiction)) {
                    cases.insert(path.clone(), text.clone());
                }
            }
        }
        cases
    }
}

/// Whether the file of a rule is among the copies.
fn has_file(report: &AuthorityReport, place: &JurisdictionCode, digest: Digest) -> bool {
    let name = rule_target(place.as_str(), digest);
    let repository = report.repository.as_ref();
    repository.is_some_and(|repository| repository.read_target(report.files.as_ref(), &name).is_ok())
}

fn publisher(report: &AuthorityReport, rule: &IndexedRule, digest: Digest, approvals: Approvals) -> IndexedPublisher {
    let name = rule_target(&rule.jurisdiction, digest);
    let target = report.repository.as_ref().and_then(|repository| repository.target(&name));
    let approval = |approval: Approval| IndexedPublisher {
        authority: approval.by.to_string(),
        at: approval.at,
        approvals: Vec::new(),
    };
    IndexedPublisher {
        authority: report.jurisdiction.to_string(),
        at: target.map(|(target, _)| time_of(target, "published")).unwrap_or_default(),
        approvals: approvals.into_iter().map(approval).collect(),
    }
}

/// The place and the service of a file of bounds.
fn level_of(path: &str) -> Option<(String, String)> {
    let place = place_of_definition(path)?;
    path.split('/').nth(1).map(|service| (place.to_string(), service.to_owned()))
}

/// A rule in force on every day that can't be used.
fn unusable(place: &str, service: Option<&str>, reason: String) -> IndexedRule {
    IndexedRule {
        jurisdiction: place.to_owned(),
        service: service.map(str::to_owned),
        id: service.unwrap_or(UNKNOWN_LAW).to_owned(),
        version: "0.0.0".to_owned(),
        from: Date::MIN,
        until: None,
        published: None,
        withdrawn: None,
        shadow: false,
        sources: None,
        published_by: None,
        digest: None,
        state: IndexedState::Untrusted(reason),
    }
}
