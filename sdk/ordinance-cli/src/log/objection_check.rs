//! What the records of objections and of their answers must be.

use ordinance_domain::digest::Digest;
use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

/// Whether a record is of an objection or of an answer, and not of a decision.
#[derive(Deserialize)]
struct KindText {
    answer_by: Option<IgnoredAny>,
    answers: Option<IgnoredAny>,
}

/// The record of an objection.
#[derive(Deserialize)]
struct ObjectionText {
    id: Uuid,
    time: jiff::Timestamp,
    objection: String,
    #[serde(rename = "decision")]
    _decision: Uuid,
    #[serde(rename = "service")]
    _service: String,
    #[serde(rename = "jurisdiction")]
    _jurisdiction: String,
    #[serde(rename = "by")]
    _by: String,
    #[serde(rename = "answer_by")]
    _answer_by: jiff::civil::Date,
}

/// The record of an answer.
#[derive(Deserialize)]
struct AnswerText {
    id: Uuid,
    time: jiff::Timestamp,
    #[serde(rename = "answers")]
    _answers: Uuid,
    answer: String,
    #[serde(rename = "outcome")]
    _outcome: String,
}

/// A record about an objection, as far as its place in the log counts.
pub(super) struct ObjectionEntry {
    pub(super) id: Uuid,
    pub(super) time: jiff::Timestamp,
    /// Whether it may be recorded later than its id was made: after a crash the host records an objection that it has.
    pub(super) may_be_late: bool,
}

/// What is wrong with a record about an objection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ObjectionRecordError {
    #[error("isn't written as the record of {what}, at column {column}")]
    Form { what: &'static str, column: usize },
    #[error("has no digest as `{0}`")]
    Digest(&'static str),
}

/// Reads a record about an objection; `None` if it is another record.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read_objection(line: &[u8]) -> Option<Result<ObjectionEntry, ObjectionRecordError>> {
    let kind: KindText = serde_json::from_slice(line).ok()?;
    if kind.answer_by.is_some() {
        return Some(objection_of(line));
    }
    kind.answers.is_some().then(|| answer_of(line))
}

fn objection_of(line: &[u8]) -> Result<ObjectionEntry, ObjectionRecordError> {
    let ObjectionText { id, time, objection, .. } = parse(line, "an objection")?;
    check_digest("objection", &objection)?;
    Ok(ObjectionEntry { id, time, may_be_late: true })
}

fn answer_of(line: &[u8]) -> Result<ObjectionEntry, ObjectionRecordError> {
    let AnswerText { id, time, answer, .. } = parse(line, "an answer")?;
    check_digest("answer", &answer)?;
    Ok(ObjectionEntry { id, time, may_be_late: false })
}

fn parse<'de, T: Deserialize<'de>>(line: &'de [u8], what: &'static str) -> Result<T, ObjectionRecordError> {
    // The words of the parser may repeat a value, which isn't shown.
    serde_json::from_slice(line).map_err(|error| ObjectionRecordError::Form { what, column: error.column() })
}

fn check_digest(member: &'static str, text: &str) -> Result<(), ObjectionRecordError> {
    let digest = text.parse::<Digest>();
    digest.map(drop).map_err(|_| ObjectionRecordError::Digest(member))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECTION: &str = r#"{"index":3,"id":"01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b","time":"2026-03-01T00:00:00Z",
        "objection":"sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "decision":"01980d41-5f2b-7c3e-9d5e-0b6f6f1f2a3b","service":"s","jurisdiction":"CN","by":"CN",
        "answer_by":"2026-04-30"}"#;

    fn fault(line: &str) -> String {
        read_objection(line.as_bytes()).unwrap().err().unwrap().to_string()
    }

    #[test]
    fn a_record_of_an_objection_has_its_members_and_a_digest() {
        assert!(read_objection(OBJECTION.as_bytes()).unwrap().is_ok());
        assert_eq!(fault(&OBJECTION.replace("sha256:00", "sha256:0")), "has no digest as `objection`");
        assert!(
            fault(&OBJECTION.replace("\"by\":\"CN\",", "")).starts_with("isn't written as the record of an objection")
        );
        assert!(read_objection(br#"{"objection":"01980d42-5f2b-7c3e-9d5e-0b6f6f1f2a3b","replaces":"x"}"#).is_none());
    }
}
