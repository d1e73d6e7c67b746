//! `GET /v1/receipts/{id}`: proves anew that the log of this host holds a record. It tells the hash of the record and
//! where it is in the tree, and never the record.

use std::fs::File;
use std::io::ErrorKind;
use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ordinance_domain::digest::Digest;
use ordinance_engine::InputError;
use ordinance_log::lines::{find_by_id, number_of};
use ordinance_log::{LogError, leaf_hash};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::extract::{path_text, read_query, turn_of};
use crate::api::problem::{InternalError, QUERY, RequestError};
use crate::api::responses::ReceiptProblems;
use crate::api::schema::record_hash;
use crate::api::unproven_record::UnprovenRecordError;
use crate::app::{App, IdentifiedCaller};
use crate::audit::record_tree::RecordTree;
use crate::shown::Shown;

/// That the log holds a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptProofReply {
    /// The name of the log.
    log: String,
    /// The number of the record in it, from 0.
    index: u64,
    /// The hash of the record (RFC 6962): of a zero byte and its line.
    #[schema(value_type = String)]
    leaf: Shown<Digest>,
    /// The number of records of the tree.
    size: u64,
    /// The inclusion proof (RFC 6962): hashes in Base64, the lowest first.
    proof: Vec<String>,
    /// The signed head of the tree (c2sp.org/tlog-checkpoint).
    checkpoint: String,
}

/// Which record.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReceiptQuery {
    /// Its number in the log, as the receipt has it. The record of that number must be the one with the id.
    #[param(minimum = 0, maximum = 281_474_976_710_655_u64, required = false, value_type = u64)]
    index: Option<u64>,
    /// Its hash (RFC 6962), as the page of the receipt has it: SHA-256 of a zero byte and the `leaf` of the receipt.
    /// With `index` it stands for the id of a record that went away with an earlier file of the log, whose line the
    /// host no longer has.
    #[param(required = false, schema_with = record_hash)]
    leaf: Option<String>,
}

/// Prove that a record is in the decision log
///
/// A fresh inclusion proof and checkpoint for the record of a decision, an evaluation or a disclosure. Whoever has its
/// receipt can so tell that the log still holds it. The record itself is shown to nobody.
#[utoipa::path(get, path = "/v1/receipts/{id}", tag = "decisions",
    params(("id" = String, Path, description = "The `id` of the reply"), ReceiptQuery),
    responses((status = 200, description = "The proof", body = ReceiptProofReply), ReceiptProblems))]
pub(crate) async fn receipt(
    State(app): State<Arc<App>>,
    caller: IdentifiedCaller,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<ReceiptQuery>, QueryRejection>,
) -> Response {
    let proven = answer(&app, &caller, &path_text(id), query).await;
    app.respond(proven)
}

async fn answer(
    app: &App,
    caller: &IdentifiedCaller,
    id: &str,
    query: Result<Query<ReceiptQuery>, QueryRejection>,
) -> Result<ReceiptProofReply, RequestError> {
    let query = read_query(query, "index, a number from 0, and leaf, a hash")?;
    let leaf = query.leaf.as_deref().map(read_leaf).transpose()?;
    let unknown = || RequestError::UnknownRecord(UnprovenRecordError::NotFound);
    let id: Uuid = id.parse().map_err(|_| unknown())?;
    let tree = app.log.tree().ok_or_else(unknown)?;
    let _turn = turn_of(app, &caller.0).await?;
    // Files are read, so the thread's other requests go to another one.
    app.concurrency_limit.run(u64::MAX, || {
        let line = find_line(app, id)?;
        let number = || line.as_deref().and_then(number_of);
        let index = query.index.or_else(number).ok_or_else(unknown)?;
        let wanted = WantedRecord { of_id: line.as_deref().map(leaf_hash), sent: leaf };
        let proof = prove(tree, index)?;
        wanted.check(index, proof.leaf.0).map_err(RequestError::UnknownRecord)?;
        Ok(proof)
    })
}

/// What tells that a record is the one that is asked for.
struct WantedRecord {
    /// The hash of the line with the id, if it is in the file that the log writes now.
    of_id: Option<Digest>,
    /// The hash that was sent.
    sent: Option<Digest>,
}

impl WantedRecord {
    /// Checks that the record of a number is the one. A number alone would prove any record, under any id.
    fn check(&self, index: u64, leaf: Digest) -> Result<(), UnprovenRecordError> {
        if self.of_id.is_some_and(|wanted| wanted != leaf) {
            return Err(UnprovenRecordError::OtherId { index });
        }
        match self.sent.or(self.of_id) {
            Some(wanted) if wanted == leaf => Ok(()),
            Some(_) => Err(UnprovenRecordError::OtherLeaf { index }),
            None => Err(UnprovenRecordError::NotCompared { index }),
        }
    }
}

fn read_leaf(text: &str) -> Result<Digest, RequestError> {
    text.parse().map_err(|_| {
        let expected = "`sha256:` and 64 hexadecimal digits in lower case";
        let pointer = format!("{QUERY}leaf");
        RequestError::InvalidRequest(vec![InputError::expecting(&pointer, "this is no hash of a record", expected)])
    })
}

/// The line with an id, if it is in the file that the log writes now.
fn find_line(app: &App, id: Uuid) -> Result<Option<Vec<u8>>, RequestError> {
    let mut file = match File::open(&app.config.decision_log.path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unprovable(&error)),
    };
    find_by_id(&mut file, &id.hyphenated().to_string()).map_err(|error| unprovable(&error))
}

fn prove(tree: &RecordTree, index: u64) -> Result<ReceiptProofReply, RequestError> {
    let signed = tree.signed().map_err(|error| unprovable(&error))?;
    let (leaf, proof) = signed.tree.prove_inclusion(index).map_err(|error| match error {
        LogError::NotInTree { .. } => RequestError::UnknownRecord(UnprovenRecordError::NotFound),
        error => unprovable(&error),
    })?;
    Ok(ReceiptProofReply {
        log: tree.verifier().name().to_string(),
        index,
        leaf: Shown(leaf),
        size: signed.checkpoint.head().size,
        proof: proof.to_texts(),
        checkpoint: signed.checkpoint.text().to_owned(),
    })
}

fn unprovable(error: &dyn std::error::Error) -> RequestError {
    InternalError::UnprovableRecord { reason: error.to_string() }.into()
}
