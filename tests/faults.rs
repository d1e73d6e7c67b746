//! Each way in which a rule can fail, forced once through the whole program: the decision is undetermined and names the
//! rule, and the places beside it are decided as ever.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::hostile_guests::{
    FailingGuest, Guest, greedy_guests, malformed_guests, overreaching_guests, refused_guests, trapping_guests,
};
use crate::support::{Server, edit, ordinance, run, scratch, text_of};

const FACTS: &str =
    "[n]\ntype = \"integer\"\nmin = 0\nmax = 200\ntitles = { en = \"A number\" }\nsensitivity = \"public\"\n";
const SERVICE: &str = r#"
id = "probe"
purpose = "dpv:PublicBenefit"
basis = { kind = "statutory-duty", provision = { document = "d", article = "1" } }
facts = ["n"]
titles = { en = "Probe" }
outcome = { bound = "floor", provision = { document = "Probe Act", article = "1" } }
[grant.amount]
type = "decimal"
scale = 2
min = "0"
max = "1000"
titles = { en = "Amount" }
bound = "at-least inherited"
provision = { document = "Probe Act", article = "2" }
"#;

/// Writes a rulebook of rules that are no Rust: each a place below `XX` with a component as it is.
pub(crate) fn write_rulebook(folder: &Path, rules: &[(&str, Vec<u8>)]) -> PathBuf {
    let mut places =
        "titles = { en = \"Hostile\" }\n[[jurisdictions]]\ncode = \"XX\"\nnames = { en = \"Top\" }\n".to_owned();
    for (code, component) in rules {
        places.push_str(&format!(
            "[[jurisdictions]]\ncode = \"XX-{code}\"\nparent = \"XX\"\nnames = {{ en = \"{code}\" }}\n"
        ));
        let rule = folder.join(format!("XX-{code}/probe"));
        fs::create_dir_all(&rule).unwrap();
        fs::write(rule.join("rule.wasm"), component).unwrap();
        fs::write(rule.join("rule.toml"), manifest(&format!("XX-{code}"), "2020-01-01")).unwrap();
    }
    places.push_str("[privacy]\nungoverned = [\"XX\"]\n");
    fs::create_dir_all(folder.join("services")).unwrap();
    fs::write(folder.join("rulebook.toml"), places).unwrap();
    fs::write(folder.join("facts.toml"), FACTS).unwrap();
    fs::write(folder.join("services/probe.toml"), SERVICE).unwrap();
    folder.to_owned()
}

pub(crate) fn manifest(code: &str, from: &str) -> String {
    format!(
        "id = \"probe\"\nversion = \"1.0.0\"\njurisdiction = \"{code}\"\nservice = \"probe\"\nin-force = {{ from = {from} }}\n\
         titles = {{ en = \"Probe\" }}\n[[criteria]]\nid = \"known\"\ntitles = {{ en = \"Known\" }}\n\
         provision = {{ document = \"Probe Act\", article = \"3\" }}\n"
    )
}

