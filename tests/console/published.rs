//! What authorities tell of their rules beside them, on the console of a host that reads their repositories.

use std::path::Path;

use ordinance_domain::digest::Digest;
use ordinance_trust::{RepositoryEditor, SigningKey, Validity};
use serde_json::{Map, Value, json};

use super::supervisor::{Supervisor, reader};
use crate::assertions::{assert_contains, assert_lacks};
use crate::country::{Country, PASSPHRASE, only_file};
use crate::receipts::host_of;
use crate::support::{Server, until};

fn host(country: &Country) -> Server {
    host_of(country, &reader("supervisor", "[\"*\"]", true))
}

/// The digest of the rule that a place published.
fn rule_of(server: &Server, place: &str) -> String {
    let rules = server.get("/v1/rules").json();
    let rule = rules["rules"].as_array().unwrap().iter().find(|rule| rule["jurisdiction"] == place).unwrap().clone();
    rule["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned()
}

fn page_of(server: &Server, digest: &str) -> String {
    Supervisor::signed_in(server, "supervisor").get(&format!("/console/rules/{digest}")).assert_page(200).text
}

/// Publishes other pages in the name of Yantai.
fn publish_pages(country: &Path, pages: &[u8]) {
    let mut editor = RepositoryEditor::open(&country.join("repositories/CN-3706")).unwrap();
    editor.set_target("pages.json", pages, Map::new()).unwrap();
    let key = SigningKey::open(&country.join("keys/yt-publish"), PASSPHRASE.to_owned().into()).unwrap();
    editor.publish(&[key], Validity::default(), jiff::Timestamp::now()).unwrap();
}

/// Lets the host read the repositories again.
fn reload(server: &Server) {
    until(|| {
        let posted = crate::support::agent().post(format!("{}/admin/reload", server.operations)).send_empty();
        posted.unwrap().status() == 200
    });
}

#[test]
fn a_published_rule_is_told_in_words_with_its_cases_coverage_and_type() {
    let country = Country::that_publishes();
    country.good("ordinance test yantai --coverage");
    country.good("ordinance publish yantai --to repositories/CN-3706 --key keys/yt-publish");
    let server = host(&country);
    let digest = rule_of(&server, "CN-3706");
    let page = page_of(&server, &digest);
    for said in ["The rule in words", "Show the cases", "The cases cover "] {
        assert_contains(&page, said);
    }
    assert_lacks(&page, "The rulebook has no");
    // What the program for the try-out reads is there too.
    let types = server.folder.path().join(format!("trusted/rulebook/pages/{digest}.type.json"));
    let types: Value = serde_json::from_slice(&std::fs::read(types).unwrap()).unwrap();
    assert!(types["arguments"].is_array(), "{types}");
}

#[test]
fn an_authority_tells_nothing_of_the_rules_of_others_and_its_bad_pages_stop_no_law() {
    let country = Country::that_publishes();
    let server = host(&country);
    let (own, of_province) = (rule_of(&server, "CN-3706"), rule_of(&server, "CN-37"));
    let told = |text: &str| json!({"prose": {"en": {"sections": [{"heading": text}]}}}).to_string();
    let pages = json!({
        format!("pages/{own}.json"): told("<b>a word of Yantai</b>"),
        format!("pages/{of_province}.json"): told("a word of Yantai"),
        "../escaped.json": "out",
        "index.json": "{}",
    });
    publish_pages(&country.path(""), pages.to_string().as_bytes());
    reload(&server);
    assert_contains(&page_of(&server, &own), "&lt;b&gt;a word of Yantai&lt;/b&gt;");
    let of_province = page_of(&server, &of_province);
    assert_contains(&of_province, "The rule in words");
    assert_lacks(&of_province, "a word of Yantai");
    assert!(!server.folder.path().join("trusted/escaped.json").exists());
    for bad in [&b"no pages"[..], b"{\"pages\": 1}", &vec![b' '; 33 << 20]] {
        publish_pages(&country.path(""), bad);
        reload(&server);
        assert_eq!(rule_of(&server, "CN-3706"), own);
        assert_contains(&page_of(&server, &own), "The rulebook has no");
    }
}

/// Lists a rule of another authority as one of Yantai, with pages about it.
fn publish_rule_of(country: &Path, digest: &str, pages: &Value) {
    let mut editor = RepositoryEditor::open(&country.join("repositories/CN-3706")).unwrap();
    let index = editor.target("index.json").unwrap().hashes.sha256.to_vec();
    let index = Digest::new(index.try_into().unwrap()).hex();
    let index = country.join(format!("repositories/CN-3706/targets/{index}.index.json"));
    let mut index: Value = serde_json::from_slice(&std::fs::read(index).unwrap()).unwrap();
    // As a privacy rule, for which no upper level's approval is needed.
    let rule = json!({"jurisdiction": "CN-3706", "id": "forged", "version": "1.0.0", "from": "2030-01-01", "until": null,
        "state": {"built": digest}});
    index["rules"].as_array_mut().unwrap().push(rule);
    editor.set_target("index.json", index.to_string().as_bytes(), Map::new()).unwrap();
    let component = std::fs::read(only_file(&country.join("shandong/target/rulebook/rules"))).unwrap();
    editor.set_target(&format!("rules/CN-3706/{digest}.wasm"), &component, Map::new()).unwrap();
    editor.set_target("pages.json", pages.to_string().as_bytes(), Map::new()).unwrap();
    let key = SigningKey::open(&country.join("keys/yt-publish"), PASSPHRASE.to_owned().into()).unwrap();
    editor.publish(&[key], Validity::default(), jiff::Timestamp::now()).unwrap();
}

#[test]
fn pages_on_which_two_authorities_disagree_count_for_nothing() {
    let country = Country::that_publishes();
    let server = host(&country);
    let (own, of_province) = (rule_of(&server, "CN-3706"), rule_of(&server, "CN-37"));
    let told = json!({"prose": {"en": {"sections": [{"heading": "a word of Yantai"}]}}}).to_string();
    let pages = json!({format!("pages/{own}.json"): told, format!("pages/{of_province}.json"): told});
    publish_rule_of(&country.path(""), &of_province, &pages);
    // The rule itself is of another place, so the host may refuse it; the pages are read all the same.
    until(|| {
        drop(crate::support::agent().post(format!("{}/admin/reload", server.operations)).send_empty());
        page_of(&server, &own).contains("a word of Yantai")
    });
    // What the province published before stays.
    let of_province = page_of(&server, &of_province);
    assert_contains(&of_province, "The rule in words");
    assert_contains(&of_province, "At least 80 years old");
    assert_lacks(&of_province, "a word of Yantai");
}
