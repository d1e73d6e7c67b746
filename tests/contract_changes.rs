//! A catalogue that grows: rules that were compiled before a choice got a word, a number a wider range or the service a
//! fact go on, and a value that one of them can't hold is not known to it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::prebuilt_rules::{without_rust, write_published};
use crate::support::{Server, edit, scratch, text_of};

const DAY: &str = "2026-01-01";

/// The published rules, in a rulebook whose catalogue got words, numbers and a fact after they were built.
fn grown(folder: &Path) -> PathBuf {
    let book = write_published(folder);
    let facts = book.join("facts.toml");
    edit(&facts, r#"["registered", "resident", "neither"]"#, r#"["registered", "resident", "neither", "resettled"]"#);
    edit(&facts, r#""mental", "multiple"]"#, r#""mental", "multiple", "deafblind"]"#);
    edit(&facts, "[age]\ntype = \"integer\"\nmin = 0\nmax = 150", "[age]\ntype = \"integer\"\nmin = 0\nmax = 300");
    let services = book.join("services/old-age-allowance.toml");
    edit(&services, r#""low_income", "residence_status""#, r#""low_income", "residence_status", "living_alone""#);
    let text = fs::read_to_string(&facts).unwrap();
    let fact = "\n[living_alone]\ntype = \"bool\"\ntitles = { en = \"Lives alone\" }\ncategory = \"dpv-pd:Household\"\n\
                sensitivity = \"personal\"\nholder = \"applicant\"\n";
    fs::write(&facts, text + fact).unwrap();
    book
}

fn build(book: &Path) -> String {
    let built = without_rust(&["build", book.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    text_of(&built)
}

#[test]
fn a_new_word_a_wider_range_and_a_new_fact_stop_no_rule_and_the_build_says_which_know_them() {
    let folder = scratch();
    let book = grown(folder.path());
    let said = build(&book);
    assert_contains(
        &said,
        "CN-33/old-age-allowance 1.0.0, CN-3301/old-age-allowance 1.0.0, CN-3302/old-age-allowance 1.0.0 were made without \
         `resettled` of `residence_status`",
    );
    assert_contains(&said, "no rule that takes the fact knows it");
    assert_contains(&said, "numbers below 0 or above 150 of `age`");
    assert_lacks(&said, "living_alone");
    // A rule that is built now knows the word.
    let index = fs::read_to_string(book.join("target/rulebook/index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    assert!(index["rules"].as_array().unwrap().iter().all(|rule| rule["state"]["built"].is_string()), "{index}");
}

#[test]
fn a_value_that_a_rule_can_not_hold_is_not_known_to_it_and_never_another_value() {
    let folder = scratch();
    let book = grown(folder.path());
    build(&book);
    let server = Server::start(&book.join("target/rulebook"), "");
    let old_age = |facts: Value| server.decide("CN-33", "old-age-allowance", DAY, &facts);

    // Zhejiang asks whether the person is registered or resident there: of the new word its rule can't tell.
    let reply = old_age(json!({ "age": 100, "residence_status": "resettled", "low_income": false }));
    reply.assert_includes(json!({ "outcome": "undetermined", "reason": "unrecognised-value", "missing": [] }));
    let layer = reply.layer("CN-33");
    assert_eq!(layer["unrecognised"], json!(["residence_status"]), "{layer}");
    assert_eq!(layer["status"], "applied");
    assert!(reply.json()["layers"][0].get("unrecognised").is_none(), "{}", reply.text);

    // Where the answer doesn't depend on it, there is one.
    let reply = old_age(json!({ "age": 79, "residence_status": "resettled", "low_income": false }));
    reply.assert_includes(json!({ "outcome": "ineligible" }));
    assert_eq!(reply.layer("CN-33")["unrecognised"], json!(["residence_status"]));

    // What is missing is asked for as before, and only that.
    let reply = old_age(json!({ "residence_status": "resettled", "low_income": false }));
    reply.assert_includes(json!({ "outcome": "undetermined", "reason": "missing-facts", "missing": ["age"] }));

    let reply = old_age(json!({ "age": 256, "residence_status": "registered", "low_income": false }));
    reply.assert_includes(json!({ "outcome": "undetermined", "reason": "unrecognised-value" }));
    // The nation's rule, as expressions, was built for ages up to 150: what it would compute need not hold for others.
    let reply = old_age(json!({ "age": 255, "residence_status": "registered", "low_income": false }));
    reply.assert_includes(json!({ "outcome": "undetermined", "reason": "unrecognised-value" }));
    assert_eq!(reply.layer("CN")["unrecognised"], json!(["age"]), "{}", reply.text);

    // The words that the rules were made with, and a fact that no rule takes, decide as before.
    let facts = json!({ "age": 100, "residence_status": "registered", "low_income": false, "living_alone": true });
    old_age(facts).assert_includes(json!({ "outcome": "eligible" }));
    let reply = old_age(json!({ "age": 100, "residence_status": "reseted", "low_income": false }));
    reply.assert_problem(422, "invalid-facts");
}

#[test]
fn what_is_certain_under_a_floor_stays_though_a_lower_rule_does_not_recognise_a_value() {
    let folder = scratch();
    let book = grown(folder.path());
    build(&book);
    let server = Server::start(&book.join("target/rulebook"), "");
    let facts = |kind: &str| {
        json!({
            "disability_grade": 2, "needs_long_term_care": true, "work_injury_care_payment": false,
            "destitute_support": false, "draws_elderly_care_subsidy": false, "disability_kind": kind,
        })
    };
    let decide = |kind: &str| server.decide("CN-11", "disability-care-subsidy", DAY, &facts(kind));
    let known = decide("multiple");
    known.assert_includes(json!({ "outcome": "eligible" }));
    let reply = decide("deafblind");
    reply.assert_includes(json!({ "outcome": "eligible", "grant": null }));
    assert_eq!(reply.json()["at_least"]["reason"], "unrecognised-value", "{}", reply.text);
    assert_eq!(reply.layer("CN-11")["unrecognised"], json!(["disability_kind"]));
}
