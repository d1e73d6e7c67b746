//! `ordinance log prove`: that a log holds a record, as JSON.

use std::fs::File;
use std::path::Path;

use ordinance_domain::digest::Digest;
use ordinance_log::lines::{find_by_id, find_record, number_of};
use ordinance_log::{PublishedTree, leaf_hash};
use serde::Serialize;
use uuid::Uuid;

use super::checkpoints::{AuditError, Finding, read_published, read_verifier};
use super::tree_files::open;
use crate::arguments::LogProveArguments;
use crate::exit::CommandError;
use crate::source::io_error;
use crate::terminal::print_line;

/// A proof, as the host gives it.
#[derive(Serialize)]
struct ProofText<'a> {
    log: &'a str,
    index: u64,
    leaf: String,
    size: u64,
    proof: Vec<String>,
    checkpoint: &'a str,
}

pub(super) fn run(arguments: &LogProveArguments) -> Result<(), AuditError> {
    let verifier = read_verifier(&arguments.tree.key)?;
    let files = open(&arguments.tree.tiles)?;
    let checkpoint = read_published(files.as_ref(), &verifier)?;
    let index = index_of(arguments)?;
    let tree = PublishedTree::new(files.as_ref());
    let (leaf, proof) = tree.prove_inclusion(index, checkpoint.head()).map_err(AuditError::of_tree)?;
    if let Some(path) = &arguments.log {
        compare(path, index, leaf)?;
    }
    let text = ProofText {
        log: verifier.name().as_str(),
        index,
        leaf: leaf.to_string(),
        size: checkpoint.head().size,
        proof: proof.to_texts(),
        checkpoint: checkpoint.text(),
    };
    print_line(&serde_json::to_string_pretty(&text).unwrap_or_default());
    Ok(())
}

/// The number that is asked for, or that of the record with the id.
fn index_of(arguments: &LogProveArguments) -> Result<u64, CommandError> {
    if let Some(index) = arguments.index {
        return Ok(index);
    }
    let id = arguments.id.as_deref().unwrap_or_default();
    let uuid: Uuid = id.parse().map_err(|_| {
        CommandError::bad_use(format!("`{id}` is no id of a record"), "give the `id` of the reply, which is a UUID")
    })?;
    let path = arguments.log.as_deref().unwrap_or(Path::new(""));
    let read = |source| io_error("read", path, source);
    let found = find_by_id(&mut File::open(path).map_err(read)?, &uuid.hyphenated().to_string()).map_err(read)?;
    let found = found.as_deref().and_then(number_of);
    found.ok_or_else(|| {
        CommandError::bad_use(
            format!("`{}` has no record with the id `{id}`", path.display()),
            "name the file that has it; a record from before the log had a tree is found by --index, its place in the file",
        )
    })
}

/// Compares the record of a number with its leaf.
fn compare(path: &Path, index: u64, leaf: Digest) -> Result<(), AuditError> {
    let read = |source| io_error("read", path, source);
    let record = find_record(&mut File::open(path).map_err(read)?, index).map_err(read)?;
    let Some(record) = record else {
        let help = "name the file that has it, or leave out --log";
        return Err(CommandError::bad_use(format!("`{}` has no record {index}", path.display()), help).into());
    };
    if leaf_hash(&record) == leaf {
        return Ok(());
    }
    let message =
        format!("the record {index} in `{}` was altered: its hash is not the leaf in the tree", path.display());
    Err(Finding::new(message, "restore the file from a copy; `ordinance log audit` tells which records were altered")
        .into())
}
