//! What of a receipt shows on what was decided: the request, the answer, the record and the salt. The rest of a receipt
//! shows where the record is and who published the law.

use ordinance_engine::unambiguous_json::read_unambiguous;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::commitment::{Salt, commitment};
use crate::error::ReceiptError;
use crate::record::{RecordedDecision, RecordedLayer};
use crate::spelling;

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
        let leaf = read_unambiguous(self.leaf.as_bytes()).map_err(ReceiptError::Leaf)?;
        let record: RecordedDecision = serde_json::from_str(self.leaf).map_err(ReceiptError::Leaf)?;
        check_spelling(&leaf, &record)?;
        self.check_texts(&leaf, &record)?;
        let salt = Salt::parse(self.salt).ok_or(ReceiptError::Salt)?;
        if commitment(&salt, self.request, self.answer).to_string() != record.commitment {
            return Err(ReceiptError::Commitment);
        }
        Ok(record)
    }

    /// Checks that request, answer and leaf are of one decision.
    fn check_texts(&self, leaf: &Value, record: &RecordedDecision) -> Result<(), ReceiptError> {
        let object = |text: &str, part| match read_unambiguous(text.as_bytes()) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Err(ReceiptError::NoObject(part)),
            Err(error) => Err(ReceiptError::Json { part, error }),
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
        check_layers(&answer, leaf, record)?;
        if self.id != record.id {
            return Err(ReceiptError::Contradiction { part: "id", member: "id" });
        }
        if self.index != record.index {
            return Err(ReceiptError::Contradiction { part: "log", member: "index" });
        }
        Ok(())
    }
}

/// Checks that a record writes its id, its time, its days and its digests in the one way, and nothing absent as null.
fn check_spelling(leaf: &Value, record: &RecordedDecision) -> Result<(), ReceiptError> {
    let text = |member| leaf.get(member).and_then(Value::as_str).unwrap_or_default();
    let days = [("as_of", &record.as_of), ("known_at", &record.known_at), ("processed_on", &record.processed_on)];
    let ill_written_day = days.iter().find(|(_, day)| spelling::day(day).is_none()).map(|(member, _)| *member);
    let has_digest =
        |layer: &RecordedLayer| layer.digest.as_deref().is_none_or(|text| spelling::digest(text).is_some());
    let member = match () {
        () if spelling::has_null(leaf) => "null",
        () if !spelling::is_id(text("id"), record.id) => "id",
        () if !spelling::is_time(text("time"), record.time) => "time",
        () if !record.layers.iter().chain(&record.privacy).all(has_digest) => "digest",
        () => return ill_written_day.map_or(Ok(()), |member| Err(ReceiptError::Spelling(member))),
    };
    Err(ReceiptError::Spelling(member))
}

/// What both the answer and the record say of a level.
const SHOWN_MEMBERS: [&str; 5] = ["jurisdiction", "rule", "digest", "status", "published_by"];

/// The members of each level that both say; `None` if they aren't written as levels.
fn shown(layers: Option<&Value>) -> Option<Vec<Vec<(&str, &Value)>>> {
    fn of_level(level: &Value) -> Option<Vec<(&str, &Value)>> {
        let members = level.as_object()?;
        Some(SHOWN_MEMBERS.iter().filter_map(|name| Some((*name, members.get(*name)?))).collect())
    }
    layers?.as_array()?.iter().map(of_level).collect()
}

/// Checks that the levels of the answer are those of the record: the same rules by the same publishers.
fn check_layers(answer: &Map<String, Value>, leaf: &Value, record: &RecordedDecision) -> Result<(), ReceiptError> {
    let of_answer = shown(answer.get("layers"));
    let ends_at_place = record.layers.last().is_some_and(|layer| layer.jurisdiction == record.jurisdiction);
    if ends_at_place && of_answer.is_some() && of_answer == shown(leaf.get("layers")) {
        Ok(())
    } else {
        Err(ReceiptError::Contradiction { part: "answer", member: "layers" })
    }
}
