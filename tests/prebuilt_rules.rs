//! Rules that are built already: a folder of them needs no compiler, and beside sources they must be what the sources
//! give.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use ordinance_sandbox::manifest_section;
use serde_json::Value;

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{edit, ordinance, plugins_rulebook, run, scratch, text_of};

const RULE: &str = "CN/old-age-allowance";

/// The program on a computer without Rust.
pub(crate) fn without_rust(arguments: &[&str]) -> Output {
    ordinance().args(arguments).env("PATH", "").env_remove("CARGO").env_remove("RUSTC").output().unwrap()
}

fn index_of(built: &Path) -> Value {
    serde_json::from_slice(&fs::read(built.join("index.json")).unwrap()).unwrap()
}

/// Writes the rulebook of plugins/ with each rule as it was published: its component in its folder, and nothing else.
pub(crate) fn write_published(folder: &Path) -> PathBuf {
    let book = folder.join("book");
    let built = plugins_rulebook();
    let index = index_of(built);
    let copy = |from: &str, to: &Path| {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(built.join(from), to).unwrap();
    };
    for name in index["definitions"].as_object().unwrap().keys() {
        copy(name, &book.join(name));
    }
    for rule in index["rules"].as_array().unwrap() {
        let text = |key: &str| rule[key].as_str().unwrap();
        let place = book.join(text("jurisdiction")).join(rule["service"].as_str().unwrap_or(text("id")));
        let component = format!("rules/{}.wasm", rule["state"]["built"].as_str().unwrap());
        copy(&component, &place.join(text("version")).join("rule.wasm"));
    }
    book
}

#[test]
fn a_folder_of_published_rules_is_built_without_rust() {
    let folder = scratch();
    let book = write_published(folder.path());
    let built = without_rust(&["build", book.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    // Every rule is taken as it is, byte for byte.
    let digests = |index: Value| -> Vec<String> {
        let rules = index["rules"].as_array().unwrap().iter().map(|rule| rule["state"].to_string());
        let mut states: Vec<String> = rules.collect();
        states.sort_unstable();
        states
    };
    assert_eq!(digests(index_of(&book.join("target/rulebook"))), digests(index_of(plugins_rulebook())));
}

#[test]
fn a_built_rule_that_extends_another_may_have_its_own_manifest_beside_it() {
    let folder = scratch();
    let book = write_published(folder.path());
    let component = |place: &str| {
        let version = fs::read_dir(book.join(place)).unwrap().next().unwrap().unwrap().path();
        version.join("rule.wasm")
    };
    let extending = component("DK/child-consent");
    let manifest = manifest_section(&fs::read(&extending).unwrap()).unwrap().to_vec();
    assert_contains(&String::from_utf8_lossy(&manifest), "extends = \"EU\"");
    fs::write(extending.with_file_name("rule.toml"), &manifest).unwrap();
    let built = without_rust(&["build", book.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    assert_eq!(
        index_of(&book.join("target/rulebook"))["rules"].as_array().unwrap().len(),
        index_of(plugins_rulebook())["rules"].as_array().unwrap().len()
    );
    fs::write(extending.with_file_name("rule.toml"), [&manifest[..], b"\n"].concat()).unwrap();
    let other = without_rust(&["build", book.to_str().unwrap()]);
    assert_eq!(other.status.code(), Some(1), "{}", text_of(&other));
    assert_contains(&text_of(&other), "the rule has expressions and `extends` `EU`, whose code isn't expressions");
}

#[test]
fn a_damaged_rule_is_told_from_one_without_a_manifest_and_the_file_is_named() {
    let folder = scratch();
    let rules = plugins_rulebook().join("rules");
    let good = fs::read(fs::read_dir(rules).unwrap().next().unwrap().unwrap().path()).unwrap();
    let book = write_published(folder.path());
    let place = book.join("NZ/benefit");
    fs::create_dir_all(&place).unwrap();
    let build = |component: &[u8]| {
        fs::write(place.join("rule.wasm"), component).unwrap();
        let built = without_rust(&["build", book.to_str().unwrap()]);
        assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
        text_of(&built)
    };
    for damaged in [[&good[..], b"\0"].concat(), good[..good.len() - 9].to_vec()] {
        let said = build(&damaged);
        assert_contains(&said, "the file is no valid component");
        assert_lacks(&said, "or more than one");
    }
    // The manifest inside is that of another place.
    let said = build(&good);
    assert_contains(&said, "NZ/benefit/rule.wasm");
    assert_lacks(&said, "NZ/benefit/rule.toml");
}

#[test]
fn sources_without_rust_say_what_is_missing() {
    let folder = scratch();
    let book = folder.path().join("book");
    assert!(run(&["new", "--lang", "rust", "NZ/benefit", "--dir", book.to_str().unwrap()]).status.success());
    let built = without_rust(&["build", book.to_str().unwrap()]);
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    assert_contains(&text_of(&built), "rules in Rust need it, so install rustup");
}

#[test]
fn a_published_rule_beside_its_sources_must_be_what_they_give() {
    let folder = scratch();
    let book = folder.path().join("book");
    let dir = book.to_str().unwrap();
    assert!(run(&["new", "--lang", "rust", RULE, "--dir", dir]).status.success());
    assert!(run(&["build", dir]).status.success());
    let rules = book.join("target/rulebook/rules");
    let component = fs::read_dir(rules).unwrap().next().unwrap().unwrap().path();
    let published = book.join(RULE).join("rule.wasm");
    fs::copy(component, &published).unwrap();
    let same = run(&["build", dir]);
    assert!(same.status.success(), "{}", text_of(&same));
    edit(&book.join(RULE).join("src/lib.rs"), "|_| true", "|_| false");
    let other = run(&["build", dir]);
    assert_eq!(other.status.code(), Some(1), "{}", text_of(&other));
    assert_contains(&text_of(&other), "rule.wasm differs from the rule that the sources beside it give");
    fs::remove_file(published).unwrap();
    assert!(run(&["build", dir]).status.success());
}
