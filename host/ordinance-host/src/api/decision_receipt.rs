//! Makes the receipt of a decision: the request as it was understood, the answer, the record's place in the log, and
//! who published the law. The host hands it out with the reply and keeps nothing of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ordinance_domain::decision::Decision;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::privacy::Disclosure;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::{InputError, Rulebook};
use ordinance_receipt::{DecisionReceipt, FORMAT, LogProof, PublicationProof, Salt, commitment};
use serde_json::value::{RawValue, to_raw_value};

use crate::api::problem::{InternalError, RequestError};
use crate::api::replies::decision::DecisionReply;
use crate::api::replies::fragments::ReplyTexts;
use crate::app::{App, to_json};
use crate::audit::mode::Mode;
use crate::audit::record::Provenance;
use crate::audit::record_proof::RecordProof;
use crate::audit::reply_permit::ReplyPermit;
use crate::objections::reviewed::ReviewedDecision;

/// The members of a request that say what is decided; the others say how it is answered.
const MEMBERS_OF_CASE: [&str; 7] = ["jurisdiction", "service", "facts", "recipient", "basis", "subject", "people"];

/// A decision of which a receipt is to be made.
pub(crate) struct ReceiptedDecision<'a> {
    pub(crate) decision: &'a Decision,
    pub(crate) redacted: &'a RedactedDecision<'a>,
    pub(crate) mode: Mode,
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) texts: &'a ReplyTexts,
    /// The languages of its titles, the most wanted first.
    pub(crate) languages: &'a [String],
    /// The body of the request.
    pub(crate) body: &'a [u8],
    /// The objection after which it was decided anew.
    pub(crate) reviewed: Option<ReviewedDecision>,
}

/// Checks that this host can give receipts.
///
/// # Errors
/// [`RequestError::Unprocessable`] if its log has no tree.
pub(crate) fn check_receipts(app: &App) -> Result<(), RequestError> {
    if app.log.tree().is_some() {
        return Ok(());
    }
    let message = "this host gives no receipts: its decision log is no regular file";
    Err(RequestError::Unprocessable(vec![InputError::expecting("/receipt", message, "none, or false")]))
}

/// Records a decision and makes its receipt.
///
/// # Errors
/// If the decision can't be recorded, or the recipient may not be shown all of it; then it isn't recorded.
pub(crate) async fn record_with_receipt(
    app: &App,
    decided: &ReceiptedDecision<'_>,
    provenance: Provenance<'_>,
) -> Result<(ReplyPermit, DecisionReceipt), RequestError> {
    // The record says who decided and which criteria refused, which the recipient may not be shown.
    if decided.redacted.is_redacted() {
        let message = "parts of this decision are hidden from the recipient, and a receipt shows the whole record";
        let expected = "none, or the person concerned as the recipient";
        return Err(RequestError::Unprocessable(vec![InputError::expecting("/receipt", message, expected)]));
    }
    let salt = Salt::random().map_err(|error| InternalError::Receipt { reason: error.to_string() })?;
    let request = request_text(decided)?;
    let texts = decided.texts.cited(decided.redacted);
    let ReceiptedDecision { redacted, mode, rulebook, reviewed, .. } = *decided;
    let mut answer = Err(RequestError::from(InternalError::Receipt { reason: "no answer was made".to_owned() }));
    let commit = |id| {
        let committed = DecisionReply::committed(id, mode, redacted, rulebook, &texts).reviewing(reviewed);
        answer = to_json(&committed).and_then(into_text);
        commitment(&salt, &request, answer.as_deref().unwrap_or_default())
    };
    let (recorded, proof) = app.log.record_with_proof(decided.decision, mode, provenance, commit).await?;
    let answer = answer?;
    let unproven = || InternalError::Receipt { reason: "the log gave no proof of the record".to_owned() };
    let (proof, id, tree) = match (proof, recorded.id(), app.log.tree()) {
        (Some(proof), Some(id), Some(tree)) => (proof, id, tree),
        (None, _, _) | (_, None, _) | (_, _, None) => return Err(unproven().into()),
    };
    let RecordProof { line, index, hashes, checkpoint } = proof;
    let log = LogProof {
        key: tree.verifier().to_text().to_owned(),
        index,
        proof: hashes.iter().map(|hash| ordinance_receipt::hash_text(*hash)).collect(),
        checkpoint,
    };
    let leaf = into_text(line)?;
    let publication = publication(app, decided);
    let (format, salt) = (FORMAT.to_owned(), salt.to_text());
    let languages = decided.languages.to_vec();
    Ok((recorded, DecisionReceipt { format, id, request, answer, languages, salt, leaf, log, publication }))
}

fn into_text(json: Vec<u8>) -> Result<String, RequestError> {
    String::from_utf8(json).map_err(|error| InternalError::UnwritableReply { reason: error.to_string() }.into())
}

/// The request with the days, the recipient and the basis that were used. Facts stand as they were sent, so that no
/// number changes.
fn request_text(decided: &ReceiptedDecision<'_>) -> Result<String, RequestError> {
    let unwritable = |error: serde_json::Error| InternalError::Receipt { reason: error.to_string() };
    let sent: BTreeMap<String, &RawValue> = serde_json::from_slice(decided.body).map_err(unwritable)?;
    let mut members: BTreeMap<&str, Box<RawValue>> = MEMBERS_OF_CASE
        .into_iter()
        .filter_map(|name| Some((name, sent.get(name).filter(|value| value.get() != "null")?)))
        .map(|(name, value)| (name, (*value).to_owned()))
        .collect();
    let query = &decided.decision.query;
    let Disclosure { recipient, basis, on, .. } = decided.decision.rulings.disclosure();
    let days = [("as_of", query.as_of), ("known_at", query.known_at), ("processed_on", *on)];
    for (name, day) in days {
        members.insert(name, to_raw_value(&day.to_string()).map_err(unwritable)?);
    }
    let recipient = serde_json::json!({ "kind": recipient.kind.as_str(), "id": recipient.id.as_str() });
    members.insert("recipient", to_raw_value(&recipient).map_err(unwritable)?);
    if !members.contains_key("basis") {
        members.insert("basis", to_raw_value(basis.kind().as_str()).map_err(unwritable)?);
    }
    into_text(to_json(&members)?)
}

/// Who published the law that was applied; `None` if nobody signed the rulebook.
fn publication(app: &App, decided: &ReceiptedDecision<'_>) -> Option<PublicationProof> {
    let found = app.loader.as_ref()?.signed()?.of_rulebook(decided.rulebook.digest())?;
    let rules = decided.decision.layers.iter().filter_map(|layer| layer.rule.as_deref());
    let privacy = decided.decision.rulings.layers().map(|layer| layer.rule.as_ref());
    let publishers = rules.chain(privacy).filter_map(|rule| rule.published_by.as_ref());
    let named = publishers.flat_map(|publisher| {
        let approvers = publisher.approvals.iter().map(|approval| &approval.authority);
        std::iter::once(&publisher.authority).chain(approvers)
    });
    let levels: Vec<JurisdictionCode> =
        decided.decision.layers.iter().map(|layer| layer.jurisdiction.clone()).collect();
    let wanted: BTreeSet<JurisdictionCode> = named.chain(&levels).cloned().collect();
    let rulebook = &found.rulebook;
    let service = decided.decision.query.service.as_str();
    let metadata = found.evidence(&wanted, Timestamp::now());
    Some(PublicationProof::new(rulebook.index.clone(), &rulebook.definitions, (service, &levels), metadata))
}
