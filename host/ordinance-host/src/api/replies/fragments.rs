//! What replies say of a rule, which is the same for every person: its name, titles, criteria with their provisions,
//! and its numbers. It is written once for each language and kept with the rulebook in use (fragment caching); a reply
//! copies the bytes. Where nothing is kept the same types are written anew, so that both ways give the same bytes.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::digest::Digest;
use ordinance_domain::name::Id;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::visible_finding::{FindingState, VisibleFinding};
use ordinance_engine::Engine;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::api::language::{served_languages, tags_served};
use crate::api::replies::finding::FindingReply;
use crate::api::replies::parameter::{ParameterReply, parameter_reply};
use crate::api::replies::publisher::PublisherReply;
use crate::shown::Shown;

/// The most languages in the list of a request for which fragments are kept: with `n` served ones there are `n * n`
/// such lists. For a longer list they are written anew.
const LANGUAGES_KEPT: usize = 2;
/// The most bytes of all fragments together. What comes later is written anew for each reply.
const BYTES_MAX: usize = 64 << 20;
/// The most sets of numbers of one rule that are kept.
const PERIODS_MAX: usize = 1024;

/// A part of a reply: as its type, or as the JSON that was written of it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Fragment<'a, T> {
    Typed(T),
    Written(&'a RawValue),
}

/// The fragments of one rule in one language.
#[derive(Debug)]
struct RuleFragments {
    /// The rule. As it is held here, no other rule can come to stand at its address.
    head: Arc<RuleHead>,
    rule: Box<RawValue>,
    title: Option<Box<RawValue>>,
    digest: Option<Box<RawValue>>,
    published_by: Option<Box<RawValue>>,
    /// Of each criterion of the rule, the finding in each state.
    findings: Vec<[Box<RawValue>; 4]>,
    /// The numbers of the rule from a day on, as known from a day on; see [`periods_of`].
    parameters: Vec<(LawDay, Box<RawValue>)>,
}

/// The fragments of the rulebook in use.
#[derive(Default)]
pub(crate) struct FragmentCache {
    kept: RwLock<KeptFragments>,
}

#[derive(Default)]
struct KeptFragments {
    /// The revision whose fragments these are.
    engine: Weak<Engine>,
    /// The languages of its titles.
    served: Arc<BTreeSet<String>>,
    by_languages: HashMap<Vec<String>, Arc<LanguageFragments>>,
    bytes: Arc<AtomicUsize>,
}

/// The fragments in one list of languages, by the address of the rule.
#[derive(Debug)]
struct LanguageFragments {
    languages: Arc<[String]>,
    rules: RwLock<HashMap<usize, Arc<RuleFragments>>>,
    /// The bytes of all fragments of the rulebook.
    bytes: Arc<AtomicUsize>,
}

/// The texts of replies: in which languages, the most wanted first, and what is kept of them.
#[derive(Debug, Clone)]
pub(crate) struct ReplyTexts {
    languages: Arc<[String]>,
    kept: Option<Arc<LanguageFragments>>,
}

/// The texts of the rules that one reply cites.
#[derive(Debug)]
pub(crate) struct CitedTexts {
    languages: Arc<[String]>,
    kept: Vec<Arc<RuleFragments>>,
}

/// The texts of one rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleTexts<'a> {
    head: &'a RuleHead,
    languages: &'a [String],
    kept: Option<&'a RuleFragments>,
}

impl FragmentCache {
    /// The texts for a caller that wants these languages. Those of another rulebook than the one in use aren't kept.
    pub(crate) fn texts(&self, engine: &Arc<Engine>, in_use: &Arc<Engine>, wanted: &[String]) -> ReplyTexts {
        if !Arc::ptr_eq(engine, in_use) {
            return ReplyTexts::unkept(wanted);
        }
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if std::ptr::eq(kept.engine.as_ptr(), Arc::as_ptr(engine)) {
            let languages = tags_served(wanted, &kept.served);
            if let Some(found) = kept.by_languages.get(&languages) {
                return ReplyTexts::kept(found);
            }
            if languages.len() > LANGUAGES_KEPT {
                return ReplyTexts::unkept(wanted);
            }
        }
        drop(kept);
        self.add(engine, wanted)
    }

    /// Begins to keep fragments in these languages. Another rulebook drops all fragments.
    fn add(&self, engine: &Arc<Engine>, wanted: &[String]) -> ReplyTexts {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(kept.engine.as_ptr(), Arc::as_ptr(engine)) {
            *kept = KeptFragments {
                engine: Arc::downgrade(engine),
                served: Arc::new(served_languages(engine.rulebook())),
                ..KeptFragments::default()
            };
        }
        let languages = tags_served(wanted, &kept.served);
        if languages.len() > LANGUAGES_KEPT {
            return ReplyTexts::unkept(wanted);
        }
        let bytes = Arc::clone(&kept.bytes);
        let found = kept.by_languages.entry(languages).or_insert_with_key(|languages| {
            Arc::new(LanguageFragments { languages: languages.as_slice().into(), rules: RwLock::default(), bytes })
        });
        ReplyTexts::kept(found)
    }

