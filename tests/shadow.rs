//! A shadow rule beside the one in force: it changes no answer, what it would change is counted, and its own cases
//! are put to it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::many_cases::post_batch;
use crate::planted::rulebook;
use crate::support::{Server, edit, get, run, scratch, text_of, until};

/// The source of a rulebook whose rule of N-1 grants 100.00 from 60 on, with a shadow rule that grants 120.00 from 65
/// on.
fn source_with_shadow(folder: &Path) -> PathBuf {
    let source = rulebook(folder, "none");
    let (first, shadow) = (source.join("N-1/benefit"), source.join("N-1/benefit/2.0.0"));
    fs::create_dir_all(shadow.join("cases")).unwrap();
    for file in ["rule.toml", "rule.wasm"] {
        fs::copy(first.join(file), shadow.join(file)).unwrap();
    }
    let manifest = shadow.join("rule.toml");
    edit(&manifest, "version = \"1.0.0\"", "version = \"2.0.0\"\nshadow = true");
    edit(&manifest, "\"100.00\"", "\"120.00\"");
    edit(&manifest, "value = 60", "value = 65");
    source
}

#[test]
fn law_that_is_announced_breaks_a_shadow_rule_from_its_day_on_and_not_before() {
    let folder = scratch();
    let source = source_with_shadow(folder.path());
    let bound = "[bounds.parameter.min_age]\nbounds = [{ bound = \"at-most 70\", provision = { document = \"Act\", article = \"1\" } },\n    \
                 { from = 2020-01-01, published = 2099-01-01, bound = \"at-most 55\", provision = { document = \"Act\", article = \"2\" } }]\n";
    fs::write(source.join("N/benefit/bounds.toml"), format!("jurisdiction = \"N\"\nservice = \"benefit\"\n{bound}"))
        .unwrap();
    let built = run(&["build", source.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    let server = Server::start(&source.join("target/rulebook"), "");
    let facts = json!({"age": 50, "resident": true, "income": "0", "children": 0});
    assert_eq!(server.decide("N-1", "benefit", "2026-01-01", &facts).json()["outcome"], "ineligible");
    let counted = || get(&format!("{}/admin/shadow", server.operations), "").json()["rules"][0].clone();
    until(|| counted()["cases"] == 1);
    assert_includes(&counted(), json!({"same": 1, "differences": {}}));
}

#[test]
fn a_shadow_rule_is_counted_and_affects_nothing() {
    let folder = scratch();
    let source = source_with_shadow(folder.path());
    fs::write(
        source.join("N-1/benefit/2.0.0/cases/law.toml"),
        "[[cases]]\nname = \"65 gets 120\"\nas_of = 2026-01-01\nfacts = { age = 65, resident = true, income = \"0\", children = 0 }\n\
         expect = { outcome = \"eligible\", grant = { amount = \"120.00\" } }\n",
    )
    .unwrap();
    let tested = run(&["test", source.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
    assert_contains(&text_of(&tested), "65 gets 120");
    let server = Server::start(&source.join("target/rulebook"), "");
    let decide = |age: u8| {
        let facts = json!({"age": age, "resident": true, "income": "0", "children": 0});
        server.decide("N-1", "benefit", "2026-01-01", &facts).json()
    };
    // 50: no, in both; 60: yes, and would be no; 66: 100, and would be 120.
    let amounts: Vec<Value> = [50, 60, 66].map(|age| decide(age)["grant"]["amount"].clone()).into();
    assert_eq!(amounts, [json!(null), json!("100.00"), json!("100.00")]);
    let counted = || get(&format!("{}/admin/shadow", server.operations), "").json();
    until(|| counted()["rules"][0]["cases"] == 3);
    let shadow = counted()["rules"][0].clone();
    assert_includes(&shadow, json!({"rule": "benefit@2.0.0", "jurisdiction": "N-1", "same": 1}));
    assert_eq!(shadow["differences"], json!({"eligible -> ineligible": 1, "grant": 1}), "{shadow}");
    // No fact is told.
    assert_lacks(&counted().to_string(), "66");
    let metrics = get(&format!("{}/metrics", server.operations), "").text;
    let line = "ordinance_shadow_decisions_total{jurisdiction=\"N-1\",rule=\"benefit@2.0.0\",code=\"grant\"} 1";
    assert_contains(&metrics, line);
    let line = json!({"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01",
        "facts": {"age": 66, "resident": true, "income": "0", "children": 0}});
    assert_eq!(post_batch(&server, &format!("{line}\n{line}\n")).1.len(), 2);
    until(|| counted()["rules"][0]["cases"] == 5);
    let listed = server.get("/v1/rules").json();
    let shadows: Vec<&Value> =
        listed["rules"].as_array().unwrap().iter().filter(|rule| rule["on_trial"] == true).collect();
    assert_eq!(shadows.len(), 1, "{listed}");
}
