//! That each level of a record names the rule that the rulebook has for it, and that the rulebook has all that the
//! makers of the law published.

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::index::IndexedRule;
use ordinance_trust::{VerifiedEvidence, bounds_path};

use crate::error::ReceiptError;
use crate::law_index::LawIndex;
use crate::record::{RecordedDecision, RecordedLayer};
use crate::recorded_days::RecordedDays;

/// What the levels of a record are checked by.
#[derive(Clone, Copy)]
pub(crate) struct LevelLaw<'a> {
    pub(crate) record: &'a RecordedDecision,
    pub(crate) days: RecordedDays,
    pub(crate) index: &'a LawIndex,
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
            self.check_rule(&place, rule, &of_id, works)?;
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
        self.check_rule(place, level, &in_force, level.has_rule_that_works())
    }

    /// Checks that a level names one of the rules in force. It works only if it is the only one and can be used.
    fn check_rule(
        self,
        place: &JurisdictionCode,
        level: &RecordedLayer,
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
        if !(level.has_failed() || works && may_work) {
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
        let is_known_as_failed = level.has_failed() && !uses_rule;
        if is_known_as_failed { Ok(()) } else { Err(ReceiptError::NoMetadata { place: place.to_string() }) }
    }

    /// Checks that the rulebook has every rule of a place that its authority publishes, usable or not, unless nothing
    /// is known of its law for the service of the record.
    fn check_complete(self, place: &'a JurisdictionCode) -> Result<(), ReceiptError> {
        let is_excused = |rule: &IndexedRule| {
            rule.built().is_none()
                && rule.digest.is_none()
                && rule.service.as_ref().is_none_or(|service| *service == self.record.service)
        };
        if self.index.of_place(place).any(is_excused) {
            return Ok(());
        }
        let file_of = |rule: &IndexedRule| rule.built().or(rule.digest.map(|file| file.0));
        let has_rule = |digest| self.index.of_place(place).any(|rule| file_of(rule) == Some(digest));
        let left_out = self.evidence.rules_of(place).find(|digest| !has_rule(*digest));
        left_out.map_or(Ok(()), |digest| Err(ReceiptError::LeftOut { place: place.to_string(), digest }))
    }

    /// Checks that the rulebook has the bounds that a level sets, unless it can't use them and the level has failed.
    fn check_bounds(self, place: &'a JurisdictionCode, level: &RecordedLayer) -> Result<(), ReceiptError> {
        let path = bounds_path(place, &self.record.service);
        if self.index.0.definitions.contains_key(&path) || !self.evidence.sets_bounds(place, &self.record.service) {
            return Ok(());
        }
        let uses_rule = self.in_force(place).iter().any(|rule| rule.built().is_some());
        if level.has_failed() && !uses_rule { Ok(()) } else { Err(ReceiptError::BoundsLeftOut(path)) }
    }
}