    /// Drops the fragments of a rulebook that is no longer the one in use.
    pub(crate) fn expire(&self, in_use: &Arc<Engine>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if !std::ptr::eq(kept.engine.as_ptr(), Arc::as_ptr(in_use)) {
            *kept = KeptFragments::default();
        }
    }
}

impl ReplyTexts {
    /// Texts that are written for each reply.
    pub(crate) fn unkept(languages: &[String]) -> Self {
        Self { languages: languages.into(), kept: None }
    }

    fn kept(fragments: &Arc<LanguageFragments>) -> Self {
        Self { languages: Arc::clone(&fragments.languages), kept: Some(Arc::clone(fragments)) }
    }

    /// Those of the rules that a decision cites.
    pub(crate) fn cited(&self, decision: &RedactedDecision<'_>) -> CitedTexts {
        let rules = decision.layers().iter().filter_map(|layer| layer.rule);
        let rules = rules.chain(decision.rulings().layers().map(|layer| &layer.rule));
        let kept = self.kept.as_ref().map(|fragments| fragments.find(rules));
        CitedTexts { languages: Arc::clone(&self.languages), kept: kept.unwrap_or_default() }
    }
}

impl LanguageFragments {
    /// The fragments of rules; those that aren't kept yet are written.
    fn find<'r>(&self, rules: impl Iterator<Item = &'r Arc<RuleHead>>) -> Vec<Arc<RuleFragments>> {
        let mut found = Vec::with_capacity(8);
        let mut lacking = Vec::new();
        let known = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        for rule in rules {
            match known.get(&address_of(rule)) {
                Some(fragments) => found.push(Arc::clone(fragments)),
                None => lacking.push(rule),
            }
        }
        drop(known);
        found.extend(lacking.into_iter().filter_map(|rule| self.write(rule)));
        found
    }

    /// Writes the fragments of a rule, and keeps them while there is room.
    fn write(&self, rule: &Arc<RuleHead>) -> Option<Arc<RuleFragments>> {
        if self.bytes.load(Ordering::Relaxed) >= BYTES_MAX {
            return None;
        }
        // Fragments are made of text and numbers, which always can be written.
        let fragments = Arc::new(RuleFragments::write(rule, &self.languages).ok()?);
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        if rules.insert(address_of(rule), Arc::clone(&fragments)).is_none() {
            self.bytes.fetch_add(fragments.bytes(), Ordering::Relaxed);
        }
        Some(fragments)
    }
}

fn address_of(rule: &Arc<RuleHead>) -> usize {
    Arc::as_ptr(rule).addr()
}

impl RuleFragments {
    fn write(head: &Arc<RuleHead>, languages: &[String]) -> serde_json::Result<Self> {
        let typed = RuleTexts { head, languages, kept: None };
        let findings = head.criteria.iter().map(|criterion| {
            let [yes, no, open, hidden] = FindingState::ALL.map(|state| {
                to_raw_value(&typed.finding(VisibleFinding { criterion: &criterion.id, item: None, state }))
            });
            Ok([yes?, no?, open?, hidden?])
        });
        let parameters = periods_of(head).into_iter().map(|period| {
            let written = to_raw_value(&parameter_replies(head, period, languages))?;
            Ok((period, written))
        });
        Ok(Self {
            rule: to_raw_value(&typed.rule())?,
            title: typed.title().map(|title| to_raw_value(&title)).transpose()?,
            digest: typed.digest().map(|digest| to_raw_value(&digest)).transpose()?,
            published_by: typed.published_by().map(|publisher| to_raw_value(&publisher)).transpose()?,
            findings: findings.collect::<serde_json::Result<_>>()?,
            parameters: parameters.collect::<serde_json::Result<_>>()?,
            head: Arc::clone(head),
        })
    }

    /// The bytes of all texts.
    fn bytes(&self) -> usize {
        let names = [Some(&self.rule), self.title.as_ref(), self.digest.as_ref(), self.published_by.as_ref()];
        let names = names.into_iter().flatten();
        let parameters = self.parameters.iter().map(|(_, text)| text);
        names.chain(self.findings.iter().flatten()).chain(parameters).map(|text| text.get().len()).sum()
    }
}

