//! The records of an objection and of its answer: hashes of their files, and whose they are. No reason and no fact is
//! in them.

use ordinance_domain::calendar::{Date, Timestamp};
use ordinance_domain::digest::Digest;
use ordinance_receipt::objection::{ObjectionAnswer, ObjectionNotice};
use serde::Serialize;
use uuid::Uuid;

use crate::audit::json_line::to_line;
use crate::shown::Shown;

#[derive(Serialize)]
struct ObjectionRecord<'a> {
    /// The id of the objection.
    id: Uuid,
    time: Timestamp,
    /// The digest of the sealed file.
    objection: &'a str,
    /// The decision that it is against.
    decision: Uuid,
    service: &'a str,
    jurisdiction: &'a str,
    /// The place whose authority reviews it.
    by: &'a str,
    answer_by: Shown<Date>,
}

#[derive(Serialize)]
struct AnswerRecord<'a> {
    id: Uuid,
    time: Timestamp,
    /// The id of the objection.
    answers: Uuid,
    /// The digest of the file of the answer.
    answer: Shown<Digest>,
    outcome: &'static str,
    /// The decision that replaces the one that was objected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Uuid>,
    service: &'a str,
    jurisdiction: &'a str,
    by: &'a str,
}

/// The line of an objection.
pub(crate) fn objection_record(notice: &ObjectionNotice) -> Option<Vec<u8>> {
    to_line(&ObjectionRecord {
        id: notice.id,
        time: Timestamp::now(),
        objection: &notice.sealed,
        decision: notice.decision,
        service: &notice.service,
        jurisdiction: &notice.jurisdiction,
        by: &notice.by,
        answer_by: Shown(notice.answer_by),
    })
}

/// The line of an answer.
pub(crate) fn answer_record(
    id: Uuid,
    notice: &ObjectionNotice,
    answer: &ObjectionAnswer,
    digest: Digest,
) -> Option<Vec<u8>> {
    to_line(&AnswerRecord {
        id,
        time: Timestamp::now(),
        answers: notice.id,
        answer: Shown(digest),
        outcome: answer.outcome.as_str(),
        decision: answer.decision,
        service: &notice.service,
        jurisdiction: &notice.jurisdiction,
        by: &notice.by,
    })
}
