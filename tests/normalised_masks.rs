//! Texts are normalised before they are masked: however a text is written, its masked form is one. What isn't masked
//! stays as it was sent.

use std::fs;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes};
use crate::attacks::refusal_of_edit;
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, root, scratch};

/// One number of an identity card in several ways: a small letter, full-width characters, spaces within and around.
const NUMBER: [&str; 5] = [
    "11010119900307451X",
    "11010119900307451x",
    "１１０１０１１９９００３０７４５１Ｘ",
    "110101 19900307 451X",
    "\u{3000}11010119900307451X ",
];

/// One name composed and decomposed.
const NAME: [&str; 2] = ["Ren\u{e9}e", "Rene\u{301}e"];

/// The facts of the scenarios, where the number has these steps.
fn facts(normalise: &str) -> String {
    let facts = fs::read_to_string(root().join("tests/scenarios/common-privacy/facts.toml")).unwrap();
    assert_contains(&facts, "bytes-max = 40\n");
    facts.replace("bytes-max = 40\n", &format!("bytes-max = 80\n{normalise}\n"))
}

/// What a recipient gets of the number, in the order in which it is written.
fn handed_over(normalise: &str, says: &str, written: &[&str]) -> Vec<String> {
    let folder = scratch();
    let guard = permitting(&format!("{{ fact = \"number\", says = \"{says}\" }},"));
    let files = [("N/guard/rule.toml", guard.as_str()), ("facts.toml", &facts(normalise))];
    let server = Server::start(&write_and_build(folder.path(), &files), "");
    let form = |number: &&str| {
        let body = json!({"jurisdiction": "N", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
            "values": {"number": number}});
        let reply = server.post("/v1/disclosures", &body.to_string());
        reply.assert_status(200).json()["facts"][0]["value"]
            .as_str()
            .unwrap_or_else(|| panic!("{}", reply.text))
            .to_owned()
    };
    written.iter().map(form).collect()
}

/// How many different texts there are.
fn different(mut texts: Vec<String>) -> usize {
    texts.sort();
    texts.dedup();
    texts.len()
}

const OF_NUMBERS: &str = "normalise = [\"width\", \"no-space\", \"case\"]";

#[test]
fn one_number_has_one_pseudonym_however_it_is_written() {
    let codes = handed_over(OF_NUMBERS, "code", &NUMBER);
    assert_eq!(codes[0].len(), 64);
    assert_eq!(different(codes), 1);
    let others = handed_over(OF_NUMBERS, "code", &[NUMBER[0], "11010119900307452X"]);
    assert_eq!(different(others), 2, "another number has another code");
}

#[test]
fn one_number_has_one_prefix_however_it_is_written() {
    assert_eq!(handed_over(OF_NUMBERS, "first", &NUMBER), vec!["1101*"; NUMBER.len()]);
}

#[test]
fn without_steps_texts_are_composed_and_trimmed_and_nothing_else_is_one() {
    assert_eq!(different(handed_over("", "code", &NAME)), 1);
    assert_eq!(different(handed_over("", "code", &["Li Ming", " Li Ming\u{3000}"])), 1);
    assert_eq!(different(handed_over("", "code", &["X", "x", "Ｘ"])), 3);
    assert_eq!(handed_over("", "first", &NAME), ["René*", "René*"]);
}

#[test]
fn a_text_that_is_not_masked_stays_as_it_was_sent() {
    let sent: Vec<&str> = NUMBER.iter().chain(&NAME).copied().collect();
    assert_eq!(handed_over(OF_NUMBERS, "permit", &sent), sent);
}

#[test]
fn the_catalogue_shows_how_a_text_is_normalised() {
    let folder = scratch();
    let guard = permitting("");
    let service = fs::read_to_string(root().join("tests/scenarios/common-privacy/services/benefit.toml")).unwrap();
    let service = service.replace("\"income\"]", "\"income\", \"number\"]");
    let files = [
        ("N/guard/rule.toml", guard.as_str()),
        ("facts.toml", &facts("normalise = [\"case\", \"width\"]")),
        ("services/benefit.toml", &service),
    ];
    let server = Server::start(&write_and_build(folder.path(), &files), "");
    let service = server.get("/v1/services/benefit").json();
    let of = |name: &str| -> Value {
        let facts = service["facts"].as_array().unwrap();
        facts.iter().find(|fact| fact["name"] == name).unwrap_or_else(|| panic!("{service}")).clone()
    };
    assert_includes(&of("number"), json!({"normalise": ["width", "case"]}));
    assert_eq!(of("age").get("normalise"), None);
}

#[test]
fn a_wrong_normalisation_is_refused_where_it_stands() {
    let check = |from: &str, to: &str, words: [&str; 2]| {
        let refusal = refusal_of_edit("facts.toml", from, to);
        words.iter().for_each(|words| assert_contains(&refusal, words));
    };
    let text = |steps: &str| format!("bytes-max = 40\nnormalise = {steps}");
    check(
        "type = \"bool\"",
        "type = \"bool\"\nnormalise = [\"case\"]",
        ["`normalise` doesn't belong to this type", "facts.toml"],
    );
    check("bytes-max = 40", &text("[\"cases\"]"), ["`cases` is no step", "did you mean `case`?"]);
    check("bytes-max = 40", &text("[\"nfkc\"]"), ["`nfkc` is no step", "width, space, no-space, case"]);
    check("bytes-max = 40", &text("[\"space\", \"no-space\"]"), ["`no-space` none", "remove one of them"]);
}