impl CitedTexts {
    /// The texts of one of the rules.
    pub(crate) fn of<'a>(&'a self, rule: &'a Arc<RuleHead>) -> RuleTexts<'a> {
        let kept = self.kept.iter().find(|fragments| Arc::ptr_eq(&fragments.head, rule)).map(Arc::as_ref);
        RuleTexts { head: rule, languages: &self.languages, kept }
    }

    pub(crate) fn languages(&self) -> &[String] {
        &self.languages
    }
}

impl<'a> RuleTexts<'a> {
    /// The texts of a rule, written for each reply.
    pub(crate) fn unkept(head: &'a RuleHead, languages: &'a [String]) -> Self {
        Self { head, languages, kept: None }
    }

    /// `id@version`
    pub(crate) fn rule(self) -> Fragment<'a, Shown<&'a RuleHead>> {
        match self.kept {
            Some(kept) => Fragment::Written(&kept.rule),
            None => Fragment::Typed(Shown(self.head)),
        }
    }

    pub(crate) fn title(self) -> Option<Fragment<'a, &'a str>> {
        match self.kept {
            Some(kept) => kept.title.as_deref().map(Fragment::Written),
            None => self.head.titles.best(self.languages).map(Fragment::Typed),
        }
    }

    pub(crate) fn digest(self) -> Option<Fragment<'a, Shown<Digest>>> {
        match self.kept {
            Some(kept) => kept.digest.as_deref().map(Fragment::Written),
            None => self.head.digest.map(|digest| Fragment::Typed(Shown(digest))),
        }
    }

    /// Who published the rule; `None` if nobody signed it.
    pub(crate) fn published_by(self) -> Option<Fragment<'a, PublisherReply<'a>>> {
        match self.kept {
            Some(kept) => kept.published_by.as_deref().map(Fragment::Written),
            None => self.head.published_by.as_ref().map(|publisher| Fragment::Typed(publisher.into())),
        }
    }

    /// The finding on a criterion.
    pub(crate) fn finding(self, finding: VisibleFinding<'a>) -> Fragment<'a, FindingReply<'a>> {
        let kept = self.kept.filter(|_| finding.item.is_none());
        match kept.and_then(|kept| kept.finding(finding.criterion, finding.state)) {
            Some(written) => Fragment::Written(written),
            None => {
                let criterion = self.head.criterion(finding.criterion);
                Fragment::Typed(FindingReply::new(finding, criterion, self.languages))
            }
        }
    }

    /// The numbers of the rule on a day; `None` if it has none.
    pub(crate) fn parameters(self, day: LawDay) -> Option<Fragment<'a, Vec<ParameterReply>>> {
        if self.head.parameters.is_empty() {
            return None;
        }
        let is_begun = |period: &LawDay| period.as_of <= day.as_of && period.known_at <= day.known_at;
        let written = self
            .kept
            .and_then(|kept| kept.parameters.iter().rev().find(|(period, _)| is_begun(period)).map(|(_, text)| text));
        Some(match written {
            Some(written) => Fragment::Written(written),
            None => Fragment::Typed(parameter_replies(self.head, day, self.languages)),
        })
    }
}

impl RuleFragments {
    fn finding(&self, id: &Id, state: FindingState) -> Option<&RawValue> {
        let criterion = self.head.criteria.iter().position(|criterion| criterion.id == *id)?;
        let state = FindingState::ALL.iter().position(|known| *known == state)?;
        self.findings.get(criterion)?.get(state).map(AsRef::as_ref)
    }
}

/// The days on which each set of numbers of a rule begins to hold, and to be known. In this order, the last one that
/// has begun for a query, in both times, is that of the query. None, if there are too many to keep.
fn periods_of(head: &RuleHead) -> Vec<LawDay> {
    let values = || head.parameters.iter().flat_map(|parameter| &parameter.values);
    let sorted = |days: &mut Vec<Date>| {
        days.push(Date::MIN);
        days.sort_unstable();
        days.dedup();
    };
    let mut known: Vec<Date> = values().filter_map(|dated| dated.published).collect();
    let mut days: Vec<Date> = values().flat_map(|dated| [Some(dated.from), dated.until]).flatten().collect();
    sorted(&mut known);
    sorted(&mut days);
    if known.len() * days.len() > PERIODS_MAX {
        return Vec::new();
    }
    let at = |known_at: Date| days.iter().map(move |as_of| LawDay { as_of: *as_of, known_at });
    known.into_iter().flat_map(at).collect()
}

/// The numbers of a rule on a day.
fn parameter_replies(rule: &RuleHead, day: LawDay, languages: &[String]) -> Vec<ParameterReply> {
    rule.parameters.iter().map(|parameter| parameter_reply(parameter, parameter.on(day), languages)).collect()
}
