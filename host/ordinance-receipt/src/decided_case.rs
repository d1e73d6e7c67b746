//! What of a receipt shows on what was decided: the request, the answer, the record and the salt. The rest of a receipt
//! shows where the record is and who published the law.

use serde_json::Value;
use uuid::Uuid;

use crate::commitment::{Salt, commitment};
use crate::error::ReceiptError;
use crate::record::RecordedDecision;

/// A request, its answer and the record that commits to both.
#[derive(Debug, Clone, Copy)]
pub struct DecidedCase<'a> {
    /// The id of the decision.
    pub id: Uuid,
    /// The request, a JSON text.
    pub request: &'a str,
    /// The answer, a JSON text.
    pub answer: &'a str,
    /// The salt of the commitment, in base64.
    pub salt: &'a str,
    /// The record, a JSON text.
    pub leaf: &'a str,
    /// The number of the record, from 0.
    pub index: u64,
}

impl DecidedCase<'_> {
    /// Checks that the record commits to the request and the answer, and that all are of one decision. Where the
    /// record is, nobody has checked then.
    ///
    /// # Errors
    /// [`ReceiptError`] says what doesn't hold.
    pub fn check(&self) -> Result<RecordedDecision, ReceiptError> {
        let record: RecordedDecision = serde_json::from_str(self.leaf).map_err(ReceiptError::Leaf)?;
        self.check_texts(&record)?;
        let salt = Salt::parse(self.salt).ok_or(ReceiptError::Salt)?;
        if commitment(&salt, self.request, self.answer).to_string() != record.commitment {
            return Err(ReceiptError::Commitment);
        }
        Ok(record)
    }

    /// Checks that request, answer and leaf are of one decision.
    fn check_texts(&self, record: &RecordedDecision) -> Result<(), ReceiptError> {
        let object = |text: &str, part| match serde_json::from_str(text) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) | Err(_) => Err(ReceiptError::NoObject(part)),
        };
        let (request, answer) = (object(self.request, "request")?, object(self.answer, "answer")?);
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
        if self.index != record.index {
            return Err(ReceiptError::Contradiction { part: "log", member: "index" });
        }
        Ok(())
    }
}
