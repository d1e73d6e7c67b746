//! What every record of a log must be: its members, its id, its time, and digests that are known.

use std::collections::{BTreeMap, HashSet};

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::Rulebook;
use ordinance_receipt::{RECORD_DELAY_MAX_MS, made_at_ms};
use ordinance_trust::PublicationHistory;
use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

use super::objection_check::{ObjectionRecordError, read_objection};
use super::publication_check::{DecidedRule, PublicationCheck};

/// How much earlier a record may be than one before it, in milliseconds: as much as it may be later than its id.
const TOLERANCE_MS: i64 = RECORD_DELAY_MAX_MS;

/// What the check reads of a record. Others of its members are for those who read it.
#[derive(Deserialize)]
struct RecordText {
    id: Uuid,
    time: jiff::Timestamp,
    #[serde(rename = "request_id")]
    _request_id: String,
    rulebook: String,
    commitment: Option<String>,
    #[serde(rename = "caller")]
    _caller: String,
    outcome: Option<String>,
    service: Option<String>,
    jurisdiction: Option<String>,
    as_of: Option<jiff::civil::Date>,
    known_at: Option<jiff::civil::Date>,
    layers: Option<Vec<RuleText>>,
    privacy: Vec<RuleText>,
    disclosed: Option<Vec<IgnoredAny>>,
    evaluations: Option<Vec<IgnoredAny>>,
    rulings: Option<Vec<IgnoredAny>>,
}

/// A rule of a record.
#[derive(Deserialize)]
struct RuleText {
    jurisdiction: String,
    rule: Option<String>,
    digest: Option<String>,
    failure: Option<String>,
    published_by: Option<PublisherText>,
}

/// Who published a rule, by a record.
#[derive(Deserialize)]
struct PublisherText {
    authority: String,
}

/// The digests of the rulebooks that were published, each with those of its rules.
#[derive(Default)]
pub(super) struct KnownDigests(BTreeMap<String, HashSet<String>>);

impl KnownDigests {
    pub(super) fn add(&mut self, rulebook: &Rulebook) {
        let rules = rulebook.rules().chain(rulebook.shadows()).filter_map(|rule| rule.head.digest);
        let digests: Vec<Digest> = rules.chain(rulebook.privacy_rules().filter_map(|rule| rule.head.digest)).collect();
        let known = self.0.entry(rulebook.digest().to_string()).or_default();
        known.extend(digests.iter().map(ToString::to_string));
    }
}

/// What is wrong with a record.
pub(super) enum RecordFault {
    /// It isn't as the host wrote it.
    Record(String),
    /// Nobody who may published a rule that it names.
    Publication(String),
}

/// The check of records that follow each other.
#[derive(Default)]
pub(super) struct RecordCheck {
    known: Option<KnownDigests>,
    publications: Option<PublicationCheck>,
    /// The latest time of a record so far.
    latest_ms: i64,
    /// The ids so far that a record may still have by its time.
    ids: BTreeMap<(i64, Uuid), ()>,
}

impl RecordCheck {
    /// A check by the digests of these rulebooks, if there are some, and by what authorities ever published.
    pub(super) fn new(known: Option<KnownDigests>, history: Option<PublicationHistory>) -> Self {
        Self { known, publications: history.map(PublicationCheck::new), ..Self::default() }
    }

    /// Whose rules decided, if what authorities published is known.
    pub(super) fn publications(&self) -> Option<&PublicationCheck> {
        self.publications.as_ref()
    }

    /// What is wrong with a record, if anything is.
    pub(super) fn fault_of(&mut self, line: &[u8]) -> Option<RecordFault> {
        if let Some(read) = read_objection(line) {
            let told = |error: ObjectionRecordError| Some(error.to_string());
            let fault = read.map_or_else(told, |entry| self.fault_of_time(entry.id, entry.time, entry.may_be_late));
            return fault.map(RecordFault::Record);
        }
        let record: RecordText = match serde_json::from_slice(line) {
            Ok(record) => record,
            // The words of the parser may repeat a value, which isn't shown.
            Err(error) => {
                let fault = format!("isn't written as a record, at column {}", error.column());
                return Some(RecordFault::Record(fault));
            }
        };
        let fault = record
            .missing_member()
            .map(|member| format!("lacks the member `{member}`"))
            .or_else(|| record.bad_digest().map(|member| format!("has no digest as `{member}`")))
            .or_else(|| self.fault_of_time(record.id, record.time, false))
            .or_else(|| self.known.as_ref().and_then(|known| known.fault_of(&record)));
        fault.map(RecordFault::Record).or_else(|| {
            let rules: Vec<DecidedRule<'_>> = record.decided_rules().collect();
            self.publications.as_mut()?.fault_of(&rules, record.time).map(RecordFault::Publication)
        })
    }

