//! The check of a receipt: the commitment, the place in the log, and who published the law.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::{FACTS_FILE, RULEBOOK_FILE, place_of_definition};
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{Index, IndexedState};
use ordinance_log::{Checkpoint, InclusionProof, LogVerifier, leaf_hash};
use ordinance_trust::VerifiedEvidence;

use crate::decided_case::{DecidedCase, check_time};
use crate::error::ReceiptError;
use crate::receipt::{DecisionReceipt, PublicationProof};
use crate::record::{RecordedDecision, RecordedLayer};

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
        check_time(&record)?;
        let key = LogVerifier::parse(&self.log.key)?;
        self.check_inclusion(&record, &key)?;
        let evidence = match (root, &self.publication) {
            (Some(root), Some(publication)) => Some((publication, publication.metadata.verify(root, record.time)?)),
            (Some(_), None) => return Err(ReceiptError::Unpublished),
            (None, _) => None,
        };
        let name = key.name().to_string();
        match (trusted_log, &evidence) {
            (Some(trusted), _) if *trusted == key => {}
            (Some(trusted), _) => {
                return Err(ReceiptError::OtherLog { found: name, expected: trusted.name().to_string() });
            }
            (None, Some((_, evidence))) if evidence.lists_log(key.to_text()) => {}
            (None, Some(_) | None) => return Err(ReceiptError::UnlistedLog(name)),
        }
        let publishers = match &evidence {
            Some((publication, evidence)) => publishers(&record, publication, evidence)?,
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

/// Who published each rule that the record names. The definitions that all share must be the top authority's.
fn publishers(
    record: &RecordedDecision,
    publication: &PublicationProof,
    evidence: &VerifiedEvidence,
) -> Result<Vec<LayerPublisher>, ReceiptError> {
    let of_rulebook = || ReceiptError::Index(record.rulebook.clone());
    if sha256(publication.index.as_bytes()).to_string() != record.rulebook {
        return Err(of_rulebook());
    }
    let index: Index = serde_json::from_str(&publication.index).map_err(|_| of_rulebook())?;
    if ![RULEBOOK_FILE, FACTS_FILE].iter().all(|path| index.definitions.contains_key(*path)) {
        return Err(of_rulebook());
    }
    for (path, digest) in index.definitions.iter().filter(|(path, _)| place_of_definition(path).is_none()) {
        evidence.check_definition(path, digest.0)?;
    }
    let mut above = Vec::new();
    let mut publishers = Vec::new();
    for layer in record.layers.iter().chain(&record.privacy) {
        let Ok(place) = JurisdictionCode::new(&layer.jurisdiction) else { return Err(of_rulebook()) };
        // A rule that failed decided nothing; it may be one whose publication has lapsed.
        if let (Some(rule), false) = (&layer.rule, layer.has_failed()) {
            let digest = layer.digest().ok_or_else(of_rulebook)?;
            let is_in_index = index.rules.iter().any(|indexed| {
                indexed.jurisdiction == layer.jurisdiction
                    && matches!(&indexed.state, IndexedState::Built(built) if built.0 == digest)
            });
            if !is_in_index {
                return Err(of_rulebook());
            }
            publishers.push(publisher(layer, (&place, rule, digest), &above, evidence)?);
        }
        if !above.contains(&place) {
            above.push(place);
        }
    }
    Ok(publishers)
}

fn publisher(
    layer: &RecordedLayer,
    (place, rule, digest): (&JurisdictionCode, &str, Digest),
    above: &[JurisdictionCode],
    evidence: &VerifiedEvidence,
) -> Result<LayerPublisher, ReceiptError> {
    let found = evidence.publisher_of(place, above, digest)?;
    let said = layer.published_by.as_ref();
    if said.map(|said| said.authority.as_str()) != Some(found.jurisdiction.as_str()) {
        return Err(ReceiptError::OtherPublisher {
            rule: format!("{place}/{rule}"),
            said: said.map_or_else(|| "nobody".to_owned(), |said| said.authority.clone()),
            found: found.jurisdiction.to_string(),
        });
    }
    let mut approved_by = Vec::new();
    for approval in said.iter().flat_map(|said| &said.approved_by) {
        let authority = JurisdictionCode::new(&approval.authority).ok();
        match authority.filter(|authority| evidence.approves(authority, place, digest)) {
            Some(authority) => approved_by.push(authority.to_string()),
            None => {
                return Err(ReceiptError::Unapproved {
                    rule: format!("{place}/{rule}"),
                    authority: approval.authority.clone(),
                });
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
