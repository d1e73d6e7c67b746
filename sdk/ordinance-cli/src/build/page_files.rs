//! The files of a rulebook's `pages`: a page for each rule, and the results of commands on the same rulebook beside it,
//! as `pages/DIGEST.coverage.json` and `pages/DIGEST.impact.json`.

use ordinance_domain::digest::Digest;
use serde::Serialize;
use serde_json::Value as Json;

/// The version of these files.
pub(super) const FORMAT: u32 = 1;
/// The coverage of a rule by its cases, from `ordinance test --coverage` or `ordinance review`.
pub(crate) const COVERAGE: &str = "coverage";
/// What a rulebook changes against another one, from `ordinance review --against`.
pub(crate) const IMPACT: &str = "impact";
/// The type of a rule, `pages/DIGEST.type.json`, which every build writes.
pub(super) const TYPE: &str = "type";
/// The kinds of results.
pub(super) const RESULTS: [&str; 2] = [COVERAGE, IMPACT];

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