    fn fault_of_time(&mut self, id: Uuid, time: jiff::Timestamp, may_be_late: bool) -> Option<String> {
        let time_ms = time.as_millisecond();
        let Some(made_ms) = made_at_ms(id) else {
            return Some("has an id that is no UUID of version 7".to_owned());
        };
        let is_late = time_ms - made_ms > TOLERANCE_MS && !may_be_late;
        if is_late || made_ms - time_ms > TOLERANCE_MS {
            return Some("has a time that is not that of its id".to_owned());
        }
        if time_ms < self.latest_ms - TOLERANCE_MS {
            return Some("is earlier than a record before it".to_owned());
        }
        self.latest_ms = self.latest_ms.max(time_ms);
        // An older id than these has a time that is refused above.
        let oldest = (self.latest_ms - 2 * TOLERANCE_MS, Uuid::nil());
        self.ids = self.ids.split_off(&oldest);
        let is_known = self.ids.insert((made_ms, id), ()).is_some();
        is_known.then(|| "has the id of another record".to_owned())
    }
}

impl RecordText {
    /// The first member that a record of its kind must have and this one lacks.
    fn missing_member(&self) -> Option<&'static str> {
        let missing =
            |members: &[(&'static str, bool)]| members.iter().find(|(_, is_there)| !is_there).map(|(name, _)| *name);
        if self.evaluations.is_some() {
            return missing(&[("rulings", self.rulings.is_some())]);
        }
        if self.disclosed.is_some() {
            return missing(&[("jurisdiction", self.jurisdiction.is_some())]);
        }
        missing(&[
            ("outcome", self.outcome.is_some()),
            ("service", self.service.is_some()),
            ("jurisdiction", self.jurisdiction.is_some()),
            ("as_of", self.as_of.is_some()),
            ("known_at", self.known_at.is_some()),
            ("layers", self.layers.is_some()),
        ])
    }

    /// The rules of the record that have a digest, with the member in which they are.
    fn rules(&self) -> impl Iterator<Item = (&'static str, &RuleText)> {
        let layers = self.layers.iter().flatten().map(|rule| ("layers", rule));
        layers.chain(self.privacy.iter().map(|rule| ("privacy", rule)))
    }

    /// The rules that decided.
    fn decided_rules(&self) -> impl Iterator<Item = DecidedRule<'_>> {
        self.rules().filter(|(_, rule)| rule.failure.is_none()).filter_map(|(member, rule)| {
            Some(DecidedRule {
                service: self.service.as_deref().filter(|_| member == "layers"),
                place: JurisdictionCode::new(&rule.jurisdiction).ok()?,
                name: rule.rule.as_deref()?,
                digest: rule.digest.as_ref()?.parse().ok()?,
                authority: rule.published_by.as_ref().map(|publisher| publisher.authority.as_str()),
            })
        })
    }

    /// A member that should be a digest.
    fn bad_digest(&self) -> Option<&'static str> {
        let is_bad = |text: &String| text.parse::<Digest>().is_err();
        let own = [("rulebook", Some(&self.rulebook)), ("commitment", self.commitment.as_ref())];
        let of_rules = self.rules().map(|(member, rule)| (member, rule.digest.as_ref()));
        own.into_iter().chain(of_rules).find(|(_, digest)| digest.is_some_and(is_bad)).map(|(member, _)| member)
    }
}

impl KnownDigests {
    fn fault_of(&self, record: &RecordText) -> Option<String> {
        let Some(rules) = self.0.get(&record.rulebook) else {
            return Some(format!("is of the rulebook {}, which --rulebook doesn't name", record.rulebook));
        };
        let mut digests = record.rules().filter_map(|(_, rule)| Some((rule.rule.as_deref()?, rule.digest.as_ref()?)));
        let (rule, digest) = digests.find(|(_, digest)| !rules.contains(*digest))?;
        Some(format!("names the rule {rule} with the digest {digest}, which its rulebook doesn't have"))
    }
}
