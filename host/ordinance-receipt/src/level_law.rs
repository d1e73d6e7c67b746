//! That each level of a record names the rule that the rulebook has for it, and that the rulebook has all that the
//! makers of the law published.

use std::collections::BTreeMap;

use ordinance_domain::calendar::Date;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::index::{HexDigest, IndexedRule, IndexedState};
use ordinance_trust::{VerifiedEvidence, bounds_path};

use crate::error::ReceiptError;
use crate::law_index::LawIndex;
use crate::record::{RecordedDecision, RecordedLayer, RuleRole};
use crate::recorded_days::RecordedDays;

/// What the levels of a record are checked by.
#[derive(Clone, Copy)]
pub(crate) struct LevelLaw<'a> {
    pub(crate) record: &'a RecordedDecision,
    pub(crate) days: RecordedDays,
    pub(crate) index: &'a LawIndex,
    /// The indexes that the authorities published, by their texts.
    pub(crate) published: &'a BTreeMap<&'a str, LawIndex>,
    pub(crate) evidence: &'a VerifiedEvidence,
}

impl<'a> LevelLaw<'a> {
    /// Checks each of these levels, which are those of the record, and the rules of privacy that it names.
    pub(crate) fn check(self, levels: &'a [JurisdictionCode]) -> Result<(), ReceiptError> {
        for (place, level) in levels.iter().zip(&self.record.layers) {
            self.check_named(place, level)?;
            self.check_known(place, level)?;
            self.check_complete(place)?;
            self.check_bounds(place, level)?;
        }
        for rule in &self.record.privacy {
            let unknown = |_| ReceiptError::LevelRule { place: rule.jurisdiction.clone() };
            let place = JurisdictionCode::new(&rule.jurisdiction).map_err(unknown)?;
            let in_force: Vec<&IndexedRule> = self.index.in_force(&place, None, self.days.privacy).collect();
            let id = rule.rule.as_deref().and_then(|rule| rule.split_once('@')).map(|(id, _)| id);
            let of_id: Vec<&IndexedRule> = in_force.into_iter().filter(|rule| Some(rule.id.as_str()) == id).collect();
            let works = rule.status.is_none() && rule.failure.is_none();
            self.check_rule(&place, (rule, RuleRole::Privacy), &of_id, works)?;
        }
        Ok(())
    }

    fn in_force(self, place: &'a JurisdictionCode) -> Vec<&'a IndexedRule> {
        self.index.in_force(place, Some(&self.record.service), self.days.law).collect()
    }

    /// Checks that a level names the rule in force, or is silent if there is none.
    fn check_named(self, place: &'a JurisdictionCode, level: &RecordedLayer) -> Result<(), ReceiptError> {
        let in_force = self.in_force(place);
        if in_force.is_empty() && level.is_silent() {
            return Ok(());
        }
        self.check_rule(place, (level, RuleRole::Level), &in_force, level.has_rule_that_works())
    }

    /// Checks that a level names one of the rules in force. It works only if it is the only one and can be used.
    fn check_rule(
        self,
        place: &JurisdictionCode,
        (level, kind): (&RecordedLayer, RuleRole),
        in_force: &[&IndexedRule],
        works: bool,
    ) -> Result<(), ReceiptError> {
        let refused = || ReceiptError::LevelRule { place: place.to_string() };
        let is_named = |rule: &&&IndexedRule| {
            let name = format!("{}@{}", rule.id, rule.version);
            // Of a rule that lapsed while the host ran, a record still has the digest.
            let has_digest = |digest: Digest| level.digest == Some(digest.to_string());
            level.rule.as_ref() == Some(&name) && rule.built().is_none_or(has_digest)
        };
        let named = in_force.iter().find(is_named).ok_or_else(refused)?;
        let digest = named.built();
        let may_work = in_force.len() == 1 && digest.is_some();
        if !(level.has_failed(kind) || works && may_work) {
            return Err(refused());
        }
        if let Some(digest) = digest {
            self.evidence.publisher_of(place, digest)?;
        }
        Ok(())
    }

    /// Checks that a level whose maker of law nobody knows has failed, and that the rulebook uses no rule of it.
    fn check_known(self, place: &'a JurisdictionCode, level: &RecordedLayer) -> Result<(), ReceiptError> {
        if self.evidence.maker_of(place).is_some() {
            return Ok(());
        }
        let uses_rule = self.index.of_place(place).any(|rule| rule.built().is_some());
        let is_known_as_failed = level.has_failed(RuleRole::Level) && !uses_rule;
        if is_known_as_failed { Ok(()) } else { Err(ReceiptError::NoMetadata { place: place.to_string() }) }
    }

    /// Checks that the rulebook has every rule of a place as its authority publishes it, usable or not, and no other
    /// but those that stand for law of which nothing is known.
    fn check_complete(self, place: &'a JurisdictionCode) -> Result<(), ReceiptError> {
        if self.evidence.maker_of(place).is_none() {
            return Ok(());
        }
        let published = self.evidence.index_of(place).and_then(|text| self.published.get(text));
        let published: Vec<IndexedRule> =
            published.iter().flat_map(|index| index.of_place(place)).map(as_published).collect();
        let known: Vec<IndexedRule> =
            self.index.of_place(place).filter(|rule| !is_unknown_law(rule)).map(as_published).collect();
        let differs = |rule: &&IndexedRule| !(published.contains(rule) && known.contains(rule));
        published.iter().chain(&known).find(differs).map_or(Ok(()), |rule| {
            Err(ReceiptError::OtherLaw { place: place.to_string(), rule: format!("{}@{}", rule.id, rule.version) })
        })
    }

    /// Checks that the rulebook has the bounds that a level sets, unless it can't use them and the level has failed.
    fn check_bounds(self, place: &'a JurisdictionCode, level: &RecordedLayer) -> Result<(), ReceiptError> {
        let path = bounds_path(place, &self.record.service);
        if self.index.0.definitions.contains_key(&path) || !self.evidence.sets_bounds(place, &self.record.service) {
            return Ok(());
        }
        let uses_rule = self.in_force(place).iter().any(|rule| rule.built().is_some());
        if level.has_failed(RuleRole::Level) && !uses_rule { Ok(()) } else { Err(ReceiptError::BoundsLeftOut(path)) }
    }
}

/// Whether a rule of the index stands for law of which a host knows nothing. It is in force on every day and can't be
/// used, so that a level has failed that needs it.
fn is_unknown_law(rule: &IndexedRule) -> bool {
    rule.file_digest().is_none()
        && matches!(rule.state, IndexedState::Untrusted(_))
        && (rule.from, rule.until) == (Date::MIN, None)
        && (rule.published, rule.withdrawn) == (None, None)
        && !rule.shadow
}

/// A rule of a host's index as its authority wrote it: a host adds who published it, and whether it may be used.
fn as_published(rule: &IndexedRule) -> IndexedRule {
    let state = rule.file_digest().map_or_else(|| rule.state.clone(), |file| IndexedState::Built(HexDigest(file)));
    IndexedRule { published_by: None, digest: None, state, ..rule.clone() }
}