/// Serves the guests beside a good rule: each fails with its code, its decision is undetermined, it is recorded as
/// failed, and the good rule decides as ever.
fn assert_fail(guests: &[FailingGuest]) {
    let folder = scratch();
    let mut rules: Vec<(&str, Vec<u8>)> = guests.iter().map(|(code, _, guest)| (*code, guest.component())).collect();
    rules.push(("GOOD", Guest::default().component()));
    let source = write_rulebook(folder.path(), &rules);
    let built = run(&["build", source.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    let server = Server::start(&source.join("target/rulebook"), "");
    for (code, failure, _) in guests {
        let reply = server.decide(&format!("XX-{code}"), "probe", "2026-01-01", &json!({"n": 7}));
        reply.assert_includes(json!({"outcome": "undetermined", "reason": "failed-rule"}));
        let layer = reply.layer(&format!("XX-{code}"));
        assert_includes(&layer, json!({"status": "failed", "failure": {"code": failure}}));
        server
            .decide("XX-GOOD", "probe", "2026-01-01", &json!({"n": 7}))
            .assert_includes(json!({"outcome": "ineligible"}));
    }
    let logged = server.decision_log().into_iter().filter(|line| line["layers"][1]["failure"] != json!(null)).count();
    assert_eq!(logged, guests.len());
}

#[test]
fn a_rule_that_takes_more_than_it_has_fails_alone() {
    assert_fail(&greedy_guests());
}

#[test]
fn a_rule_that_traps_fails_alone() {
    assert_fail(&trapping_guests());
}

#[test]
fn a_rule_whose_answer_is_malformed_fails_alone() {
    assert_fail(&malformed_guests());
}

#[test]
fn a_rule_whose_answer_is_not_allowed_fails_alone() {
    assert_fail(&overreaching_guests());
}

#[test]
fn the_clock_stops_a_rule_whose_fuel_would_last() {
    let folder = scratch();
    let rules = [("LOOP", Guest::with_body("(loop (br 0)) (unreachable)").component())];
    let source = write_rulebook(folder.path(), &rules);
    assert!(run(&["build", source.to_str().unwrap()]).status.success());
    let settings = "[rules]\nfuel = 1000000000000000\ndeadline-ms = 20\n[concurrency]\ninline-fuel-max = 1\n";
    let server = Server::start(&source.join("target/rulebook"), settings);
    let layer = server.decide("XX-LOOP", "probe", "2026-01-01", &json!({"n": 7})).layer("XX-LOOP");
    assert_eq!(layer["failure"]["code"], "deadline-passed", "{layer}");
}

/// Code in use may keep its file open: that must leave room for the other files and for connections.
#[test]
fn more_rules_are_served_than_files_may_be_open() {
    let folder = scratch();
    let names: Vec<String> = (0..150).map(|number| format!("R{number}")).collect();
    let own_code = |name: &String| Guest { data: format!("(data (i32.const 8192) \"{name}\")"), ..Guest::default() };
    let rules: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), own_code(name).component())).collect();
    let source = write_rulebook(folder.path(), &rules);
    let limited = |arguments: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n 128; exec \"$0\" \"$@\""]).arg(ordinance().get_program()).args(arguments);
        command
    };
    let built = limited(&["build", source.to_str().unwrap()]).output().unwrap();
    assert!(built.status.success(), "{}", text_of(&built));
    let settings = scratch();
    let config = settings.path().join("host.toml");
    let (cache, log) = (settings.path().join("cache"), settings.path().join("decisions.ndjson"));
    fs::write(&config, format!("[rules]\ncode-cache = {cache:?}\n[decision-log]\npath = {log:?}\n")).unwrap();
    let rulebook = source.join("target/rulebook");
    let serve = ["serve", rulebook.to_str().unwrap(), "--open-door", "--config", config.to_str().unwrap()];
    let server = Server::spawn(limited(&serve), settings);
    for name in [&names[0], &names[149]] {
        server
            .decide(&format!("XX-{name}"), "probe", "2026-01-01", &json!({"n": 7}))
            .assert_includes(json!({"outcome": "ineligible"}));
    }
}

