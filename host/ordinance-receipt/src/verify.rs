//! The check of a receipt: the commitment, the place in the log, and who published the law.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ordinance_domain::calendar::LawDay;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::place_of_definition;
use ordinance_log::{Checkpoint, InclusionProof, LogVerifier, leaf_hash};
use ordinance_trust::VerifiedEvidence;

use crate::decided_case::DecidedCase;
use crate::error::ReceiptError;
use crate::law_index::LawIndex;
use crate::level_law::LevelLaw;
use crate::receipt::{DecisionReceipt, PublicationProof};
use crate::record::{RecordedDecision, RecordedLayer, RuleRole};
use crate::recorded_days::RecordedDays;
use crate::spelling;

/// The mode of a decision that binds.
const OFFICIAL: &str = "official";

/// A receipt that holds.
#[derive(Debug, Clone)]
pub struct VerifiedReceipt {
    /// The record.
    pub record: RecordedDecision,
    /// The name of the log.
    pub log: String,
    /// Who published each rule, in the order of the record; empty if nobody signed the rulebook.
    pub publishers: Vec<LayerPublisher>,
}

/// Who published the rule of a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerPublisher {
    /// The place whose law it is.
    pub jurisdiction: String,
    /// The rule, as `id@version`.
    pub rule: String,
    /// The place and the name of the authority that published it.
    pub authority: String,
    /// Those that approved it.
    pub approved_by: Vec<String>,
}

impl DecisionReceipt {
    /// Checks that the log holds a record that commits to the request and the answer, and, with the pinned root of
    /// the top authority, that those who may published the law. The log is that of this key, or else one that an
    /// authority lists.
    ///
    /// # Errors
    /// [`ReceiptError`] says what doesn't hold.
    pub fn verify(
        &self,
        root: Option<&[u8]>,
        trusted_log: Option<&LogVerifier>,
    ) -> Result<VerifiedReceipt, ReceiptError> {
        let record = self.decided_case().check()?;
        if let Some(mode) = record.mode.as_ref().filter(|mode| *mode != OFFICIAL) {
            return Err(ReceiptError::NoDecision(mode.clone()));
        }
        let days = RecordedDays::check(&record)?;
        let key = LogVerifier::parse(&self.log.key)?;
        let has_lower_id = self.log.key.split('+').nth(1).is_some_and(|id| id == id.to_lowercase());
        if key.to_text() != self.log.key || !has_lower_id {
            return Err(ReceiptError::Spelling("log key"));
        }
        self.check_inclusion(&record, &key)?;
        let evidence = match (root, &self.publication) {
            (Some(root), Some(publication)) => {
                let evidence = publication.metadata.verify(root, &publication.definitions, record.time)?;
                Some((publication, evidence))
            }
            (Some(_), None) => return Err(ReceiptError::Unpublished),
            (None, _) => None,
        };
        let name = key.name().to_string();
        match (trusted_log, &evidence) {
            (Some(trusted), _) if *trusted == key => {}
            (Some(trusted), _) => {
                return Err(ReceiptError::OtherLog { found: name, expected: trusted.name().to_string() });
            }
            (None, Some((_, evidence))) if evidence.lists_log(key.to_text(), &place_of(&record)?) => {}
            (None, Some(_) | None) => return Err(ReceiptError::UnlistedLog(name)),
        }
        let publishers = match &evidence {
            Some((publication, evidence)) => publishers(&record, days, publication, evidence)?,
            None => Vec::new(),
        };
        Ok(VerifiedReceipt { record, log: name, publishers })
    }

    /// What of it shows on what was decided.
    #[must_use]
    pub fn decided_case(&self) -> DecidedCase<'_> {
        DecidedCase {
            id: self.id,
            request: &self.request,
            answer: &self.answer,
            salt: &self.salt,
            leaf: &self.leaf,
            index: self.log.index,
        }
    }

    fn check_inclusion(&self, record: &RecordedDecision, key: &LogVerifier) -> Result<(), ReceiptError> {
        let head = Checkpoint::verify(&self.log.checkpoint, key)?.head();
        let hash = |text: &String| {
            let bytes: Option<[u8; 32]> = BASE64_STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.map(Digest::new).ok_or(ReceiptError::Hash)
        };
        let hashes = self.log.proof.iter().map(hash).collect::<Result<_, _>>()?;
        let proof = InclusionProof { index: record.index, hashes };
        Ok(proof.verify(leaf_hash(self.leaf.as_bytes()), head)?)
    }
}

fn place_of(record: &RecordedDecision) -> Result<JurisdictionCode, ReceiptError> {
    code(&record.jurisdiction)
}

