//! Authors of a lower level against a grant under a floor of upper law.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{benefit, service_of_reach, withholding};
use crate::assertions::{ABSENT, assert_contains, assert_includes};
use crate::faults::{manifest, write_rulebook};
use crate::hostile_guests::Guest;
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, edit, run, scratch, text_of};

/// A guest that grants 50.00 to everybody.
fn granting() -> Guest {
    Guest::with_body(
        "(i32.store8 (i32.const 1024) (i32.const 0)) (i32.store8 (i32.const 1032) (i32.const 1)) \
         (i64.store (i32.const 1040) (i64.const 5000)) (i32.store8 (i32.const 1048) (i32.const 2)) (i32.const 1024)",
    )
}

/// A guest that determines nothing, though it has the only fact that it takes.
fn undetermined() -> Guest {
    Guest::with_body("(i32.store8 (i32.const 1024) (i32.const 2)) (i32.const 1024)")
}

/// A nation that grants 50.00 to everybody, and counties below it with these rules.
fn write_nation(folder: &Path, counties: &[(&str, Vec<u8>)]) -> PathBuf {
    let source = write_rulebook(folder, counties);
    let nation = source.join("XX/probe");
    fs::create_dir_all(&nation).unwrap();
    fs::write(nation.join("rule.wasm"), granting().component()).unwrap();
    fs::write(nation.join("rule.toml"), manifest("XX", "2020-01-01")).unwrap();
    source
}

#[test]
fn no_rule_of_a_lower_level_takes_away_what_upper_law_grants_under_a_floor() {
    let folder = scratch();
    let counties = [
        ("TRAP", Guest::with_body("(unreachable)").component()),
        ("LOOP", Guest::with_body("(loop (br 0)) (unreachable)").component()),
        ("SILENT", undetermined().component()),
        ("BROKEN", b"no component".to_vec()),
    ];
    let source = write_nation(folder.path(), &counties);
    // The broken rule is a finding of the build, and the others are in the rulebook.
    assert_eq!(run(&["build", source.to_str().unwrap()]).status.code(), Some(1));
    let server = Server::start(&source.join("target/rulebook"), "");
    for (code, _) in &counties {
        let place = format!("XX-{code}");
        let reply = server.decide(&place, "probe", "2026-01-01", &json!({"n": 7}));
        let open = json!([{"jurisdiction": place, "status": "failed"}]);
        let at_least = json!({"grant": {"amount": "50.00"}, "reason": "failed-rule", "open": open});
        let expected = json!({"outcome": "eligible", "reason": ABSENT, "grant": null, "at_least": at_least});
        reply.assert_status(200).assert_includes(expected);
        let record = server.decision_log().pop().unwrap();
        assert_includes(&record, json!({"outcome": "eligible", "at_least": true, "reason": "failed-rule"}));
    }
    let silent = server.decide("XX-SILENT", "probe", "2026-01-01", &json!({"n": 7}));
    assert_eq!(silent.layer("XX-SILENT")["failure"]["code"], "unfounded-undetermined", "{}", silent.text);
}

#[test]
fn a_rule_that_determines_nothing_though_it_lacks_no_fact_breaks_upper_law() {
    let folder = scratch();
    let source = write_nation(folder.path(), &[("SILENT", undetermined().component())]);
    let checked = run(&["check", source.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(1));
    assert_contains(&text_of(&checked), "FAIL XX-SILENT/probe 1.0.0: fails: unfounded-undetermined");
}

/// A nation whose privacy law gives the facts to its rules, and a county whose law withholds them for deciding.
fn withholding_county(folder: &Path) -> PathBuf {
    let nation = permitting("");
    let county = withholding("N-1");
    write_and_build(
        folder,
        &[
            ("N/guard/rule.toml", nation.as_str()),
            ("N-1/guard/rule.toml", county.as_str()),
            ("N/benefit/rule.toml", benefit("N", "50.00").as_str()),
            ("N-1/benefit/rule.toml", benefit("N-1", "70.00").as_str()),
        ],
    )
}

fn decide(server: &Server) -> Value {
    server.decide("N-1", "benefit", "2026-01-01", &json!({"age": 70, "resident": true, "income": "10"})).json()
}

#[test]
fn privacy_law_of_a_lower_level_takes_no_fact_from_an_upper_rule_under_a_floor() {
    let folder = scratch();
    let rulebook = withholding_county(folder.path());
    let server = Server::start(&rulebook, "");
    let reply = decide(&server);
    assert_includes(&reply, json!({"outcome": "eligible", "at_least": {"grant": {"amount": "50.00"}}}));
    assert_includes(&reply["layers"][0], json!({"jurisdiction": "N", "status": "applied", "answer": "eligible"}));
    // The county's own rule gets nothing: its law binds it.
    assert_eq!(reply["layers"][1]["answer"], "undetermined", "{reply}");
    assert_eq!(reply["privacy"]["withheld"].as_array().unwrap().len(), 3, "{reply}");
    let checked = text_of(&run(&["check", folder.path().join("source").to_str().unwrap()]));
    assert_contains(&checked, "# NOTE N-1/guard 1.0.0: takes `age` from N/benefit 1.0.0, which upper law gives it");
}

#[test]
fn a_service_may_let_privacy_law_of_every_level_bind_all_rules() {
    let folder = scratch();
    withholding_county(folder.path());
    let source = folder.path().join("source");
    fs::write(source.join("services/benefit.toml"), service_of_reach("all-levels")).unwrap();
    let rulebook = folder.path().join("strict");
    let built = run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    let reply = decide(&Server::start(&rulebook, ""));
    assert_includes(&reply, json!({"outcome": "undetermined", "at_least": ABSENT}));
    edit(&source.join("services/benefit.toml"), "all-levels", "none");
    let refused = run(&["build", source.to_str().unwrap()]);
    assert_contains(&text_of(&refused), "unknown reach `none`");
}
