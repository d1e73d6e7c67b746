//! What of a receipt shows on what was decided: the request, the answer, the record and the salt. The rest of a receipt
//! shows where the record is and who published the law.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::commitment::{Salt, commitment};
use crate::error::ReceiptError;
use crate::record::{RecordedDecision, RecordedLayer};
use crate::record_time::{RECORD_DELAY_MAX_MS, made_at_ms};

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
        let place = record.asked.as_ref().unwrap_or(&record.jurisdiction);
        let mode = record.mode.as_deref().unwrap_or("official");
        let others = [("request", &request, "jurisdiction", place.as_str()), ("answer", &answer, "mode", mode)];
        for (part, members, member, expected) in others {
            if members.get(member).and_then(Value::as_str) != Some(expected) {
                return Err(ReceiptError::Contradiction { part, member });
            }
        }
        check_layers(&answer, record)?;
        // The text of the id counts, too: another program could take another spelling for another id.
        let leaf: Value = serde_json::from_str(self.leaf).map_err(ReceiptError::Leaf)?;
        if self.id != record.id || leaf.get("id").and_then(Value::as_str) != Some(id.as_str()) {
            return Err(ReceiptError::Contradiction { part: "id", member: "id" });
        }
        if self.index != record.index {
            return Err(ReceiptError::Contradiction { part: "log", member: "index" });
        }
        Ok(())
    }
}

/// Checks that the record was made when its id was: whoever forges one in a log of his own could date it back.
pub(crate) fn check_time(record: &RecordedDecision) -> Result<(), ReceiptError> {
    let delay_ms = made_at_ms(record.id).map(|made_ms| (record.time.as_millisecond() - made_ms).abs());
    match delay_ms.map(|delay_ms| delay_ms <= RECORD_DELAY_MAX_MS) {
        Some(true) => Ok(()),
        Some(false) | None => Err(ReceiptError::Contradiction { part: "id", member: "time" }),
    }
}

/// Checks that the levels of the answer are those of the record: the same rules by the same publishers.
fn check_layers(answer: &Map<String, Value>, record: &RecordedDecision) -> Result<(), ReceiptError> {
    let contradiction = || ReceiptError::Contradiction { part: "answer", member: "layers" };
    let shown = answer.get("layers").and_then(Value::as_array).ok_or_else(contradiction)?;
    let shown: Option<Vec<RecordedLayer>> = shown.iter().map(RecordedLayer::of_answer).collect();
    let without_reason = |layer: &RecordedLayer| RecordedLayer { failure: None, ..layer.clone() };
    let of_record: Vec<RecordedLayer> = record.layers.iter().map(without_reason).collect();
    let ends_at_place = of_record.last().is_some_and(|layer| layer.jurisdiction == record.jurisdiction);
    if ends_at_place && shown == Some(of_record) { Ok(()) } else { Err(contradiction()) }
}
