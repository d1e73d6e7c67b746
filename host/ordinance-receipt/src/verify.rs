//! The check of a receipt: the commitment, the place in the log, and who published the law.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{Index, IndexedState};
use ordinance_log::{Checkpoint, CheckpointError, InclusionProof, KeyError, LogVerifier, ProofError, leaf_hash};
use ordinance_trust::{EvidenceError, VerifiedEvidence};
use serde_json::Value;

use crate::commitment::{Salt, commitment};
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

/// Why a receipt doesn't hold.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The leaf is no record of a decision with a commitment.
    #[error("its leaf is no record of a decision with a commitment: {0}")]
    Leaf(serde_json::Error),
    /// A part contradicts another.
    #[error("its {part} contradicts its leaf in `{member}`: one of them was altered")]
    Contradiction {
        /// The part.
        part: &'static str,
        /// The member.
        member: &'static str,
    },
    /// The request or the answer isn't a JSON object.
    #[error("its {0} is no JSON object")]
    NoObject(&'static str),
    /// The salt isn't one.
    #[error("its salt hasn't 32 bytes in base64")]
    Salt,
    /// The record commits to another request or answer.
    #[error("the record commits to another request or another answer: one of them, or the salt, was altered")]
    Commitment,
    /// The key of the log isn't one.
    #[error("its log key can't be read: {0}")]
    LogKey(#[from] KeyError),
    /// The log isn't the one that the checker trusts.
    #[error("it is of the log `{found}`, not of `{expected}`")]
    OtherLog {
        /// The log of the receipt.
        found: String,
        /// The log that is trusted.
        expected: String,
    },
    /// No authority lists the log.
    #[error("no authority whose metadata are there lists the log `{0}`: `ordinance trust log` does")]
    UnlistedLog(String),
    /// The checkpoint isn't signed by the log.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The log doesn't hold the record.
    #[error("its record isn't in the log: {0}")]
    Proof(#[from] ProofError),
    /// A hash of the proof isn't one.
    #[error("a hash of its proof hasn't 32 bytes in base64")]
    Hash,
    /// Nobody signed the rulebook, and the checker asks for a publication.
    #[error("nobody signed the law that it rests on: it was decided on a rulebook without signatures")]
    Unpublished,
    /// The index isn't that of the rulebook.
    #[error("its index isn't that of the rulebook {0}")]
    Index(String),
    /// The metadata don't show who published the law.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The record names another publisher than the metadata show.
    #[error("the record says that {said} published {rule}, and the metadata show that {found} did")]
    OtherPublisher {
        /// The rule.
        rule: String,
        /// The publisher in the record.
        said: String,
        /// The publisher by the metadata.
        found: String,
    },
    /// The record names an approval that the metadata don't show.
    #[error("the record says that {authority} approved {rule}, and the metadata don't show it")]
    Unapproved {
        /// The rule.
        rule: String,
        /// The authority.
        authority: String,
    },
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
        let record: RecordedDecision = serde_json::from_str(&self.leaf).map_err(ReceiptError::Leaf)?;
        self.check_texts(&record)?;
        let salt = Salt::parse(&self.salt).ok_or(ReceiptError::Salt)?;
        if commitment(&salt, &self.request, &self.answer).to_string() != record.commitment {
            return Err(ReceiptError::Commitment);
        }
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

    /// Checks that request, answer and leaf are of one decision.
    fn check_texts(&self, record: &RecordedDecision) -> Result<(), ReceiptError> {
        let object = |text: &str, part| match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) | Err(_) => Err(ReceiptError::NoObject(part)),
        };
        let (request, answer) = (object(&self.request, "request")?, object(&self.answer, "answer")?);
        let id = record.id.to_string();
        let of_answer = [
            ("id", &id),
            ("rulebook", &record.rulebook),
            ("service", &record.service),
            ("jurisdiction", &record.jurisdiction),
            ("as_of", &record.as_of),
            ("known_at", &record.known_at),
            ("outcome", &record.outcome),
        ];
        let of_request = [
            ("service", &record.service),
            ("as_of", &record.as_of),
            ("known_at", &record.known_at),
            ("processed_on", &record.processed_on),
        ];
        for (part, members, expected) in [("answer", &answer, &of_answer[..]), ("request", &request, &of_request[..])] {
            for (member, value) in expected {
                if members.get(*member).and_then(Value::as_str) != Some(value.as_str()) {
                    return Err(ReceiptError::Contradiction { part, member });
                }
            }
        }
        if self.id != record.id {
            return Err(ReceiptError::Contradiction { part: "id", member: "id" });
        }
        if self.log.index != record.index {
            return Err(ReceiptError::Contradiction { part: "log", member: "index" });
        }
        Ok(())
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
    let is_of_level =
        |path: &str| path.split_once('/').is_some_and(|(folder, _)| JurisdictionCode::new(folder).is_ok());
    for (path, digest) in index.definitions.iter().filter(|(path, _)| !is_of_level(path)) {
        evidence.check_definition(path, digest.0)?;
    }
    let mut above = Vec::new();
    let mut publishers = Vec::new();
    for layer in record.layers.iter().chain(&record.privacy) {
        let Ok(place) = JurisdictionCode::new(&layer.jurisdiction) else { return Err(of_rulebook()) };
        // A rule that failed decided nothing; it may be one whose publication has lapsed.
        if let (Some(rule), Some(digest), false) = (&layer.rule, layer.digest(), layer.failure.is_some()) {
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
