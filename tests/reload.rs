//! A new rulebook in place of the one in use: how it comes into use, what keeps it from that, and that nobody who asks
//! meanwhile notices anything but the new law.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ordinance_engine::digest::sha256;
use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes};
use crate::planted::rulebook;
use crate::support::{Reply, Server, agent, edit, run, scratch, text_of, until};

/// Sources whose county grants this amount to who has no children, built into a folder.
pub(crate) fn built(folder: &Path, name: &str, amount: &str, change: impl FnOnce(&Path)) -> PathBuf {
    let source = rulebook(&folder.join(name), "none");
    let (rule, cases) = (source.join("N-1/benefit/rule.toml"), source.join("N-1/benefit/cases/law.toml"));
    if amount != "100.00" {
        edit(&rule, "\"100.00\"", &format!("\"{amount}\""));
        edit(&cases, "\"100.00\"", &format!("\"{amount}\""));
    }
    change(&source);
    let out = folder.join(format!("{name}-built"));
    let ran = run(&["build", source.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert!(out.join("index.json").is_file(), "{}", text_of(&ran));
    out
}

/// The county's amount is lower, and its cases still expect the old one.
pub(crate) fn grant_less(source: &Path) {
    edit(&source.join("N-1/benefit/rule.toml"), "\"100.00\"", "\"90.00\"");
}

/// Puts a built rulebook into the folder that is served: the index, which makes the others count, last.
pub(crate) fn publish(from: &Path, to: &Path) {
    let copy = |name: &str| {
        let target = to.join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let beside = target.with_extension("new");
        fs::copy(from.join(name), &beside).unwrap();
        fs::rename(beside, target).unwrap();
    };
    for rule in fs::read_dir(from.join("rules")).unwrap() {
        copy(&format!("rules/{}", rule.unwrap().file_name().to_string_lossy()));
    }
    for name in ["rulebook.toml", "facts.toml", "services/benefit.toml", "cases.json", "index.json"] {
        copy(name);
    }
}

const FACTS: &str = r#"{"age": 60, "resident": true, "income": "1000.00", "children": 0}"#;

pub(crate) fn decide(server: &Server, more: &Value) -> Reply {
    let mut body = json!({"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01",
        "facts": serde_json::from_str::<Value>(FACTS).unwrap()});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.post("/v1/decisions", &body.to_string())
}

pub(crate) fn amount(server: &Server, more: &Value) -> Value {
    let reply = decide(server, more);
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()["grant"]["amount"].clone()
}

pub(crate) fn reload(server: &Server) -> Reply {
    Reply::read(agent().post(format!("{}/admin/reload", server.operations)).send_empty())
}

pub(crate) fn readiness(server: &Server) -> Value {
    crate::support::get(&format!("{}/readyz?verbose", server.operations), "").json()
}

/// Two rulebooks, and the folder that is served, which has the first of them.
pub(crate) struct Served {
    folder: tempfile::TempDir,
    pub(crate) one: PathBuf,
    pub(crate) two: PathBuf,
    pub(crate) served: PathBuf,
}

impl Served {
    pub(crate) fn new() -> Self {
        let folder = scratch();
        let [one, two] = ["100.00", "120.00"].map(|sum| built(folder.path(), &format!("of-{sum}"), sum, |_| ()));
        let served = folder.path().join("served");
        publish(&one, &served);
        Self { folder, one, two, served }
    }

    /// A folder beside the one that is served.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A server that looks for a new rulebook only when it is asked to.
    pub(crate) fn start(&self) -> Server {
        Server::start(&self.served, "[reload]\nwatch = false\n")
    }
}

#[test]
fn a_repeat_after_a_reload_gets_the_first_reply_of_the_old_rulebook() {
    let served = Served::new();
    let server = served.start();
    let body = json!({"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01",
        "facts": serde_json::from_str::<Value>(FACTS).unwrap()});
    let ask = |key: &str| {
        let request = agent().post(format!("{}/v1/decisions", server.address)).header("idempotency-key", key);
        Reply::read(request.header("content-type", "application/json").send(body.to_string()))
    };
    let key = "8e03978e-40d5-43dd-bc93-6894a57f9324";
    let first = ask(key);
    first.assert_status(200).assert_includes(json!({"grant": {"amount": "100.00"}}));
    publish(&served.two, &served.served);
    reload(&server).assert_includes(json!({"outcome": "in-use"}));
    assert_eq!(amount(&server, &json!({})), "120.00");
    assert_eq!(ask(key).text, first.text);
    assert_eq!(ask("5f1d8c3a-0d1c-4f5e-9a37-21d9c1f4b7aa").json()["grant"]["amount"], "120.00");
    let keys = server.decision_log().iter().filter(|record| record["idempotency_key"] == key).count();
    assert_eq!(keys, 1);
}

#[test]
fn a_new_rulebook_comes_into_use_by_request() {
    let served = Served::new();
    let server = served.start();
    publish(&served.two, &served.served);
    assert_eq!(amount(&server, &json!({})), "100.00", "nothing happens without being asked");
    let by_a_page = agent().post(format!("{}/admin/reload", server.operations)).header("origin", "http://a.example");
    Reply::read(by_a_page.send_empty()).assert_status(403);
    reload(&server).assert_status(200).assert_includes(json!({"outcome": "in-use"}));
    assert_eq!(amount(&server, &json!({})), "120.00");
    assert_eq!(reload(&server).json()["outcome"], "unchanged");
    let metrics = crate::support::get(&format!("{}/metrics", server.operations), "").text;
    assert_contains(&metrics, "reloads_total{outcome=\"in-use\"} 1");
    assert_contains(&metrics, "reloads_total{outcome=\"unchanged\"} 1");
}

#[test]
fn a_new_rulebook_comes_into_use_by_signal() {
    let served = Served::new();
    let server = served.start();
    publish(&served.two, &served.served);
    assert!(Command::new("kill").args(["-HUP", &server.id().to_string()]).status().unwrap().success());
    until(|| amount(&server, &json!({})) == "120.00");
    let metrics = crate::support::get(&format!("{}/metrics", server.operations), "").text;
    assert_contains(&metrics, "reloads_total{outcome=\"in-use\"} 1");
}

#[test]
fn the_revisions_of_before_can_be_asked_and_bind_nobody() {
    let served = Served::new();
    let server = served.start();
    let first = server.get("/v1/rules").json()["rulebook"].as_str().unwrap().to_owned();
    publish(&served.two, &served.served);
    reload(&server).assert_status(200);
    let revisions = server.get("/v1/rules").json()["revisions"].clone();
    assert_eq!(revisions.as_array().unwrap().len(), 2, "{revisions}");
    assert_eq!(revisions[1], first.as_str());
    assert_eq!(amount(&server, &json!({"mode": "simulation", "rulebook": first})), "100.00");
    let official = decide(&server, &json!({"rulebook": first}));
    official.assert_status(422).assert_includes(json!({"errors": [{"pointer": "/rulebook"}]}));
    let unknown = decide(&server, &json!({"mode": "simulation", "rulebook": "sha256:00"}));
    unknown.assert_problem(404, "unknown-rulebook");
}

#[test]
fn a_new_rulebook_comes_into_use_by_itself_where_its_folder_is_watched() {
    let served = Served::new();
    let watching = Server::start(&served.served, "");
    publish(&served.two, &served.served);
    until(|| amount(&watching, &json!({})) == "120.00");
    // The folder itself is exchanged for another.
    let other = served.beside("other");
    publish(&served.one, &other);
    fs::rename(&served.served, served.beside("old")).unwrap();
    fs::rename(&other, &served.served).unwrap();
    until(|| amount(&watching, &json!({})) == "100.00");
}

#[test]
fn an_index_that_is_copied_before_the_rules_that_it_names_is_used_once_they_are_there() {
    let served = Served::new();
    let watching = Server::start(&served.served, "");
    let late = served.beside("late");
    publish(&served.two, &late);
    fs::rename(late.join("rules"), served.beside("rules-of-two")).unwrap();
    fs::rename(&served.served, served.beside("old")).unwrap();
    fs::rename(&late, &served.served).unwrap();
    until(|| readiness(&watching)["last_reload"]["outcome"] == "refused");
    assert_eq!(amount(&watching, &json!({})), "100.00");
    fs::rename(served.beside("rules-of-two"), served.served.join("rules")).unwrap();
    reload(&watching).assert_status(200);
    assert_eq!(amount(&watching, &json!({})), "120.00");
}

#[test]
fn a_bad_rulebook_is_refused_says_why_and_the_last_good_one_stays() {
    let folder = scratch();
    let good = built(folder.path(), "good", "100.00", |_| ());
    let wrong = built(folder.path(), "wrong", "100.00", grant_less);
    let broken = built(folder.path(), "broken", "100.00", |source| {
        fs::write(source.join("N-1/benefit/rule.wasm"), b"no component").unwrap();
    });
    let served = folder.path().join("served");
    for (bad, words) in [(&wrong, ", first `60 is old enough`"), (&broken, "it can't run")] {
        publish(&good, &served);
        let server = Server::start(&served, "[reload]\nwatch = false\n");
        publish(bad, &served);
        let reloaded = reload(&server);
        reloaded.assert_status(409).assert_includes(json!({"outcome": "refused"}));
        assert_eq!(amount(&server, &json!({})), "100.00");
        for told in [readiness(&server)["last_reload"].clone(), server.get("/v1/rules").json()["last_reload"].clone()] {
            let reason = told["reasons"][0].as_str().unwrap();
            assert!(reason.starts_with("N-1/benefit"), "{told}");
            assert_contains(reason, words);
        }
        assert!(readiness(&server)["ready"].as_bool().unwrap(), "what is in use is good");
    }
    // Half a file is none.
    publish(&good, &served);
    let server = Server::start(&served, "[reload]\nwatch = false\n");
    fs::write(served.join("index.json"), "{").unwrap();
    assert_eq!(reload(&server).status, 409);
    assert_eq!(amount(&server, &json!({})), "100.00");
}

#[test]
fn a_bad_rule_stays_as_it_was_where_the_operator_wants_that() {
    let folder = scratch();
    let good = built(folder.path(), "good", "100.00", |_| ());
    let half = built(folder.path(), "half", "100.00", |source| {
        grant_less(source);
        edit(&source.join("N/benefit/rule.toml"), "\"50.00\"", "\"95.00\"");
    });
    let served = folder.path().join("served");
    publish(&good, &served);
    let server = Server::start(&served, "[reload]\nwatch = false\nbad-rule = \"keep-last\"\n");
    publish(&half, &served);
    let reloaded = reload(&server).json();
    assert_eq!(reloaded["outcome"], "in-use-in-part", "{reloaded}");
    let decided = decide(&server, &json!({"facts": {"age": 70, "resident": true, "income": "10", "children": 0}}));
    let amounts: Vec<Value> = ["N", "N-1"].map(|place| decided.layer(place)["grant"]["amount"].clone()).into();
    assert_eq!(amounts, ["95.00", "100.00"], "the nation's rule is new, the county's is kept");
    assert_eq!(decided.json()["rulebook"], reloaded["rulebook"]);
    let published = sha256(&fs::read(half.join("index.json")).unwrap()).to_string();
    assert_ne!(reloaded["rulebook"], published.as_str(), "what decides otherwise is another revision");
    let again = reload(&server).json();
    assert_includes(&again, json!({"outcome": "unchanged", "rulebook": reloaded["rulebook"]}));
}

/// Sets a flag when it is dropped, also by a test that fails.
struct AtTheEnd<'a>(&'a AtomicBool);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_hundred_reloads_under_load_lose_no_request_and_mix_no_answer() {
    let folder = scratch();
    let [one, two] = ["100.00", "120.00"].map(|sum| built(folder.path(), &format!("of-{sum}"), sum, |_| ()));
    let served = folder.path().join("served");
    publish(&one, &served);
    let server = Server::start(&served, "[reload]\nwatch = false\n");
    let digest_of = |amount: &str| {
        let reply = decide(&server, &json!({"mode": "simulation"})).json();
        assert_eq!(reply["grant"]["amount"], amount);
        reply["rulebook"].clone()
    };
    let first = digest_of("100.00");
    publish(&two, &served);
    assert_eq!(reload(&server).status, 200);
    let second = digest_of("120.00");
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let _over = AtTheEnd(&is_over);
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let reply = decide(&server, &json!({"mode": "simulation"}));
                    assert_eq!(reply.status, 200, "{}", reply.text);
                    let reply = reply.json();
                    let expected = if reply["rulebook"] == first { "100.00" } else { "120.00" };
                    assert!(reply["rulebook"] == first || reply["rulebook"] == second, "{reply}");
                    assert_eq!(reply["grant"]["amount"], expected, "{reply}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for turn in 0..100 {
            let before = answered.load(Ordering::Relaxed);
            publish(if turn % 2 == 0 { &one } else { &two }, &served);
            let reloaded = reload(&server);
            assert_eq!(reloaded.json()["outcome"], "in-use", "{}", reloaded.text);
            until(|| answered.load(Ordering::Relaxed) > before);
        }
    });
    assert!(answered.load(Ordering::Relaxed) >= 100);
}

