//! A receipt as it comes to whoever checks it: by itself, or in the reply of the host. The reply around a receipt is
//! what people read, and nothing of it is in the commitment; so it must be the receipt's own answer.

use std::fmt;

use ordinance_engine::unambiguous_json::read_unambiguous;
use serde_json::{Map, Value};

use crate::difference::{AnswerDifference, differences};
use crate::receipt::{DecisionReceipt, ReceiptFormatError};

/// The members of the reply with `"explain": "none"`.
const OUTCOME_MEMBERS: [&str; 11] = [
    "id",
    "mode",
    "objection",
    "replaces",
    "outcome",
    "reason",
    "grant",
    "at_least",
    "missing",
    "missing_cut_short",
    "rulebook",
];
/// What the reply with `"explain": "short"` has of a level, and of each finding.
const SHORT_LAYER_MEMBERS: [&str; 3] = ["jurisdiction", "digest", "status"];
const SHORT_FINDING_MEMBERS: [&str; 4] = ["criterion", "item", "satisfied", "hidden"];
/// The most differences that a message names.
const NAMED_MAX: usize = 5;

/// A receipt, with the reply around it if there was one.
#[derive(Debug, Clone)]
pub struct ReceivedReceipt {
    /// The receipt.
    pub receipt: DecisionReceipt,
    /// The reply without the receipt.
    reply: Option<Map<String, Value>>,
}

/// A text is neither a receipt nor a reply with one.
#[derive(Debug, thiserror::Error)]
pub enum ReceivedReceiptError {
    /// It isn't JSON, or two programs could read it differently.
    #[error("this is no JSON that every program reads alike: {0}")]
    Json(#[from] serde_json::Error),
    /// It is a reply without a receipt.
    #[error("this reply has no receipt: the host gives one to a request with `\"receipt\": true`, once")]
    NoReceipt,
    /// The receipt isn't well formed.
    #[error(transparent)]
    Format(#[from] ReceiptFormatError),
}

/// The reply around a receipt isn't the receipt's answer.
#[derive(Debug, PartialEq)]
pub struct AlteredReplyError {
    /// Where the reply (`one`) differs from the answer (`other`).
    pub differences: Vec<AnswerDifference>,
}

impl std::error::Error for AlteredReplyError {}

impl fmt::Display for AlteredReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reply around the receipt was altered: ")?;
        for (number, AnswerDifference { pointer, words, one, other }) in
            self.differences.iter().take(NAMED_MAX).enumerate()
        {
            let between = if number > 0 { "; " } else { "" };
            write!(f, "{between}{words} ({pointer}) is {one} in the reply, and {other} in the answer of the receipt")?;
        }
        match self.differences.len().saturating_sub(NAMED_MAX) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl ReceivedReceipt {
    /// Reads a receipt, or the reply that holds one as its member `receipt`.
    ///
    /// # Errors
    /// [`ReceivedReceiptError`] if it is neither, or names a member twice.
    pub fn parse(text: &[u8]) -> Result<Self, ReceivedReceiptError> {
        // Of two members with one name a person could be shown the other one.
        let value = read_unambiguous(text)?;
        let Value::Object(mut members) = value else {
            return Ok(Self { receipt: DecisionReceipt::read(value)?, reply: None });
        };
        match members.remove("receipt") {
            Some(receipt) => Ok(Self { receipt: DecisionReceipt::read(receipt)?, reply: Some(members) }),
            None if members.contains_key("outcome") => Err(ReceivedReceiptError::NoReceipt),
            None => Ok(Self { receipt: DecisionReceipt::read(Value::Object(members))?, reply: None }),
        }
    }

    /// Checks that the reply around the receipt, if there is one, is the receipt's answer in one of the forms in which
    /// the host writes it. Whether the receipt holds, it doesn't check.
    ///
    /// # Errors
    /// [`AlteredReplyError`] says where it differs.
    pub fn check_reply(&self) -> Result<(), AlteredReplyError> {
        let Some(reply) = &self.reply else { return Ok(()) };
        let reply = Value::Object(reply.clone());
        let answer: Value = serde_json::from_str(&self.receipt.answer).unwrap_or_default();
        // An altered reply is of the form from which it differs least.
        let short = [short_form(&answer), outcome_form(&answer)].map(Value::Object);
        let forms = std::iter::once(&answer).chain(&short);
        let least = forms.map(|form| differences(&reply, form)).min_by_key(Vec::len).unwrap_or_default();
        if least.is_empty() { Ok(()) } else { Err(AlteredReplyError { differences: least }) }
    }
}

/// The answer as the reply with `"explain": "none"` has it.
fn outcome_form(answer: &Value) -> Map<String, Value> {
    only(answer, &OUTCOME_MEMBERS)
}

/// The answer as the reply with `"explain": "short"` has it.
fn short_form(answer: &Value) -> Map<String, Value> {
    let layers = items(answer, "layers").iter().map(|layer| {
        let findings = items(layer, "findings").iter().map(|finding| only(finding, &SHORT_FINDING_MEMBERS));
        let findings = findings.map(Value::Object).collect();
        let mut shown = only(layer, &SHORT_LAYER_MEMBERS);
        shown.insert("findings".to_owned(), findings);
        Value::Object(shown)
    });
    let mut short = outcome_form(answer);
    short.insert("layers".to_owned(), layers.collect());
    short.insert("decided_by".to_owned(), answer.get("decided_by").cloned().unwrap_or_default());
    short
}

fn only(value: &Value, names: &[&str]) -> Map<String, Value> {
    let members = value.as_object().into_iter().flatten();
    let kept = members.filter(|(name, _)| names.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn items<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
