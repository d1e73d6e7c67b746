//! That metadata are written in one way alone. A signature is over what a program reads of them; two programs that read
//! one text differently would check another thing each.

use ordinance_engine::unambiguous_json::read_unambiguous;
use serde_json::Value;

use crate::error::RepositoryError;

/// Checks the text of a file of metadata: JSON that nobody reads differently, of the type that its name says, with
/// digits of hashes, keys and signatures in lower case, and times in UTC to the second.
pub(crate) fn check_spelling(file: &str, text: &[u8]) -> Result<(), RepositoryError> {
    let malformed = |reason: String| RepositoryError::Malformed { file: file.to_owned(), reason };
    let metadata = read_unambiguous(text).map_err(|error| malformed(error.to_string()))?;
    let expected = type_of(file);
    if metadata.pointer("/signed/_type").and_then(Value::as_str) != Some(expected) {
        return Err(malformed(format!("its `_type` isn't `{expected}`")));
    }
    let fault = fault(&metadata).map(|member| format!("its `{member}` isn't written as it must be"));
    fault.map_or(Ok(()), |reason| Err(malformed(reason)))
}

/// The type of metadata in a file of this name, such as `3.targets.json`. Approvals are targets.
fn type_of(file: &str) -> &'static str {
    let name = file.strip_suffix(".json").unwrap_or(file);
    let role = name.split_once('.').map_or(name, |(_, role)| role);
    match role {
        "root" => "root",
        "timestamp" => "timestamp",
        "snapshot" => "snapshot",
        _ => "targets",
    }
}

/// The first member whose text may be written in other ways.
fn fault(value: &Value) -> Option<&str> {
    match value {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let is_well_written = match (name.as_str(), value) {
                ("keyid" | "sig" | "sha256" | "public", Value::String(text)) => is_lower_hex(text),
                ("expires", Value::String(text)) => is_utc_second(text),
                ("keyids", Value::Array(ids)) => ids.iter().all(|id| id.as_str().is_some_and(is_lower_hex)),
                ("keys", Value::Object(keys)) => keys.keys().all(|id| is_lower_hex(id)),
                _ => true,
            };
            if is_well_written { fault(value) } else { Some(name.as_str()) }
        }),
        Value::Array(items) => items.iter().find_map(fault),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn is_lower_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether a text is written as `2026-11-30T09:01:50Z`.
fn is_utc_second(text: &str) -> bool {
    let form = b"0000-00-00T00:00:00Z";
    let fits = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    text.len() == form.len() && text.bytes().zip(form).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(role: &str, more: &str) -> String {
        format!(
            r#"{{"signed": {{"_type": "{role}", "expires": "2028-01-01T00:00:00Z"{more}}}, "signatures":
                [{{"keyid": "0a", "sig": "ff"}}]}}"#
        )
    }

    #[test]
    fn metadata_that_are_written_in_another_way_are_refused() {
        let good = metadata("timestamp", "");
        check_spelling("timestamp.json", good.as_bytes()).unwrap();
        check_spelling("2.approved-CN-37.json", metadata("targets", "").as_bytes()).unwrap();
        let upper_id = good.replace("\"0a\"", "\"0A\"");
        let faults = [
            ("timestamp.json", metadata("snapshot", ""), "its `_type` isn't `timestamp`"),
            ("timestamp.json", good.replace("00Z", "00+00:00"), "`expires`"),
            ("timestamp.json", good.replace("00Z", "00.9Z"), "`expires`"),
            ("timestamp.json", upper_id, "`keyid`"),
            ("timestamp.json", good.replace("\"ff\"", "\" ff\""), "`sig`"),
            ("timestamp.json", good.replacen('{', "{\"signed\": 1, ", 1), "twice"),
            ("timestamp.json", metadata("timestamp", ", \"x\": NaN"), "expected value"),
            ("1.root.json", metadata("root", ", \"keys\": {\"0A\": {}}"), "`keys`"),
            ("1.root.json", metadata("root", ", \"keyids\": [\"0A\"]"), "`keyids`"),
        ];
        for (file, text, reason) in faults {
            let error = check_spelling(file, text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{file}: {error}");
        }
    }
}