#[test]
fn a_rule_that_takes_too_long_to_compile_is_broken_and_the_host_serves_the_others() {
    let folder = scratch();
    let good = built(folder.path(), "good", "100.00", |_| ());
    let server = Server::start(&good, "[rules]\ncode-cache = \"\"\ncompile-ms = 1\n");
    let listed = server.get("/v1/rules").json();
    assert!(listed["broken"].as_u64().unwrap() >= 1, "{listed}");
    let reason = listed["rules"][0]["reason"].as_str().unwrap();
    assert_contains(reason, "the compiler was not done after 1 ms and was killed");
    assert_eq!(decide(&server, &json!({})).json()["reason"], "failed-rule");
    let greedy = Server::start(&good, "[rules]\ncode-cache = \"\"\ncompile-memory-bytes = 67108864\n");
    assert_eq!(greedy.get("/v1/rules").json()["broken"], 0, "small rules need little");
}

#[test]
fn settings_and_rulebook_are_checked_without_serving() {
    let folder = scratch();
    let good = built(folder.path(), "good", "100.00", |_| ());
    let check = |rulebook: &Path, settings: &str| {
        let config = folder.path().join("host.toml");
        fs::write(&config, format!("{settings}\n[rulebook]\nunsigned = true\n")).unwrap();
        let arguments = ["serve", rulebook.to_str().unwrap(), "--config", config.to_str().unwrap(), "--check-config"];
        let ran = run(&arguments);
        (ran.status.code(), text_of(&ran))
    };
    let caller = |service: &str| {
        format!(
            "[[callers]]\nid = \"a\"\nkind = \"portal\"\nkey-sha256 = \"{}\"\nservices = [\"{service}\"]\npurposes = [\"*\"]\njurisdictions = [\"*\"]\n",
            "0".repeat(64)
        )
    };
    let (code, said) = check(&good, &caller("benefit"));
    assert_eq!(code, Some(0), "{said}");
    assert_contains(&said, "are valid");
    let (code, said) = check(&good, &caller("benefits"));
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "the rulebook has no service `benefits`");
    let (code, said) = check(&good, "");
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "nobody could call this host");
    let wrong = built(folder.path(), "wrong", "100.00", grant_less);
    let (code, said) = check(&wrong, &caller("benefit"));
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "1 of its cases fails");
}