#[test]
fn what_is_no_rule_is_refused_with_the_mend_and_the_host_starts_without_it() {
    let folder = scratch();
    let mut rules: Vec<(&str, Vec<u8>)> =
        refused_guests().into_iter().map(|(code, _, component)| (code, component)).collect();
    rules.push(("GOOD", Guest::default().component()));
    let source = write_rulebook(folder.path(), &rules);
    let built = run(&["build", source.to_str().unwrap()]);
    assert_eq!(built.status.code(), Some(1));
    let server = Server::start(&source.join("target/rulebook"), "");
    let listed = server.get("/v1/rules").json();
    assert_eq!(listed["broken"], refused_guests().len());
    let mut otherwise = Vec::new();
    for (code, words, _) in refused_guests() {
        let place = format!("XX-{code}");
        let rule = listed["rules"]
            .as_array()
            .unwrap()
            .iter()
            .find(|rule| rule["jurisdiction"] == place.as_str())
            .unwrap()
            .clone();
        // A core module is encoded at build, so it is refused for what its world lacks.
        let words = if code == "CORE" { "exports no function `determine`" } else { words };
        if !rule["reason"].as_str().unwrap().contains(words) {
            otherwise.push(format!("{code} doesn't say `{words}`: {rule}"));
        }
        let reply = server.decide(&place, "probe", "2026-01-01", &json!({"n": 7}));
        assert_eq!(reply.layer(&place)["failure"]["code"], "not-loaded", "{code}: {}", reply.text);
        assert!(server.said().contains(&place), "the log names {place}");
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    assert_eq!(server.decide("XX-GOOD", "probe", "2026-01-01", &json!({"n": 7})).json()["outcome"], "ineligible");
}

#[test]
fn a_damaged_file_breaks_its_rule_and_a_changed_definition_the_rulebook() {
    let folder = scratch();
    let source = write_rulebook(folder.path(), &[("GOOD", Guest::default().component())]);
    assert!(run(&["build", source.to_str().unwrap()]).status.success());
    let rulebook = source.join("target/rulebook");
    let rule = fs::read_dir(rulebook.join("rules")).unwrap().next().unwrap().unwrap().path();
    let sound = Server::start(&rulebook, "").get("/v1/rules").json();
    let mut bytes = fs::read(&rule).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&rule, bytes).unwrap();
    let server = Server::start(&rulebook, "");
    let listed = server.get("/v1/rules").json();
    assert_contains(listed["rules"][0]["reason"].as_str().unwrap(), "is damaged");
    assert_ne!(listed["rulebook"], sound["rulebook"], "what decides otherwise is another rulebook");
    fs::write(rulebook.join("facts.toml"), format!("{FACTS}\n# changed")).unwrap();
    let refused = run(&["serve", rulebook.to_str().unwrap(), "--open-door", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success());
    assert_contains(&text_of(&refused), "`facts.toml` was changed");
}

#[test]
fn two_versions_in_force_on_one_day_are_no_law_until_one_ends() {
    let folder = scratch();
    let source = write_rulebook(folder.path(), &[("TWO", Guest::default().component())]);
    let second = source.join("XX-TWO/probe/second");
    let first = source.join("XX-TWO/probe/first");
    for (version, from) in [(&first, "2020-01-01"), (&second, "2026-01-01")] {
        fs::create_dir_all(version).unwrap();
        fs::write(version.join("rule.wasm"), Guest::default().component()).unwrap();
        fs::write(version.join("rule.toml"), manifest("XX-TWO", from)).unwrap();
    }
    fs::remove_file(source.join("XX-TWO/probe/rule.toml")).unwrap();
    fs::remove_file(source.join("XX-TWO/probe/rule.wasm")).unwrap();
    let built = run(&["build", source.to_str().unwrap()]);
    assert_eq!(built.status.code(), Some(1), "{}", text_of(&built));
    assert_contains(&text_of(&built), "conflicts with the rulebook");
    let server = Server::start(&source.join("target/rulebook"), "");
    let before = server.decide("XX-TWO", "probe", "2025-12-31", &json!({"n": 7})).json();
    assert_eq!(before["outcome"], "ineligible", "{before}");
    let after = server.decide("XX-TWO", "probe", "2026-01-01", &json!({"n": 7})).json();
    assert_eq!(after["reason"], "failed-rule", "{after}");
}

#[test]
fn a_rule_without_its_manifest_is_broken_and_not_silent() {
    let folder = scratch();
    let source = write_rulebook(folder.path(), &[("BARE", Guest::default().component())]);
    fs::remove_file(source.join("XX-BARE/probe/rule.toml")).unwrap();
    let below = "[[jurisdictions]]\ncode = \"XX-BARE1\"\nparent = \"XX-BARE\"\nnames = { en = \"Below\" }\n[privacy]";
    edit(&source.join("rulebook.toml"), "[privacy]", below);
    assert_eq!(run(&["build", source.to_str().unwrap()]).status.code(), Some(1));
    let server = Server::start(&source.join("target/rulebook"), "");
    let layer = server.decide("XX-BARE", "probe", "2026-01-01", &json!({"n": 7})).layer("XX-BARE");
    assert_eq!(layer["failure"]["code"], "not-loaded", "{layer}");
    // No case below it is decided either.
    let coverage = server.get("/v1/services/probe/coverage").json();
    assert_includes(&coverage, json!({"counts": {"broken": 2, "inherits": 0}}));
    assert_eq!(coverage["places"][2]["from"], "XX-BARE");
}

#[test]
fn the_manifest_that_counts_is_never_in_doubt() {
    let folder = scratch();
    let source = write_rulebook(folder.path(), &[("GOOD", Guest::default().component())]);
    let dir = source.to_str().unwrap();
    assert!(run(&["build", dir]).status.success());
    let built = fs::read_dir(source.join("target/rulebook/rules")).unwrap().next().unwrap().unwrap().path();
    fs::copy(built, source.join("XX-GOOD/probe/rule.wasm")).unwrap();
    // The same manifest twice is no doubt.
    let again = run(&["build", dir]);
    assert!(again.status.success(), "{}", text_of(&again));
    edit(&source.join("XX-GOOD/probe/rule.toml"), "version = \"1.0.0\"", "version = \"1.0.1\"");
    let differing = run(&["build", dir]);
    assert_eq!(differing.status.code(), Some(1));
    assert_contains(&text_of(&differing), "carries another manifest than rule.toml");
}

#[test]
fn a_rule_that_cargo_cannot_read_is_broken_and_the_others_are_built() {
    let folder = scratch();
    let rulebook = folder.path().join("rules");
    let dir = rulebook.to_str().unwrap();
    assert!(run(&["new", "--lang", "rust", "NZ/rates-rebate", "--dir", dir]).status.success());
    assert!(run(&["new", "--kind", "privacy", "NZ/privacy-act", "--dir", dir]).status.success());
    let manifest = rulebook.join("NZ/privacy-act/Cargo.toml");
    let sound = fs::read_to_string(&manifest).unwrap();
    let lock = rulebook.join("Cargo.lock");
    let build = |text: &str, words: &str| {
        fs::write(&manifest, text).unwrap();
        let locked = fs::read(&lock).ok();
        let built = run(&["build", dir]);
        let said = text_of(&built);
        assert_eq!(built.status.code(), Some(1), "{said}");
        assert_contains(&said, "`NZ/privacy-act` doesn't compile");
        assert_contains(&said, words);
        assert_contains(&said, "1 rule built");
        assert_lacks(&said, "target/partial");
        assert_eq!(fs::read(&lock).ok(), locked);
    };
    build("[package\n", "unclosed table");
    let dependent = sound.replace("[dependencies]", "[dependencies]\nhelper = { path = \"../helper\" }");
    build(&dependent, "failed to load manifest for dependency `helper`");
    build(&sound.replace("version.workspace = true", "version.workspaces = true"), "version");
    fs::write(&manifest, &sound).unwrap();
    let (code, aside) = (manifest.with_file_name("src/lib.rs"), manifest.with_file_name("lib.rs"));
    fs::rename(&code, &aside).unwrap();
    build(&sound, "can't find library");
    fs::rename(&aside, &code).unwrap();
    // Two packages of one name: neither can be told from the other.
    fs::write(&manifest, sound.replace("privacy-act", "rates-rebate")).unwrap();
    let said = text_of(&run(&["build", dir]));
    assert_contains(&said, "`NZ/rates-rebate` doesn't compile");
    assert_contains(&said, "two packages named");
    fs::write(&manifest, &sound).unwrap();
    let mended = run(&["build", dir]);
    assert!(mended.status.success(), "{}", text_of(&mended));
    assert_contains(&text_of(&mended), "2 rules built");
}
