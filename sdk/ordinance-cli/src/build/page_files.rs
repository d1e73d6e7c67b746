//! The form of the files of a rulebook's `pages`.

use ordinance_domain::digest::Digest;
use serde::Serialize;
use serde_json::Value as Json;

/// The version of these files.
pub(super) const FORMAT: u32 = 1;

pub(super) fn json_of(content: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(content).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Whether the bytes of a result are about this rulebook.
pub(super) fn is_result_of(bytes: &[u8], rulebook: Digest) -> bool {
    let result: Option<Json> = serde_json::from_slice(bytes).ok();
    result.is_some_and(|result| result.get("rulebook").and_then(Json::as_str) == Some(rulebook.hex().as_str()))
}
