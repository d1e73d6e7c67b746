//! The folders of rules in two rulebooks that follow each other: who published them, and which are newly broken.

use std::collections::{BTreeMap, BTreeSet};

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::Rulebook;
use ordinance_engine::rulebook::{RuleFolder, RuleLoadError};

/// The authority that published the rules of a folder; `None` if nobody signed them.
pub(super) fn publisher_of(rulebook: &Rulebook, folder: &RuleFolder) -> Option<JurisdictionCode> {
    let mut heads = heads_of(rulebook).filter(|head| folder_of(head) == *folder);
    heads.find_map(|head| Some(head.published_by.as_ref()?.authority.clone()))
}

/// The folders of rules that authorities published.
pub(super) fn folders_of<'r>(
    rulebook: &'r Rulebook,
    publishers: &'r BTreeSet<JurisdictionCode>,
) -> impl Iterator<Item = RuleFolder> + 'r {
    let is_theirs = |head: &&RuleHead| {
        head.published_by.as_ref().is_some_and(|publisher| publishers.contains(&publisher.authority))
    };
    heads_of(rulebook).filter(is_theirs).map(folder_of)
}

/// The heads of all rules of both kinds, but of shadow rules.
pub(super) fn heads_of(rulebook: &Rulebook) -> impl Iterator<Item = &RuleHead> {
    rulebook.rules().map(|rule| rule.head.as_ref()).chain(rulebook.privacy_rules().map(|rule| rule.head.as_ref()))
}

fn is_untrusted(why: &RuleLoadError) -> bool {
    matches!(why, RuleLoadError::Untrusted(_))
}

/// The broken rules of `candidate` that are not broken in the rulebook in use for the same reason.
pub(super) fn newly_broken(candidate: &Rulebook, in_use: &Rulebook) -> BTreeMap<RuleFolder, String> {
    let known: Vec<(RuleFolder, &RuleLoadError)> =
        in_use.broken_rules().map(|(head, why)| (folder_of(head), why)).collect();
    // That a publication lapsed is no mistake of its rules.
    let is_new =
        |(head, why): &(&RuleHead, &RuleLoadError)| !is_untrusted(why) && !known.contains(&(folder_of(head), *why));
    let broken = candidate.broken_rules().filter(is_new);
    broken.map(|(head, why)| (folder_of(head), format!("it can't run: {}", why))).collect()
}

/// The folder of a rule.
pub(super) fn folder_of(head: &RuleHead) -> RuleFolder {
    RuleFolder { place: head.jurisdiction.clone(), folder: head.folder().clone() }
}
