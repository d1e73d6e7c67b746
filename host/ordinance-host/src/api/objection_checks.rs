//! What an objection is held against before it is taken: its receipt, this host's log, the service's contract, the
//! caller.

use std::sync::Arc;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::ObjectionTerms;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::{InputError, Rulebook};
use ordinance_log::{LogError, leaf_hash};
use ordinance_receipt::{LogProof, ReceiptError, RecordedDecision};
use serde::Deserialize;

use crate::admission::callers::Caller;
use crate::api::problem::{InternalError, RequestError};
use crate::api::replies::objection::RecordProofReply;
use crate::api::requests::sent_receipt::SentReceipt;
use crate::api::requests::terms::contract_of;
use crate::api::unproven_record::UnprovenRecordError;
use crate::app::App;
use crate::audit::record_tree::RecordTree;
use crate::clock::now;
use crate::objections::terms::last_day_to_object;

/// A decision that somebody objects to, and on which terms that may be.
pub(crate) struct DisputedDecision {
    pub(crate) record: RecordedDecision,
    pub(crate) place: JurisdictionCode,
    pub(crate) terms: ObjectionTerms,
}

fn unprocessable(pointer: &str, message: impl Into<String>, expected: &str) -> RequestError {
    RequestError::Unprocessable(vec![InputError::expecting(pointer, message, expected)])
}

const EXPECTED_RECEIPT: &str = "a receipt that this host handed out, unchanged";

/// Checks that a receipt is of an official decision, and that the service takes objections to it from this caller.
///
/// # Errors
/// [`RequestError`] says what is wrong. No part of the receipt is repeated.
pub(crate) fn check_decision(
    rulebook: &Rulebook,
    caller: &Caller,
    receipt: &SentReceipt,
) -> Result<DisputedDecision, RequestError> {
    let record = receipt.decided_case().check().map_err(|error| {
        let reason = match error {
            // Its own words would repeat what stands there.
            ReceiptError::Leaf(_) => "its leaf is no record of a decision with a commitment".to_owned(),
            other => other.to_string(),
        };
        unprocessable("/receipt", format!("the receipt doesn't hold: {reason}"), EXPECTED_RECEIPT)
    })?;
    if record.mode.is_some() {
        let message = "it isn't the receipt of an official decision, so it binds nobody";
        return Err(unprocessable("/receipt", message, "the receipt of an official decision"));
    }
    let names = (Id::new(&record.service), JurisdictionCode::new(&record.jurisdiction));
    let (Ok(service), Ok(place)) = names else {
        return Err(unprocessable("/receipt/leaf", "it names no service or no place", EXPECTED_RECEIPT));
    };
    let contract = contract_of(rulebook, &service)?;
    caller.scope.check_service(&service, &contract.purpose)?;
    let today = rulebook.day_at(&place, now());
    if let Ok(chain) = rulebook.jurisdictions_at(today).chain(&place, today) {
        caller.scope.check_place(&place, &chain)?;
    }
    let Some(terms) = contract.objections.clone() else {
        let message =
            format!("the contract of `{service}` has no [objections], so no objection to its decisions is taken here");
        return Err(unprocessable("/receipt", message, "an objection at the authority itself"));
    };
    if !record.layers.iter().any(|layer| layer.jurisdiction == terms.by.as_str()) {
        let message = format!("{}, which reviews decisions on `{service}`, isn't above {place}", terms.by);
        return Err(unprocessable("/receipt", message, "an objection at the authority itself"));
    }
    Ok(DisputedDecision { record, place, terms })
}

impl DisputedDecision {
    /// Checks that the time to object isn't over.
    pub(crate) fn check_time(&self, rulebook: &Rulebook) -> Result<(), RequestError> {
        let day = |moment| rulebook.day_at(&self.place, moment);
        let last = last_day_to_object(&self.terms, day(self.record.time));
        check_last_day(last, day(now()))
    }
}

fn check_last_day(last: Date, today: Date) -> Result<(), RequestError> {
    if today <= last {
        return Ok(());
    }
    let message = format!("the time to object to this decision was over after {last}");
    Err(unprocessable("/receipt", message, "a decision to which one may still object"))
}

/// The tree of the log, without which there are no receipts.
pub(crate) fn tree_of(app: &App) -> Result<&Arc<RecordTree>, RequestError> {
    let message = "this host takes no objections: its decision log is no regular file";
    app.log.tree().ok_or_else(|| unprocessable("", message, "another host"))
}

fn failed(reason: impl ToString) -> RequestError {
    InternalError::Objection { reason: reason.to_string() }.into()
}

/// Checks that the record of a receipt is the one with its number in this host's log.
///
/// # Errors
/// If it isn't: behind a load balancer another host may have it.
pub(crate) async fn check_in_log(app: &App, receipt: &SentReceipt) -> Result<(), RequestError> {
    let (tree, index) = (Arc::clone(tree_of(app)?), receipt.index);
    let proven = tokio::task::spawn_blocking(move || tree.signed()?.tree.prove_inclusion(index)).await;
    match proven.map_err(failed)? {
        Ok((leaf, _)) if leaf == leaf_hash(receipt.leaf.as_bytes()) => Ok(()),
        Ok(_) | Err(LogError::NotInTree { .. }) => {
            Err(RequestError::UnknownRecord(UnprovenRecordError::NotOfReceipt { index }))
        }
        Err(error) => Err(failed(error)),
    }
}

/// The number in a record.
#[derive(Deserialize)]
struct NumberedRecord {
    index: u64,
}

/// Proves that this host's log holds a record.
pub(crate) async fn prove(app: &App, leaf: &str) -> Result<RecordProofReply, RequestError> {
    let tree = Arc::clone(tree_of(app)?);
    let NumberedRecord { index } = serde_json::from_str(leaf).map_err(failed)?;
    let proven = tokio::task::spawn_blocking(move || {
        let signed = tree.signed()?;
        let (_, proof) = signed.tree.prove_inclusion(index)?;
        let proof = proof.hashes.iter().map(|hash| ordinance_receipt::hash_text(*hash)).collect();
        let (key, checkpoint) = (tree.verifier().to_text().to_owned(), signed.checkpoint.text().to_owned());
        Ok::<_, LogError>(LogProof { key, index, proof, checkpoint })
    });
    let log = proven.await.map_err(failed)?.map_err(failed)?;
    Ok(RecordProofReply { leaf: leaf.to_owned(), log })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn on_the_last_day_one_may_object_and_on_the_next_no_more() {
        let last = date(2026, 3, 2);
        assert_eq!(check_last_day(last, last), Ok(()));
        let Err(RequestError::Unprocessable(faults)) = check_last_day(last, date(2026, 3, 3)) else { panic!() };
        assert!(faults[0].to_string().contains("was over after 2026-03-02"), "{faults:?}");
    }
}
