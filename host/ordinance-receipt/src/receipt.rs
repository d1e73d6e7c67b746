//! The form of a receipt.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::{DefinitionFiles, SERVICES_FOLDER, place_of_definition};
use ordinance_engine::unambiguous_json::read_unambiguous;
use ordinance_trust::Evidence;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::spelling::is_id;

/// The version of the form.
pub const FORMAT: &str = "ordinance-receipt/2";

/// The receipt of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionReceipt {
    /// [`FORMAT`].
    pub format: String,
    /// The id of the decision and of its record.
    pub id: Uuid,
    /// The whole request with the days, the basis and the recipient that were used: a JSON text that can be sent again.
    pub request: String,
    /// The answer, a JSON text.
    pub answer: String,
    /// The languages that the answer's titles were asked for in, the most wanted first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// The salt of the commitment, in base64.
    pub salt: String,
    /// The record, a line of the log: a JSON text.
    pub leaf: String,
    /// That the log holds the record.
    pub log: LogProof,
    /// That the authorities published the law; none if nobody signed the rulebook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<PublicationProof>,
}

/// That a log holds a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogProof {
    /// The public key of the log, `NAME+HASH+KEY` (c2sp.org/signed-note).
    pub key: String,
    /// The number of the record, from 0.
    pub index: u64,
    /// The hashes beside the way from the leaf to the root, the lowest first, in base64.
    pub proof: Vec<String>,
    /// The signed head of the tree (c2sp.org/tlog-checkpoint).
    pub checkpoint: String,
}

/// That authorities published a rulebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicationProof {
    /// The index of the rulebook: a JSON text, whose SHA-256 names the rulebook.
    pub index: String,
    /// The definition files of the rulebook that the decision rests on, by path: the places, the facts, the service,
    /// and the bounds that its levels set.
    #[schema(value_type = Object)]
    pub definitions: DefinitionFiles,
    /// The metadata (TUF) of the authorities whose law was applied, and of those above them, each with the index that
    /// it published.
    #[schema(value_type = Object)]
    pub metadata: Evidence,
}

impl PublicationProof {
    /// The proof of what a decision of a service rests on, of all the definitions of its rulebook.
    #[must_use]
    pub fn new(
        index: String,
        definitions: &DefinitionFiles,
        (service, levels): (&str, &[JurisdictionCode]),
        metadata: Evidence,
    ) -> Self {
        let is_needed = |path: &str| is_needed(path, service, levels);
        let needed = definitions.iter().filter(|(path, _)| is_needed(path));
        Self { index, definitions: needed.map(|(path, text)| (path.clone(), text.clone())).collect(), metadata }
    }
}

/// Whether a decision of a service that these levels made rests on a definition file.
pub(crate) fn is_needed(path: &str, service: &str, levels: &[JurisdictionCode]) -> bool {
    let folder = path.split('/').next();
    match place_of_definition(path) {
        Some(place) => levels.contains(&place) && path.split('/').nth(1) == Some(service),
        None if folder == Some(SERVICES_FOLDER) => path == format!("{SERVICES_FOLDER}/{service}.toml"),
        None => true,
    }
}

/// A text is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptFormatError {
    /// It isn't JSON, or has another structure.
    #[error("this is no receipt: {0}")]
    Json(#[from] serde_json::Error),
    /// It has another version.
    #[error("the receipt has the format `{0}`; this program reads `{FORMAT}`")]
    Version(String),
    /// Its id is written in another way.
    #[error("the id of the receipt isn't written as a UUID of version 7 in lower case with hyphens")]
    Id,
}

impl DecisionReceipt {
    /// Reads a receipt, or the reply that holds one as its member `receipt`.
    ///
    /// # Errors
    /// [`ReceiptFormatError`] if it is none.
    pub fn parse(text: &[u8]) -> Result<Self, ReceiptFormatError> {
        match read_unambiguous(text)? {
            Value::Object(mut members) => Self::read(members.remove("receipt").unwrap_or(Value::Object(members))),
            other => Self::read(other),
        }
    }

    /// Reads a receipt by itself.
    ///
    /// # Errors
    /// [`ReceiptFormatError`] if it is none.
    pub(crate) fn read(receipt: Value) -> Result<Self, ReceiptFormatError> {
        if let Some(format) = receipt.get("format").and_then(Value::as_str).filter(|format| *format != FORMAT) {
            return Err(ReceiptFormatError::Version(format.to_owned()));
        }
        let id = receipt.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let read: Self = serde_json::from_value(receipt)?;
        if is_id(&id, read.id) { Ok(read) } else { Err(ReceiptFormatError::Id) }
    }
}
