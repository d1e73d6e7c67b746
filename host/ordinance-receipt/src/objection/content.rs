//! What is sealed of an objection.

use jiff::Timestamp;
use ordinance_trust::{ObjectionsKey, ObjectionsRecipient, UnsealError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// The version of the form.
const FORMAT: &str = "ordinance-objection/1";
/// The longest reason, in letters.
pub const REASON_LETTERS_MAX: usize = 8_000;
/// The longest contact, in letters.
pub const CONTACT_LETTERS_MAX: usize = 500;
/// The most bytes that are opened.
const CONTENT_BYTES_MAX: u64 = 64 << 20;

/// What a person objects with. Only the authority that reviews can read it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionContent {
    format: String,
    /// The id of the objection.
    pub id: Uuid,
    /// When the host took it.
    pub received: Timestamp,
    /// The receipt as it was sent.
    pub receipt: Box<RawValue>,
    /// Why the person objects.
    pub reason: String,
    /// How the person can be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// Why a sealed objection can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The seal doesn't open.
    #[error(transparent)]
    Seal(#[from] UnsealError),
    /// What is in it isn't an objection.
    #[error("what is sealed is no objection of the form `{FORMAT}`")]
    Form,
}

impl ObjectionContent {
    /// What is objected with.
    #[must_use]
    pub fn new(id: Uuid, received: Timestamp, receipt: Box<RawValue>, reason: String, contact: Option<String>) -> Self {
        Self { format: FORMAT.to_owned(), id, received, receipt, reason, contact }
    }

    /// Seals it to the key of an authority.
    ///
    /// # Errors
    /// If it can't be written as JSON, or the system has no random numbers.
    pub fn seal(&self, recipient: &ObjectionsRecipient) -> std::io::Result<Vec<u8>> {
        recipient.seal(&serde_json::to_vec(self).map_err(std::io::Error::other)?)
    }

    /// Opens a sealed objection.
    ///
    /// # Errors
    /// [`OpenError`] if it is sealed to another key, damaged, or something else.
    pub fn open(sealed: &[u8], key: &ObjectionsKey) -> Result<Self, OpenError> {
        let opened = key.unseal(sealed, CONTENT_BYTES_MAX)?;
        match serde_json::from_slice::<Self>(&opened) {
            Ok(content) if content.format == FORMAT => Ok(content),
            Ok(_) | Err(_) => Err(OpenError::Form),
        }
    }
}
