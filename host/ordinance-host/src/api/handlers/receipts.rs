//! `GET /v1/receipts/{id}`: proves anew that the log of this host holds a record. It tells the hash of the record and
//! where it is in the tree, and never the record.

use std::fs::File;
use std::io::ErrorKind;
use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ordinance_domain::digest::Digest;
use ordinance_log::LogError;
use ordinance_log::lines::find_number;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::extract::{path_text, read_query, turn_of};
use crate::api::problem::{InternalError, RequestError};
use crate::api::responses::ReceiptProblems;
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
    /// Its number in the log, as the receipt has it. With it the host looks for no line, so it proves a record also
    /// after its file went away, and doesn't compare the id: `leaf` tells whether it is this record.
    #[param(minimum = 0, maximum = 281_474_976_710_655_u64, required = false, value_type = u64)]
    index: Option<u64>,
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
    let query = read_query(query, "index, a number from 0")?;
    let id: Uuid = id.parse().map_err(|_| RequestError::UnknownRecord)?;
    let tree = app.log.tree().ok_or(RequestError::UnknownRecord)?;
    let _turn = turn_of(app, &caller.0).await?;
    // Files are read, so the thread's other requests go to another one.
    app.concurrency_limit.run(u64::MAX, || {
        let index = query.index.map_or_else(|| find_index(app, id), Ok)?;
        prove(tree, index)
    })
}

/// The number of the record with an id, if it is in the file that the log writes now.
fn find_index(app: &App, id: Uuid) -> Result<u64, RequestError> {
    let mut file = match File::open(&app.config.decision_log.path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(RequestError::UnknownRecord),
        Err(error) => return Err(unprovable(&error)),
    };
    let found = find_number(&mut file, &id.hyphenated().to_string());
    found.map_err(|error| unprovable(&error))?.ok_or(RequestError::UnknownRecord)
}

fn prove(tree: &RecordTree, index: u64) -> Result<ReceiptProofReply, RequestError> {
    let signed = tree.signed().map_err(|error| unprovable(&error))?;
    let (leaf, proof) = signed.tree.prove_inclusion(index).map_err(|error| match error {
        LogError::NotInTree { .. } => RequestError::UnknownRecord,
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
