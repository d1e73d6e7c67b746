//! Results of commands on a built rulebook, beside the pages of its rules.

use std::path::Path;

use ordinance_domain::digest::Digest;
use ordinance_engine::index::{PAGES_FOLDER, PageKind, page_path};
use serde_json::{Value as Json, json};

use super::page_files::{FORMAT, json_of};
use super::write::{make_folder, write_atomically};
use crate::exit::CommandError;

/// Writes the result of a command beside the page of a rule. `rulebook` is the digest of the index: the next build of
/// another rulebook into the folder removes the result.
///
/// # Errors
/// If it can't be written.
pub(crate) fn write_result(
    folder: &Path,
    rulebook: Digest,
    rule: Digest,
    kind: PageKind,
    result: &Json,
) -> Result<(), CommandError> {
    let bytes = json_of(&json!({"format": FORMAT, "rulebook": rulebook.hex(), kind.as_str(): result}));
    make_folder(folder, PAGES_FOLDER)?;
    let path = folder.join(page_path(rule, kind));
    write_atomically(&folder.join(PAGES_FOLDER), &path, &bytes)
}
