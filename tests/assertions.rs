//! What the tests assert of texts and of JSON. A failed assertion shows the whole text or value, and of JSON each
//! difference with its path.

use serde_json::Value;

/// Stands for a member that must be absent in the JSON that [`assert_includes`] expects.
pub(crate) const ABSENT: &str = "<absent>";

/// Fails unless the words stand in the text.
#[track_caller]
pub(crate) fn assert_contains(text: &str, words: &str) {
    assert!(text.contains(words), "`{words}` is not in the text:\n{text}");
}

/// Fails if the words stand in the text.
#[track_caller]
pub(crate) fn assert_lacks(text: &str, words: &str) {
    assert!(!text.contains(words), "`{words}` is in the text:\n{text}");
}

/// Fails unless the JSON includes what is expected, as [`differences`] defines it.
#[track_caller]
pub(crate) fn assert_includes(found: &Value, expected: Value) {
    let differences = differences(found, &expected);
    assert!(differences.is_empty(), "{}\nin {found:#}", differences.join("\n"));
}

/// Each difference between a value and the part of it that is expected, with its path as a JSON pointer. An object may
/// have more members than are expected; a list has as many items; [`ABSENT`] stands for no member; every other value is
/// equal.
pub(crate) fn differences(found: &Value, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare("", found, expected, &mut differences);
    differences
}

fn compare(path: &str, found: &Value, expected: &Value, differences: &mut Vec<String>) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (name, expected) in expected {
                let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                match found.get(name) {
                    Some(found) => compare(&path, found, expected, differences),
                    None if expected == ABSENT => (),
                    None => differences.push(format!("`{path}`: expected {expected}, found no such member")),
                }
            }
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare(&format!("{path}/{at}"), found, expected, differences);
            }
        }
        (found, expected) if found == expected && expected != ABSENT => (),
        (found, expected) => differences.push(format!("`{path}`: expected {expected}, found {found}")),
    }
}
