//! Tests of the partial match of replies.

use serde_json::{Value, json};

use crate::assertions::{ABSENT, differences};

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