fn code(text: &str) -> Result<JurisdictionCode, ReceiptError> {
    JurisdictionCode::new(text).map_err(|_| ReceiptError::Contradiction { part: "index", member: "jurisdiction" })
}

/// Who published each rule that the record names. Its levels must be all that the place has above it, each with the
/// rule in force, and the rulebook must have everything that their authorities publish.
fn publishers(
    record: &RecordedDecision,
    days: RecordedDays,
    publication: &PublicationProof,
    evidence: &VerifiedEvidence,
) -> Result<Vec<LayerPublisher>, ReceiptError> {
    let levels = levels(record, days.law, evidence)?;
    let index = LawIndex::read(record, publication, &levels)?;
    for (path, digest) in index.0.definitions.iter().filter(|(path, _)| place_of_definition(path).is_none()) {
        evidence.check_definition(path, digest.0)?;
    }
    let mut publishers = Vec::new();
    let eligibility = record.layers.iter().map(|layer| (layer, Some(record.service.as_str())));
    let published = evidence.indexes().map(|text| Ok((text, LawIndex::of_authority(text)?)));
    let published: BTreeMap<&str, LawIndex> = published.collect::<Result<_, ReceiptError>>()?;
    for (layer, service) in eligibility.chain(record.privacy.iter().map(|layer| (layer, None))) {
        let kind = if service.is_some() { RuleRole::Level } else { RuleRole::Privacy };
        // A rule that failed decided nothing; it may be one whose publication has lapsed.
        if let (Some(rule), Some(digest), false) = (&layer.rule, &layer.digest, layer.has_failed(kind)) {
            let digest = spelling::digest(digest).ok_or(ReceiptError::Spelling("digest"))?;
            publishers.push(publisher(layer, (rule, digest), service, evidence)?);
        }
    }
    LevelLaw { record, days, index: &index, published: &published, evidence }.check(&levels)?;
    Ok(publishers)
}

/// The chain of the place that the request named, which the levels of the record must be.
fn levels(
    record: &RecordedDecision,
    day: LawDay,
    evidence: &VerifiedEvidence,
) -> Result<Vec<JurisdictionCode>, ReceiptError> {
    let asked = record.asked.as_ref().unwrap_or(&record.jurisdiction);
    let levels = evidence.chain(&code(asked)?, day.as_of, day.known_at)?;
    let found: Vec<&str> = record.layers.iter().map(|layer| layer.jurisdiction.as_str()).collect();
    let expected: Vec<&str> = levels.iter().map(JurisdictionCode::as_str).collect();
    if found != expected {
        return Err(ReceiptError::Levels {
            place: asked.clone(),
            found: found.join(", "),
            expected: expected.join(", "),
        });
    }
    Ok(levels)
}

/// Who published the rule of a level, and that it has the approvals that the contract of its service asks for.
fn publisher(
    layer: &RecordedLayer,
    (rule, digest): (&str, Digest),
    service: Option<&str>,
    evidence: &VerifiedEvidence,
) -> Result<LayerPublisher, ReceiptError> {
    let place = code(&layer.jurisdiction)?;
    let rule_of_place = || format!("{place}/{rule}");
    let found = evidence.publisher_of(&place, digest)?;
    let said = layer.published_by.as_ref();
    if said.map(|said| said.authority.as_str()) != Some(found.jurisdiction.as_str()) {
        return Err(ReceiptError::OtherPublisher {
            rule: rule_of_place(),
            said: said.map_or_else(|| "nobody".to_owned(), |said| said.authority.clone()),
            found: found.jurisdiction.to_string(),
        });
    }
    if let Some(service) = service {
        for needed in evidence.needed_approvals(service, &place)? {
            if !evidence.approves(&needed.by, &place, digest) {
                let provision = format!("{} {}", needed.provision.document, needed.provision.article);
                let authority = needed.by.to_string();
                return Err(ReceiptError::NeedsApproval { rule: rule_of_place(), authority, provision });
            }
        }
    }
    let mut approved_by = Vec::new();
    for approval in said.iter().flat_map(|said| &said.approved_by) {
        let authority = JurisdictionCode::new(&approval.authority).ok();
        match authority.filter(|authority| evidence.approves(authority, &place, digest)) {
            Some(authority) => approved_by.push(authority.to_string()),
            None => {
                return Err(ReceiptError::Unapproved { rule: rule_of_place(), authority: approval.authority.clone() });
            }
        }
    }
    Ok(LayerPublisher {
        jurisdiction: place.to_string(),
        rule: rule.to_owned(),
        authority: format!("{} ({})", found.jurisdiction, found.name),
        approved_by,
    })
}
