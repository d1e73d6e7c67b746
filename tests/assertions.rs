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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ABSENT, differences};

    fn check(found: Value, expected: Value, expect: &[&str]) {
        assert_eq!(differences(&found, &expected), expect);
    }

    #[test]
    fn members_that_are_not_expected_are_ignored() {
        check(json!({"a": 1, "b": {"c": [{"d": 2, "e": 3}]}}), json!({"b": {"c": [{"e": 3}]}}), &[]);
    }

    #[test]
    fn every_difference_is_reported_with_its_path() {
        let found = json!({"a": 1, "b": {"c/d": [true, {"e": "x"}]}});
        let expected = json!({"a": 2, "b": {"c/d": [true, {"e": "y"}]}, "f": null});
        let reported = [
            "`/a`: expected 2, found 1",
            "`/b/c~1d/1/e`: expected \"y\", found \"x\"",
            "`/f`: expected null, found no such member",
        ];
        check(found, expected, &reported);
    }

    #[test]
    fn a_list_has_as_many_items_as_are_expected() {
        check(json!([1, 2]), json!([1]), &["``: expected [1], found [1,2]"]);
        check(json!({"a": []}), json!({"a": {}}), &["`/a`: expected {}, found []"]);
    }

    #[test]
    fn a_member_that_must_be_absent_is_reported_when_it_is_there() {
        check(json!({"a": 1}), json!({"b": ABSENT}), &[]);
        check(json!({"b": null}), json!({"b": ABSENT}), &["`/b`: expected \"<absent>\", found null"]);
        check(json!({"b": ABSENT}), json!({"b": ABSENT}), &["`/b`: expected \"<absent>\", found \"<absent>\""]);
    }
}
