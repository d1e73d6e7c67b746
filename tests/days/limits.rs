//! Limits are never rounded when they are read.

use crate::assertions::assert_contains;
use crate::attacks::{benefit, refusal_of_edit};
use crate::scenarios::permitting;
use crate::support::{root, scratch};

use super::build;

#[test]
fn a_limit_of_a_fact_with_more_digits_than_its_scale_is_refused_and_not_rounded() {
    let said = refusal_of_edit("facts.toml", "max = \"100000\"", "max = \"999.995\"");
    assert_contains(&said, "`max` has more digits after the point than `scale = 2` allows");
    assert_contains(&said, "facts.toml:");
    let said = refusal_of_edit("facts.toml", "max = \"100000\"\nunit", "max = \"100000.004\"\nunit");
    assert_contains(&said, "`max` has more digits after the point");
}

#[test]
fn a_limit_of_a_grant_with_more_digits_than_its_scale_is_refused() {
    let said = refusal_of_edit("services/benefit.toml", "min = \"0\"", "min = \"0.001\"");
    assert_contains(&said, "`min` has more digits after the point than `scale = 2` allows");
    let said = refusal_of_edit("services/benefit.toml", "\"at-least inherited\"", "\"at-least 79.995\"");
    assert_contains(&said, "`79.995` is not a decimal number");
}

#[test]
fn zeros_at_the_end_of_a_limit_are_no_further_digits() {
    let folder = scratch();
    let facts = std::fs::read_to_string(root().join("tests/scenarios/common-privacy/facts.toml")).unwrap();
    assert_contains(&facts, "max = \"100000\"");
    let files = vec![
        ("facts.toml".into(), facts.replace("max = \"100000\"", "max = \"100000.0000\"")),
        ("N/guard/rule.toml".into(), permitting("")),
        ("N/benefit/rule.toml".into(), benefit("N", "50.00")),
    ];
    build(folder.path(), &files);
}

#[test]
fn a_number_of_a_rule_with_too_many_digits_is_refused_and_not_rounded() {
    let exact = "value = \"50.00\"";
    let said = refusal_of_edit("N/benefit/rule.toml", exact, "value = \"0.99999999999999999999999999999999\"");
    assert_contains(&said, "amount");
}
